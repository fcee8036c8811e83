package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/assay-sla/assay/slo"
)

// ErrNotFound is returned for a record that there is not.
var ErrNotFound = errors.New("not found")

const incidentColumns = `id, service, "trigger", "key", summary, began, detected, restored, resolved, downtime_ms, acknowledged, acked_by, causes, agreements, parent, work`

// ReconcileIncidents gives f the incidents of a service's downs that are open or were
// restored at or after the beginning of v, oldest first, and saves what f
// returns, in one transaction. It returns what was saved. Where f makes an incident under
// an ID that an older one has, it is called again with that one among those
// that it is given.
func (s *Store) ReconcileIncidents(ctx context.Context, service string, v slo.Interval, f func([]slo.Incident) []slo.Incident) ([]slo.Incident, error) {
	var saved []slo.Incident
	err := s.write(ctx, "reconciling incidents", func(tx *sql.Tx) error {
		known, err := incidents(ctx, tx, `where cell = ? and service = ? and "trigger" = ? and (resolved = 0 or restored >= ?) order by began, id`,
			cell, service, string(slo.ServiceDown), int64(v.From))
		if err != nil {
			return err
		}
		for {
			saved = f(known)
			older, err := namesakes(ctx, tx, saved, known)
			if err != nil {
				return err
			}
			if len(older) == 0 {
				break
			}
			known = append(older, known...)
		}
		for i := range saved {
			if err := s.saveIncident(ctx, tx, &saved[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return saved, err
}

// namesakes are the incidents on record under the IDs of list that known lacks.
func namesakes(ctx context.Context, tx *sql.Tx, list, known []slo.Incident) ([]slo.Incident, error) {
	var out []slo.Incident
	for _, i := range list {
		if slices.ContainsFunc(known, func(k slo.Incident) bool { return k.ID == i.ID }) {
			continue
		}
		older, err := incidents(ctx, tx, `where cell = ? and id = ?`, cell, i.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, older...)
	}
	return out, nil
}

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
		list := make([]slo.Incident, 0, len(ids))
		for _, id := range ids {
			known, err := incidents(ctx, tx, `where cell = ? and id = ?`, cell, id)
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
			if err := s.saveIncident(ctx, tx, &out[i]); err != nil {
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
	}, `select id from incidents where cell = ? and parent = ? order by began, id limit 1000`, cell, id)
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
		where, args = where+` and parent = ?`, append(args, f.Parent)
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

// incidents reads whole incidents.
func incidents(ctx context.Context, db querier, where string, args ...any) ([]slo.Incident, error) {
	var out []slo.Incident
	err := query(ctx, db, func(rows *sql.Rows) error {
		i, err := scanIncident(rows)
		out = append(out, i)
		return err
	}, `select `+incidentColumns+` from incidents `+where, args...)
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

// IncidentNews makes the messages that go into the outbox where an incident
// was before (nil where it is new) and is after. It must not use the store.
type IncidentNews func(before *slo.Incident, after slo.Incident) ([]OutboxRow, error)

// TellIncidents has every change of an incident from here on committed together
// with the messages that tell of it. Call it before the store is used by
// several.
func (s *Store) TellIncidents(news IncidentNews) { s.news = news }

// saveIncident saves an incident with what there is to tell of its change.
func (s *Store) saveIncident(ctx context.Context, tx *sql.Tx, i *slo.Incident) error {
	if s.news != nil {
		known, err := incidents(ctx, tx, `where cell = ? and id = ?`, cell, i.ID)
		if err != nil {
			return err
		}
		var before *slo.Incident
		if len(known) > 0 {
			before = &known[0]
		}
		rows, err := s.news(before, *i)
		if err != nil {
			return err
		}
		if err := enqueueAll(ctx, tx, rows); err != nil {
			return err
		}
	}
	return writeIncident(ctx, tx, i)
}

func writeIncident(ctx context.Context, tx *sql.Tx, i *slo.Incident) error {
	causes, err := json.Marshal(slices.Concat([]slo.Cause{}, i.Causes))
	if err != nil {
		return err
	}
	agreements, err := json.Marshal(slices.Concat([]string{}, i.Agreements))
	if err != nil {
		return err
	}
	work, err := json.Marshal(i.Work)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `insert into incidents (cell, `+incidentColumns+`) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		on conflict do update set summary = excluded.summary, began = excluded.began, restored = excluded.restored, resolved = excluded.resolved,
		downtime_ms = excluded.downtime_ms, acknowledged = excluded.acknowledged, acked_by = excluded.acked_by,
		causes = excluded.causes, agreements = excluded.agreements, parent = excluded.parent, work = excluded.work`,
		cell, i.ID, i.Service, string(i.Trigger), i.Key, i.Summary, int64(i.Began), int64(i.Detected), int64(i.Restored), int64(i.Resolved), i.Downtime.Milliseconds(),
		int64(i.Acknowledged), i.AckedBy, string(causes), string(agreements), i.Work.Parent, string(work)); err != nil {
		return err
	}
	return saveEvents(ctx, tx, i)
}

// saveEvents replaces the events of an incident.
func saveEvents(ctx context.Context, tx *sql.Tx, i *slo.Incident) error {
	if _, err := tx.ExecContext(ctx, `delete from incident_events where cell = ? and incident = ?`, cell, i.ID); err != nil {
		return err
	}
	for _, e := range i.Events {
		if _, err := tx.ExecContext(ctx, `insert into incident_events (cell, incident, n, at, kind, actor, body, value, undoes) values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			cell, i.ID, e.N, int64(e.At), string(e.Kind), e.Actor, e.Text, e.Value, e.Undoes); err != nil {
			return err
		}
	}
	return nil
}
