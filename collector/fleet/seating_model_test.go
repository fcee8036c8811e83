package fleet

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/assay-sla/assay/slo"
)

// measuring is who measures the slots of a seat at an instant.
func (p Post) measuring(t slo.Instant) Holder {
	if p.moving() && t >= p.At {
		return p.Next
	}
	return p.Holder
}

var everywhere = []string{"ap", "eu", "sa", "us"}

func anyCatalog(t *rapid.T) *slo.Catalog {
	c := &slo.Catalog{}
	for i := range rapid.IntRange(1, 4).Draw(t, "probes") {
		l := slo.Locations{From: everywhere[:rapid.IntRange(1, 4).Draw(t, "from")], Agents: slo.Agents{Any: rapid.IntRange(1, 3).Draw(t, "agents")}}
		l.Any = rapid.IntRange(0, len(l.From)).Draw(t, "any")
		if rapid.IntRange(0, 3).Draw(t, "choosy") == 0 {
			l.Agents.Match = slo.Selector{"network": {"dmz"}}
		}
		c.Probes = append(c.Probes, &slo.Probe{Name: fmt.Sprint("p", i), Locations: l})
	}
	return c
}

func anyMembers(t *rapid.T) []Member {
	var out []Member
	for i := range rapid.IntRange(0, 12).Draw(t, "members") {
		m := Member{Agent: fmt.Sprint("a", i), Location: everywhere[i%4], Labels: map[string]string{"network": "dmz"}}
		if i%3 == 0 {
			m.Labels["network"] = "lan"
		}
		m.Present = rapid.IntRange(0, 3).Draw(t, "present") > 0
		m.Free = m.Present && rapid.IntRange(0, 4).Draw(t, "free") > 0
		m.Steady = m.Free && rapid.IntRange(0, 3).Draw(t, "steady") > 0
		out = append(out, m)
	}
	return out
}

// TestSeatingHolds lets a fleet change at random, and holds every plan against
// what a plan must be.
func TestSeatingHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, plan, now := anyCatalog(t), Plan{}, at(0)
		for range rapid.IntRange(1, 6).Draw(t, "changes") {
			now = now.Add(time.Duration(rapid.IntRange(1, 25).Draw(t, "later")) * time.Second)
			if rapid.IntRange(0, 9).Draw(t, "reloaded") == 0 {
				c = anyCatalog(t)
			}
			members := anyMembers(t)
			got := Seating(c, members, plan, now)
			for _, wrong := range mistakes(c, members, plan, got, now) {
				t.Error(wrong)
			}
			rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 1)).Shuffle(len(members), func(i, k int) { members[i], members[k] = members[k], members[i] })
			if diff := cmp.Diff(got, Seating(c, members, plan, now)); diff != "" {
				t.Errorf("in another order of the agents:\n%s", diff)
			}
			if again := Seating(c, members, got.Plan, now); len(again.Moves) > 0 || !cmp.Equal(again.Plan, got.Plan) {
				t.Errorf("without a change: %s\nwas: %s", again.text(), got.text())
			}
			plan = got.Plan
		}
	})
}

// mistakes are what is wrong with a plan.
func mistakes(c *slo.Catalog, members []Member, before Plan, got Seated, now slo.Instant) (wrong []string) {
	bad := func(format string, args ...any) {
		wrong = append(wrong, fmt.Sprintf(format, args...)+"\n\tin "+got.text())
	}
	by := map[Holder]Member{}
	for _, m := range members {
		by[Holder{m.Agent, m.Location}] = m
	}
	for _, m := range got.Moves {
		from, to := by[m.From], by[m.To]
		switch {
		case m.Reason != Withdrawn && !to.Free:
			bad("%s was given %s and is not free", m.Seat.Name(), m.To.Agent)
		case (m.Reason == Silent) != (m.Reason != First && m.Reason != Withdrawn && !from.Present):
			bad("%s left %s as %s", m.Seat.Name(), m.From.Agent, m.Reason)
		case m.At != 0 && m.At != now.Add(moveAhead):
			bad("%s moves at %d", m.Seat.Name(), m.At)
		}
	}
	for _, t := range []slo.Instant{now, now.Add(moveAhead - 1), now.Add(moveAhead), now.Add(time.Hour)} {
		type place struct{ probe, what string }
		seen, where := map[place]slo.Seat{}, map[place]int{}
		for seat, p := range got.Plan {
			h := p.measuring(t)
			if h == (Holder{}) {
				bad("nobody measures %s", seat.Name())
			}
			if other, twice := seen[place{seat.Probe, h.Agent}]; twice {
				bad("%s has %s and %s", h.Agent, seat.Name(), other.Name())
			}
			seen[place{seat.Probe, h.Agent}] = seat
			at := place{seat.Probe, h.Location}
			if n, taken := where[at]; seat.Number > 0 && taken && n != seat.Number {
				bad("two of the locations of %s are %s", seat.Probe, h.Location)
			}
			where[at] = seat.Number
		}
	}
	for _, held := range heldBy(got.Plan) {
		for i, a := range held {
			if slices.ContainsFunc(held[:i], func(b Tenure) bool { return b.Seat.Probe == a.Seat.Probe }) {
				bad("an agent has two seats of %s in its assignment", a.Seat.Probe)
			}
		}
	}
	for _, seat := range got.Vacant {
		if m, ok := couldTake(c, members, got.Plan, seat); ok {
			bad("%s is vacant, and %s is free", seat.Name(), m.Agent)
		}
	}
	return wrong
}

