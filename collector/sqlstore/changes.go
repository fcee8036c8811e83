package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/assay-sla/assay/slo"
)

// ChangeFilter chooses changes. Its zero value chooses all.
type ChangeFilter struct {
	ID       string        // "" is any
	Services []string      // one of which it touches; none is any
	Overlap  *slo.Interval // that its time touches, ends included; nil is any
	Counting bool          // only those that were not withdrawn
	Major    bool          // only those for which continuity plans are to be tested anew
	Offset   int
	Limit    int // 0 is no limit
}

// States of the table of changes.
const (
	changeRecorded  = "recorded"
	changeWithdrawn = "withdrawn"
)

func changeState(c *slo.ChangeRecord) string {
	if c.Withdrawn() {
		return changeWithdrawn
	}
	return changeRecorded
}

// AddChange keeps a change, the line of the audit trail that tells of it, and
// their entries, that of the line first. One that is there already is an error.
func (s *Store) AddChange(ctx context.Context, c slo.ChangeRecord, a AuditEvent, b LogBatch) (slo.ChangeRecord, error) {
	c.Entry, c.Events = b.Size+1, nil
	err := s.write(ctx, "keeping a change", func(tx *sql.Tx) error {
		services, err := json.Marshal(c.Services)
		if err != nil {
			return err
		}
		rest := c
		rest.Entry = 0
		record, err := json.Marshal(rest)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `insert into changes (cell, id, began, ended, services, record, state, entry) values (?, ?, ?, ?, ?, ?, ?, ?)`,
			cell, c.ID, int64(c.From), int64(c.To), string(services), string(record), changeRecorded, c.Entry); err != nil {
			return err
		}
		return audited(ctx, tx, a, b)
	})
	return c, err
}

// AddChangeEvent lets f add an event to a change; the event, the line of the
// audit trail that tells of it, and their entries, that of the line first, are
// one transaction. ErrNotFound is a change that is not there.
func (s *Store) AddChangeEvent(ctx context.Context, id string, a AuditEvent, b LogBatch, f func(slo.ChangeRecord) (slo.ChangeRecord, error)) (slo.ChangeRecord, error) {
	var out slo.ChangeRecord
	err := s.write(ctx, "adding to a change", func(tx *sql.Tx) error {
		known, err := changes(ctx, tx, ChangeFilter{ID: id})
		if err != nil {
			return err
		}
		if len(known) == 0 {
			return fmt.Errorf("change %q: %w", id, ErrNotFound)
		}
		if out, err = f(known[0]); err != nil {
			return err
		}
		n := len(known[0].Events)
		if len(out.Events) != n+1 {
			return errors.New("an event adds one event")
		}
		e := &out.Events[n]
		e.Entry = 0
		event, err := json.Marshal(e)
		if err != nil {
			return err
		}
		e.Entry = b.Size + 1
		if _, err := tx.ExecContext(ctx, `insert into change_events (cell, change, n, act, event, entry) values (?, ?, ?, ?, ?, ?)`,
			cell, id, n, string(e.Act), string(event), e.Entry); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `update changes set state = ? where cell = ? and id = ?`, changeState(&out), cell, id); err != nil {
			return err
		}
		return audited(ctx, tx, a, b)
	})
	return out, err
}

// Change returns one change, or ErrNotFound.
func (s *Store) Change(ctx context.Context, id string) (slo.ChangeRecord, error) {
	list, err := s.Changes(ctx, ChangeFilter{ID: id})
	if err == nil && (len(list) == 0 || id == "") {
		err = fmt.Errorf("change %q: %w", id, ErrNotFound)
	}
	if err != nil {
		return slo.ChangeRecord{}, err
	}
	return list[0], nil
}

// Changes returns changes with their events, the latest to begin first.
func (s *Store) Changes(ctx context.Context, f ChangeFilter) ([]slo.ChangeRecord, error) {
	if s.unchanged {
		return nil, nil
	}
	tx, err := s.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true}) // both tables as of one instant
	if err != nil {
		return nil, fmt.Errorf("reading changes: %w", err)
	}
	out, err := changes(ctx, tx, f)
	if err != nil {
		err = fmt.Errorf("reading changes: %w", err)
	}
	return out, errors.Join(err, ignoreDone(tx.Rollback()))
}

// where is the condition of a filter, and what it is about.
func (f ChangeFilter) where() (string, []any, error) {
	where, args := `cell = ?`, []any{cell}
	if f.ID != "" {
		where, args = where+` and id = ?`, append(args, f.ID)
	}
	if f.Counting {
		where, args = where+` and state = ?`, append(args, changeRecorded)
	}
	if f.Major {
		where += ` and json_extract(record, '$.Major')`
	}
	if len(f.Services) > 0 {
		list, err := json.Marshal(f.Services)
		if err != nil {
			return "", nil, err
		}
		where += ` and exists (select 1 from json_each(services) s where s.value in (select value from json_each(?)))`
		args = append(args, string(list))
	}
	if v := f.Overlap; v != nil {
		// None is longer than MaxChange, so the index bounds what is looked at.
		where += ` and began >= ? and began <= ? and ended >= ?`
		args = append(args, int64(v.From.Add(-slo.MaxChange)), int64(v.To), int64(v.From))
	}
	return where, args, nil
}

func changes(ctx context.Context, db querier, f ChangeFilter) ([]slo.ChangeRecord, error) {
	where, args, err := f.where()
	if err != nil {
		return nil, err
	}
	if f.Limit == 0 {
		f.Limit = math.MaxInt32
	}
	chosen := `select id from changes where ` + where + ` order by began desc, id limit ? offset ?`
	args = append(append([]any{cell}, args...), f.Limit, f.Offset)
	var out []slo.ChangeRecord
	at := map[string]int{}
	err = query(ctx, db, func(rows *sql.Rows) error {
		var id, record string
		var entry int64
		if err := rows.Scan(&id, &record, &entry); err != nil {
			return err
		}
		var c slo.ChangeRecord
		if err := json.Unmarshal([]byte(record), &c); err != nil {
			return err
		}
		c.ID, c.Entry = id, entry
		at[id] = len(out)
		out = append(out, c)
		return nil
	}, `select id, record, entry from changes where cell = ? and id in (`+chosen+`) order by began desc, id`, args...)
	if err != nil {
		return nil, err
	}
	err = query(ctx, db, func(rows *sql.Rows) error {
		var id, text string
		var entry int64
		if err := rows.Scan(&id, &text, &entry); err != nil {
			return err
		}
		var e slo.ChangeEvent
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			return err
		}
		e.Entry = entry
		c := &out[at[id]]
		c.Events = append(c.Events, e)
		return nil
	}, `select change, event, entry from change_events where cell = ? and change in (`+chosen+`) order by change, n`, args...)
	return out, err
}
