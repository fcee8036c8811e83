package fleet

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// Tenure is a seat that an agent holds at a location, for the slots from From
// on and before Until.
type Tenure struct {
	Seat        slo.Seat
	Where       string
	From, Until slo.Instant // 0: no bound
}

// seats is the plan in force, and what it was made from.
type seats struct {
	plan    Plan
	held    map[string][]Tenure // by agent
	catalog *slo.Catalog
	members []Member
	due     slo.Instant // when a move that is under way is done; 0 where none is

	all, vacant int // seats of the catalogue
}

// Reseat makes the plan for a catalogue and the agents as they are at an
// instant, and puts it in force. It returns what came of it, and the agents
// whose seats are others now, by name; nil and none while nothing changes, which
// costs a look at each agent.
func (f *Fleet) Reseat(c *slo.Catalog, at slo.Instant) (made *Seated, agents []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	members := f.members(at)
	if f.seats.catalog == c && (f.seats.due == 0 || at < f.seats.due) && slices.EqualFunc(members, f.seats.members, sameMember) {
		return nil, nil
	}
	before := f.seats.held
	seated := Seating(c, members, f.seats.plan, at)
	f.seats.catalog, f.seats.members = c, members
	f.seats.all, f.seats.vacant = seated.Seats, len(seated.Vacant)
	f.seats.take(seated.Plan)
	for _, m := range members {
		if !slices.Equal(before[m.Agent], f.seats.held[m.Agent]) {
			f.dirty[m.Agent] = true
			agents = append(agents, m.Agent)
		}
	}
	return &seated, agents
}

// members are the agents as a plan sees them, by name.
func (f *Fleet) members(at slo.Instant) []Member {
	out := make([]Member, 0, len(f.agents))
	for _, a := range f.agents {
		out = append(out, a.contact.member(&a.AgentStatus, at, f.audible))
	}
	slices.SortFunc(out, compareMembers)
	return out
}

// Held lists the seats that an agent has, or is to have, by probe and name.
func (f *Fleet) Held(agent string) []Tenure {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seats.held[agent]
}

// Vacant counts the seats of the catalogue in force, and those that nobody
// holds who is in contact: no agent that the probe chooses is.
func (f *Fleet) Vacant() (all, vacant int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seats.all, f.seats.vacant
}

// take puts a plan in force.
func (s *seats) take(p Plan) {
	s.plan, s.held, s.due = p, map[string][]Tenure{}, 0
	for seat, post := range p {
		if !post.moving() {
			s.add(post.Holder, Tenure{Seat: seat})
			continue
		}
		s.add(post.Holder, Tenure{Seat: seat, Until: post.At})
		s.add(post.Next, Tenure{Seat: seat, From: post.At})
		if done := post.At.Add(moveDone); s.due == 0 || done < s.due {
			s.due = done
		}
	}
	for _, list := range s.held {
		slices.SortFunc(list, func(a, b Tenure) int { return compareSeats(a.Seat, b.Seat) })
	}
}

func (s *seats) add(h Holder, t Tenure) {
	t.Where = h.Location
	s.held[h.Agent] = append(s.held[h.Agent], t)
}

// restore makes the plan of what each agent held. Of a seat that two claim
// without a move between them, the one by whom it is measured first counts.
func (s *seats) restore(held map[string][]Tenure) {
	plan := Plan{}
	for agent, list := range held {
		for _, t := range list {
			post, h := plan[t.Seat], Holder{agent, t.Where}
			if t.From != 0 {
				post.Next, post.At = h, t.From
			} else if post.Holder == (Holder{}) || agent < post.Holder.Agent {
				post.Holder = h
			}
			plan[t.Seat] = post
		}
	}
	for seat, post := range plan {
		if post.moving() && post.Holder == (Holder{}) {
			plan[seat] = Post{Holder: post.Next}
		}
	}
	s.take(plan)
}

func compareSeats(a, b slo.Seat) int {
	return cmp.Or(strings.Compare(a.Probe, b.Probe), strings.Compare(a.Location, b.Location), a.Number-b.Number, a.Agent-b.Agent)
}

func compareMembers(a, b Member) int { return strings.Compare(a.Agent, b.Agent) }

func sameMember(a, b Member) bool {
	return a.Agent == b.Agent && a.Location == b.Location && a.Present == b.Present && a.Free == b.Free && a.Steady == b.Steady &&
		maps.Equal(a.Labels, b.Labels)
}

// storedAgent is an agent as the records keep it.
type storedAgent struct {
	slo.AgentStatus
	Holds []Tenure `json:",omitempty"`
}

func (f *Fleet) stored(agent string) storedAgent {
	return storedAgent{f.agents[agent].AgentStatus, f.seats.held[agent]}
}
