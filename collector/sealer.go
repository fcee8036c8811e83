package collector

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/internal/archive"
	"github.com/assay-sla/assay/slo"
)

const (
	sealEvery = 30 * time.Second
	// editsKey is the setting of the revision up to which sealed figures were
	// restated for the terms that catalogues edited.
	editsKey = "ledger edits"
	// lateKey is the setting of the position of the journal up to which the
	// archive was searched for late measurements of sealed windows.
	lateKey = "ledger searched"
	// maxBehind bounds how many windows of one objective one tick seals: after
	// months away they are sealed one tick after the other.
	maxBehind = 100
)

// sealer seals the figures of windows that are final, and restates those that
// late measurements change. What it did is in the ledger: it remembers nothing
// that a start could not find there.
type sealer struct {
	ledger   *ledgerSide
	store    *sqlstore.Store
	archiver *archiver
	journal  interface{ Next() uint64 }
	ready    func() bool
	catalog  func() *slo.Catalog
	final    func(*slo.Catalog, *slo.Agreement, slo.Interval, slo.Instant) ledger.Finality
	now      func() slo.Instant
	log      *slog.Logger
	watch    sealWatch

	mu       sync.Mutex
	last     map[string]slo.Instant // by promise: the end of its newest sealed window, 0 where none is
	searched uint64                 // as lateKey has it; 0 before it was read
	edited   string                 // as editsKey has it; "" before it was read
	gone     map[string]standing    // by promise: those that left the catalogue, with sealed windows

	asked atomic.Bool // the next tick does what is due
}

func newSealer(c *Collector) *sealer {
	return &sealer{
		ledger: c.ledger, store: c.store, archiver: c.archiver, journal: c.journal, ready: c.ready.Load,
		catalog: c.catalog.current, final: c.finality, now: c.now, log: c.log, last: map[string]slo.Instant{}, gone: map[string]standing{},
	}
}

