package collector

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/internal/wal"
	"github.com/assay-sla/assay/slo"
)

// A batch of the journal that a follower gets at once.
const (
	batchEntries = 4096
	batchBytes   = 4 << 20
)

// follower takes the journal's entries in order, from a position of its own.
// An error of take or skip is tried again for as long as the collector runs:
// the journal keeps what follows.
type follower struct {
	name string
	from uint64 // the first position that it wants
	// take is given entries whose positions follow each other.
	take func(context.Context, []slo.Entry) error
	// skip is told that nothing comes before position next, and why.
	skip func(ctx context.Context, next uint64, reason string) error
	// aside is given a record that makes no sense; nil leaves that to others.
	aside func(ctx context.Context, pos uint64, record []byte, err error) error
}

// follow feeds the journal to f until ctx ends. failed is told of each attempt
// that failed.
func follow(ctx context.Context, journal *wal.Log, f follower, failed func(error)) error {
	r := journal.Follow(f.from, batchEntries, batchBytes)
	for {
		first, payloads, err := r.Next(ctx)
		var missing *wal.MissingError
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.As(err, &missing):
			reason := missing.Reason
			r.Seek(missing.To + 1)
			err = retry(ctx, func() error { return f.skip(ctx, missing.To+1, reason) }, failed)
		case err != nil:
			return fmt.Errorf("%s: reading the journal: %w", f.name, err)
		default:
			err = f.feed(ctx, first, payloads, failed)
		}
		if err != nil {
			return nil // ctx ended
		}
	}
}

// feed gives f a batch, in pieces where a record of it makes no sense.
func (f *follower) feed(ctx context.Context, first uint64, payloads [][]byte, failed func(error)) error {
	entries := make([]slo.Entry, 0, len(payloads))
	flush := func() error {
		if len(entries) == 0 {
			return nil
		}
		err := retry(ctx, func() error { return f.take(ctx, entries) }, failed)
		entries = make([]slo.Entry, 0, len(payloads)-len(entries))
		return err
	}
	for i, p := range payloads {
		pos := first + uint64(i)
		e, err := push.DecodeEntry(p)
		if err == nil {
			e.Pos = pos
			entries = append(entries, e)
			continue
		}
		if err := flush(); err != nil {
			return err
		}
		if err := retry(ctx, func() error { return f.pass(ctx, pos, p, err) }, failed); err != nil {
			return err
		}
	}
	return flush()
}

// pass steps over a record that makes no sense.
func (f *follower) pass(ctx context.Context, pos uint64, record []byte, why error) error {
	if f.aside != nil {
		if err := f.aside(ctx, pos, record, why); err != nil {
			return err
		}
	}
	return f.skip(ctx, pos+1, why.Error())
}

// retry repeats f, with growing pauses, until it succeeds or ctx ends, which
// is the only error.
func retry(ctx context.Context, f func() error, failed func(error)) error {
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 30*time.Second) {
		err := f()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil {
			return nil
		}
		failed(err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}
