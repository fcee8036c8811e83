package collector

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/assay-sla/assay/collector/evaluate"
	"github.com/assay-sla/assay/collector/web"
	"github.com/assay-sla/assay/internal/archive"
	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/internal/wal"
	"github.com/assay-sla/assay/slo"
)

// Bounds of explaining figures to people and tools, so that however many ask,
// most of the machine is left to what measures.
const (
	explainAtOnce  = 2                // figures
	explainWait    = 5 * time.Second  // for one of these
	explainReading = 10 * time.Second // of the measurements of one figure
	explainRecords = 3_000_000        // read for one figure
)

// explainer explains figures. They are those of the engine, which every page
// shows; the measurements come from the archive and, while they are not there
// yet, from the journal.
type explainer struct {
	engine  func() *evaluate.Engine
	journal *wal.Log
	archive *archive.Archive
	slots   chan struct{}
	wait    time.Duration
	reading time.Duration
}

func (c *Collector) newExplainer() *explainer {
	return &explainer{
		engine: c.engine, journal: c.journal, archive: c.archiver.archive,
		slots: make(chan struct{}, explainAtOnce), wait: explainWait, reading: explainReading,
	}
}

// explain is a web.Explain.
func (e *explainer) explain(ctx context.Context, q web.ExplainQuery) (*slo.Explanation, error) {
	leave, err := e.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	x, err := e.engine().Explain(q.Agreement, q.Objective, q.At, q.Limit, func(a *slo.Agreement, o *slo.Objective) (slo.Instant, error) {
		return windowAsked(q, a, o)
	})
	switch {
	case err != nil:
		return nil, err
	case x == nil || x.Status.Agreement.Service != q.Service:
		return nil, web.ErrNoObjective
	}
	w := slo.NewWitness(x)
	ctx, cancel := context.WithTimeout(ctx, e.reading)
	defer cancel()
	since, err := e.read(ctx, w)
	if err != nil {
		return nil, fmt.Errorf("reading the measurements of %s/%s: %w", q.Agreement, q.Objective, err)
	}
	w.Finish(since)
	return x, nil
}

// enter waits until a figure may be explained.
func (e *explainer) enter(ctx context.Context) (leave func(), err error) {
	late := time.NewTimer(e.wait)
	defer late.Stop()
	select {
	case e.slots <- struct{}{}:
		return func() { <-e.slots }, nil
	case <-late.C:
		return nil, web.ErrBusy
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// windowAsked is the instant that tells the window that is asked for. Windows
// that have not begun have no figure, and those of long ago cost for nothing.
func windowAsked(q web.ExplainQuery, a *slo.Agreement, o *slo.Objective) (slo.Instant, error) {
	at, err := o.Window.Asked(q.Window, a.Zone, q.At)
	if err != nil {
		return 0, &web.WindowError{Err: err}
	}
	ends := q.At
	if o.Window.Rolling == 0 {
		ends = o.Window.At(q.At, a.Zone).To
	}
	if at > ends {
		return 0, &web.WindowError{Err: fmt.Errorf("%s has not begun", q.Window)}
	}
	if at < web.EarliestWindow {
		return 0, &web.WindowError{Err: fmt.Errorf("%s is before anything that can be known", q.Window)}
	}
	return at, nil
}

// errEnough ends a reading at its bound.
var errEnough = errors.New("as much was read as may be for one figure")

// read gives the witness what it wants, the newest first, and returns since
// when it has all of that. Where the time or the bound is up, that is not the
// beginning.
func (e *explainer) read(ctx context.Context, w *slo.Witness) (since slo.Instant, err error) {
	queries := archive.Wanted(w.Probes(), w.Wants())
	if len(queries) == 0 {
		return slo.MinInstant, nil
	}
	left := explainRecords
	add := func(en slo.Entry) error {
		if left--; left < 0 {
			return errEnough
		}
		if !en.Quarantined() {
			w.Add(en.Record)
		}
		return nil
	}
	// The journal is read first: what moves to the archive meanwhile is met
	// again there, and counts once.
	if err := e.recent(ctx, add); err != nil {
		return cutShort(ctx, err, slo.MaxInstant)
	}
	for _, q := range queries {
		whole := q.To // what is newer was read before
		if q.Kinds == archive.Gaps {
			whole = slo.MaxInstant
		}
		for en, err := range e.archive.Reader().Entries(ctx, q) {
			if err == nil {
				err = add(en)
			}
			if err != nil {
				return cutShort(ctx, err, whole)
			}
		}
	}
	return slo.MinInstant, nil
}

// cutShort is since when all was read, where a bound ended the reading; any
// other error is one.
func cutShort(ctx context.Context, err error, since slo.Instant) (slo.Instant, error) {
	if errors.Is(err, errEnough) || errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return since, nil
	}
	return 0, err
}

// recent reads what the journal holds and the archive not yet.
func (e *explainer) recent(ctx context.Context, add func(slo.Entry) error) error {
	for pos, end := e.archive.Next(), e.journal.Next(); pos < end; {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		payloads, err := e.journal.Read(pos, batchEntries, batchBytes)
		var missing *wal.MissingError
		switch {
		case errors.As(err, &missing):
			pos = missing.To + 1
			continue
		case err != nil:
			return fmt.Errorf("reading the journal: %w", err)
		}
		for _, p := range payloads {
			en, err := push.DecodeEntry(p)
			pos++
			if err != nil {
				continue // the evaluator sets aside what makes no sense
			}
			if err := add(en); err != nil {
				return err
			}
		}
	}
	return nil
}
