package incident

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/assay-sla/assay/slo"
)

func silent(agent string, second int) Condition {
	return Condition{Key: "agent_silent/" + agent, Trigger: slo.AgentSilent, Summary: agent + " is silent", Since: at(second)}
}

// follow does what Follow says to what is on record.
func follow(known map[string]slo.Incident, now []Condition, hold time.Duration, at slo.Instant) (writes int) {
	open, step := Follow(known, now, hold, at)
	for _, c := range open {
		known[c.Key] = Open(c, at)
	}
	for _, key := range step {
		var holds *Condition
		if n := slices.IndexFunc(now, func(c Condition) bool { return c.Key == key }); n >= 0 {
			holds = &now[n]
		}
		known[key] = Step(known[key], holds, hold, at)
	}
	return len(open) + len(step)
}

func TestFollow(t *testing.T) {
	known := map[string]slo.Incident{}
	const hold = 10 * time.Second
	for n, c := range []struct {
		second int
		holds  bool
		stage  slo.Stage
		writes int
	}{
		{5, true, slo.Detected, 1}, {6, true, slo.Detected, 0},
		{7, false, slo.Restored, 1}, {8, false, slo.Restored, 0},
		{10, true, slo.Detected, 1}, // flapping: it goes on
		{12, false, slo.Restored, 1}, {21, false, slo.Restored, 0}, {22, false, slo.Resolved, 1}, {23, false, slo.Resolved, 0},
		{30, true, slo.Detected, 1}, // another one
	} {
		var now []Condition
		if c.holds {
			now = []Condition{silent("a", c.second-2), silent("a", c.second-2)}
		}
		writes := follow(known, now, hold, at(c.second))
		i := known["agent_silent/a"]
		if i.Stage() != c.stage || writes != c.writes {
			t.Errorf("step %d: %s by %d writes, want %s by %d", n, i.Stage(), writes, c.stage, c.writes)
		}
	}
	i := known["agent_silent/a"]
	if i.ID != "agent_silent-a-20261001T120028.000Z" || i.Began != at(28) || i.Detected != at(30) {
		t.Errorf("%+v", i)
	}
}

// What people closed is not opened by flapping, and what they resolved while
// it lasts stays so.
func TestPeopleEndConditions(t *testing.T) {
	known := map[string]slo.Incident{}
	do := func(said string, second int) {
		t.Helper()
		i, err := Act(known["agent_silent/a"], doing(said, second))
		if err != nil {
			t.Fatal(err)
		}
		known["agent_silent/a"] = i
	}
	follow(known, []Condition{silent("a", 1)}, time.Minute, at(2))
	do("resolved/false_alarm/it moved", 3)
	if n := follow(known, []Condition{silent("a", 1)}, time.Minute, at(4)); n != 0 {
		t.Errorf("%d writes", n)
	}
	follow(known, nil, time.Minute, at(5))
	do("closed", 6)
	i := known["agent_silent/a"]
	if i.Resolved != at(3) || i.Restored != at(5) || i.Stage() != slo.Closed {
		t.Errorf("%+v", i)
	}
	follow(known, []Condition{silent("a", 7)}, time.Minute, at(8))
	if next := known["agent_silent/a"]; next.ID == i.ID || next.Stage() != slo.Detected {
		t.Errorf("%+v", next)
	}
}

// Whatever holds in whatever order, an incident lasts exactly while its
// condition does, and is open at least as long.
func TestAConditionHasOneIncident(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		known := map[string]slo.Incident{}
		hold := time.Duration(rapid.IntRange(0, 5).Draw(t, "hold")) * time.Second
		ids := map[string]bool{}
		for second := range rapid.IntRange(1, 40).Draw(t, "seconds") {
			holds := map[string]bool{}
			var now []Condition
			for _, a := range []string{"a", "b"} {
				if rapid.Bool().Draw(t, a) {
					c := silent(a, second)
					now, holds[c.Key] = append(now, c), true
				}
			}
			before := maps.Clone(known)
			follow(known, now, hold, at(second))
			again := maps.Clone(known)
			if n := follow(again, now, hold, at(second)); n != 0 {
				t.Fatalf("told again, it changes: %s", cmp.Diff(known, again))
			}
			for key, i := range known {
				if Lasts(&i) != holds[key] || Lasts(&i) && !i.Open() {
					t.Fatalf("%s holds: %v, %+v", key, holds[key], i)
				}
				if was, ok := before[key]; !ok || was.ID != i.ID {
					if ids[i.ID] {
						t.Fatalf("two incidents %s", i.ID)
					}
					ids[i.ID] = true
				}
				if !holds[key] && i.Open() != (at(second).Sub(i.Restored) < hold) {
					t.Fatal(fmt.Sprintf("held for %s: %+v", hold, i))
				}
			}
		}
	})
}
