package fleet

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/slo"
)

func TestAssignment(t *testing.T) {
	c := &slo.Catalog{Probes: []*slo.Probe{
		{Name: "anywhere"},
		{Name: "eu", Locations: slo.Locations{From: []string{"eu"}}},
		{Name: "both", Locations: slo.Locations{From: []string{"us", "eu"}}},
		{Name: "dmz", Locations: slo.Locations{Agents: slo.Agents{Match: slo.Selector{"network": {"dmz"}}}}},
		{Name: "named", Locations: slo.Locations{From: []string{"eu"}, Agents: slo.Agents{Names: []string{"eu-2"}}}},
		{Name: "seated", Locations: slo.Locations{From: []string{"eu", "us"}, Any: 1, Agents: slo.Agents{Any: 1}}},
	}}
	held := []Tenure{{Seat: slo.Seat{Probe: "seated", Number: 1, Agent: 1}, Where: "us", Until: at(9)}}
	for _, tt := range []struct {
		agent, location, network string
		held                     []Tenure
		want                     []string
	}{
		{"eu-1", "eu", "lan", nil, []string{"anywhere", "eu", "both"}},
		{"eu-2", "eu", "dmz", nil, []string{"anywhere", "eu", "both", "dmz", "named"}},
		{"us-1", "us", "lan", held, []string{"anywhere", "both", "seated"}},
		{"us-1", "eu", "lan", held, []string{"anywhere", "eu", "both"}}, // it has moved
		{"eu-2", "mars", "lan", nil, []string{"anywhere"}},
	} {
		var got []string
		probes, seats := Assignment(c, tt.agent, tt.location, map[string]string{"network": tt.network}, tt.held)
		for _, p := range probes {
			got = append(got, p.Name)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s in %s: %v, want %v", tt.agent, tt.location, got, tt.want)
		}
		if tt.location == "us" && seats["seated"] != held[0] {
			t.Errorf("seats %v", seats)
		}
	}
}

// When an agent is in contact, and what follows from it.
func TestContact(t *testing.T) {
	type hears = []int // seconds
	for _, tt := range []struct {
		name                  string
		heard                 hears
		left                  int // second of it; 0 is never
		back                  int
		delivers, full        bool
		answered              bool
		at                    int
		present, free, steady bool
	}{
		{"never heard", nil, 0, 0, false, false, false, 100, false, false, false},
		{"just heard", hears{100}, 0, 0, false, false, false, 100, true, true, false},
		{"heard within two beats and a half", hears{100}, 0, 0, false, false, false, 125, true, true, false},
		{"silent", hears{100}, 0, 0, false, false, false, 126, false, false, false},
		{"for two minutes", hears{100, 120, 140, 160, 180, 200, 220}, 0, 0, false, false, false, 220, true, true, true},
		{"not quite", hears{100, 120, 140, 160, 180, 200, 219}, 0, 0, false, false, false, 219, true, true, false},
		{"after a break", hears{100, 120, 146, 170, 195, 220}, 0, 0, false, false, false, 220, true, true, false},
		{"full", hears{100}, 0, 0, false, true, false, 100, true, false, false},
		{"cut off a moment ago", hears{100}, 101, 0, false, false, false, 106, true, false, false},
		{"cut off", hears{100}, 101, 0, false, false, false, 107, false, false, false},
		{"answered a moment ago", hears{100}, 101, 0, false, false, true, 106, true, true, false},
		{"answered, and not back", hears{100}, 101, 0, false, false, true, 107, false, false, false},
		{"cut off, and delivering", hears{100}, 101, 106, true, false, false, 107, false, false, false},
		{"cut off and back", hears{100}, 101, 103, false, false, false, 110, true, true, false},
	} {
		var c contact
		for _, s := range tt.heard {
			c.hear(at(s), false)
		}
		if c.full = tt.full; tt.left != 0 {
			c.left, c.cut = at(tt.left), !tt.answered
		}
		if tt.back != 0 {
			c.hear(at(tt.back), tt.delivers)
		}
		got := c.member(&slo.AgentStatus{}, at(tt.at), 0)
		if want := (Member{Present: tt.present, Free: tt.free, Steady: tt.steady}); !cmp.Equal(got, want) {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
	var c contact
	c.hear(at(0), false)
	if m := c.member(&slo.AgentStatus{}, at(1000), at(980)); !m.Present || m.Free {
		t.Errorf("while nobody could be heard: %+v", m)
	}
}
