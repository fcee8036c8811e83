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

// ExclusionFilter chooses requests for exclusions. Its zero value chooses all.
type ExclusionFilter struct {
	ID         string               // "" is any
	States     []slo.ExclusionState // none is any
	Agreements []string             // one of which it names; none is any
	Offset     int
	Limit      int // 0 is no limit
}

const exclusionColumns = `id, agreements, began, ended, cause, reason, requested_by, requested, entry`

// AddExclusion keeps a request for an exclusion, the line of the audit trail
// that tells of it, and their entries, that of the line first. count is given
// how many requests are pending and how many are in force, and may refuse.
func (s *Store) AddExclusion(ctx context.Context, r slo.ExclusionRequest, a AuditEvent, b LogBatch, count func(pending, approved int) error) (slo.ExclusionRequest, error) {
	r.Entry = b.Size + 1
	err := s.write(ctx, "keeping a request for an exclusion", func(tx *sql.Tx) error {
		var pending, approved int
		if err := tx.QueryRowContext(ctx, `select count(*) filter (where state = ?), count(*) filter (where state = ?) from exclusions where cell = ?`,
			string(slo.ExclusionPending), string(slo.ExclusionApproved), cell).Scan(&pending, &approved); err != nil {
			return err
		}
		if err := count(pending, approved); err != nil {
			return err
		}
		names, err := json.Marshal(r.Agreements)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `insert into exclusions (cell, `+exclusionColumns+`, state) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			cell, r.ID, string(names), int64(r.From), int64(r.To), r.Cause.String(), r.Reason, r.RequestedBy, int64(r.RequestedAt), r.Entry, string(r.State())); err != nil {
			return err
		}
		return audited(ctx, tx, a, b)
	})
	return r, err
}

// DecideExclusion lets f decide on a request; what it adds, the line of the
// audit trail that tells of it, and their entries, that of the line first, are
// one transaction. ErrNotFound is a request that is not there.
func (s *Store) DecideExclusion(ctx context.Context, id string, a AuditEvent, b LogBatch, f func(slo.ExclusionRequest) (slo.ExclusionRequest, error)) (slo.ExclusionRequest, error) {
	var out slo.ExclusionRequest
	err := s.write(ctx, "deciding on an exclusion", func(tx *sql.Tx) error {
		known, err := exclusions(ctx, tx, ExclusionFilter{ID: id})
		if err != nil {
			return err
		}
		if len(known) == 0 {
			return fmt.Errorf("exclusion %q: %w", id, ErrNotFound)
		}
		if out, err = f(known[0]); err != nil {
			return err
		}
		n := len(known[0].Decisions)
		if len(out.Decisions) != n+1 {
			return errors.New("a decision adds one decision")
		}
		d := &out.Decisions[n]
		d.Entry = b.Size + 1
		effects, err := json.Marshal(append([]slo.ExclusionEffect{}, d.Effects...))
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `insert into exclusion_decisions (cell, exclusion, n, act, at, actor, comment, effects, omitted, entry) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			cell, id, n, string(d.Act), int64(d.At), d.Actor, d.Comment, string(effects), d.Omitted, d.Entry); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `update exclusions set state = ? where cell = ? and id = ?`, string(out.State()), cell, id); err != nil {
			return err
		}
		return audited(ctx, tx, a, b)
	})
	return out, err
}

// Exclusion returns one request, or ErrNotFound.
func (s *Store) Exclusion(ctx context.Context, id string) (slo.ExclusionRequest, error) {
	list, err := s.Exclusions(ctx, ExclusionFilter{ID: id})
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("exclusion %q: %w", id, ErrNotFound)
	}
	if err != nil {
		return slo.ExclusionRequest{}, err
	}
	return list[0], nil
}

// Exclusions returns requests with their decisions, the newest first.
func (s *Store) Exclusions(ctx context.Context, f ExclusionFilter) ([]slo.ExclusionRequest, error) {
	if s.older {
		return nil, nil
	}
	tx, err := s.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true}) // both tables as of one instant
	if err != nil {
		return nil, fmt.Errorf("reading exclusions: %w", err)
	}
	out, err := exclusions(ctx, tx, f)
	if err != nil {
		err = fmt.Errorf("reading exclusions: %w", err)
	}
	return out, errors.Join(err, ignoreDone(tx.Rollback()))
}

func exclusions(ctx context.Context, db querier, f ExclusionFilter) ([]slo.ExclusionRequest, error) {
	where, args := `cell = ?`, []any{cell}
	if f.ID != "" {
		where, args = where+` and id = ?`, append(args, f.ID)
	}
	for i, s := range f.States {
		where += [...]string{` and state in (?`, `, ?`}[min(i, 1)]
		args = append(args, string(s))
	}
	if len(f.States) > 0 {
		where += `)`
	}
	if len(f.Agreements) > 0 {
		where += ` and exists (select 1 from json_each(agreements) where value in (?` + strings.Repeat(`, ?`, len(f.Agreements)-1) + `))`
		for _, a := range f.Agreements {
			args = append(args, a)
		}
	}
	if f.Limit == 0 {
		f.Limit = math.MaxInt32
	}
	chosen := `select id from exclusions where ` + where + ` order by requested desc, id limit ? offset ?`
	args = append(args, f.Limit, f.Offset)
	var out []slo.ExclusionRequest
	at := map[string]int{}
	err := query(ctx, db, func(rows *sql.Rows) error {
		r, err := scanExclusion(rows)
		at[r.ID] = len(out)
		out = append(out, r)
		return err
	}, `select `+exclusionColumns+` from exclusions where cell = ? and id in (`+chosen+`) order by requested desc, id`, append([]any{cell}, args...)...)
	if err != nil {
		return nil, err
	}
	err = query(ctx, db, func(rows *sql.Rows) error {
		id, d, err := scanDecision(rows)
		r := &out[at[id]]
		r.Decisions = append(r.Decisions, d)
		return err
	}, `select exclusion, act, at, actor, comment, effects, omitted, entry from exclusion_decisions where cell = ? and exclusion in (`+chosen+`) order by exclusion, n`, append([]any{cell}, args...)...)
	return out, err
}

func scanExclusion(rows *sql.Rows) (slo.ExclusionRequest, error) {
	var r slo.ExclusionRequest
	var names, cause string
	if err := rows.Scan(&r.ID, &names, &r.From, &r.To, &cause, &r.Reason, &r.RequestedBy, &r.RequestedAt, &r.Entry); err != nil {
		return r, err
	}
	var err error
	r.Cause, err = slo.ParseExclusionCause(cause)
	return r, errors.Join(err, json.Unmarshal([]byte(names), &r.Agreements))
}

func scanDecision(rows *sql.Rows) (id string, d slo.ExclusionDecision, err error) {
	var act, effects string
	if err := rows.Scan(&id, &act, &d.At, &d.Actor, &d.Comment, &effects, &d.Omitted, &d.Entry); err != nil {
		return id, d, err
	}
	d.Act = slo.ExclusionAct(act)
	return id, d, json.Unmarshal([]byte(effects), &d.Effects)
}
