package collector

import (
	"context"
	"fmt"
	"slices"
	"strconv"

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
	if err == nil {
		err = s.know(ctx)
	}
	if err != nil {
		return err
	}
	next := s.archiver.archive.Next()
	if next <= from {
		return nil
	}
	late, err := s.late(ctx, from, next)
	if err != nil {
		return fmt.Errorf("searching the archive for late measurements: %w", err)
	}
	drafts, err := s.restatements(ctx, late, next, at)
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

// know finds out what is sealed of each promise: a search that does not would
// leave late measurements behind.
func (s *sealer) know(ctx context.Context) error {
	for _, a := range s.catalog().Agreements {
		for i := range a.Objectives {
			if _, _, err := s.next(ctx, a, &a.Objectives[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// newestSealed is how far any sealed figure looks, at most: 0 where none is
// known.
func (s *sealer) newestSealed(cat *slo.Catalog) slo.Instant {
	var newest slo.Instant
	for _, a := range cat.Agreements {
		probes := ledger.ProbesOf(cat, a)
		for _, o := range a.Objectives {
			if end := s.last[ledger.Promise{Agreement: a.Name, Objective: o.Name}.Name()]; end != 0 {
				newest = max(newest, ledger.KnownUntil(end, a, probes))
			}
		}
	}
	return newest
}

// late is, by probe, when the measurements were made that have a position from
// from on and before next and are old enough for a sealed window.
func (s *sealer) late(ctx context.Context, from, next uint64) (map[string][]slo.Instant, error) {
	newest := s.newestSealed(s.catalog())
	if newest == 0 {
		return nil, nil
	}
	out := map[string][]slo.Instant{}
	q := archive.Query{To: newest, Kinds: archive.Measurements, Since: from, Before: next}
	for e, err := range s.reader().Entries(ctx, q) {
		if err != nil {
			return nil, err
		}
		if e.Quarantined() {
			continue
		}
		hour := e.Measurement.At - e.Measurement.At%slo.Instant(hourMS)
		if list := out[e.Measurement.Probe]; len(list) == 0 || list[len(list)-1] != hour && !slices.Contains(list, hour) {
			out[e.Measurement.Probe] = append(list, hour)
		}
	}
	return out, nil
}

// hourMS is an hour: late measurements are remembered by the hour.
const hourMS = 3_600_000

// restatements computes again each sealed window that late measurements touch,
// with the catalogue that it was sealed under.
func (s *sealer) restatements(ctx context.Context, late map[string][]slo.Instant, next uint64, at slo.Instant) ([]ledger.Draft, error) {
	var drafts []ledger.Draft
	if len(late) == 0 {
		return nil, nil
	}
	cat := s.catalog()
	for _, a := range cat.Agreements {
		for i := range a.Objectives {
			o := &a.Objectives[i]
			for _, w := range s.touched(cat, a, o, late) {
				p := ledger.Promise{Agreement: a.Name, Objective: o.Name, Window: w}
				d, err := s.restateOne(ctx, p, next, at)
				if err != nil {
					return nil, fmt.Errorf("restating %s: %w", p.Subject(), err)
				}
				if d != nil {
					drafts = append(drafts, *d)
				}
			}
		}
	}
	return drafts, nil
}

// touched lists the sealed windows of an objective that late measurements can
// matter to: those made in it, or so close to it that they may settle what is
// down at its edges.
func (s *sealer) touched(cat *slo.Catalog, a *slo.Agreement, o *slo.Objective, late map[string][]slo.Instant) []slo.Interval {
	last := s.last[ledger.Promise{Agreement: a.Name, Objective: o.Name}.Name()]
	if last == 0 || o.Window.Rolling > 0 {
		return nil
	}
	probes := ledger.ProbesOf(cat, a)
	margin := ledger.KnownUntil(0, a, probes).Sub(0)
	var out []slo.Interval
	for _, p := range probes {
		for _, hour := range late[p.Name] {
			for w := o.Window.At(hour.Add(-margin)+1, a.Zone); w.To <= last && w.From.Add(-margin) < hour+hourMS; w = o.Window.At(w.To+1, a.Zone) {
				if !slices.Contains(out, w) {
					out = append(out, w)
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b slo.Interval) int { return int(a.From - b.From) })
	return out
}

// restateOne computes a sealed window again; nil where the figure is what it
// was, or the window was never sealed.
func (s *sealer) restateOne(ctx context.Context, p ledger.Promise, next uint64, at slo.Instant) (*ledger.Draft, error) {
	known, err := s.ledger.history(ctx, p)
	if err != nil || len(known) == 0 {
		return nil, err
	}
	newest := known[len(known)-1]
	cat, err := s.ledger.terms(ctx, newest.Revision, newest.Decided)
	if err != nil {
		return nil, err
	}
	e := newest.Evidence
	e.Next, e.Days = next, nil
	c, err := ledger.Compute(ctx, s.reader(), cat, newest.Agreement, newest.Window.To, e)
	if err != nil {
		return nil, err
	}
	r, err := c.Result(p.Objective)
	if err != nil {
		return nil, err
	}
	r.Decided = newest.Decided
	body, err := r.Restate(newest.Index, newest.Figure)
	if err != nil || body == nil {
		return nil, err
	}
	s.log.Warn("late measurements change a sealed figure: it is restated", "agreement", p.Agreement, "objective", p.Objective, "from", p.Window.From, "to", p.Window.To)
	return &ledger.Draft{At: at, Actor: ledger.Self, Body: body}, nil
}
