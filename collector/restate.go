package collector

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/internal/archive"
	"github.com/assay-sla/assay/slo"
)

// restate searches what came into the archive since the last time for
// measurements of sealed windows, and restates the figures that they change.
// How far it searched is one transaction with the restatements.
func (s *sealer) restate(ctx context.Context, at slo.Instant) error {
	from, err := s.position(ctx)
	if err != nil {
		return err
	}
	standing, err := s.standing(ctx, at)
	if err != nil {
		return err
	}
	next := s.archiver.archive.Next()
	if next <= from {
		return nil
	}
	late, err := s.late(ctx, standing, from, next)
	if err != nil {
		return fmt.Errorf("searching the archive for late measurements: %w", err)
	}
	drafts, err := s.restatements(ctx, standing, late, next, at)
	if err != nil {
		return err
	}
	mark := []byte(strconv.FormatUint(next, 10))
	if len(drafts) == 0 {
		err = s.store.Set(ctx, lateKey, mark)
	} else {
		_, err = s.ledger.append(ctx, at, func(ctx context.Context, b ledger.Batch) error {
			return s.store.AppendLogAnd(ctx, sqlstore.LogBatch(b), lateKey, mark)
		}, drafts...)
	}
	if err == nil {
		s.searched = next
	}
	return err
}

// standing is a promise some of whose windows are sealed, with the catalogue
// that it is judged by.
type standing struct {
	catalog   *slo.Catalog
	agreement *slo.Agreement
	objective *slo.Objective
	last      slo.Instant // where its newest sealed window ends
}

func (p standing) probes() []*slo.Probe { return ledger.ProbesOf(p.catalog, p.agreement) }

// margin is how far outside of a window measurements matter to it, at most.
func (p standing) margin(r *slo.Revisions) time.Duration {
	ever := slo.Interval{From: slo.MinInstant, To: slo.MaxInstant}
	return ledger.KnownUntil(ever, p.agreement, p.probes(), r).Sub(ever.To)
}

// standing finds out what is sealed of each promise, also of those that the
// catalogue has no more: a search that does not would leave late measurements
// behind.
func (s *sealer) standing(ctx context.Context, at slo.Instant) ([]standing, error) {
	var out []standing
	cat := s.catalog()
	has := map[string]bool{}
	for _, a := range cat.Agreements {
		for i := range a.Objectives {
			o := &a.Objectives[i]
			if _, _, err := s.next(ctx, a, o); err != nil {
				return nil, err
			}
			name := ledger.Promise{Agreement: a.Name, Objective: o.Name}.Name()
			has[name] = true
			delete(s.gone, name)
			if last := s.last[name]; last != 0 && o.Window.Rolling == 0 {
				out = append(out, standing{cat, a, o, last})
			}
		}
	}
	for _, name := range s.ledger.ever() {
		if has[name] {
			continue
		}
		p, err := s.left(ctx, name)
		if err != nil {
			return nil, err
		}
		if p.last > at.Add(-archiveKeep) {
			out = append(out, p)
		}
	}
	return out, nil
}

// left is a promise that the catalogue has no more, as it was when its newest
// window was sealed; its last is 0 where none was, or where that catalogue
// cannot be read.
func (s *sealer) left(ctx context.Context, name string) (standing, error) {
	if p, known := s.gone[name]; known {
		return p, nil
	}
	newest, sealed, err := s.ledger.lastSealed(ctx, name)
	if err != nil {
		return standing{}, err
	}
	var p standing
	if sealed {
		cat, err := s.ledger.revisionKept(ctx, newest.Revision)
		if err != nil { // no other promise waits for it
			s.log.Error("the catalogue of a promise that left cannot be read: late measurements restate nothing of it", "promise", name, "error", err)
		} else if p = promised(cat, newest.Promise); p.agreement != nil {
			p.last = newest.Window.To
		}
	}
	delete(s.last, name) // it may come back
	s.gone[name] = p
	return p, nil
}

// promised finds a promise in a catalogue, and keeps of that what it needs.
func promised(cat *slo.Catalog, p ledger.Promise) (out standing) {
	for _, a := range cat.Agreements {
		for i := range a.Objectives {
			if a.Name == p.Agreement && a.Objectives[i].Name == p.Objective {
				return standing{ledger.Part(cat, a), a, &a.Objectives[i], 0}
			}
		}
	}
	return out
}

// newestSealed is how far any sealed figure looks, at most: 0 where none is
// known.
func newestSealed(list []standing, r *slo.Revisions) slo.Instant {
	var newest slo.Instant
	for _, p := range list {
		newest = max(newest, p.last.Add(p.margin(r)))
	}
	return newest
}

// lateHour is an hour in which measurements were made that came late, and the
// greatest of their positions in the journal.
type lateHour struct {
	from slo.Instant
	last uint64
}