// run seals and restates until ctx ends, from when the journal is read.
func (s *sealer) run(ctx context.Context) error {
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	var last slo.Instant
	for {
		if at := s.now(); s.ready() && (s.asked.Swap(false) || at.Sub(last) >= sealEvery) {
			last = at
			if err := s.tick(ctx, at); err != nil && ctx.Err() == nil {
				s.log.Error("sealing figures failed; it is tried again", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// tick does what is due at an instant.
func (s *sealer) tick(ctx context.Context, at slo.Instant) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watch.begin(at)
	err := errors.Join(s.seal(ctx, at), s.restate(ctx, at), s.restateEdits(ctx, at), s.restateDecided(ctx, at))
	left, dueErr := s.due(ctx, s.catalog(), at)
	if err = errors.Join(err, dueErr); ctx.Err() != nil {
		err = nil // it was stopped, and did not fail
	}
	s.watch.end(at, err, oldest(left))
	return err
}

// oldest is the earliest end of windows that are to be sealed, 0 where none is.
func oldest(list []closing) slo.Instant {
	var out slo.Instant
	for _, d := range list {
		if out == 0 || d.window.To < out {
			out = d.window.To
		}
	}
	return out
}

// closing is a window of an agreement that is to be sealed, for some objectives.
type closing struct {
	agreement  *slo.Agreement
	window     slo.Interval
	why        ledger.Reason
	objectives []string
}

// seal seals every window that is final.
func (s *sealer) seal(ctx context.Context, at slo.Instant) error {
	cat := s.catalog()
	if !s.ledger.keeps(cat.Revision) { // told of when it was taken into force
		return nil
	}
	var failed []error
	for range maxBehind {
		list, err := s.due(ctx, cat, at)
		if err != nil || len(list) == 0 {
			return errors.Join(append(failed, err)...)
		}
		// The archive has all of the journal that there was when the windows were
		// found final.
		next := s.journal.Next()
		if err := s.archiver.CatchUp(ctx, next); err != nil {
			return errors.Join(append(failed, fmt.Errorf("waiting for the archive: %w", err))...)
		}
		measured, err := s.reader().Snapshot()
		if err != nil {
			return errors.Join(append(failed, err)...)
		}
		sealed := 0
		for _, d := range list {
			if err := s.sealOne(ctx, measured, cat, d, next, at); err != nil {
				failed = append(failed, fmt.Errorf("sealing %s, %s to %s: %w", d.agreement.Name, d.window.From, d.window.To, err))
				continue
			}
			sealed++
		}
		if sealed == 0 || ctx.Err() != nil {
			return errors.Join(failed...)
		}
	}
	return errors.Join(failed...)
}

// due lists the next window of each objective where it is final: those of one
// agreement that end together are one.
func (s *sealer) due(ctx context.Context, cat *slo.Catalog, at slo.Instant) ([]closing, error) {
	var out []closing
	for _, a := range cat.Agreements {
		first := len(out)
		for i := range a.Objectives {
			o := &a.Objectives[i]
			window, ok, err := s.next(ctx, a, o)
			if err != nil {
				return nil, err
			}
			if !ok || window.To > at {
				continue
			}
			f := s.final(cat, a, window, at)
			if !f.Final {
				continue
			}
			out = joined(out, first, closing{a, window, f.Reason, []string{o.Name}})
		}
	}
	return out, nil
}

// joined adds d to the one of the same window among list[first:], or behind.
func joined(list []closing, first int, d closing) []closing {
	for i := first; i < len(list); i++ {
		if list[i].window == d.window {
			list[i].objectives = append(list[i].objectives, d.objectives...)
			return list
		}
	}
	return append(list, d)
}

// next is the first window of an objective that is not sealed.
func (s *sealer) next(ctx context.Context, a *slo.Agreement, o *slo.Objective) (slo.Interval, bool, error) {
	p := ledger.Promise{Agreement: a.Name, Objective: o.Name}
	last, known := s.last[p.Name()]
	if !known {
		f, _, err := s.ledger.lastSealed(ctx, p.Name())
		if err != nil {
			return slo.Interval{}, false, err
		}
		last = f.Window.To
		s.last[p.Name()] = last
	}
	since := s.ledger.made(p)
	if last == 0 && since == 0 {
		return slo.Interval{}, false, nil
	}
	window, ok := ledger.NextWindow(o, a, last, since)
	return window, ok, nil
}

// sealOne computes the figures of one window from what the archive has before
// a position of the journal, and appends their seals together.
func (s *sealer) sealOne(ctx context.Context, measured *archive.Snapshot, cat *slo.Catalog, d closing, next uint64, at slo.Instant) error {
	cat, decided, err := s.ledger.excluding(ctx, cat)
	if err != nil {
		return err
	}
	c, err := ledger.ComputeFor(ctx, measured, cat, s.ledger.revisions(), d.agreement.Name, d.window, next, measured.Begins())
	if err != nil {
		return err
	}
	var drafts []ledger.Draft
	for _, o := range d.objectives {
		r, err := c.Result(o)
		if err != nil {
			return err
		}
		r.Decided = decided
		drafts = append(drafts, ledger.Draft{At: at, Actor: ledger.Self, Body: r.Seal(d.why)})
	}
	first, err := s.ledger.append(ctx, at, appendTo(s.store), drafts...)
	if err != nil {
		return err
	}
	for _, o := range d.objectives {
		s.last[ledger.Promise{Agreement: d.agreement.Name, Objective: o}.Name()] = d.window.To
	}
	s.log.Info("figures were sealed", "agreement", d.agreement.Name, "from", d.window.From, "to", d.window.To, "objectives", len(drafts), "entry", first, "why", d.why)
	return nil
}

func (s *sealer) reader() *archive.Reader { return s.archiver.archive.Reader() }

// position reads up to where the archive was searched.
func (s *sealer) position(ctx context.Context) (uint64, error) {
	if s.searched > 0 {
		return s.searched, nil
	}
	b, err := s.store.Get(ctx, lateKey)
	if err != nil {
		return 0, err
	}
	if b == nil { // no window was sealed before this search began
		return 1, nil
	}
	n, err := strconv.ParseUint(string(b), 10, 64)
	if err != nil || n == 0 {
		return 1, nil // searched again: what was restated differs no more
	}
	return n, nil
}
