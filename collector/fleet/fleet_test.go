package fleet

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/slo"
)

const noon slo.Instant = 1_790_000_000_000

func at(second int) slo.Instant { return noon.Add(time.Duration(second) * time.Second) }

func beat(agent, epoch string) Beat {
	return Beat{Agent: agent, Location: "eu", Epoch: epoch, Version: "1.0", Started: at(-60), Queued: 7, Oldest: at(-30), Offset: -time.Second}
}

func TestHeardAndPushed(t *testing.T) {
	f := New(time.Minute)
	must(t, f.Heard(beat("b", "e1"), at(10)))
	must(t, f.Pushed("a", "us", at(5), 3, at(20)))
	must(t, f.Pushed("b", "", at(8), 2, at(15)))
	must(t, f.Pushed("b", "eu", at(4), 1, at(12))) // late in coming
	want := []slo.AgentStatus{
		{Agent: "a", Location: "us", Seen: at(20), Newest: at(5), Lost: 3},
		{Agent: "b", Location: "eu", Epoch: "e1", Version: "1.0", Started: at(-60), Seen: at(15), Newest: at(8), Queued: 7, Oldest: at(-30), Offset: -time.Second, Lost: 3},
	}
	if diff := cmp.Diff(want, f.Agents(at(60))); diff != "" {
		t.Error(diff)
	}
	must(t, f.Heard(beat("b", "e2"), at(70))) // reinstalled
	if b := f.Agents(at(70))[1]; b.Lost != 0 || b.Epoch != "e2" || b.Newest != at(8) {
		t.Errorf("%+v", b)
	}
}

// What an agent says of the time to come is not believed: it would count as
// having delivered what it never measures, or as one to wait for for ever.
func TestNothingAhead(t *testing.T) {
	f := New(time.Minute)
	b := beat("a", "e")
	b.Queued, b.Watermark = 0, slo.MaxInstant
	must(t, f.Heard(b, at(10)))
	must(t, f.Pushed("a", "eu", slo.MaxInstant, 0, at(10)))
	if a := f.Agents(at(10))[0]; a.Watermark != at(10) || a.Newest != at(10).Add(slo.MaxAhead) {
		t.Errorf("watermark %s, newest %s", a.Watermark, a.Newest)
	}
}

// An agent is saturated since it first had no room, across a start of the
// collector too, and until it has some or says nothing of it.
func TestSaturated(t *testing.T) {
	f := New(time.Minute)
	say := func(second int, room *slo.Room) slo.AgentStatus {
		t.Helper()
		b := beat("a", "e")
		b.Room = room
		must(t, f.Heard(b, at(second)))
		return f.Agents(at(second))[0]
	}
	none, some := &slo.Room{Limit: slo.LimitCPU}, &slo.Room{Probes: 1, Limit: slo.LimitCPU}
	if a := say(0, some); a.Saturated != 0 || a.Room != some {
		t.Errorf("%+v", a)
	}
	if a := say(10, none); a.Saturated != at(10) || a.Room != none {
		t.Errorf("%+v", a)
	}
	stored, err := f.Changed()
	must(t, err)
	f = New(time.Minute)
	must(t, f.Restore(stored, at(15)))
	if a := say(20, none); a.Saturated != at(10) {
		t.Errorf("still: %+v", a)
	}
	if a := say(30, some); a.Saturated != 0 {
		t.Errorf("with room again: %+v", a)
	}
	say(40, none)
	if a := say(50, nil); a.Saturated != 0 || a.Room != nil {
		t.Errorf("started anew: %+v", a)
	}
}

func TestSilent(t *testing.T) {
	f := New(time.Minute)
	must(t, f.Heard(beat("a", "e"), at(0)))
	for second, want := range map[int]bool{-5: false, 0: false, 60: false, 61: true} {
		if got := f.Agents(at(second))[0].Silent; got != want {
			t.Errorf("at %d: %v", second, got)
		}
	}
}

// What changed is stored once, and what was stored comes back.
func TestStored(t *testing.T) {
	f := New(time.Minute)
	must(t, f.Heard(beat("a", "e"), at(0)))
	must(t, f.Heard(beat("b", "e"), at(0)))
	stored, err := f.Changed()
	must(t, err)
	if len(stored) != 2 {
		t.Fatalf("%d changed", len(stored))
	}
	if again, err := f.Changed(); err != nil || len(again) != 0 {
		t.Errorf("nothing happened since: %v, %v", again, err)
	}
	f.Again(map[string][]byte{"a": nil})
	if again, err := f.Changed(); err != nil || len(again) != 1 || again["a"] == nil {
		t.Errorf("what could not be stored: %v, %v", again, err)
	}

	next := New(time.Minute)
	must(t, next.Restore(stored, at(3600)))
	got := next.Agents(at(3660))
	if diff := cmp.Diff(f.Agents(at(0)), got); diff != "" {
		t.Errorf("nobody is silent until it had the time to be heard, and when it was is not made up:\n%s", diff)
	}
	if !next.Agents(at(3661))[0].Silent {
		t.Error("nobody is ever silent after a start")
	}
	if err := next.Restore(map[string][]byte{"x": []byte("{")}, at(0)); err == nil {
		t.Error("damaged JSON is taken")
	}
}

func TestBound(t *testing.T) {
	f := New(time.Minute)
	for n := range MaxAgents {
		must(t, f.Pushed(fmt.Sprint(n), "eu", 0, 0, at(0)))
	}
	if f.Pushed("one more", "eu", 0, 0, at(0)) == nil || f.Heard(beat("one more", "e"), at(0)) == nil {
		t.Error("one more agent is taken")
	}
	must(t, f.Pushed("7", "eu", 0, 0, at(1)))
}

func TestConcurrency(t *testing.T) {
	f := New(time.Minute)
	var wg sync.WaitGroup
	for n := range 4 {
		wg.Go(func() {
			for k := range 200 {
				if f.Heard(beat(fmt.Sprint(n), "e"), at(k)) != nil || f.Pushed("shared", "eu", at(k), 1, at(k)) != nil {
					t.Error("refused")
				}
				f.Agents(at(k))
				if _, err := f.Changed(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if a := f.Agents(at(0)); len(a) != 5 || a[4].Lost != 800 {
		t.Errorf("%+v", a)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A watermark is no later than what the agent has still queued.
func TestWatermark(t *testing.T) {
	for _, x := range []struct {
		name               string
		queued             int64
		oldest, mark, want slo.Instant
	}{
		{"nothing queued", 0, 0, at(50), at(50)},
		{"what is queued is older", 3, at(20), at(50), at(20)},
		{"what is queued is newer", 3, at(55), at(50), at(50)},
		{"how old it is was not said", 3, 0, at(50), 0},
		{"an agent that says none", 0, 0, 0, 0},
	} {
		f := New(time.Minute)
		must(t, f.Heard(Beat{Agent: "a", Queued: x.queued, Oldest: x.oldest, Watermark: x.mark}, at(60)))
		if got := f.Agents(at(60))[0].Watermark; got != x.want {
			t.Errorf("%s: %s, want %s", x.name, got, x.want)
		}
	}
}
