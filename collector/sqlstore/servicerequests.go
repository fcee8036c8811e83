package sqlstore

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/assay-sla/assay/slo"
)

const serviceRequestColumns = `service, agreement, period, received, completed, in_target, total_s, version, at, actor`

// ServiceRequestFilter chooses counts of service requests. Its zero value chooses
// the newest version of each.
type ServiceRequestFilter struct {
	Service  string // "" is any
	Since    string // only periods from this one on, such as 2026-10; "" is any
	Versions bool   // every version, not the newest alone
	Offset   int
	Limit    int // 0 is 10,000
}

// TakeServiceRequests keeps counts, each as the next version of its service,
// agreement and period where it says something else than the newest. It is one
// transaction. It returns how many were new and how many corrected another.
func (s *Store) TakeServiceRequests(ctx context.Context, list []slo.ServiceRequests) (fresh, corrected int, err error) {
	err = s.write(ctx, "keeping service requests", func(tx *sql.Tx) error {
		fresh, corrected = 0, 0
		for i := range list {
			r := list[i]
			known, err := serviceRequests(ctx, tx, `where cell = ? and service = ? and agreement = ? and period = ? order by version desc limit 1`,
				cell, r.Service, r.Agreement, string(r.Period))
			if err != nil {
				return err
			}
			switch {
			case len(known) == 0:
				r.Version = 1
				fresh++
			case known[0].SameCounts(&r):
				continue
			default:
				r.Version = known[0].Version + 1
				corrected++
			}
			if _, err := tx.ExecContext(ctx, `insert into service_requests (cell, `+serviceRequestColumns+`) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
				cell, r.Service, r.Agreement, string(r.Period), r.Received, r.Completed, r.InTarget, r.TotalS, r.Version, int64(r.At), r.Actor); err != nil {
				return err
			}
		}
		return nil
	})
	return fresh, corrected, err
}

// ServiceRequests returns counts, the latest period first.
func (s *Store) ServiceRequests(ctx context.Context, f ServiceRequestFilter) ([]slo.ServiceRequests, error) {
	if s.unproblematic {
		return nil, nil
	}
	where, args := `where cell = ?`, []any{cell}
	if f.Service != "" {
		where, args = where+` and service = ?`, append(args, f.Service)
	}
	if f.Since != "" {
		where, args = where+` and period >= ?`, append(args, f.Since)
	}
	if !f.Versions {
		where += ` and version = (select max(version) from service_requests o where o.cell = r.cell and o.service = r.service and o.agreement = r.agreement and o.period = r.period)`
	}
	if f.Limit == 0 {
		f.Limit = 10_000
	}
	out, err := serviceRequests(ctx, s.db, where+` order by period desc, service, agreement, version desc limit ? offset ?`, append(args, f.Limit, f.Offset)...)
	if err != nil {
		return nil, fmt.Errorf("reading service requests: %w", err)
	}
	return out, nil
}

func serviceRequests(ctx context.Context, db querier, where string, args ...any) ([]slo.ServiceRequests, error) {
	var out []slo.ServiceRequests
	err := query(ctx, db, func(rows *sql.Rows) error {
		var r slo.ServiceRequests
		err := rows.Scan(&r.Service, &r.Agreement, &r.Period, &r.Received, &r.Completed, &r.InTarget, &r.TotalS, &r.Version, &r.At, &r.Actor)
		out = append(out, r)
		return err
	}, `select `+serviceRequestColumns+` from service_requests r `+where, args...)
	return out, err
}