// late is, by probe, when the measurements were made that have a position from
// from on and before next and are old enough for a sealed window.
func (s *sealer) late(ctx context.Context, standing []standing, from, next uint64) (map[string][]lateHour, error) {
	newest := newestSealed(standing, s.ledger.revisions())
	if newest == 0 {
		return nil, nil
	}
	out := map[string][]lateHour{}
	q := archive.Query{To: newest, Kinds: archive.Measurements, Since: from, Before: next}
	for e, err := range s.reader().Entries(ctx, q) {
		if err != nil {
			return nil, err
		}
		if e.Quarantined() {
			continue
		}
		probe, hour := e.Measurement.Probe, e.Measurement.At-e.Measurement.At%slo.Instant(hourMS)
		list := out[probe]
		n := len(list) - 1 // mostly the hour of the one before
		if n < 0 || list[n].from != hour {
			n = slices.IndexFunc(list, func(h lateHour) bool { return h.from == hour })
		}
		if n < 0 {
			n, out[probe] = len(list), append(list, lateHour{hour, 0})
		}
		out[probe][n].last = max(out[probe][n].last, e.Pos)
	}
	return out, nil
}

// hourMS is an hour: late measurements are remembered by the hour.
const hourMS = 3_600_000

// restatements computes again each sealed window that late measurements touch.
func (s *sealer) restatements(ctx context.Context, standing []standing, late map[string][]lateHour, next uint64, at slo.Instant) ([]ledger.Draft, error) {
	var drafts []ledger.Draft
	if len(late) == 0 {
		return nil, nil
	}
	measured, err := s.reader().Snapshot()
	if err != nil {
		return nil, err
	}
	for _, p := range standing {
		for _, t := range s.touched(p, late) {
			d, err := s.restateOne(ctx, measured, p, t, next, at)
			if err != nil {
				return nil, fmt.Errorf("restating %s/%s, %s to %s: %w", p.agreement.Name, p.objective.Name, t.window.From, t.window.To, err)
			}
			if d != nil {
				drafts = append(drafts, *d)
			}
		}
	}
	return drafts, nil
}

// touch is a sealed window that late measurements can matter to, and the
// greatest of their positions in the journal.
type touch struct {
	window slo.Interval
	last   uint64
}

// touched lists the sealed windows of a promise that late measurements can
// matter to: those made in it, or so close to it that they may settle what is
// down at its edges.
func (s *sealer) touched(p standing, late map[string][]lateHour) []touch {
	margin := p.margin(s.ledger.revisions())
	at := func(i slo.Instant) slo.Interval { return p.objective.Window.At(i, p.agreement.Zone) }
	last := map[slo.Interval]uint64{}
	for _, probe := range p.probes() {
		for _, h := range late[probe.Name] {
			for w := at(h.from.Add(-margin) + 1); w.To <= p.last && w.From.Add(-margin) < h.from+hourMS; w = at(w.To + 1) {
				last[w] = max(last[w], h.last)
			}
		}
	}
	var out []touch
	for w, pos := range last {
		out = append(out, touch{w, pos})
	}
	slices.SortFunc(out, func(a, b touch) int { return int(a.window.From - b.window.From) })
	return out
}

// restateOne computes a sealed window again; nil where the figure is what it
// was, or counts what came late, or the window was never sealed.
func (s *sealer) restateOne(ctx context.Context, measured *archive.Snapshot, of standing, t touch, next uint64, at slo.Instant) (*ledger.Draft, error) {
	known, err := s.ledger.history(ctx, ledger.Promise{Agreement: of.agreement.Name, Objective: of.objective.Name, Window: t.window})
	if err != nil || len(known) == 0 {
		return nil, err
	}
	newest := known[len(known)-1]
	if t.last < newest.Evidence.Next {
		return nil, nil
	}
	if newest.Evidence.GoneBefore(measured.Begins()) {
		s.log.Error("late measurements touch a sealed figure whose measurements are not all kept any more: it is not restated", "agreement", newest.Agreement, "objective", newest.Objective, "from", t.window.From)
		return nil, nil
	}
	cat, err := s.termsOf(ctx, of, newest, newest.Decided)
	if err != nil {
		return nil, err
	}
	e := newest.Evidence
	e.Next, e.Days = next, nil
	c, err := ledger.Compute(ctx, measured, cat, s.ledger.revisions(), newest.Agreement, newest.Window.To, e)
	if err != nil {
		return nil, err
	}
	d, err := restated(c, newest, newest.Decided, ledger.Cause{Reason: ledger.ReasonLate}, ledger.Self, at)
	if err == nil && d != nil {
		s.log.Warn("late measurements change a sealed figure: it is restated", "agreement", newest.Agreement, "objective", newest.Objective, "from", t.window.From, "to", t.window.To)
	}
	return d, err
}

// termsOf is the catalogue that a sealed figure is computed again under where
// its terms are not why: the one in force where these are what the newest figure
// says, and else the one of that figure; with the decisions on exclusions up to
// an entry of the ledger.
func (s *sealer) termsOf(ctx context.Context, of standing, newest figureEntry, decided int64) (*slo.Catalog, error) {
	cat := of.catalog
	if cat.Revision != s.edited {
		var err error
		if cat, err = s.ledger.revisionKept(ctx, newest.Revision); err != nil {
			return nil, err
		}
	}
	return s.ledger.decidedBy(ctx, cat, decided)
}
