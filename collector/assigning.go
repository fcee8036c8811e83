package collector

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/assay-sla/assay/collector/fleet"
	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/slo"
)

// reseatEvery is how often the plan of seats is looked at, besides when an
// agent asks for its assignment and none was made for as long: of thousands of
// probes one takes a good part of a second, and an agent that changes its labels
// with each request must not have one made for each.
const reseatEvery = time.Second

// wakes wake agents that wait for another assignment.
type wakes struct {
	mu      sync.Mutex
	all     chan struct{}            // closed when the catalogue changes
	waiting map[string]chan struct{} // closed when the agent's seats change
}

// next are channels that are closed when the catalogue, or the agent's seats,
// change the next time.
func (w *wakes) next(agent string) (all, own <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all == nil {
		w.all, w.waiting = make(chan struct{}), map[string]chan struct{}{}
	}
	if w.waiting[agent] == nil {
		w.waiting[agent] = make(chan struct{})
	}
	return w.all, w.waiting[agent]
}

// everybody wakes all that wait.
func (w *wakes) everybody() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all != nil {
		close(w.all)
		w.all = make(chan struct{})
	}
}

// these wakes some agents.
func (w *wakes) these(agents []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, agent := range agents {
		if ch := w.waiting[agent]; ch != nil {
			close(ch)
			delete(w.waiting, agent)
		}
	}
}

// catalogChanged wakes the agents, so that each takes what it is to run now.
func (a *agentSide) catalogChanged(ctx context.Context) {
	a.reseat(ctx, a.now())
	a.wakes.everybody()
}

// assignment is push.HandlerOptions'.
func (a *agentSide) assignment(ctx context.Context, who push.AssignmentRequest) (push.Assignment, error) {
	at := a.now()
	if err := a.fleet.Asks(who.Agent, who.Location, who.Labels, at); err != nil {
		return push.Assignment{}, err
	}
	defer func() { a.fleet.Answered(who.Agent, errors.Is(ctx.Err(), context.Canceled), a.now()) }()
	if at.Sub(slo.Instant(a.planned.Load())) >= reseatEvery {
		a.reseat(ctx, at)
	}
	for {
		changed, moved := a.wakes.next(who.Agent)
		as, err := assignmentFor(a.catalog(), who, a.fleet.Held(who.Agent), a.drilled)
		if err != nil || as.Revision != who.Revision {
			return as, err
		}
		select {
		case <-ctx.Done():
			return as, nil
		case <-changed:
		case <-moved:
		}
	}
}

// assignmentFor is what an agent is to run. Its revision says what it holds, so
// that a change elsewhere in the catalogue disturbs nobody.
func assignmentFor(c *slo.Catalog, who push.AssignmentRequest, held []fleet.Tenure, drilled func(*slo.Catalog, *push.Assignment)) (push.Assignment, error) {
	probes, seats := fleet.Assignment(c, who.Agent, who.Location, who.Labels, held)
	as := push.Assignment{Probes: probes, Seats: make(map[string]push.Seat, len(seats))}
	for probe, t := range seats {
		as.Seats[probe] = push.Seat{Name: t.Seat.Name(), From: t.From, Until: t.Until}
	}
	drilled(c, &as)
	b, err := json.Marshal(as)
	if err != nil {
		return as, err
	}
	sum := sha256.Sum256(b)
	as.Revision, as.Catalogue = hex.EncodeToString(sum[:8]), c.Revision
	return as, nil
}

// reseat makes the plan of seats anew where agents or the catalogue changed,
// and tells whom it concerns when it is stored: a collector that is started
// again goes on with it.
func (a *agentSide) reseat(ctx context.Context, at slo.Instant) {
	made, agents := a.fleet.Reseat(a.catalog(), at)
	if made == nil {
		return
	}
	a.planned.Store(int64(at))
	a.tellMoves(made)
	if len(agents) == 0 {
		return
	}
	if err := a.save(context.WithoutCancel(ctx)); err != nil {
		a.log.Error("storing who holds which seat failed; it is tried again", "error", err)
	}
	a.wakes.these(agents)
}

// tellMoves logs what moved and why, and how many seats nobody holds when that
// changed.
func (a *agentSide) tellMoves(made *fleet.Seated) {
	reasons := map[string]int{}
	for _, m := range made.Moves {
		reasons[string(m.Reason)]++
		a.log.Debug("a seat moves", "probe", m.Seat.Probe, "seat", m.Seat.Name(), "from", m.From.Agent, "to", m.To.Agent, "reason", string(m.Reason))
	}
	if len(made.Moves) > 0 {
		m := made.Moves[0]
		a.log.Info("seats move", "seats", len(made.Moves), "reasons", tally(reasons),
			"first", fmt.Sprintf("%s %s from %q to %q", m.Seat.Probe, m.Seat.Name(), m.From.Agent, m.To.Agent))
	}
	n := int64(len(made.Vacant))
	switch was := a.vacant.Swap(n); {
	case n > was:
		a.log.Warn("seats have no holder that is in contact: no other agent that their probes choose is", "seats", n,
			"first", made.Vacant[0].Probe+" "+made.Vacant[0].Name())
	case n == 0 && was > 0:
		a.log.Info("every seat has a holder again")
	}
}

// keepSeated looks at the plan of seats until ctx ends.
func (a *agentSide) keepSeated(ctx context.Context) error {
	tick := time.NewTicker(reseatEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			a.reseat(ctx, a.now())
		}
	}
}

// save stores what changed of the agents since the last time.
func (a *agentSide) save(ctx context.Context) error {
	a.saving.Lock()
	defer a.saving.Unlock()
	changed, err := a.fleet.Changed()
	if err != nil || len(changed) == 0 {
		return err
	}
	if err := a.store.SaveAgents(ctx, changed); err != nil {
		a.fleet.Again(changed)
		return err
	}
	return nil
}
