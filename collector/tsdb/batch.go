package tsdb

import (
	"errors"
	"fmt"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"

	"github.com/assay-sla/assay/slo"
)

// batch is one transaction of the database.
type batch struct {
	store *Store
	app   storage.Appender
	full  bool // no new series of readings
	tally tally
	aside []Aside
	err   error // of the database itself: the whole batch fails
}

// entry writes one journal entry.
func (b *batch) entry(e *slo.Entry) {
	var err error
	switch {
	case e.Quarantined():
		b.tally.entries[quarantined]++
		return
	case e.At() < slo.MinInstant || e.At() > slo.MaxInstant:
		err = fmt.Errorf("its instant lies outside the years 1900 to 2200")
	case e.Measurement != nil:
		err = b.measurement(e)
	case e.Readings != nil:
		err = b.readings(e)
	case e.Gap != nil:
		return // a hole is the absence of samples
	default:
		err = errors.New("it holds neither a measurement nor readings nor a gap")
	}
	if err != nil {
		b.tally.entries[setAside]++
		b.aside = append(b.aside, Aside{*e, fmt.Errorf("making samples of journal entry %d: %w", e.Pos, err)})
	}
}

// measurement writes the samples of one measurement.
func (b *batch) measurement(e *slo.Entry) error {
	m := e.Measurement
	if m.Outcome > slo.Down {
		return fmt.Errorf("%s is not an outcome", m.Outcome)
	}
	kind, target, ok := b.store.options.Target(m.Probe)
	if !ok {
		b.tally.entries[noTarget]++
		return nil
	}
	p, err := b.store.cache.get(sourceOf(e), kind, target)
	if err != nil {
		return err
	}
	w := probeWriter{batch: b, series: p, t: int64(m.At)}
	w.essential(m)
	if b.store.options.Series == All {
		w.details(m)
	}
	b.count(w.worst)
	return nil
}

// count books an entry under the worst that befell one of its samples.
func (b *batch) count(r result) { b.tally.entries[r]++ }

// judge sorts an error of the database: one about a sample is counted, any
// other fails the batch.
func (b *batch) judge(err error) result {
	switch {
	case errors.Is(err, storage.ErrDuplicateSampleForTimestamp):
		return duplicate
	case errors.Is(err, storage.ErrTooOldSample), errors.Is(err, storage.ErrOutOfBounds),
		errors.Is(err, storage.ErrOutOfOrderSample):
		return tooOld
	}
	b.err = errors.Join(b.err, err)
	return written
}

// readings writes what an agent's inputs read, all or, where one of its
// samples makes no sense, nothing.
func (b *batch) readings(e *slo.Entry) error {
	r := e.Readings
	for i := range r.Samples {
		if err := checkSample(&r.Samples[i]); err != nil {
			return err
		}
		if reserved(r.Samples[i].Name) {
			return reservedError(r.Samples[i].Name)
		}
	}
	agent, err := plainLabel("agent", e.Agent)
	if err != nil {
		return err
	}
	location, err := plainLabel("location", r.Location)
	if err != nil {
		return err
	}
	worst := written
	for i := range r.Samples {
		l := labelsOf(&b.store.builder, &r.Samples[i], agent, location)
		worst = max(worst, b.reading(l, int64(r.At), r.Samples[i].Value))
	}
	b.count(worst)
	return nil
}

// reading writes one sample, unless it would make a series too many.
func (b *batch) reading(l labels.Labels, t int64, v float64) result {
	if b.full && !known(b.app, l) {
		return noRoom
	}
	if _, err := b.app.Append(0, l, t, v); err != nil {
		return b.judge(err)
	}
	b.tally.samples++
	return written
}

// known reports whether the appender has the series already.
func known(app any, l labels.Labels) bool {
	g, ok := app.(storage.GetRef)
	if !ok {
		return false
	}
	ref, _ := g.GetRef(l, l.Hash())
	return ref != 0
}
