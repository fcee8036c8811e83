package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/assay-sla/assay/slo"
)

// DrillFilter chooses drills. Its zero value chooses all.
type DrillFilter struct {
	ID     string         // "" is any
	Plan   string         // "" is any
	State  slo.DrillState // "" is any
	Before slo.Instant    // only those declared before it; 0 is any
	Offset int
	Limit  int // 0 is no limit
}

// AddDrill keeps a drill with its declaration, whose entry is the batch's only
// one. One that is there already is an error.
func (s *Store) AddDrill(ctx context.Context, d slo.Drill, b LogBatch) (slo.Drill, error) {
	d.Events = slices.Clone(d.Events)
	err := s.write(ctx, "keeping a drill", func(tx *sql.Tx) error {
		terms, err := json.Marshal(d.Terms)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `insert into drills (cell, id, plan, name, declared, by, terms, state) values (?, ?, ?, ?, ?, ?, ?, ?)`,
			cell, d.ID, d.Plan, d.Name, int64(d.Declared), d.By, string(terms), string(d.State())); err != nil {
			return err
		}
		if len(d.Events) != 1 {
			return errors.New("a drill begins with its declaration")
		}
		return addDrillEvent(ctx, tx, d.ID, 0, &d.Events[0], b)
	})
	return d, err
}

// AddDrillEvent lets f add an event to a drill, whose entry is the batch's only
// one, in one transaction. ErrNotFound is a drill that is not there.
func (s *Store) AddDrillEvent(ctx context.Context, id string, b LogBatch, f func(slo.Drill) (slo.Drill, error)) (slo.Drill, error) {
	var out slo.Drill
	err := s.write(ctx, "adding to a drill", func(tx *sql.Tx) error {
		known, err := drills(ctx, tx, DrillFilter{ID: id})
		if err != nil {
			return err
		}
		if len(known) == 0 {
			return fmt.Errorf("drill %q: %w", id, ErrNotFound)
		}
		if out, err = f(known[0]); err != nil {
			return err
		}
		n := len(known[0].Events)
		if len(out.Events) != n+1 {
			return errors.New("an event adds one event")
		}
		if _, err := tx.ExecContext(ctx, `update drills set state = ? where cell = ? and id = ?`, string(out.State()), cell, id); err != nil {
			return err
		}
		return addDrillEvent(ctx, tx, id, n, &out.Events[n], b)
	})
	return out, err
}

// addDrillEvent keeps an event and its entry.
func addDrillEvent(ctx context.Context, tx *sql.Tx, id string, n int, e *slo.DrillEvent, b LogBatch) error {
	e.Entry = 0
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	e.Entry = b.Size
	if _, err := tx.ExecContext(ctx, `insert into drill_events (cell, drill, n, act, event, entry) values (?, ?, ?, ?, ?, ?)`,
		cell, id, n, string(e.Act), string(text), e.Entry); err != nil {
		return err
	}
	return appendLog(ctx, tx, b)
}

// Drill returns one drill, or ErrNotFound.
func (s *Store) Drill(ctx context.Context, id string) (slo.Drill, error) {
	list, err := s.Drills(ctx, DrillFilter{ID: id})
	if err == nil && (len(list) == 0 || id == "") {
		err = fmt.Errorf("drill %q: %w", id, ErrNotFound)
	}
	if err != nil {
		return slo.Drill{}, err
	}
	return list[0], nil
}

// Drills returns drills with their events, the newest first.
func (s *Store) Drills(ctx context.Context, f DrillFilter) ([]slo.Drill, error) {
	if s.undrilled {
		return nil, nil
	}
	tx, err := s.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true}) // both tables as of one instant
	if err != nil {
		return nil, fmt.Errorf("reading drills: %w", err)
	}
	out, err := drills(ctx, tx, f)
	if err != nil {
		err = fmt.Errorf("reading drills: %w", err)
	}
	return out, errors.Join(err, ignoreDone(tx.Rollback()))
}

func drills(ctx context.Context, db querier, f DrillFilter) ([]slo.Drill, error) {
	where, args := `cell = ?`, []any{cell}
	for _, c := range []struct{ column, value string }{{"id", f.ID}, {"plan", f.Plan}, {"state", string(f.State)}} {
		if c.value != "" {
			where, args = where+` and `+c.column+` = ?`, append(args, c.value)
		}
	}
	if f.Before != 0 {
		where, args = where+` and declared < ?`, append(args, int64(f.Before))
	}
	if f.Limit == 0 {
		f.Limit = math.MaxInt32
	}
	chosen := `select id from drills where ` + where + ` order by declared desc, id limit ? offset ?`
	args = append(args, f.Limit, f.Offset)
	var out []slo.Drill
	at := map[string]int{}
	err := query(ctx, db, func(rows *sql.Rows) error {
		var d slo.Drill
		var terms string
		if err := rows.Scan(&d.ID, &d.Plan, &d.Name, &d.Declared, &d.By, &terms); err != nil {
			return err
		}
		at[d.ID] = len(out)
		out = append(out, d)
		return json.Unmarshal([]byte(terms), &out[len(out)-1].Terms)
	}, `select id, plan, name, declared, by, terms from drills where cell = ? and id in (`+chosen+`) order by declared desc, id`, append([]any{cell}, args...)...)
	if err != nil {
		return nil, err
	}
	err = query(ctx, db, func(rows *sql.Rows) error {
		var id, text string
		var entry int64
		if err := rows.Scan(&id, &text, &entry); err != nil {
			return err
		}
		var e slo.DrillEvent
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			return err
		}
		e.Entry = entry
		d := &out[at[id]]
		d.Events = append(d.Events, e)
		return nil
	}, `select drill, event, entry from drill_events where cell = ? and drill in (`+chosen+`) order by drill, n`, append([]any{cell}, args...)...)
	return out, err
}