func heldBy(p Plan) map[string][]Tenure {
	var s seats
	s.take(p)
	return s.held
}

// couldTake finds an agent for a vacant seat: in its location, or for a seat
// that moves in one that the probe does not use. Where a location has too few
// agents for its seats, the others stay vacant.
func couldTake(c *slo.Catalog, members []Member, p Plan, seat slo.Seat) (Member, bool) {
	i := slices.IndexFunc(c.Probes, func(p *slo.Probe) bool { return p.Name == seat.Probe })
	l := c.Probes[i].Locations
	agents, locations := map[string]bool{}, map[string]bool{}
	mine := seat.Location
	for other, post := range p {
		if other.Probe != seat.Probe {
			continue
		}
		for _, h := range []Holder{post.Holder, post.last()} {
			agents[h.Agent], locations[h.Location] = true, true
		}
		if other.Number == seat.Number && other != seat && other.Number > 0 {
			mine = post.last().Location
		}
	}
	for _, m := range members {
		fits := m.Location == mine || mine == "" && l.Counts(m.Location) && !locations[m.Location]
		if m.Free && fits && !agents[m.Agent] && l.Agents.Takes(m.Agent, m.Labels) {
			return m, true
		}
	}
	return Member{}, false
}

// TestSeatingMovesLittle: one agent less moves what it had, and one more takes
// what it is to have, and nothing else moves.
func TestSeatingMovesLittle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := anyCatalog(t)
		var members []Member
		for i := range rapid.IntRange(2, 20).Draw(t, "members") {
			members = append(members, Member{Agent: fmt.Sprint("a", i), Location: everywhere[i%4], Labels: map[string]string{"network": "dmz"}, Present: true, Free: true, Steady: true})
		}
		whole := Seating(c, members, nil, at(0))
		k := rapid.IntRange(0, len(members)-1).Draw(t, "which")
		lost := slices.Clone(members)
		lost[k].Present, lost[k].Free, lost[k].Steady = false, false, false
		less := Seating(c, lost, whole.Plan, at(60))
		for _, m := range less.Moves {
			if m.From.Agent != members[k].Agent || m.Reason != Silent || m.At != 0 {
				t.Errorf("without %s: %+v", members[k].Agent, m)
			}
		}
		again := Seating(c, members, less.Plan, at(120))
		for _, m := range again.Moves {
			if m.To.Agent != members[k].Agent || m.Reason != Balanced && m.Reason != First || m.Reason == Balanced && m.At != at(135) {
				t.Errorf("with %s again: %+v", members[k].Agent, m)
			}
		}
	})
}

// TestSeatingSpreads: of many probes every agent has about its share.
func TestSeatingSpreads(t *testing.T) {
	c := &slo.Catalog{}
	for i := range 1000 {
		c.Probes = append(c.Probes, &slo.Probe{Name: fmt.Sprint("p", i), Locations: slo.Locations{From: []string{"eu"}, Any: 1, Agents: slo.Agents{Any: 1}}})
	}
	got := Seating(c, fleetOf("eu-1", "eu-2", "eu-3", "eu-4", "eu-5"), nil, at(0))
	for agent, held := range heldBy(got.Plan) {
		if len(held) < 150 || len(held) > 250 {
			t.Errorf("%s has %d of 1000 seats", agent, len(held))
		}
	}
}

func BenchmarkSeating(b *testing.B) {
	c := &slo.Catalog{}
	for i := range 5000 {
		c.Probes = append(c.Probes, &slo.Probe{Name: fmt.Sprint("p", i), Locations: slo.Locations{From: everywhere, Any: 3, Agents: slo.Agents{Any: 1}}})
	}
	var members []Member
	for i := range 100 {
		members = append(members, Member{Agent: fmt.Sprint("a", i), Location: everywhere[i%4], Present: true, Free: true, Steady: true})
	}
	plan := Seating(c, members, nil, at(0)).Plan
	for b.Loop() {
		Seating(c, members, plan, at(60))
	}
}
