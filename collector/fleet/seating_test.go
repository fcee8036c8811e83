package fleet

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/slo"
)

// fleetOf makes members of texts such as "eu-1" (in contact for long), "eu-2 new"
// (not for long), "eu-3 full", "eu-4 away" (keeps what it has) and "eu-5 gone".
// The location is what stands before the dash.
func fleetOf(agents ...string) []Member {
	var out []Member
	for _, text := range agents {
		name, how, _ := strings.Cut(text, " ")
		location, _, _ := strings.Cut(name, "-")
		m := Member{Agent: name, Location: location, Present: how != "gone", Labels: map[string]string{"name": name}}
		m.Free = how == "" || how == "new"
		m.Steady = how == ""
		out = append(out, m)
	}
	return out
}

func catalogOf(l slo.Locations) *slo.Catalog {
	return &slo.Catalog{Probes: []*slo.Probe{{Name: "web", Locations: l}}}
}

// text writes a plan and its moves: 1.1=eu-1, and 1.1=eu-1>us-1 while it moves.
func (s Seated) text() string {
	var lines []string
	for seat, p := range s.Plan {
		line := seat.Name() + "=" + p.Holder.Agent
		if p.moving() {
			line += ">" + p.Next.Agent
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	for _, m := range s.Moves {
		lines = append(lines, fmt.Sprintf("%s %s %s->%s", m.Reason, m.Seat.Name(), orNobody(m.From), m.To.Agent))
	}
	for _, seat := range s.Vacant {
		lines = append(lines, "vacant "+seat.Name())
	}
	return strings.Join(lines, "; ")
}

func orNobody(h Holder) string {
	if h == (Holder{}) {
		return "nobody"
	}
	return h.Agent
}

func TestSeating(t *testing.T) {
	eu := slo.Agents{Any: 1}
	anyOne := slo.Locations{From: []string{"ap", "eu", "us"}, Any: 1, Agents: eu}
	anyTwo := slo.Locations{From: []string{"ap", "eu", "us"}, Any: 2, Agents: eu}
	inEU := slo.Locations{From: []string{"eu"}, Agents: eu}
	held := func(agent string) Post {
		location, _, _ := strings.Cut(agent, "-")
		return Post{Holder: Holder{agent, location}}
	}
	first, second := slo.Seat{Probe: "web", Number: 1, Agent: 1}, slo.Seat{Probe: "web", Number: 2, Agent: 1}
	europe := slo.Seat{Probe: "web", Location: "eu", Agent: 1}
	moving := func(from, to string, at slo.Instant) Post {
		return Post{Holder: held(from).Holder, Next: held(to).Holder, At: at}
	}
	for _, tt := range []struct {
		name    string
		l       slo.Locations
		before  Plan
		members []Member
		want    string
	}{
		{"nobody is there", anyOne, nil, nil, "vacant 1.1"},
		{"the first in rank is given it", inEU, nil, fleetOf("eu-1", "eu-2", "eu-3"), "eu.1=eu-2; first eu.1 nobody->eu-2"},
		{"a full one is given none", inEU, nil, fleetOf("eu-1", "eu-2 full", "eu-3 new"), "eu.1=eu-3; first eu.1 nobody->eu-3"},
		{"a full one keeps what it has", inEU, Plan{europe: held("eu-3")}, fleetOf("eu-1", "eu-3 full"), "eu.1=eu-3"},
		{"one that is away for a moment keeps it", inEU, Plan{europe: held("eu-3")}, fleetOf("eu-1", "eu-3 away"), "eu.1=eu-3"},
		{"the holder is silent", inEU, Plan{europe: held("eu-3")}, fleetOf("eu-1", "eu-3 gone"), "eu.1=eu-1; silent eu.1 eu-3->eu-1"},
		{"all are silent", inEU, Plan{europe: held("eu-3")}, fleetOf("eu-1 gone", "eu-3 gone"), "eu.1=eu-3; vacant eu.1"},
		{"the holder does not match any more", slo.Locations{From: []string{"eu"}, Agents: slo.Agents{Any: 1, Names: []string{"eu-1"}}},
			Plan{europe: held("eu-3")}, fleetOf("eu-1", "eu-3"), "eu.1=eu-3>eu-1; unsuitable eu.1 eu-3->eu-1"},
		{"nobody matches any more", slo.Locations{From: []string{"eu"}, Agents: slo.Agents{Any: 1, Match: slo.Selector{"name": {"x"}}}},
			Plan{europe: held("eu-3")}, fleetOf("eu-1", "eu-3"), "vacant eu.1"},
		{"the first in rank is back", inEU, Plan{europe: held("eu-1")}, fleetOf("eu-1", "eu-3"), "eu.1=eu-1>eu-3; balanced eu.1 eu-1->eu-3"},
		{"it is back, and not for long", inEU, Plan{europe: held("eu-1")}, fleetOf("eu-1", "eu-3 new"), "eu.1=eu-1"},
		{"a move is under way", inEU, Plan{europe: moving("eu-1", "eu-3", at(10))}, fleetOf("eu-1", "eu-3"), "eu.1=eu-1>eu-3"},
		{"a move has just been made", inEU, Plan{europe: moving("eu-1", "eu-3", at(-4))}, fleetOf("eu-1", "eu-3"), "eu.1=eu-1>eu-3"},
		{"a move is done", inEU, Plan{europe: moving("eu-1", "eu-3", at(-5))}, fleetOf("eu-1", "eu-3"), "eu.1=eu-3"},
		{"who is to have it is silent", inEU, Plan{europe: moving("eu-1", "eu-3", at(10))}, fleetOf("eu-1", "eu-3 gone"), "eu.1=eu-1; withdrawn eu.1 eu-3->eu-1"},
		{"who still has it is silent", inEU, Plan{europe: moving("eu-1", "eu-3", at(10))}, fleetOf("eu-1 gone", "eu-3"), "eu.1=eu-3"},
		{"both are silent", inEU, Plan{europe: moving("eu-1", "eu-3", at(10))}, fleetOf("eu-1 gone", "eu-2", "eu-3 gone"), "eu.1=eu-2; silent eu.1 eu-1->eu-2"},

		{"two of three locations", anyTwo, nil, fleetOf("ap-1", "eu-1", "us-1"), "1.1=us-1; 2.1=eu-1; first 1.1 nobody->us-1; first 2.1 nobody->eu-1"},
		{"fewer locations than seats", anyTwo, nil, fleetOf("eu-1"), "1.1=eu-1; first 1.1 nobody->eu-1; vacant 2.1"},
		{"another agent in the location", anyTwo, Plan{first: held("eu-1"), second: held("us-1")}, fleetOf("ap-1", "eu-1 gone", "eu-2", "us-1"),
			"1.1=eu-2; 2.1=us-1; silent 1.1 eu-1->eu-2"},
		{"another location", anyTwo, Plan{first: held("eu-1"), second: held("us-1")}, fleetOf("ap-1", "eu-1 gone", "us-1"),
			"1.1=ap-1; 2.1=us-1; silent 1.1 eu-1->ap-1"},
		{"no other location", anyTwo, Plan{first: held("eu-1"), second: held("us-1")}, fleetOf("eu-1 gone", "us-1"), "1.1=eu-1; 2.1=us-1; vacant 1.1"},
		{"a location is back", anyTwo, Plan{first: held("ap-1"), second: held("us-1")}, fleetOf("ap-1", "eu-1", "us-1"),
			"1.1=ap-1>eu-1; 2.1=us-1; balanced 1.1 ap-1->eu-1"},
		{"what is being left is not taken", anyTwo, Plan{first: moving("ap-1", "eu-1", at(10)), second: held("us-1")}, fleetOf("ap-1", "eu-1", "us-1 gone"),
			"1.1=ap-1>eu-1; 2.1=us-1; vacant 2.1"},
		{"a location does not match any more", slo.Locations{From: []string{"us"}, Any: 1, Agents: eu}, Plan{first: held("eu-1")}, fleetOf("eu-1", "us-1"),
			"1.1=eu-1>us-1; unsuitable 1.1 eu-1->us-1"},
		{"an agent has moved house", anyOne, Plan{first: Post{Holder: Holder{"eu-1", "mars"}}}, fleetOf("eu-1"), "1.1=eu-1; silent 1.1 eu-1->eu-1"},

		{"two agents in each", slo.Locations{From: []string{"eu", "us"}, Any: 1, Agents: slo.Agents{Any: 2}}, nil, fleetOf("eu-1", "eu-2", "eu-3", "us-1"),
			"1.1=eu-2; 1.2=eu-3; first 1.1 nobody->eu-2; first 1.2 nobody->eu-3"},
		{"wherever agents are", slo.Locations{Agents: eu}, nil, fleetOf("eu-1", "us-1", "us-2"), "eu.1=eu-1; us.1=us-2; first eu.1 nobody->eu-1; first us.1 nobody->us-2"},
		{"without any, there are no seats", slo.Locations{From: []string{"eu"}}, Plan{europe: held("eu-1")}, fleetOf("eu-1"), ""},
	} {
		got := Seating(catalogOf(tt.l), tt.members, tt.before, at(0))
		if diff := cmp.Diff(tt.want, got.text()); diff != "" {
			t.Errorf("%s:\n%s", tt.name, diff)
		}
	}
}
