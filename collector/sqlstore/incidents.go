package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/assay-sla/assay/slo"
)

// ErrNotFound is returned for a record that there is not.
var ErrNotFound = errors.New("not found")

const incidentColumns = `id, service, "trigger", "key", summary, began, detected, restored, resolved, downtime_ms, acknowledged, acked_by, causes, agreements, parent, work`

// UpdateIncident replaces an incident by what f makes of it. An unknown ID is
// ErrNotFound; an error of f changes nothing. What the ledger is to have of it
// goes in with it: a batch of no records is none.
func (s *Store) UpdateIncident(ctx context.Context, id string, b LogBatch, f func(slo.Incident) (slo.Incident, error)) (slo.Incident, error) {
	out, err := s.UpdateIncidents(ctx, []string{id}, b, func(list []slo.Incident) ([]slo.Incident, error) {
		i, err := f(list[0])
		return []slo.Incident{i}, err
	})
	if err != nil {
		return slo.Incident{}, err
	}
	return out[0], nil
}

// UpdateIncidents is UpdateIncident for several at once, which f is given in
// the order of their IDs here.
func (s *Store) UpdateIncidents(ctx context.Context, ids []string, b LogBatch, f func([]slo.Incident) ([]slo.Incident, error)) ([]slo.Incident, error) {
	var out []slo.Incident
	err := s.write(ctx, "updating incidents", func(tx *sql.Tx) error {
		db := newPrepared(tx)
		list := make([]slo.Incident, 0, len(ids))
		for _, id := range ids {
			known, err := incidents(ctx, db, `where cell = ? and id = ?`, cell, id)
			if err != nil {
				return err
			}
			if len(known) == 0 {
				return fmt.Errorf("incident %q: %w", id, ErrNotFound)
			}
			list = append(list, known[0])
		}
		var err error
		if out, err = f(list); err != nil {
			return err
		}
		for i := range out {
			if err := s.saveIncident(ctx, db, &out[i]); err != nil {
				return err
			}
		}
		return appendLog(ctx, tx, b)
	})
	return out, err
}

// IncidentParts lists the IDs of the incidents that are part of another, by
// their beginning: 1000 at most.
func (s *Store) IncidentParts(ctx context.Context, id string) ([]string, error) {
	var out []string
	err := query(ctx, s.db, func(rows *sql.Rows) error {
		var part string
		err := rows.Scan(&part)
		out = append(out, part)
		return err
		// The sign keeps SQLite from walking through all incidents in their order.
	}, `select id from incidents where cell = ? and parent = ? and parent != '' order by +began, id limit 1000`, cell, id)
	if err != nil {
		return nil, fmt.Errorf("listing the parts of incident %q: %w", id, err)
	}
	return out, nil
}

// Incident returns one incident, or ErrNotFound.
func (s *Store) Incident(ctx context.Context, id string) (slo.Incident, error) {
	out, err := incidents(ctx, s.db, `where cell = ? and id = ?`, cell, id)
	if err == nil && len(out) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return slo.Incident{}, fmt.Errorf("reading incident %q: %w", id, err)
	}
	return out[0], nil
}

// KnownIncidents says which of some IDs incidents on record have.
func (s *Store) KnownIncidents(ctx context.Context, ids []string) (map[string]bool, error) {
	out := map[string]bool{}
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	err = query(ctx, s.db, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		out[id] = true
		return err
	}, `select id from incidents where cell = ? and id in (select value from json_each(?))`, cell, string(list))
	if err != nil {
		return nil, fmt.Errorf("looking for the IDs of incidents: %w", err)
	}
	return out, nil
}

// IncidentFilter chooses incidents; the zero value is all of them.
type IncidentFilter struct {
	Service  string
	Trigger  slo.Trigger   // only those that it opened; "" is any
	Keyed    bool          // only those of a condition, which have a key
	Parent   string        // only those that are part of it; "" is any
	Whole    bool          // only those that are part of no other
	Open     bool          // only those that are
	Resolved bool          // only those that are
	Overlap  *slo.Interval // only those whose outage touches it
	Limit    int           // 0 is 1000
	Offset   int
}

