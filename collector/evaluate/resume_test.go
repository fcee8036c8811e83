package evaluate

import (
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/assay-sla/assay/slo"
)

// drawSaid is what a few agents say in three minutes, in the order in which it
// arrives. No agent says two things of one instant.
func drawSaid(t *rapid.T) []slo.Entry {
	var out []slo.Entry
	for _, probe := range []string{"web", "dns"} {
		for _, location := range []string{"eu", "us", "mars"} {
			for k := rapid.IntRange(0, 20).Draw(t, "first"); k < 180; k += rapid.SampledFrom([]int{5, 10, 10, 10, 30}).Draw(t, "step") {
				out = append(out, said(probe, location, k, rapid.SampledFrom([]slo.State{slo.Up, slo.Up, slo.Up, slo.Down, slo.Down, slo.Unknown}).Draw(t, "state")))
			}
		}
	}
	if rapid.Bool().Draw(t, "late") {
		return rapid.Permutation(out).Draw(t, "order")
	}
	slices.SortStableFunc(out, func(a, b slo.Entry) int { return int(a.Measurement.At - b.Measurement.At) })
	return out
}

// feed applies entries to an engine that may have forgotten what came before.
func feed(e *Engine, before, entries []slo.Entry) {
	out := e.Apply(entries)
	all := slices.Concat(before, entries)
	for _, w := range out.Rebuild {
		e.Rebuild(w, of(all, w))
	}
}

// An engine that is stopped and started again over and over, from checkpoints
// that each hold only what changed, ends up like one that saw everything.
func TestCheckpointResumes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := drawSaid(t)
		e, saved := New(shop(), start), map[Word]StoredWord{}
		for from := 0; from < len(all); {
			to := min(len(all), from+rapid.IntRange(1, 40).Draw(t, "batch"))
			feed(e, all[:from], all[from:to])
			from = to
			if rapid.Bool().Draw(t, "forget") {
				e.Forget(all[to-1].Measurement.At, time.Duration(rapid.IntRange(0, 90).Draw(t, "keep"))*time.Second)
			}
			if rapid.Bool().Draw(t, "lost") { // a checkpoint that could not be saved
				e.Again(e.Checkpoint())
			}
			if !rapid.Bool().Draw(t, "stop") {
				continue
			}
			for _, w := range e.Checkpoint() {
				saved[w.Word] = w
			}
			if again := e.Checkpoint(); len(again) != 0 {
				t.Fatalf("a checkpoint right after one holds %d streams", len(again))
			}
			e = New(shop(), start)
			if rebuild := e.Restore(slices.Collect(maps.Values(saved))); len(rebuild) != 0 {
				t.Fatalf("to be rebuilt: %v", rebuild)
			}
			for _, p := range e.Counted() {
				e.Recount([]string{p}, ofProbe(all[:to], p))
			}
		}
		fresh := New(shop(), start)
		fresh.Apply(all)
		if diff := cmp.Diff(everything(t, fresh, at(180)), everything(t, e, at(180))); diff != "" {
			t.Fatal(diff)
		}
	})
}

// What was damaged is asked for again.
func TestRestoreAsksForRebuilds(t *testing.T) {
	all := everywhere(0, 60, slo.Up)
	e := New(shop(), start)
	e.Apply(all)
	stored := e.Checkpoint()
	slices.SortFunc(stored, func(a, b StoredWord) int { return slices.Compare([]byte(a.Location), []byte(b.Location)) })
	stored[1].Stream = stored[1].Stream[:len(stored[1].Stream)-1]
	stored = append(stored, StoredWord{Word: Word{Probe: "ftp", Location: "eu", Agent: "eu-1"}})
	next := New(shop(), start)
	rebuild := next.Restore(stored)
	if diff := cmp.Diff([]Word{{"web", "eu", "eu-1"}}, rebuild); diff != "" {
		t.Error(diff)
	}
	for _, w := range rebuild {
		next.Rebuild(w, of(all, w))
	}
	next.Recount([]string{"web"}, ofProbe(all, "web"))
	if diff := cmp.Diff(everything(t, e, at(60)), everything(t, next, at(60))); diff != "" {
		t.Error(diff)
	}
}

