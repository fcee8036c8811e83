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

// RegisterFilter chooses items of registers. Its zero value chooses all.
type RegisterFilter struct {
	Register string   // "" is any
	ID       string   // "" is any
	States   []string // none is any
	Text     string   // in one of the values or the ID, whatever its case; "" is any
	Offset   int
	Limit    int // 0 is no limit
}

// ErrVersion is the error of an item that has other events than it had when it
// was read.
var ErrVersion = errors.New("somebody changed it meanwhile")

// AddRegisterEvents keeps the newest event of each item, creating those that have
// no other, with the line of the audit trail that tells of it. The batch's first
// entry is the line's, and those that follow are the events'. It is one
// transaction; ErrVersion is an item whose earlier events are not those on record.
func (s *Store) AddRegisterEvents(ctx context.Context, items []slo.RegisterItem, a AuditEvent, b LogBatch) error {
	return s.write(ctx, "keeping items of registers", func(tx *sql.Tx) error {
		for k := range items {
			if err := addRegisterEvent(ctx, tx, &items[k], b.Size+1+int64(k)); err != nil {
				return fmt.Errorf("%s %s: %w", items[k].Register, items[k].ID, err)
			}
		}
		return audited(ctx, tx, a, b)
	})
}

func addRegisterEvent(ctx context.Context, tx *sql.Tx, i *slo.RegisterItem, entry int64) error {
	fields, err := json.Marshal(i.Values)
	if err != nil {
		return err
	}
	n := len(i.Events)
	e := &i.Events[n-1]
	e.Entry = 0
	event, err := json.Marshal(e)
	if err != nil {
		return err
	}
	e.Entry = entry
	if n == 1 {
		_, err = tx.ExecContext(ctx, `insert into register_items (cell, register, id, created, state, fields, version) values (?, ?, ?, ?, ?, ?, 1)`,
			cell, i.Register, i.ID, int64(e.At), i.State, string(fields))
	} else {
		err = replaceItem(ctx, tx, i, string(fields))
	}
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `insert into register_events (cell, register, item, n, act, event, entry) values (?, ?, ?, ?, ?, ?, ?)`,
		cell, i.Register, i.ID, n, string(e.Act), string(event), entry)
	return err
}

func replaceItem(ctx context.Context, tx *sql.Tx, i *slo.RegisterItem, fields string) error {
	done, err := tx.ExecContext(ctx, `update register_items set state = ?, fields = ?, version = ? where cell = ? and register = ? and id = ? and version = ?`,
		i.State, fields, len(i.Events), cell, i.Register, i.ID, len(i.Events)-1)
	if err != nil {
		return err
	}
	switch n, err := done.RowsAffected(); {
	case err != nil:
		return err
	case n != 1:
		return ErrVersion
	}
	return nil
}

// RegisterItem returns one item, or ErrNotFound.
func (s *Store) RegisterItem(ctx context.Context, register, id string) (slo.RegisterItem, error) {
	list, err := s.RegisterItems(ctx, RegisterFilter{Register: register, ID: id})
	if err == nil && (len(list) == 0 || id == "") {
		err = fmt.Errorf("%s %q: %w", register, id, ErrNotFound)
	}
	if err != nil {
		return slo.RegisterItem{}, err
	}
	return list[0], nil
}

// RegisterItems returns items with their events, the newest first.
func (s *Store) RegisterItems(ctx context.Context, f RegisterFilter) ([]slo.RegisterItem, error) {
	if s.unregistered {
		return nil, nil
	}
	tx, err := s.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true}) // both tables as of one instant
	if err != nil {
		return nil, fmt.Errorf("reading items of registers: %w", err)
	}
	out, err := registerItems(ctx, tx, f)
	if err != nil {
		err = fmt.Errorf("reading items of registers: %w", err)
	}
	return out, errors.Join(err, ignoreDone(tx.Rollback()))
}

func registerItems(ctx context.Context, db querier, f RegisterFilter) ([]slo.RegisterItem, error) {
	where, args := registerWhere(f)
	if f.Limit == 0 {
		f.Limit = math.MaxInt32
	}
	chosen := `select register, id from register_items where ` + where + ` order by created desc, register, id limit ? offset ?`
	args = append(args, f.Limit, f.Offset)
	var out []slo.RegisterItem
	at := map[[2]string]int{}
	err := query(ctx, db, func(rows *sql.Rows) error {
		var i slo.RegisterItem
		var fields string
		if err := rows.Scan(&i.Register, &i.ID, &i.State, &fields); err != nil {
			return err
		}
		at[[2]string{i.Register, i.ID}] = len(out)
		out = append(out, i)
		return json.Unmarshal([]byte(fields), &out[len(out)-1].Values)
	}, `select register, id, state, fields from register_items where cell = ? and (register, id) in (`+chosen+`) order by created desc, register, id`, append([]any{cell}, args...)...)
	if err != nil {
		return nil, err
	}
	err = query(ctx, db, func(rows *sql.Rows) error {
		var register, id, text string
		var entry int64
		if err := rows.Scan(&register, &id, &text, &entry); err != nil {
			return err
		}
		var e slo.RegisterEvent
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			return err
		}
		e.Entry = entry
		i := &out[at[[2]string{register, id}]]
		i.Events = append(i.Events, e)
		return nil
	}, `select register, item, event, entry from register_events where cell = ? and (register, item) in (`+chosen+`) order by register, item, n`, append([]any{cell}, args...)...)
	return out, err
}

// registerWhere is the condition of a filter with its arguments.
func registerWhere(f RegisterFilter) (where string, args []any) {
	where, args = `cell = ?`, []any{cell}
	for _, c := range []struct{ column, value string }{{"register", f.Register}, {"id", f.ID}} {
		if c.value != "" {
			where, args = where+` and `+c.column+` = ?`, append(args, c.value)
		}
	}
	if len(f.States) > 0 {
		where += ` and state in (?` + strings.Repeat(`, ?`, len(f.States)-1) + `)`
		for _, s := range f.States {
			args = append(args, s)
		}
	}
	if f.Text != "" {
		like := `%` + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(f.Text) + `%`
		where += ` and (id like ? escape '\' or exists (select 1 from json_each(fields) where value like ? escape '\'))`
		args = append(args, like, like)
	}
	return where, args
}

// CountRegisterItems counts the items of each register by state, as register and
// state.
func (s *Store) CountRegisterItems(ctx context.Context) (map[[2]string]int, error) {
	out := map[[2]string]int{}
	if s.unregistered {
		return out, nil
	}
	err := query(ctx, s.db, func(rows *sql.Rows) error {
		var register, state string
		var n int
		if err := rows.Scan(&register, &state, &n); err != nil {
			return err
		}
		out[[2]string{register, state}] = n
		return nil
	}, `select register, state, count(*) from register_items where cell = ? group by register, state`, cell)
	if err != nil {
		return nil, fmt.Errorf("counting items of registers: %w", err)
	}
	return out, nil
}
