package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Checkpoint is what the evaluator knew when it had read the journal up to
// Cursor. Saving one replaces what it names and keeps the rest.
type Checkpoint struct {
	Cursor   uint64   // the next journal position to read
	Probes   []string // that were evaluated
	Words    []Word
	Received []Received
}

// Word is one agent's stream about one probe from one location.
type Word struct {
	Probe, Location, Agent string
	Hold                   time.Duration
	Confirm                int
	Stream, Last           []byte
}

// Received is which records of an agent's epoch are in the journal.
type Received struct {
	Agent, Epoch string
	Seqs         []byte
}

// SaveCheckpoint saves c in one transaction.
func (s *Store) SaveCheckpoint(ctx context.Context, c Checkpoint) error {
	probes, err := json.Marshal(c.Probes)
	if err != nil {
		return fmt.Errorf("saving a checkpoint: %w", err)
	}
	return s.write(ctx, "saving a checkpoint", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `insert into checkpoint (cell, cursor, probes) values (?, ?, ?)
			on conflict do update set cursor = excluded.cursor, probes = excluded.probes`, cell, int64(c.Cursor), string(probes)); err != nil {
			return err
		}
		if err := saveWords(ctx, tx, c.Words); err != nil {
			return err
		}
		for _, r := range c.Received {
			if _, err := tx.ExecContext(ctx, `insert into received (cell, agent, epoch, seqs) values (?, ?, ?, ?)
				on conflict do update set seqs = excluded.seqs`, cell, r.Agent, r.Epoch, r.Seqs); err != nil {
				return err
			}
		}
		return nil
	})
}

func saveWords(ctx context.Context, tx *sql.Tx, words []Word) error {
	if len(words) == 0 {
		return nil
	}
	st, err := tx.PrepareContext(ctx, `insert into words (cell, probe, location, agent, hold_ms, confirm, stream, last)
		values (?, ?, ?, ?, ?, ?, ?, ?) on conflict do update set
		hold_ms = excluded.hold_ms, confirm = excluded.confirm, stream = excluded.stream, last = excluded.last`)
	if err != nil {
		return err
	}
	defer st.Close()
	for _, w := range words {
		if _, err := st.ExecContext(ctx, cell, w.Probe, w.Location, w.Agent, w.Hold.Milliseconds(), w.Confirm, w.Stream, w.Last); err != nil {
			return err
		}
	}
	return nil
}

// LoadCheckpoint returns the checkpoint whole; a Cursor of 0 where there is
// none yet.
func (s *Store) LoadCheckpoint(ctx context.Context) (Checkpoint, error) {
	var c Checkpoint
	err := s.loadCheckpoint(ctx, &c)
	if err != nil {
		return c, fmt.Errorf("loading the checkpoint: %w", err)
	}
	return c, nil
}

func (s *Store) loadCheckpoint(ctx context.Context, c *Checkpoint) error {
	tx, err := s.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var cursor int64
	var probes string
	err = tx.QueryRowContext(ctx, `select cursor, probes from checkpoint where cell = ?`, cell).Scan(&cursor, &probes)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	c.Cursor = uint64(cursor)
	if err := json.Unmarshal([]byte(probes), &c.Probes); err != nil {
		return fmt.Errorf("the list of probes: %w", err)
	}
	err = query(ctx, tx, func(rows *sql.Rows) error {
		var w Word
		var hold int64
		if err := rows.Scan(&w.Probe, &w.Location, &w.Agent, &hold, &w.Confirm, &w.Stream, &w.Last); err != nil {
			return err
		}
		w.Hold = time.Duration(hold) * time.Millisecond
		c.Words = append(c.Words, w)
		return nil
	}, `select probe, location, agent, hold_ms, confirm, stream, last from words where cell = ?`, cell)
	if err != nil {
		return err
	}
	return query(ctx, tx, func(rows *sql.Rows) error {
		var r Received
		if err := rows.Scan(&r.Agent, &r.Epoch, &r.Seqs); err != nil {
			return err
		}
		c.Received = append(c.Received, r)
		return nil
	}, `select agent, epoch, seqs from received where cell = ?`, cell)
}
