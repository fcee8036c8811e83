package collector

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/assay-sla/assay/collector/continuity"
	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/collector/web"
	"github.com/assay-sla/assay/internal/archive"
	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/slo"
)

const (
	drillsEvery = time.Second
	// scheduleMissed is how late a drill begins at most: one whose time passed
	// while the collector was away would surprise people.
	scheduleMissed = 10 * time.Minute
	// maxDrillMeasurements bounds what is held of one drill.
	maxDrillMeasurements = 100_000
)

// drills declares the drills of continuity plans, follows what is measured of
// those that run, and keeps what came of them.
type drills struct {
	store   *sqlstore.Store
	ledger  *ledgerSide
	catalog func() *slo.Catalog
	now     func() slo.Instant
	log     *slog.Logger
	changed func(context.Context) // agents have other probes to run
	over    func(context.Context, *slo.Drill)
	alert   func()
	export  *planExport
	asked   asked

	mu      sync.Mutex
	running map[string]*runningDrill // by ID
	looked  slo.Instant              // schedules up to here were met
}

// runningDrill is a drill and what was measured of its probes since.
type runningDrill struct {
	slo.Drill
	seen  map[slo.ID]bool
	list  []slo.Measurement
	fresh bool // something came since the last look
}

// openContinuity takes up the drills that run, with what was measured of them.
func (c *Collector) openContinuity(ctx context.Context, _ *slo.Catalog) error {
	c.drills = &drills{
		store: c.store, ledger: c.ledger, catalog: c.catalog.current, now: c.now, log: c.log,
		changed: func(ctx context.Context) { c.agents.catalogChanged(ctx) },
		over:    func(ctx context.Context, d *slo.Drill) { c.markDrill(ctx, d); c.excludeDrill(ctx, d) },
		alert:   func() { c.alerts.soon() },
		export:  &planExport{folder: c.config.continuityFolder(), log: c.log}, asked: make(asked),
		running: map[string]*runningDrill{}, looked: c.now().Add(-scheduleMissed),
	}
	list, err := c.store.Drills(ctx, sqlstore.DrillFilter{State: slo.DrillRunning})
	if err != nil || len(list) == 0 {
		return err
	}
	if err := c.archiver.CatchUp(ctx, c.evaluator.cursor); err != nil {
		return fmt.Errorf("waiting for the archive: %w", err)
	}
	for _, d := range list {
		c.drills.running[d.ID] = &runningDrill{Drill: d, seen: map[slo.ID]bool{}, fresh: true}
		for _, probe := range d.Terms.Probes() {
			q := archive.Query{Probe: probe, Kinds: archive.Measurements}
			for e, err := range c.archiver.Entries(ctx, q) {
				if err != nil {
					return fmt.Errorf("reading what was measured of the drill %s: %w", d.ID, err)
				}
				c.drills.running[d.ID].take(e)
			}
		}
	}
	return nil
}

// take takes a measurement that came since the drill was declared.
func (r *runningDrill) take(e slo.Entry) {
	m := e.Measurement
	if m == nil || e.Quarantined() || m.At < r.Declared || m.At >= r.Deadline() || r.seen[e.ID] ||
		len(r.list) >= maxDrillMeasurements || !slices.Contains(r.Terms.Probes(), m.Probe) {
		return
	}
	r.seen[e.ID] = true
	r.list, r.fresh = append(r.list, *m), true
}

// observe is told of every entry of the journal that was evaluated; those that
// are given again change nothing.
func (d *drills) observe(entries []slo.Entry) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.running) == 0 {
		return
	}
	for _, e := range entries {
		for _, r := range d.running {
			r.take(e)
		}
	}
}

// run begins what is scheduled and ends what is over, until ctx ends.
func (d *drills) run(ctx context.Context) error {
	d.asked.every(ctx, drillsEvery, func() { d.look(ctx, d.now()) })
	return nil
}

// look does what is to be done at an instant.
func (d *drills) look(ctx context.Context, at slo.Instant) {
	d.begin(ctx, at)
	d.mu.Lock()
	type ending struct {
		id     string
		result slo.DrillResult
	}
	var over []ending
	for id, r := range d.running {
		if !r.fresh && at < r.Deadline() {
			continue
		}
		r.fresh = false
		if result, done := continuity.Judge(&r.Drill, r.list, at); done {
			over = append(over, ending{id, result})
		}
	}
	d.mu.Unlock()
	for _, e := range over {
		_, err := d.Add(ctx, e.id, slo.DrillEvent{Act: slo.FinishDrill, At: at, Actor: ledger.Self, Result: &e.result})
		if err != nil && ctx.Err() == nil {
			d.log.Error("keeping the result of a drill failed; it is tried again", "drill", e.id, "error", err)
			d.again(e.id)
		}
	}
	d.export.keep(ctx, d, at)
}

// again has a drill looked at once more.
func (d *drills) again(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r := d.running[id]; r != nil {
		r.fresh = true
	}
}

// begin declares the drills whose schedule has come round.
func (d *drills) begin(ctx context.Context, at slo.Instant) {
	from := max(d.looked, at.Add(-scheduleMissed))
	for _, p := range d.catalog().Plans {
		for i := range p.Drills {
			s := p.Drills[i].Schedule
			if s == nil {
				continue
			}
			for _, begins := range continuity.Begins(s, from, at+1) {
				_, err := d.Declare(ctx, web.DrillDeclaration{Plan: p.Name, Drill: p.Drills[i].Name, Disruption: begins, At: at, Actor: ledger.Self, Text: "scheduled"})
				if err != nil && !errors.Is(err, slo.DrillTwice) {
					d.log.Error("a scheduled drill did not begin", "plan", p.Name, "drill", p.Drills[i].Name, "error", err)
				}
			}
		}
	}
	d.looked = at + 1
}