// otherShop is the catalogue after somebody changed this and that.
func otherShop(t *rapid.T) *slo.Catalog {
	c := shop()
	for _, p := range c.Probes {
		if rapid.Bool().Draw(t, "hold") {
			p.Hold += 7 * time.Second
		}
		if rapid.Bool().Draw(t, "confirm") {
			p.Confirm++
		}
		p.Locations.From = rapid.SampledFrom([][]string{p.Locations.From, nil, {"eu"}, {"mars", "us"}}).Draw(t, "from")
		p.Locations.Min = rapid.IntRange(1, 2).Draw(t, "min")
	}
	if rapid.Bool().Draw(t, "fewer") {
		c.Probes, c.Services = c.Probes[1:], c.Services[1:]
	}
	if rapid.Bool().Draw(t, "agreements") {
		c.Agreements = c.Agreements[:2]
		c.Agreements[1].MinimumOutage = 20 * time.Second
	}
	return c
}

// An engine that takes over another's catalogue knows what a fresh one of that
// catalogue would, which knows the one before too.
func TestNextKnowsWhatAFreshOneDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := drawSaid(t)
		first, second := otherShop(t), otherShop(t)
		n := rapid.IntRange(0, len(all)).Draw(t, "reload after")
		for i := range all {
			all[i].Measurement.Revision = "a"
			if i >= n && rapid.Bool().Draw(t, "the agent heard of it") {
				all[i].Measurement.Revision = "b"
			}
		}
		before := &slo.Revisions{}
		before.Add(slo.InForce{Revision: "a", From: start}, before.Changed(first))
		both := before.Clone()
		both.Add(slo.InForce{Revision: "b", From: at(rapid.IntRange(0, 180).Draw(t, "reload at"))}, both.Changed(second))
		old := NewUnder(first, before, start)
		old.Apply(all[:n])
		if rapid.Bool().Draw(t, "forget") {
			old.Forget(at(180), 30*time.Second)
		}
		was := everything(t, old, at(180))
		old.Checkpoint()
		e := old.Next(second, both, at(180))
		if len(first.Probes) == 1 && len(second.Probes) == 2 { // the old one knew nothing of dns
			for _, l := range []string{"eu", "us", "mars"} {
				w := Word{"dns", l, l + "-1"}
				if slices.Collect(of(all[:n], w)) != nil {
					e.Rebuild(w, of(all[:n], w))
				}
			}
		}
		for _, p := range e.Counted() {
			e.Recount([]string{p}, ofProbe(all[:n], p))
		}
		feed(e, all[:n], all[n:])
		fresh := NewUnder(second, both, at(180))
		fresh.Apply(all)
		if diff := cmp.Diff(everything(t, fresh, at(180)), everything(t, e, at(180))); diff != "" {
			t.Fatal(diff)
		}
		if diff := cmp.Diff(was, everything(t, old, at(180))); diff != "" {
			t.Fatalf("the old one changed:\n%s", diff)
		}
	})
}

// The first checkpoint of a new catalogue is whole.
func TestNextIsCheckpointed(t *testing.T) {
	old := New(shop(), start)
	old.Apply(everywhere(0, 60, slo.Up))
	old.Checkpoint()
	e := old.Next(shop(), nil, at(60))
	if n := len(e.Checkpoint()); n != 3 {
		t.Errorf("%d streams of 3", n)
	}
}

// Readers see one state or the next while the one writer goes on, also over a
// reload, after which they may hold the old engine for a while.
func TestReadersAndAWriter(t *testing.T) {
	e := New(shop(), start)
	e.Apply(everywhere(0, 10, slo.Up))
	var mu sync.RWMutex
	current := e
	engine := func() *Engine { mu.RLock(); defer mu.RUnlock(); return current }
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				e := engine()
				if list := e.Services(at(500)); len(list) != 2 {
					t.Error("services are missing")
				}
				e.Alerts(at(500))
				e.Down(at(500), noHold)
				e.Objectives(at(500), func(slo.ObjectiveStatus, Recent) {})
				e.Timeline("shop", slo.Interval{From: at(0), To: at(500)})
				e.StatusAt("gold", at(500), at(500))
			}
		})
	}
	for k := 10; k < 1000; k += 10 {
		e := engine()
		out := e.Apply(everywhere(k, k+10, []slo.State{slo.Up, slo.Down}[k/100%2]))
		e.Outages(out.Changed, at(k+10), noHold)
		switch k % 300 {
		case 0:
			next := e.Next(shop(), nil, at(k))
			mu.Lock()
			current = next
			mu.Unlock()
		case 100:
			e.Forget(at(k), time.Minute)
			e.Checkpoint()
		case 200:
			e.Tick(at(k).Add(24 * time.Hour))
		}
	}
	close(done)
	readers.Wait()
}
