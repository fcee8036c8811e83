package collector

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/assay-sla/assay/collector/evaluate"
	"github.com/assay-sla/assay/collector/incident"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/internal/archive"
	"github.com/assay-sla/assay/slo"
)

const (
	checkpointEvery = 10 * time.Second
	tickEvery       = time.Second
	rememberPoints  = 26 * time.Hour // of each stream, in memory; later ones ask the archive
	forgetEvery     = time.Hour
	rememberSettled = 48 * time.Hour // incidents that late measurements may still move, in memory
)

// evaluator is the follower that turns measurements into figures and
// incidents. It alone writes to the engine.
type evaluator struct {
	store   *sqlstore.Store
	archive archiveReader
	now     func() slo.Instant
	log     *slog.Logger
	alert   func(at slo.Instant) // something changed that may be alerted on

	engine atomic.Pointer[evaluate.Engine]

	mu        sync.Mutex // held while the engine changes
	cursor    uint64     // the next position to read
	saved     atomic.Uint64
	incidents map[string][]slo.Incident // by service: open, or settled of late
	received  func() []sqlstore.Received
	ahead     func(n int)
	states    map[string]slo.State
	due       due
}

// archiveReader gives back every measurement of a probe that the journal held
// before a position.
type archiveReader interface {
	// CatchUp returns when the archive has every position before next.
	CatchUp(ctx context.Context, next uint64) error
	Entries(ctx context.Context, q archive.Query) iter.Seq2[slo.Entry, error]
}

// load brings the engine of a catalogue to where the last checkpoint was.
func (v *evaluator) load(ctx context.Context, c *slo.Catalog) error {
	cp, err := v.store.LoadCheckpoint(ctx)
	if err != nil {
		return err
	}
	e := evaluate.New(c, v.now())
	v.cursor = max(1, cp.Cursor)
	v.saved.Store(v.cursor)
	again := e.Restore(storedWords(cp.Words))
	var fresh []string
	for _, p := range c.Probes {
		if cp.Cursor > 1 && !slices.Contains(cp.Probes, p.Name) {
			fresh = append(fresh, p.Name)
		}
	}
	if err := v.fromArchive(ctx, e, again, fresh, e.Counted()); err != nil {
		return err
	}
	v.engine.Store(e)
	open, err := v.store.Incidents(ctx, sqlstore.IncidentFilter{Overlap: &slo.Interval{From: v.now().Add(-rememberSettled), To: slo.MaxInstant}})
	if err != nil {
		return err
	}
	v.incidents = map[string][]slo.Incident{}
	for _, i := range open {
		v.incidents[i.Service] = append(v.incidents[i.Service], i)
	}
	return nil
}

// fromArchive rebuilds streams, all streams of probes, and counts of probes
// from what the archive has.
func (v *evaluator) fromArchive(ctx context.Context, e *evaluate.Engine, words []evaluate.Word, probes, counted []string) error {
	if len(words)+len(probes)+len(counted) == 0 || v.cursor <= 1 {
		return nil
	}
	if err := v.archive.CatchUp(ctx, v.cursor); err != nil {
		return fmt.Errorf("waiting for the archive: %w", err)
	}
	for _, w := range words {
		if err := v.rebuild(ctx, e, w, archive.Query{Probe: w.Probe, Location: w.Location, Agent: w.Agent}); err != nil {
			return err
		}
	}
	for _, p := range probes {
		if err := v.rebuildProbe(ctx, e, p); err != nil {
			return err
		}
	}
	for _, p := range counted {
		all, failed := v.measurements(ctx, archive.Query{Probe: p})
		e.Recount(p, func(yield func(*slo.Measurement) bool) {
			for en := range all {
				if !yield(en.Measurement) {
					return
				}
			}
		})
		if *failed != nil {
			return fmt.Errorf("counting probe %s from the archive: %w", p, *failed)
		}
	}
	return nil
}

