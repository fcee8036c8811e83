package collector

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/assay-sla/assay/collector/evaluate"
	"github.com/assay-sla/assay/collector/sqlstore"
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
	told    func()               // an incident was committed, with what there is to tell of it

	engine atomic.Pointer[evaluate.Engine]

	mu        sync.Mutex // held while the engine changes
	cursor    uint64     // the next position to read
	saved     atomic.Uint64
	incidents map[string][]slo.Incident // by service: open, or settled of late
	ids       sync.Map                  // of the open ones by service, for those who must not wait for what is written
	flaps     sync.Map                  // flap by service: the incidents that come and go
	others    func(slo.Incident)        // is told what became of an incident of a condition
	holds     holds
	wake      slo.Instant // when the next incident is held no more; 0 is never
	received  func() []sqlstore.Received
	ahead     func(slo.Entry) // is told of each quarantined measurement
	states    map[string]slo.State
	head      uint64 // the journal's end at the start
	due       due
}

// load brings the engine of a catalogue to where the last checkpoint was. r are
// the catalogues whose parameters judge the measurements.
func (v *evaluator) load(ctx context.Context, c *slo.Catalog, r *slo.Revisions) error {
	cp, err := v.store.LoadCheckpoint(ctx)
	if err != nil {
		return err
	}
	e := evaluate.NewUnder(c, r, v.now())
	v.cursor = max(1, cp.Cursor)
	v.saved.Store(v.cursor)
	again := e.Restore(storedWords(cp.Words))
	var fresh []string
	for _, p := range c.Probes {
		if cp.Cursor > 1 && !slices.Contains(cp.Probes, p.Name) {
			fresh = append(fresh, p.Name)
		}
	}
	if _, err := v.fromArchive(ctx, e, again, fresh, e.Counted()); err != nil {
		return err
	}
	v.engine.Store(e)
	if v.holds, err = loadHolds(ctx, v.store); err == nil {
		err = v.hold(ctx, c.Policy().Hold, v.now())
	}
	if err != nil {
		return err
	}
	v.due.all(c) // whatever the last run left undone, and a changed catalogue
	return v.loadIncidents(ctx)
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
		if out.Ahead > 0 {
			v.tellAhead(entries)
		}
		v.due.change(out.Changed)
		v.due.rebuild = append(v.due.rebuild, out.Rebuild...)
	}
	return v.follow(ctx)
}

func (v *evaluator) tellAhead(entries []slo.Entry) {
	for i := range entries {
		if entries[i].Measurement != nil && entries[i].Quarantined() {
			v.ahead(entries[i])
		}
	}
}

// due is what was taken and is not followed up yet. It outlives an error.
// What changed need not outlive the process, for a start asks for all of it;
// what must be rebuilt does, so no checkpoint passes it.
type due struct {
	changed   map[string]slo.Interval
	rebuild   []evaluate.Word
	catalogue bool // it may lack services that it had
}

func (d *due) pending() bool { return len(d.changed)+len(d.rebuild) > 0 || d.catalogue }

// all makes everything due that another catalogue may change.
func (d *due) all(c *slo.Catalog) {
	d.catalogue = true
	changed := map[string]slo.Interval{}
	for _, s := range c.Services {
		changed[s.Name] = slo.Interval{From: slo.MinInstant, To: slo.MaxInstant}
	}
	d.change(changed)
}

// change adds services whose timeline changed, and where.
func (d *due) change(changed map[string]slo.Interval) {
	if d.changed == nil {
		d.changed = map[string]slo.Interval{}
	}
	for service, where := range changed {
		if had, ok := d.changed[service]; ok {
			where = slo.Interval{From: min(had.From, where.From), To: max(had.To, where.To)}
		}
		d.changed[service] = where
	}
}

// follow does what is due. Incidents wait until everything that the journal
// held at the start is read: a part of it says down where the rest says up
// again, and that is on record already.
func (v *evaluator) follow(ctx context.Context) error {
	e := v.engine.Load()
	if len(v.due.rebuild) > 0 {
		changed, err := v.fromArchive(ctx, e, v.due.rebuild, nil, nil)
		v.due.change(changed)
		if err != nil {
			return err
		}
		v.due.rebuild = nil
	}
	if v.cursor < v.head {
		return nil
	}
	at := v.now()
	if err := v.reconcile(ctx, e, v.due.changed, at); err != nil {
		return err
	}
	if v.due.catalogue {
		if err := v.withdraw(ctx, e.Catalog(), at); err != nil {
			return err
		}
	}
	v.due = due{}
	v.notice(e, at)
	return nil
}

