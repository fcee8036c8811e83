package fleet

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/slo"
)

// euTwo is a fleet of two agents in eu that hold the one seat of a probe.
func euTwo(t *testing.T) (*Fleet, *slo.Catalog, string) {
	t.Helper()
	f, c := New(0), catalogOf(slo.Locations{From: []string{"eu"}, Any: 1, Agents: slo.Agents{Any: 1}})
	for _, agent := range []string{"eu-1", "eu-2"} {
		must(t, f.Asks(agent, "eu", nil, at(0)))
	}
	made, agents := f.Reseat(c, at(0))
	if made == nil || len(made.Moves) != 1 || len(agents) != 1 {
		t.Fatalf("%+v, %v", made, agents)
	}
	if again, agents := f.Reseat(c, at(1)); again != nil || agents != nil {
		t.Fatalf("without a change: %+v, %v", again, agents)
	}
	return f, c, agents[0]
}

func other(agent string) string { return map[string]string{"eu-1": "eu-2", "eu-2": "eu-1"}[agent] }

// A killed agent's seat moves some seconds after its request was cut off, or
// answered, and a silent one's when it missed two heartbeats and a half.
func TestReseat(t *testing.T) {
	for _, cut := range []bool{true, false} {
		f, c, holds := euTwo(t)
		f.Answered(holds, cut, at(2))
		must(t, f.Pushed(other(holds), "eu", 0, 0, at(7)))
		if made, _ := f.Reseat(c, at(7)); made != nil && len(made.Moves) > 0 {
			t.Errorf("it may be back within five seconds: %+v", made)
		}
		made, agents := f.Reseat(c, at(8))
		if made == nil || len(made.Moves) != 1 || made.Moves[0].Reason != Silent || len(agents) != 2 {
			t.Fatalf("after five seconds: %+v, %v", made, agents)
		}
		if got := f.Held(other(holds)); len(got) != 1 || got[0].From != 0 || got[0].Where != "eu" {
			t.Errorf("held %+v", got)
		}
	}

	f, c, holds := euTwo(t)
	must(t, f.Pushed(other(holds), "eu", 0, 0, at(25)))
	if made, _ := f.Reseat(c, at(25)); made != nil && len(made.Moves) > 0 {
		t.Errorf("after 25 seconds: %+v", made)
	}
	if made, _ := f.Reseat(c, at(26)); made == nil || len(made.Moves) != 1 {
		t.Errorf("after more than that: %+v", made)
	}
	if all, vacant := f.Vacant(); all != 1 || vacant != 0 {
		t.Errorf("%d seats, %d vacant", all, vacant)
	}
}

// Where nobody was heard it was the collector that could not hear, and the
// first to be heard does not get everything.
func TestNobodyHeard(t *testing.T) {
	f, c, holds := euTwo(t)
	if made, _ := f.Reseat(c, at(60)); made == nil || len(made.Moves) > 0 || len(made.Vacant) != 1 {
		t.Errorf("all are silent: %+v", made)
	}
	must(t, f.Pushed(other(holds), "eu", 0, 0, at(61)))
	if made, _ := f.Reseat(c, at(61)); made == nil || len(made.Moves) > 0 || len(made.Vacant) != 0 {
		t.Errorf("one is heard again: %+v", made)
	}
	must(t, f.Pushed(other(holds), "eu", 0, 0, at(80)))
	if made, _ := f.Reseat(c, at(87)); made == nil || len(made.Moves) != 1 {
		t.Errorf("the other stays silent: %+v", made)
	}
}

// A collector that is started again goes on with the plan that it had, moves
// under way included.
func TestSeatsAreStored(t *testing.T) {
	f, c, holds := euTwo(t)
	seat := slo.Seat{Probe: "web", Number: 1, Agent: 1}
	f.seats.take(Plan{seat: {Holder: Holder{holds, "eu"}, Next: Holder{other(holds), "eu"}, At: at(20)}})
	stored, err := f.Changed()
	must(t, err)
	next := New(0)
	must(t, next.Restore(stored, at(10)))
	if diff := cmp.Diff(f.seats.plan, next.seats.plan); diff != "" {
		t.Fatal(diff)
	}
	if made, agents := next.Reseat(c, at(10)); len(made.Moves) > 0 || len(agents) > 0 {
		t.Errorf("%+v, %v", made, agents)
	}
	for _, m := range next.members(at(10)) {
		if !m.Present || m.Free || m.Steady {
			t.Errorf("before it was heard: %+v", m)
		}
	}
	must(t, next.Asks("eu-1", "eu", nil, at(11)))
	for _, m := range next.members(at(11)) {
		if m.Free != (m.Agent == "eu-1") || m.Steady {
			t.Errorf("when one was heard: %+v", m)
		}
	}
	next.Answered("eu-1", false, at(11))
	if made, agents := next.Reseat(c, at(26)); made == nil || len(made.Moves) > 0 || len(agents) != 2 {
		t.Errorf("the move is done: %+v, %v", made, agents)
	}
	got := next.Agents(at(26))
	if got[0].Seats+got[1].Seats != 1 {
		t.Errorf("%+v", got)
	}
}

// What stored agents claim is brought to one holder a seat, whatever it is.
func TestContradictingClaims(t *testing.T) {
	seat, alone := slo.Seat{Probe: "web", Location: "eu", Agent: 1}, slo.Seat{Probe: "web", Location: "us", Agent: 1}
	for range 20 { // maps come in any order
		var s seats
		s.restore(map[string][]Tenure{
			"b": {{Seat: seat, Where: "eu"}, {Seat: alone, Where: "us", From: at(5)}},
			"a": {{Seat: seat, Where: "eu"}},
		})
		want := Plan{seat: {Holder: Holder{"a", "eu"}}, alone: {Holder: Holder{"b", "us"}}}
		if diff := cmp.Diff(want, s.plan); diff != "" {
			t.Fatal(diff)
		}
	}
}
