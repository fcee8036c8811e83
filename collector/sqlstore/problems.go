package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// ProblemFilter chooses problems. Its zero value chooses all.
type ProblemFilter struct {
	ID       string             // "" is any
	Service  string             // "" is any
	Incident string             // only those that have it; "" is any
	Mode     slo.FailureMode    // "" is any
	States   []slo.ProblemState // none is any
	Offset   int
	Limit    int // 0 is no limit
}

// SaveProblem lets f add one event to a problem, and keeps it with its entry,
// the only one of the batch, in one transaction. f is given a problem without
// events where there is none of that ID. The answer has the event's entry.
func (s *Store) SaveProblem(ctx context.Context, id string, b LogBatch, f func(slo.Problem) (slo.Problem, error)) (slo.Problem, error) {
	var out slo.Problem
	err := s.write(ctx, "keeping a problem", func(tx *sql.Tx) error {
		known, err := problems(ctx, tx, ProblemFilter{ID: id})
		if err != nil {
			return err
		}
		was := slo.Problem{ID: id}
		if len(known) > 0 {
			was = known[0]
		}
		if out, err = f(was); err != nil {
			return err
		}
		n := len(was.Events)
		if len(out.Events) != n+1 || out.ID != id {
			return errors.New("an event adds one event")
		}
		if err := writeProblem(ctx, tx, &out); err != nil {
			return err
		}
		return addProblemEvent(ctx, tx, id, &out.Events[n], b)
	})
	return out, err
}

func writeProblem(ctx context.Context, tx *sql.Tx, p *slo.Problem) error {
	if _, err := tx.ExecContext(ctx, `insert into problems (cell, id, service, mode, began, state) values (?, ?, ?, ?, ?, ?)
		on conflict do update set state = excluded.state`,
		cell, p.ID, p.Service, string(p.Mode), int64(p.Events[0].At), string(p.State)); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `delete from problem_incidents where cell = ? and problem = ?`, cell, p.ID); err != nil {
		return err
	}
	for _, i := range p.Incidents {
		if _, err := tx.ExecContext(ctx, `insert into problem_incidents (cell, problem, incident) values (?, ?, ?)`, cell, p.ID, i.ID); err != nil {
			return err
		}
	}
	return nil
}

// addProblemEvent keeps an event and its entry.
func addProblemEvent(ctx context.Context, tx *sql.Tx, id string, e *slo.ProblemEvent, b LogBatch) error {
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	e.Entry = b.Size
	if _, err := tx.ExecContext(ctx, `insert into problem_events (cell, problem, n, act, event, entry) values (?, ?, ?, ?, ?, ?)`,
		cell, id, e.N, string(e.Act), string(text), e.Entry); err != nil {
		return err
	}
	return appendLog(ctx, tx, b)
}

// Problem returns one problem, or ErrNotFound.
func (s *Store) Problem(ctx context.Context, id string) (slo.Problem, error) {
	list, err := s.Problems(ctx, ProblemFilter{ID: id})
	if err == nil && (len(list) == 0 || id == "") {
		err = fmt.Errorf("problem %q: %w", id, ErrNotFound)
	}
	if err != nil {
		return slo.Problem{}, err
	}
	return list[0], nil
}

// Problems returns problems with their events, the newest first.
func (s *Store) Problems(ctx context.Context, f ProblemFilter) ([]slo.Problem, error) {
	if s.unproblematic {
		return nil, nil
	}
	tx, err := s.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true}) // both tables as of one instant
	if err != nil {
		return nil, fmt.Errorf("reading problems: %w", err)
	}
	out, err := problems(ctx, tx, f)
	if err != nil {
		err = fmt.Errorf("reading problems: %w", err)
	}
	return out, errors.Join(err, ignoreDone(tx.Rollback()))
}

func problems(ctx context.Context, db querier, f ProblemFilter) ([]slo.Problem, error) {
	where, args := `cell = ?`, []any{cell}
	for _, c := range []struct{ column, value string }{{"id", f.ID}, {"service", f.Service}, {"mode", string(f.Mode)}} {
		if c.value != "" {
			where, args = where+` and `+c.column+` = ?`, append(args, c.value)
		}
	}
	if f.Incident != "" {
		where, args = where+` and id in (select problem from problem_incidents where cell = ? and incident = ?)`, append(args, cell, f.Incident)
	}
	if len(f.States) > 0 {
		where += ` and state in (?` + strings.Repeat(`, ?`, len(f.States)-1) + `)`
		for _, state := range f.States {
			args = append(args, string(state))
		}
	}
	if f.Limit == 0 {
		f.Limit = math.MaxInt32
	}
	chosen := `select id from problems where ` + where + ` order by began desc, id limit ? offset ?`
	args = append([]any{cell}, append(args, f.Limit, f.Offset)...)
	var out []slo.Problem
	at := map[string]int{}
	err := query(ctx, db, func(rows *sql.Rows) error {
		var p slo.Problem
		err := rows.Scan(&p.ID, &p.Service, &p.Mode)
		at[p.ID] = len(out)
		out = append(out, p)
		return err
	}, `select id, service, mode from problems where cell = ? and id in (`+chosen+`) order by began desc, id`, args...)
	if err != nil {
		return nil, err
	}
	err = query(ctx, db, func(rows *sql.Rows) error {
		id, e, err := scanProblemEvent(rows)
		if err == nil {
			p := &out[at[id]]
			p.Events = append(p.Events, e)
		}
		return err
	}, `select problem, event, entry from problem_events where cell = ? and problem in (`+chosen+`) order by problem, n`, args...)
	for n := range out {
		out[n].Fold()
	}
	return out, err
}

func scanProblemEvent(rows *sql.Rows) (id string, e slo.ProblemEvent, err error) {
	var text string
	var entry int64
	if err := rows.Scan(&id, &text, &entry); err != nil {
		return id, e, err
	}
	err = json.Unmarshal([]byte(text), &e)
	e.Entry = entry
	return id, e, err
}

// Failures lists the incidents that began within v, without their timelines,
// the latest first: at most limit.
func (s *Store) Failures(ctx context.Context, v slo.Interval, limit int) ([]slo.Incident, error) {
	var out []slo.Incident
	err := query(ctx, s.db, func(rows *sql.Rows) error {
		i, err := scanIncident(rows)
		out = append(out, i)
		return err
	}, `select `+incidentColumns+` from incidents where cell = ? and began >= ? and began < ? order by began desc, id limit ?`, cell, int64(v.From), int64(v.To), limit)
	if err != nil {
		return nil, fmt.Errorf("listing failures: %w", err)
	}
	return out, nil
}

// ProblemState is how a problem stands by its row, which must be what its
// events left.
func (s *Store) ProblemState(ctx context.Context, id string) (slo.ProblemState, error) {
	var state slo.ProblemState
	err := s.db.QueryRowContext(ctx, `select state from problems where cell = ? and id = ?`, cell, id).Scan(&state)
	if err != nil {
		return "", fmt.Errorf("reading the state of the problem %q: %w", id, err)
	}
	return state, nil
}
