package sqlstore

import (
	"context"
	"database/sql"
	"slices"

	"github.com/assay-sla/assay/slo"
)

// Reconciliation brings the incidents of one service's downs in line with what
// is known now. Make is given those that are open or were restored at or after
// Since, oldest first, and returns those to save. Where it makes an incident
// under an ID that an older one has, it is called again with that one among
// those that it is given.
type Reconciliation struct {
	Service string
	Since   slo.Instant
	Make    func(known []slo.Incident) []slo.Incident
}

// ReconcileIncidents reconciles services in one transaction, for where many go
// down at once a transaction for each would wait for the disk as often. It
// returns what was saved, in the order of the list.
func (s *Store) ReconcileIncidents(ctx context.Context, list ...Reconciliation) ([]slo.Incident, error) {
	var all []slo.Incident
	err := s.write(ctx, "reconciling incidents", func(tx *sql.Tx) error {
		db := newPrepared(tx)
		for _, r := range list {
			saved, err := r.reconcile(ctx, db)
			if err != nil {
				return err
			}
			for i := range saved {
				if err := s.saveIncident(ctx, db, &saved[i]); err != nil {
					return err
				}
			}
			all = append(all, saved...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// reconcile is what there is to save of one service.
func (r *Reconciliation) reconcile(ctx context.Context, db querier) ([]slo.Incident, error) {
	known, err := incidents(ctx, db, `where cell = ? and service = ? and "trigger" = ? and (resolved = 0 or restored >= ?) order by began, id`,
		cell, r.Service, string(slo.ServiceDown), int64(r.Since))
	if err != nil {
		return nil, err
	}
	for {
		saved := r.Make(known)
		older, err := namesakes(ctx, db, saved, known)
		if err != nil || len(older) == 0 {
			return saved, err
		}
		known = append(older, known...)
	}
}

// namesakes are the incidents on record under the IDs of list that known lacks.
func namesakes(ctx context.Context, db querier, list, known []slo.Incident) ([]slo.Incident, error) {
	var out []slo.Incident
	for _, i := range list {
		if slices.ContainsFunc(known, func(k slo.Incident) bool { return k.ID == i.ID }) {
			continue
		}
		older, err := incidents(ctx, db, `where cell = ? and id = ?`, cell, i.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, older...)
	}
	return out, nil
}
