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

// SendingFilter chooses sendings. Its zero value chooses all.
type SendingFilter struct {
	ID     string           // "" is any
	State  slo.SendingState // "" is any
	Offset int
	Limit  int // 0 is no limit
}

// SendingStep is the newest event of a sending with everything that belongs to
// it: all of it is kept, or nothing.
type SendingStep struct {
	slo.Sending              // with the event
	Draft       []byte       // JSON of the report; nil where that stays as it is
	Issued      *Report      // a report that is issued with it
	Mails       []OutboxRow  // that leave
	Asked       []slo.Survey // who is asked by them
	Recalled    []string     // mails that must not have begun to leave, and do not any more
}

// StepSending keeps a step, whose entry is the first of the batch.
func (s *Store) StepSending(ctx context.Context, st SendingStep, b LogBatch) error {
	return s.write(ctx, "keeping a sending", func(tx *sql.Tx) error {
		n := len(st.Events) - 1
		if n < 0 {
			return errors.New("a sending to which nothing happened")
		}
		if err := saveSending(ctx, tx, st); err != nil {
			return err
		}
		e := st.Events[n]
		e.Entry = 0
		text, err := json.Marshal(e)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `insert into sending_events (cell, sending, n, act, event, entry) values (?, ?, ?, ?, ?, ?)`,
			cell, st.ID, n, string(e.Act), string(text), b.Size); err != nil {
			return err
		}
		for _, id := range st.Recalled {
			if err := recall(ctx, tx, id); err != nil {
				return err
			}
		}
		if st.Issued != nil {
			if err := insertReport(ctx, tx, *st.Issued); err != nil {
				return err
			}
		}
		if err := errors.Join(enqueueAll(ctx, tx, st.Mails), addSurveys(ctx, tx, st.Asked)); err != nil {
			return err
		}
		return appendLog(ctx, tx, b)
	})
}

// saveSending keeps how a sending stands.
func saveSending(ctx context.Context, tx *sql.Tx, st SendingStep) error {
	to, err := json.Marshal(st.To)
	if err != nil {
		return err
	}
	asked, err := json.Marshal(append([]string{}, st.Sending.Asked...))
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `insert into sendings (cell, id, agreement, period, day, edition, recipients, asked, draft, state, since)
		values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do update set state = excluded.state, since = excluded.since,
		draft = case when excluded.draft = '' then draft else excluded.draft end`,
		cell, st.ID, st.Agreement, st.Period, st.Day, st.Edition, string(to), string(asked), string(st.Draft), string(st.State()), int64(st.Since()))
	return err
}

// recall takes a mail out of the outbox. One that has begun to leave is
// slo.SendingUnderWay.
func recall(ctx context.Context, tx *sql.Tx, id string) error {
	res, err := tx.ExecContext(ctx, `delete from outbox where id = ? and state = 'pending' and json_extract(delivery, '$.attempts') = 0`, id)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, slo.SendingUnderWay)
	}
	_, err = tx.ExecContext(ctx, `delete from surveys where mail = ?`, id)
	return err
}

// Sending returns one sending, or ErrNotFound.
func (s *Store) Sending(ctx context.Context, id string) (slo.Sending, error) {
	list, err := s.Sendings(ctx, SendingFilter{ID: id})
	if err == nil && (len(list) == 0 || id == "") {
		err = fmt.Errorf("sending %q: %w", id, ErrNotFound)
	}
	if err != nil {
		return slo.Sending{}, err
	}
	return list[0], nil
}

// SendingDraft returns the JSON of a sending's report and the number of its events,
// as of one instant, or ErrNotFound.
func (s *Store) SendingDraft(ctx context.Context, id string) (draft []byte, events int, err error) {
	err = s.db.QueryRowContext(ctx, `select draft, (select count(*) from sending_events e where e.cell = s.cell and e.sending = s.id) from sendings s where cell = ? and id = ?`, cell, id).Scan(&draft, &events)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return nil, 0, fmt.Errorf("reading the report of sending %q: %w", id, err)
	}
	return draft, events, nil
}

// Sendings returns sendings with their events, those first that changed last.
func (s *Store) Sendings(ctx context.Context, f SendingFilter) ([]slo.Sending, error) {
	if s.unsent {
		return nil, nil
	}
	tx, err := s.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true}) // both tables as of one instant
	if err != nil {
		return nil, fmt.Errorf("reading sendings: %w", err)
	}
	out, err := sendings(ctx, tx, f)
	if err != nil {
		err = fmt.Errorf("reading sendings: %w", err)
	}
	return out, errors.Join(err, ignoreDone(tx.Rollback()))
}

func sendings(ctx context.Context, db querier, f SendingFilter) ([]slo.Sending, error) {
	where, args := `cell = ?`, []any{cell}
	for _, c := range []struct{ column, value string }{{"id", f.ID}, {"state", string(f.State)}} {
		if c.value != "" {
			where, args = where+` and `+c.column+` = ?`, append(args, c.value)
		}
	}
	if f.Limit == 0 {
		f.Limit = math.MaxInt32
	}
	args = append(args, f.Limit, f.Offset)
	chosen := ` from sendings where ` + where + ` order by since desc, id limit ? offset ?`
	var out []slo.Sending
	at := map[string]int{}
	err := query(ctx, db, func(rows *sql.Rows) error {
		var x slo.Sending
		var to, asked []byte
		if err := rows.Scan(&x.ID, &x.Agreement, &x.Period, &x.Day, &x.Edition, &to, &asked); err != nil {
			return err
		}
		at[x.ID] = len(out)
		out = append(out, x)
		return errors.Join(json.Unmarshal(to, &out[len(out)-1].To), json.Unmarshal(asked, &out[len(out)-1].Asked))
	}, `select id, agreement, period, day, edition, recipients, asked`+chosen, args...)
	if err != nil {
		return nil, err
	}
	err = query(ctx, db, func(rows *sql.Rows) error {
		var id string
		var event []byte
		var entry int64
		if err := rows.Scan(&id, &event, &entry); err != nil {
			return err
		}
		var e slo.SendingEvent
		if err := json.Unmarshal(event, &e); err != nil {
			return err
		}
		e.Entry = entry
		x := &out[at[id]]
		x.Events = append(x.Events, e)
		return nil
	}, `select sending, event, entry from sending_events where cell = ? and sending in (select id`+chosen+`) order by sending, n`, append([]any{cell}, args...)...)
	return out, err
}