func (v *evaluator) rebuild(ctx context.Context, e *evaluate.Engine, w evaluate.Word, q archive.Query) error {
	all, failed := v.measurements(ctx, q)
	e.Rebuild(w, func(yield func(*slo.Measurement) bool) {
		for en := range all {
			if !yield(en.Measurement) {
				return
			}
		}
	})
	if *failed != nil {
		return fmt.Errorf("rebuilding %s/%s/%s from the archive: %w", w.Probe, w.Location, w.Agent, *failed)
	}
	return nil
}

// rebuildProbe rebuilds every stream of a probe in one pass over the archive.
func (v *evaluator) rebuildProbe(ctx context.Context, e *evaluate.Engine, probe string) error {
	all, failed := v.measurements(ctx, archive.Query{Probe: probe})
	byWord := map[evaluate.Word][]*slo.Measurement{}
	for en := range all {
		w := evaluate.Word{Probe: probe, Location: en.Measurement.Location, Agent: en.Agent}
		byWord[w] = append(byWord[w], en.Measurement)
	}
	if *failed != nil {
		return fmt.Errorf("rebuilding probe %s from the archive: %w", probe, *failed)
	}
	for w, ms := range byWord {
		e.Rebuild(w, slices.Values(ms))
	}
	return nil
}

// measurements yields the archived measurements before the cursor that count.
func (v *evaluator) measurements(ctx context.Context, q archive.Query) (iter.Seq[slo.Entry], *error) {
	q.Kinds = archive.Measurements
	failed := new(error)
	return func(yield func(slo.Entry) bool) {
		for en, err := range v.archive.Entries(ctx, q) {
			if err != nil {
				*failed = err
				return
			}
			if en.Pos < v.cursor && !en.Quarantined() && !yield(en) {
				return
			}
		}
	}, failed
}

// take is the follower's.
func (v *evaluator) take(ctx context.Context, entries []slo.Entry) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if first := entries[0].Pos; first < v.cursor { // given again after an error
		entries = entries[min(uint64(len(entries)), v.cursor-first):]
	}
	if len(entries) > 0 {
		out := v.engine.Load().Apply(entries)
		v.cursor = entries[len(entries)-1].Pos + 1
		v.ahead(out.Ahead)
		v.due.add(out)
	}
	return v.follow(ctx)
}

// due is what a batch asks for and is not done yet. It outlives an error.
type due struct {
	changed map[string]slo.Interval
	rebuild []evaluate.Word
}

func (d *due) add(out evaluate.Applied) {
	if d.changed == nil {
		d.changed = map[string]slo.Interval{}
	}
	for service, where := range out.Changed {
		if had, ok := d.changed[service]; ok {
			where = slo.Interval{From: min(had.From, where.From), To: max(had.To, where.To)}
		}
		d.changed[service] = where
	}
	d.rebuild = append(d.rebuild, out.Rebuild...)
}

// follow does what is due.
func (v *evaluator) follow(ctx context.Context) error {
	e := v.engine.Load()
	if len(v.due.rebuild) > 0 {
		if err := v.fromArchive(ctx, e, v.due.rebuild, nil, nil); err != nil {
			return err
		}
		// The whole past of their services may have changed.
		v.due = due{changed: everything(e.Catalog())}
	}
	at := v.now()
	if err := v.reconcile(ctx, e, v.due.changed, at); err != nil {
		return err
	}
	v.due = due{}
	v.notice(e, at)
	return nil
}

func everything(c *slo.Catalog) map[string]slo.Interval {
	out := map[string]slo.Interval{}
	for _, s := range c.Services {
		out[s.Name] = slo.Interval{From: slo.MinInstant, To: slo.MaxInstant}
	}
	return out
}

// skip is the follower's.
func (v *evaluator) skip(_ context.Context, next uint64, _ string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.cursor = max(v.cursor, next)
	return nil
}

