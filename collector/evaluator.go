package collector

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"maps"
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
	told    func()               // an incident was committed, with what there is to tell of it

	engine atomic.Pointer[evaluate.Engine]

	mu        sync.Mutex // held while the engine changes
	cursor    uint64     // the next position to read
	saved     atomic.Uint64
	incidents map[string][]slo.Incident // by service: open, or settled of late
	others    func(slo.Incident)        // is told what became of an incident of a condition
	holds     holds
	wake      slo.Instant // when the next incident is held no more; 0 is never
	received  func() []sqlstore.Received
	ahead     func(slo.Entry) // is told of each quarantined measurement
	states    map[string]slo.State
	head      uint64 // the journal's end at the start
	due       due
}

// archiveReader gives back every measurement of a probe that the journal held
// before a position.
type archiveReader interface {
	// CatchUp returns when the archive has every position before next.
	CatchUp(ctx context.Context, next uint64) error
	Entries(ctx context.Context, q archive.Query) iter.Seq2[slo.Entry, error]
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

// loadIncidents remembers the incidents that are open or were of late.
func (v *evaluator) loadIncidents(ctx context.Context) error {
	const page = 1000
	v.incidents = map[string][]slo.Incident{}
	f := sqlstore.IncidentFilter{Trigger: slo.ServiceDown, Overlap: &slo.Interval{From: v.now().Add(-rememberSettled), To: slo.MaxInstant}, Limit: page}
	for {
		list, err := v.store.Incidents(ctx, f)
		if err != nil {
			return err
		}
		for _, i := range list {
			v.remember(i, v.now())
		}
		if len(list) < page {
			return nil
		}
		f.Offset += page
	}
}

// fromArchive rebuilds streams, all streams of probes, and counts of probes
// from what the archive has. It returns the services whose timeline changed.
func (v *evaluator) fromArchive(ctx context.Context, e *evaluate.Engine, words []evaluate.Word, probes, counted []string) (map[string]slo.Interval, error) {
	if len(words)+len(probes)+len(counted) == 0 || v.cursor <= 1 {
		return nil, nil
	}
	if err := v.archive.CatchUp(ctx, v.cursor); err != nil {
		return nil, fmt.Errorf("waiting for the archive: %w", err)
	}
	var done due
	for _, q := range append(queries(words), probeQueries(probes)...) {
		changed, err := v.rebuild(ctx, e, q)
		done.change(changed)
		if err != nil {
			return done.changed, err
		}
	}
	return done.changed, v.recount(ctx, e, counted)
}

// fewCounted is up to how many probes are counted with a pass over the archive
// each: a pass over all of it costs less than more of those.
const fewCounted = 8

// recount counts the measurements of probes from the archive.
func (v *evaluator) recount(ctx context.Context, e *evaluate.Engine, counted []string) error {
	passes := slices.Collect(slices.Chunk(counted, 1))
	if len(counted) > fewCounted {
		passes = [][]string{counted}
	}
	for _, probes := range passes {
		q := archive.Query{}
		if len(probes) == 1 {
			q.Probe = probes[0]
		}
		all, failed := v.measurements(ctx, q)
		e.Recount(probes, func(yield func(*slo.Measurement) bool) {
			for en := range all {
				if !yield(en.Measurement) {
					return
				}
			}
		})
		if *failed != nil {
			return fmt.Errorf("counting measurements from the archive: %w", *failed)
		}
	}
	return nil
}

// queries ask for the measurements of streams: those of a probe that has
// several of them in one pass.
func queries(words []evaluate.Word) []archive.Query {
	byProbe := map[string]archive.Query{}
	for _, w := range words {
		q := archive.Query{Probe: w.Probe, Location: w.Location, Agent: w.Agent}
		if had, ok := byProbe[w.Probe]; ok && had != q {
			q = archive.Query{Probe: w.Probe}
		}
		byProbe[w.Probe] = q
	}
	return slices.Collect(maps.Values(byProbe))
}

func probeQueries(probes []string) []archive.Query {
	out := make([]archive.Query, len(probes))
	for i, p := range probes {
		out[i].Probe = p
	}
	return out
}

// rebuild rebuilds every stream that a query names, in one pass over the
// archive. The engine is touched when all is read: after an error its streams
// are as they were.
func (v *evaluator) rebuild(ctx context.Context, e *evaluate.Engine, q archive.Query) (map[string]slo.Interval, error) {
	all, failed := v.measurements(ctx, q)
	pasts := map[evaluate.Word]*past{}
	for en := range all {
		w := evaluate.Word{Probe: en.Measurement.Probe, Location: en.Measurement.Location, Agent: en.Agent}
		if pasts[w] == nil {
			pasts[w] = &past{}
		}
		pasts[w].add(en.Measurement)
	}
	if *failed != nil {
		return nil, fmt.Errorf("rebuilding probe %s from the archive: %w", q.Probe, *failed)
	}
	var done due
	for w, p := range pasts {
		done.change(e.Rebuild(w, p.measurements))
	}
	return done.changed, nil
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

// reconcile opens, revises and closes incidents where timelines changed. The
// records are asked only where those in memory differ or do not reach. What
// lies further back than the archive stays as it is on record: nothing can be
// rebuilt that would contradict it.
func (v *evaluator) reconcile(ctx context.Context, e *evaluate.Engine, changed map[string]slo.Interval, at slo.Instant) error {
	changed = clipped(changed, at.Add(-archiveKeep))
	outages := map[string][]slo.Outage{}
	for _, o := range e.Outages(changed, at, v.holds.at) {
		outages[o.Service] = append(outages[o.Service], o)
	}
	hold, opened := v.holds.at(at), false
	for service, where := range changed {
		recent := where.From > at.Add(-rememberSettled)
		if recent && len(incident.Reconcile(service, v.incidents[service], outages[service], where, hold, at)) == 0 {
			continue
		}
		since := where // those that flap with what changed may have ended before
		if list := outages[service]; len(list) > 0 {
			since.From = min(since.From, list[0].From)
		}
		saved, err := v.store.ReconcileIncidents(ctx, service, since, func(known []slo.Incident) []slo.Incident {
			return incident.Reconcile(service, known, outages[service], where, hold, at)
		})
		if err != nil {
			return err
		}
		for _, i := range saved {
			v.tell(i, at)
			v.remember(i, at)
			opened = opened || i.Open() && incident.Lasts(&i)
		}
	}
	if opened {
		return v.join(ctx, e, at)
	}
	return nil
}

// tell logs that an incident opened or ended of late; what is rebuilt from the
// past is not news.
func (v *evaluator) tell(i slo.Incident, at slo.Instant) {
	const news = time.Hour
	k := slices.IndexFunc(v.incidents[i.Service], func(k slo.Incident) bool { return k.ID == i.ID })
	was := k >= 0 && v.incidents[i.Service][k].Open()
	switch {
	case i.Open() && !was && at.Sub(i.Detected) < news:
		v.log.Warn("an incident opened", "service", i.Service, "incident", i.ID, "since", i.Began)
	case !i.Open() && was:
		v.log.Info("an incident ended", "service", i.Service, "incident", i.ID, "downtime", i.Downtime)
	}
}

// withdraw closes the incidents of services that the catalogue lacks.
func (v *evaluator) withdraw(ctx context.Context, c *slo.Catalog, at slo.Instant) error {
	for service, list := range v.incidents {
		if slices.ContainsFunc(c.Services, func(s *slo.Service) bool { return s.Name == service }) {
			continue
		}
		for _, i := range slices.Clone(list) {
			if !i.Open() {
				continue
			}
			i, err := v.store.UpdateIncident(ctx, i.ID, sqlstore.LogBatch{}, func(i slo.Incident) (slo.Incident, error) { return incident.Withdraw(i, at), nil })
			if err != nil {
				return err
			}
			v.remember(i, at)
		}
	}
	return nil
}

// clipped is changed without what lies before an instant.
func clipped(changed map[string]slo.Interval, from slo.Instant) map[string]slo.Interval {
	out := make(map[string]slo.Interval, len(changed))
	for service, where := range changed {
		if where.From = max(where.From, from); !where.Empty() {
			out[service] = where
		}
	}
	return out
}

// remember keeps an incident in memory while late measurements may move it.
func (v *evaluator) remember(i slo.Incident, at slo.Instant) {
	list := slices.DeleteFunc(v.incidents[i.Service], func(k slo.Incident) bool {
		return k.ID == i.ID || !k.Open() && k.Restored < at.Add(-rememberSettled)
	})
	v.incidents[i.Service] = append(list, i)
	v.told()
	if held := i.Open() && !incident.Lasts(&i) && !i.Work.Reopened; held {
		if until := i.Restored.Add(v.holds.at(at)); v.wake == 0 || until < v.wake {
			v.wake = until
		}
	}
}

// release makes due the services whose incident is held no more.
func (v *evaluator) release(e *evaluate.Engine, at slo.Instant) {
	if v.wake == 0 || at < v.wake {
		return
	}
	v.wake = 0
	hold := v.holds.at(at)
	for _, s := range e.Catalog().Services { // another one's incident is withdrawn
		for _, i := range v.incidents[s.Name] {
			switch until := i.Restored.Add(hold); {
			case !i.Open() || incident.Lasts(&i) || i.Work.Reopened:
			case until <= at:
				v.due.change(map[string]slo.Interval{s.Name: {From: i.Restored - 1, To: i.Restored}})
			case v.wake == 0 || until < v.wake:
				v.wake = until
			}
		}
	}
}

// notice tells of alerts at once when the present state of a service changed,
// and returns these services.
func (v *evaluator) notice(e *evaluate.Engine, at slo.Instant) (changed []string) {
	for service, state := range e.States(at) {
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

// whole is the ID of the incident of a service that is down, or of the one
// that it is part of; "" where none lasts.
func (v *evaluator) whole(service string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, i := range v.incidents[service] {
		if i.Open() && i.Work.Parent != "" {
			return i.Work.Parent
		}
		if i.Open() {
			return i.ID
		}
	}
	return ""
}

// people takes what somebody did to an incident, so that what is in memory
// does not undo it.
func (v *evaluator) people(i slo.Incident) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, k := range v.incidents[i.Service] {
		if k.ID == i.ID && incident.Newer(&k, &i) {
			return
		}
	}
	v.remember(i, v.now())
}
