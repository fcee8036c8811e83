package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"

	"github.com/assay-sla/assay/slo"
)

// IncidentNews makes the messages that go into the outbox where an incident
// was before (nil where it is new) and is after. It must not use the store.
type IncidentNews func(before *slo.Incident, after slo.Incident) ([]OutboxRow, error)

// TellIncidents has every change of an incident from here on committed together
// with the messages that tell of it. Call it before the store is used by
// several.
func (s *Store) TellIncidents(news IncidentNews) { s.news = news }

// saveIncident saves an incident with what there is to tell of its change.
func (s *Store) saveIncident(ctx context.Context, db *prepared, i *slo.Incident) error {
	if s.news != nil {
		known, err := incidents(ctx, db, `where cell = ? and id = ?`, cell, i.ID)
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
		if err := enqueueAll(ctx, db.tx, rows); err != nil {
			return err
		}
	}
	return writeIncident(ctx, db, i)
}

func writeIncident(ctx context.Context, db *prepared, i *slo.Incident) error {
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
	if _, err := db.ExecContext(ctx, `insert into incidents (cell, `+incidentColumns+`) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		on conflict do update set summary = excluded.summary, began = excluded.began, restored = excluded.restored, resolved = excluded.resolved,
		downtime_ms = excluded.downtime_ms, acknowledged = excluded.acknowledged, acked_by = excluded.acked_by,
		causes = excluded.causes, agreements = excluded.agreements, parent = excluded.parent, work = excluded.work`,
		cell, i.ID, i.Service, string(i.Trigger), i.Key, i.Summary, int64(i.Began), int64(i.Detected), int64(i.Restored), int64(i.Resolved), i.Downtime.Milliseconds(),
		int64(i.Acknowledged), i.AckedBy, string(causes), string(agreements), i.Work.Parent, string(work)); err != nil {
		return err
	}
	return saveEvents(ctx, db, i)
}

// saveEvents makes the events on record those of the incident. An event never
// changes under its number, so that where none was dropped the later ones alone
// are written.
func saveEvents(ctx context.Context, db *prepared, i *slo.Incident) error {
	var count, last int
	err := query(ctx, db, func(rows *sql.Rows) error { return rows.Scan(&count, &last) },
		`select count(*), coalesce(max(n), 0) from incident_events where cell = ? and incident = ?`, cell, i.ID)
	if err != nil {
		return err
	}
	fresh := i.Events
	if count <= len(i.Events) && (count == 0 || i.Events[count-1].N == last) {
		fresh = i.Events[count:]
	} else if _, err := db.ExecContext(ctx, `delete from incident_events where cell = ? and incident = ?`, cell, i.ID); err != nil {
		return err
	}
	for _, e := range fresh {
		if _, err := db.ExecContext(ctx, `insert into incident_events (cell, incident, n, at, kind, actor, body, value, undoes) values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			cell, i.ID, e.N, int64(e.At), string(e.Kind), e.Actor, e.Text, e.Value, e.Undoes); err != nil {
			return err
		}
	}
	return nil
}