// Incidents lists the incidents that the filter chooses, newest first.
func (s *Store) Incidents(ctx context.Context, f IncidentFilter) ([]slo.Incident, error) {
	where, args := `where cell = ?`, []any{cell}
	if f.Service != "" {
		where, args = where+` and service = ?`, append(args, f.Service)
	}
	if f.Trigger != "" {
		where, args = where+` and "trigger" = ?`, append(args, string(f.Trigger))
	}
	if f.Keyed {
		where += ` and "key" != ''`
	}
	if f.Parent != "" {
		where, args = where+` and parent = ? and parent != ''`, append(args, f.Parent)
	}
	if f.Whole {
		where += ` and parent = ''`
	}
	if f.Open {
		where += ` and resolved = 0`
	}
	if f.Resolved {
		where += ` and resolved != 0`
	}
	if v := f.Overlap; v != nil {
		where, args = where+` and began < ? and (restored = 0 or restored > ?)`, append(args, int64(v.To), int64(v.From))
	}
	if f.Limit == 0 {
		f.Limit = 1000
	}
	out, err := incidents(ctx, s.db, where+` order by began desc, id limit ? offset ?`, append(args, f.Limit, f.Offset)...)
	if err != nil {
		return nil, fmt.Errorf("listing incidents: %w", err)
	}
	return out, nil
}

// ChangeIncidents lists, without their events, the incidents that say how
// changes went: first those that people tied to a change and that lasted after
// the beginning of a stretch of time, then those about a service that began in
// it and are part of no other; of each the newest first, and at most limit in
// all.
func (s *Store) ChangeIncidents(ctx context.Context, in slo.Interval, limit int) ([]slo.Incident, error) {
	const tied = `(work like '%"links":[%"change"%')`
	out, err := heads(ctx, s.db, `where cell = ? and (began >= ? and began < ? and service != '' and parent = ''
		or (restored = 0 or restored > ?) and `+tied+`) order by `+tied+` desc, began desc, id limit ?`,
		cell, int64(in.From), int64(in.To), int64(in.From), limit)
	if err != nil {
		return nil, fmt.Errorf("listing the incidents near changes: %w", err)
	}
	return out, nil
}

// ToReview lists, without their events, the major incidents that are part of no
// other and whose review is not closed, the oldest first: at most limit.
func (s *Store) ToReview(ctx context.Context, limit int) ([]slo.Incident, error) {
	out, err := heads(ctx, s.db, `where cell = ? and json_extract(work, '$.major.owner') is not null
		and json_extract(work, '$.major.reviewed') is null and parent = '' order by began, id limit ?`, cell, limit)
	if err != nil {
		return nil, fmt.Errorf("listing the major incidents to review: %w", err)
	}
	return out, nil
}

// incidents reads whole incidents.
func incidents(ctx context.Context, db querier, where string, args ...any) ([]slo.Incident, error) {
	out, err := heads(ctx, db, where, args...)
	if err != nil {
		return nil, err
	}
	for k := range out {
		if err := readEvents(ctx, db, &out[k]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// heads reads incidents without their events.
func heads(ctx context.Context, db querier, where string, args ...any) ([]slo.Incident, error) {
	var out []slo.Incident
	err := query(ctx, db, func(rows *sql.Rows) error {
		i, err := scanIncident(rows)
		out = append(out, i)
		return err
	}, `select `+incidentColumns+` from incidents `+where, args...)
	return out, err
}

func readEvents(ctx context.Context, db querier, i *slo.Incident) error {
	return query(ctx, db, func(rows *sql.Rows) error {
		var e slo.IncidentEvent
		err := rows.Scan(&e.N, &e.At, &e.Kind, &e.Actor, &e.Text, &e.Value, &e.Undoes)
		i.Events = append(i.Events, e)
		return err
	}, `select n, at, kind, actor, body, value, undoes from incident_events where cell = ? and incident = ? order by n`, cell, i.ID)
}

func scanIncident(rows *sql.Rows) (slo.Incident, error) {
	var i slo.Incident
	var down int64
	var causes, agreements, parent, work string
	err := rows.Scan(&i.ID, &i.Service, &i.Trigger, &i.Key, &i.Summary, &i.Began, &i.Detected, &i.Restored, &i.Resolved, &down,
		&i.Acknowledged, &i.AckedBy, &causes, &agreements, &parent, &work)
	if err != nil {
		return i, err
	}
	i.Downtime = time.Duration(down) * time.Millisecond
	return i, errors.Join(json.Unmarshal([]byte(causes), &i.Causes), json.Unmarshal([]byte(agreements), &i.Agreements),
		json.Unmarshal([]byte(work), &i.Work))
}
