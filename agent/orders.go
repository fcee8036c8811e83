package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/assay-sla/assay/agent/probe"
	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/internal/wal"
	"github.com/assay-sla/assay/slo"
)

const (
	ordersFile     = "orders.json" // in the data folder
	maxOrders      = 10_000        // that are remembered, the newest
	maxOrdersFile  = 8 << 20       // bytes
	ordersTogether = 4             // that run at the same time
)

// orders runs what drills ask for, each at most once: that it begins is on disk
// before it does, for a restore that is begun anew while people look at what the
// first one brought back does harm. One that was under way when the agent ended
// is told as unknown when it starts again.
type orders struct {
	file    string
	log     *slog.Logger
	ready   func(slo.Probe) func(context.Context, slo.Instant) slo.Measurement
	now     func() (at slo.Instant, corrected slo.Measurement) // the time, and a measurement of it
	done    func(kind string, slot slo.Instant, m slo.Measurement)
	work    context.Context // ends when what runs is to be given up
	stop    context.CancelFunc
	places  chan struct{}
	running sync.WaitGroup

	mu    sync.Mutex
	known []order // oldest first
}

// order is what is remembered of one.
type order struct {
	Drill string `json:"drill"`
	Probe string `json:"probe"`
	Kind  string `json:"kind"` // of the probe
	Ended bool   `json:"ended"`
}

// openOrders reads which orders were run before.
func (a *Agent) openOrders() error {
	o := &orders{
		file: filepath.Join(a.config.Data, ordersFile), log: a.log, places: make(chan struct{}, ordersTogether),
		ready: func(p slo.Probe) func(context.Context, slo.Instant) slo.Measurement {
			return prepareOrder(p, a.env, a.config.Allow.Kinds)
		},
		now: func() (slo.Instant, slo.Measurement) {
			at, offset := slo.At(a.now()), a.offset.now()
			return at, slo.Measurement{At: at.Add(offset), Offset: offset}
		},
		done: a.recorder.done,
	}
	o.work, o.stop = context.WithCancel(context.Background())
	if err := o.load(); err != nil {
		if err = o.blind(err); err != nil {
			o.stop()
			return fmt.Errorf("setting aside which orders were run: %w", err)
		}
	}
	o.interrupted()
	a.orders = o
	a.undo = append(a.undo, func() error { o.stop(); o.running.Wait(); return nil })
	return nil
}

// prepareOrder is prepare for a probe that runs once.
func prepareOrder(p slo.Probe, env *probe.Env, kinds []string) func(context.Context, slo.Instant) slo.Measurement {
	kind := p.Spec.Kind()
	_, foreign := p.Spec.(push.Unsupported)
	switch {
	case foreign:
		return refusal(p.Name, slo.AgentUnsupported, fmt.Sprintf("this agent has no kind %q", kind))
	case len(kinds) > 0 && !slices.Contains(kinds, kind):
		return refusal(p.Name, slo.AgentDenied, fmt.Sprintf("this agent's configuration does not allow probes of kind %s", kind))
	}
	ready, err := probe.New(p, env)
	if err != nil {
		return refusal(p.Name, slo.AgentUnsupported, err.Error())
	}
	return func(ctx context.Context, at slo.Instant) slo.Measurement { return ready.Run(ctx, at, nil) }
}

func (o *orders) load() error {
	f, err := os.Open(o.file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxOrdersFile))
	if err != nil {
		return err
	}
	return json.Unmarshal(b, &o.known)
}

// blind sets a damaged file aside. What was run is not known then, so that
// nothing is run until the agent starts again: what is ordered until then is
// answered as unknown, and remembered.
func (o *orders) blind(damage error) error {
	o.log.Error("which orders were run cannot be read; the file is set aside, and until the next start none is run", "file", o.file+".damaged", "error", damage)
	o.known = nil
	o.ready = func(p slo.Probe) func(context.Context, slo.Instant) slo.Measurement {
		return refusal(p.Name, slo.AgentInternal, "the agent does not know whether it ran this before: the file of its orders was damaged")
	}
	return os.Rename(o.file, o.file+".damaged")
}

// save keeps what is known; the caller holds mu.
func (o *orders) save() error {
	o.known = o.known[max(0, len(o.known)-maxOrders):]
	b, err := json.Marshal(o.known)
	if err != nil {
		return err
	}
	return wal.ReplaceFile(o.file, b)
}

// take runs the orders of an assignment that were not run before.
func (o *orders) take(list []push.Order, revision string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, n := range list {
		if slices.ContainsFunc(o.known, func(k order) bool { return k.Drill == n.Drill && k.Probe == n.Probe.Name }) {
			continue
		}
		o.known = append(o.known, order{Drill: n.Drill, Probe: n.Probe.Name, Kind: n.Probe.Spec.Kind()})
		if err := o.save(); err != nil {
			o.known = o.known[:len(o.known)-1]
			o.log.Error("an order is not run: that it begins cannot be stored", "drill", n.Drill, "probe", n.Probe.Name, "error", err)
			continue
		}
		o.log.Info("running a probe for a drill", "drill", n.Drill, "probe", n.Probe.Name)
		o.running.Go(func() { o.run(n, revision) })
	}
}

// run runs one order and records what it saw.
func (o *orders) run(n push.Order, revision string) {
	select {
	case o.places <- struct{}{}:
		defer func() { <-o.places }()
	case <-o.work.Done():
		return // it is told at the next start
	}
	if o.work.Err() != nil {
		return // the place came free because the agent ends
	}
	slot, begun := o.now()
	m := o.ready(*n.Probe)(o.work, begun.At)
	if o.work.Err() != nil {
		return // the same
	}
	m.Offset, m.Revision = begun.Offset, revision
	o.done(n.Probe.Spec.Kind(), slot, m)
	o.end(func(k order) bool { return k.Drill == n.Drill && k.Probe == n.Probe.Name })
}

// interrupted tells of what was under way when the agent ended.
func (o *orders) interrupted() {
	o.mu.Lock()
	known := slices.Clone(o.known)
	o.mu.Unlock()
	for _, k := range known {
		if k.Ended {
			continue
		}
		slot, m := o.now()
		m.Probe, m.Outcome, m.Reason = k.Probe, slo.Unknown, slo.AgentShuttingDown
		m.Evidence = "the agent ended while this ran; it is not run again for the same drill"
		o.done(k.Kind, slot, m)
	}
	o.end(func(order) bool { return true })
}

// end notes that orders have ended.
func (o *orders) end(which func(order) bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	changed := false
	for i := range o.known {
		if !o.known[i].Ended && which(o.known[i]) {
			o.known[i].Ended, changed = true, true
		}
	}
	if !changed {
		return
	}
	if err := o.save(); err != nil {
		o.log.Error("that an order has ended is not stored: it is told as interrupted at the next start", "error", err)
	}
}