// reconcile opens, revises and closes incidents where timelines changed. The
// records are asked only where those in memory differ.
func (v *evaluator) reconcile(ctx context.Context, e *evaluate.Engine, changed map[string]slo.Interval, at slo.Instant) error {
	outages := map[string][]slo.Outage{}
	for _, o := range e.Outages(changed, at) {
		outages[o.Service] = append(outages[o.Service], o)
	}
	for service, where := range changed {
		known := v.incidents[service]
		if len(outages[service]) == 0 && len(known) == 0 {
			continue
		}
		recent := where.From > at.Add(-rememberSettled)
		if recent && len(incident.Reconcile(service, known, outages[service], where, at)) == 0 {
			continue
		}
		saved, err := v.store.ReconcileIncidents(ctx, service, where, func(known []slo.Incident) []slo.Incident {
			return incident.Reconcile(service, known, outages[service], where, at)
		})
		if err != nil {
			return err
		}
		for _, i := range saved {
			v.remember(i, at)
		}
	}
	return nil
}

// remember keeps an incident in memory while late measurements may move it.
func (v *evaluator) remember(i slo.Incident, at slo.Instant) {
	list := slices.DeleteFunc(v.incidents[i.Service], func(k slo.Incident) bool {
		return k.ID == i.ID || !k.Open() && k.Restored < at.Add(-rememberSettled)
	})
	v.incidents[i.Service] = append(list, i)
}

// notice tells of alerts at once when the present state of a service changed.
func (v *evaluator) notice(e *evaluate.Engine, at slo.Instant) {
	changed := false
	for service, state := range e.States(at) {
		if v.states[service] != state {
			v.states[service] = state
			changed = true
		}
	}
	if changed {
		v.alert(at)
	}
}

// checkpoint saves what the engine knows, so that a start reads the journal
// from here on only.
func (v *evaluator) checkpoint(ctx context.Context) error {
	v.mu.Lock()
	e := v.engine.Load()
	cp := sqlstore.Checkpoint{Cursor: v.cursor}
	words := e.Checkpoint()
	for _, p := range e.Catalog().Probes {
		cp.Probes = append(cp.Probes, p.Name)
	}
	v.mu.Unlock()
	// The received sets are taken after the cursor: they may know of records
	// behind it, which are in the journal all the same.
	cp.Received = v.received()
	var err error
	if cp.Words, err = wordRows(words); err == nil {
		err = v.store.SaveCheckpoint(ctx, cp)
	}
	if err != nil {
		e.Again(words)
		return err
	}
	v.saved.Store(cp.Cursor)
	return nil
}

// run does what time asks for, until ctx ends; then it saves a last checkpoint.
func (v *evaluator) run(ctx context.Context) error {
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	saved, forgot := v.now(), v.now()
	for {
		select {
		case <-ctx.Done():
			return v.checkpoint(context.WithoutCancel(ctx))
		case <-tick.C:
		}
		at := v.now()
		v.mu.Lock()
		e := v.engine.Load()
		e.Tick(at)
		v.notice(e, at)
		v.mu.Unlock()
		if at.Sub(forgot) >= forgetEvery {
			forgot = at
			e.Forget(at, rememberPoints)
		}
		if at.Sub(saved) >= checkpointEvery {
			saved = at
			if err := v.checkpoint(ctx); err != nil && ctx.Err() == nil {
				v.log.Error("saving a checkpoint failed; the next one tries again", "error", err)
			}
		}
	}
}

// use puts another catalogue in force, with all that is known.
func (v *evaluator) use(ctx context.Context, c *slo.Catalog) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	old := v.engine.Load()
	next, again := old.Next(c, v.now())
	var fresh []string
	for _, p := range c.Probes {
		if !slices.ContainsFunc(old.Catalog().Probes, func(q *slo.Probe) bool { return q.Name == p.Name }) {
			fresh = append(fresh, p.Name)
		}
	}
	if err := v.fromArchive(ctx, next, again, fresh, next.Counted()); err != nil {
		return err
	}
	v.engine.Store(next)
	err := v.reconcile(ctx, next, everything(c), v.now())
	v.states = map[string]slo.State{}
	v.notice(next, v.now())
	return err
}

// people takes what somebody did to an incident, so that what is in memory
// does not undo it.
func (v *evaluator) people(i slo.Incident) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.remember(i, v.now())
}