// skip is the follower's.
func (v *evaluator) skip(_ context.Context, next uint64, _ string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.cursor = max(v.cursor, next)
	return nil
}

// notice tells of alerts at once when the present state of a service changed,
// and returns these services. It is the state up to the instant: what begins
// with it has no length yet, is no outage and no alert, and is news a tick later.
func (v *evaluator) notice(e *evaluate.Engine, at slo.Instant) (changed []string) {
	for service, state := range e.States(at - 1) {
		if v.states[service] != state {
			v.states[service] = state
			changed = append(changed, service)
		}
	}
	if len(changed) > 0 {
		v.alert(at)
	}
	return changed
}

// checkpoint saves what the engine knows, so that a start reads the journal
// from here on only. There is none while a stream must be rebuilt: the cursor
// is past measurements that it lacks.
func (v *evaluator) checkpoint(ctx context.Context) error {
	v.mu.Lock()
	if len(v.due.rebuild) > 0 {
		v.mu.Unlock()
		return nil
	}
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
		at := v.now()
		if err := v.tick(ctx, at); err != nil && ctx.Err() == nil {
			v.log.Error("following up what changed failed; it is tried again", "error", err)
		}
		if at.Sub(forgot) >= forgetEvery {
			forgot = at
			v.forget(at)
		}
		if at.Sub(saved) >= checkpointEvery {
			saved = at
			if err := v.checkpoint(ctx); err != nil && ctx.Err() == nil {
				v.log.Error("saving a checkpoint failed; the next one tries again", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return v.checkpoint(context.WithoutCancel(ctx))
		case <-tick.C:
		}
	}
}

// tick does what time alone asks for, and what could not be done before.
func (v *evaluator) tick(ctx context.Context, at slo.Instant) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	e := v.engine.Load()
	e.Tick(at)
	for _, service := range v.notice(e, at) { // a hold is over, and the vote another one
		v.due.change(map[string]slo.Interval{service: {From: at - 1, To: at}})
	}
	v.release(e, at)
	if v.cursor >= v.head {
		if err := v.leave(ctx, e, at); err != nil {
			return err
		}
	}
	if !v.due.pending() {
		return nil
	}
	return v.follow(ctx)
}

// forget drops old measurements from memory. Engines share their streams over
// a reload, so that only one may be at them.
func (v *evaluator) forget(at slo.Instant) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.engine.Load().Forget(at, rememberPoints)
}

// use puts another catalogue in force, with all that is known; record is called
// before, with the engines of the old one and of this. After an error, its own
// or that of record, the old one is in force. r are the catalogues whose
// parameters judge the measurements.
func (v *evaluator) use(ctx context.Context, c *slo.Catalog, r *slo.Revisions, record func(old, next *evaluate.Engine) error) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	old := v.engine.Load()
	next := old.Next(c, r, v.now())
	var fresh []string
	for _, p := range c.Probes {
		if !slices.ContainsFunc(old.Catalog().Probes, func(q *slo.Probe) bool { return q.Name == p.Name }) {
			fresh = append(fresh, p.Name)
		}
	}
	if _, err := v.fromArchive(ctx, next, nil, fresh, next.Counted()); err != nil {
		return err
	}
	if err := record(old, next); err != nil {
		return err
	}
	if err := v.hold(ctx, c.Policy().Hold, v.now()); err != nil {
		return err
	}
	v.engine.Store(next)
	// From here on it is in force; what fails now is done later.
	v.states = map[string]slo.State{}
	v.due.all(c)
	if err := v.follow(ctx); err != nil {
		v.log.Error("following up the catalogue failed; it is tried again", "error", err)
	}
	return nil
}

// exclude puts a catalogue in force that differs from the one in force in
// nothing but exclusions after the fact.
func (v *evaluator) exclude(c *slo.Catalog) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.engine.Load().Exclude(c)
}

// plan puts a catalogue in force that differs from the one in force in nothing
// but the maintenance of some services.
func (v *evaluator) plan(c *slo.Catalog, services []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.engine.Load().Plan(c, services)
}