// Declare declares a disruption and begins a drill. The same once more is the
// drill that is there. Its error may be a slo.DrillRefusal.
func (d *drills) Declare(ctx context.Context, of web.DrillDeclaration) (slo.Drill, error) {
	p := d.catalog().Plan(of.Plan)
	if p == nil || p.Drill(of.Drill) == nil {
		return slo.Drill{}, slo.DrillUnknown
	}
	if of.Disruption > of.At || of.Disruption < of.At.Add(-slo.MaxDisruption) {
		return slo.Drill{}, slo.DrillBadInstant
	}
	if len(of.Text) > slo.MaxDrillText {
		return slo.Drill{}, slo.DrillBadText
	}
	n := slo.Drill{Plan: of.Plan, Name: of.Drill, Declared: of.Disruption, By: of.Actor, Terms: p.Drill(of.Drill).DrillTerms}
	n.ID = n.DrillID()
	e := slo.DrillEvent{Act: slo.DeclareDrill, At: of.At, Actor: of.Actor, Text: of.Text}
	n.Events = []slo.DrillEvent{e}
	got, fresh, err := d.keep(ctx, n, e)
	if fresh {
		d.log.Info("a drill has begun", "drill", got.ID, "plan", of.Plan, "name", of.Drill)
		d.changed(ctx)
		d.export.soon()
	}
	return got, err
}

// keep puts a new drill on record, unless it is there or another of its name runs.
func (d *drills) keep(ctx context.Context, n slo.Drill, e slo.DrillEvent) (got slo.Drill, fresh bool, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if known, err := d.store.Drill(ctx, n.ID); err == nil || !errors.Is(err, sqlstore.ErrNotFound) {
		return known, false, err
	}
	if err := d.alone(ctx, &n); err != nil {
		return n, false, err
	}
	_, err = d.ledger.append(ctx, e.At, func(ctx context.Context, b ledger.Batch) (err error) {
		got, err = d.store.AddDrill(ctx, n, sqlstore.LogBatch(b))
		return err
	}, ledger.Draft{At: e.At, Actor: e.Actor, Body: ledger.DrillOf(&n, e)})
	if err != nil {
		return n, false, err
	}
	d.running[got.ID] = &runningDrill{Drill: got, seen: map[slo.ID]bool{}}
	return got, true, nil
}

// alone is slo.DrillTwice where another drill of the name runs.
func (d *drills) alone(ctx context.Context, n *slo.Drill) error {
	ongoing, err := d.store.Drills(ctx, sqlstore.DrillFilter{Plan: n.Plan, State: slo.DrillRunning})
	if err != nil {
		return err
	}
	if slices.ContainsFunc(ongoing, func(o slo.Drill) bool { return o.Name == n.Name && o.ID != n.ID }) {
		return slo.DrillTwice
	}
	return nil
}

// Add adds an event to a drill, with its entry in the ledger in one transaction.
// Its error may be a slo.DrillRefusal.
func (d *drills) Add(ctx context.Context, id string, e slo.DrillEvent) (slo.Drill, error) {
	before, got, err := d.add(ctx, id, e)
	if err != nil {
		return before, err
	}
	d.export.soon()
	if before.Ended() == 0 && got.Ended() != 0 {
		d.log.Info("a drill is over", "drill", id, "plan", got.Plan, "name", got.Name, "passed", got.Passed())
		d.changed(ctx)
		d.over(ctx, &got)
	}
	d.alert()
	return got, nil
}

func (d *drills) add(ctx context.Context, id string, e slo.DrillEvent) (before, got slo.Drill, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if before, err = d.store.Drill(ctx, id); err != nil {
		return before, got, err
	}
	after, err := before.Add(e)
	if err == nil && before.Ended() != 0 && after.Ended() == 0 { // a tabletop whose only review is taken back runs on
		err = d.alone(ctx, &before)
	}
	if err != nil {
		return before, got, err
	}
	_, err = d.ledger.append(ctx, e.At, func(ctx context.Context, b ledger.Batch) (err error) {
		got, err = d.store.AddDrillEvent(ctx, id, sqlstore.LogBatch(b), func(known slo.Drill) (slo.Drill, error) { return known.Add(e) })
		return err
	}, ledger.Draft{At: e.At, Actor: e.Actor, Body: ledger.DrillOf(&before, e)})
	if err != nil {
		return before, got, err
	}
	switch {
	case got.Ended() != 0:
		delete(d.running, id)
	case d.running[id] == nil:
		d.running[id] = &runningDrill{Drill: got, seen: map[slo.ID]bool{}}
	}
	return before, got, nil
}

// assigned turns what an agent would run into what it runs now: no probe that
// drills alone use, but those of drills that run, and what such a drill has the
// agent run once.
func (d *drills) assigned(c *slo.Catalog, as *push.Assignment) {
	idle := c.DrillProbes()
	if len(idle) == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	ordered := map[string]*runningDrill{}
	for _, r := range d.running {
		for _, probe := range append(slices.Clone(r.Terms.Checks), r.Terms.Canary) {
			delete(idle, probe)
		}
		if r.Terms.Run != "" {
			ordered[r.Terms.Run] = r
		}
	}
	var probes []*slo.Probe
	for _, p := range as.Probes {
		if r := ordered[p.Name]; r != nil {
			once := *p
			once.Timeout = r.Terms.Within
			as.Orders = append(as.Orders, push.Order{Drill: r.ID, Probe: &once})
		}
		if !idle[p.Name] && ordered[p.Name] == nil {
			probes = append(probes, p)
		} else {
			delete(as.Seats, p.Name)
		}
	}
	as.Probes = probes
}
