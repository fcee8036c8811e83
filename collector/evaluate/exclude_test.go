package evaluate

import (
	"encoding/json"
	"math"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/slo"
)

// flood is a request about the shop's agreements that ada approved.
func flood(t testing.TB, from, to int, agreements ...string) slo.ExclusionRequest {
	t.Helper()
	r := slo.ExclusionRequest{Agreements: agreements, Interval: slo.Interval{From: at(from), To: at(to)}, Cause: slo.ForceMajeure, Reason: "a flood", RequestedBy: "ola"}
	r.ID = r.ExclusionID()
	r, err := r.Decide(slo.ExclusionDecision{Act: slo.ApproveExclusion, Actor: "ada", Comment: "so", Entry: 1})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// figures are the figures of every service at an instant, burn rates included.
func figures(t *testing.T, e *Engine, i slo.Instant) string {
	t.Helper()
	var out []slo.ObjectiveStatus
	for _, s := range e.Services(i) {
		out = append(out, s.Objectives...)
	}
	b, err := json.MarshalIndent(out, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// An engine that is told of exclusions has the figures of one that knew of them
// from the beginning, then and after more was measured; and of one that never
// did, once they are revoked.
func TestExclude(t *testing.T) {
	plain := shop()
	c := plain.Excluding([]slo.ExclusionRequest{flood(t, 30, 90, "gold", "counts")}, math.MaxInt64)
	told, knew, never := New(plain, start), New(c, start), New(plain, start)
	apply := func(entries []slo.Entry) {
		for _, e := range []*Engine{told, knew, never} {
			e.Apply(entries)
		}
	}
	apply(append(everywhere(0, 60, slo.Up), everywhere(60, 120, slo.Down)...))
	before := figures(t, told, at(120))
	told.Exclude(c)
	if told.Catalog() != c {
		t.Error("it is of another catalogue")
	}
	same := func(what string, i int, want *Engine) {
		t.Helper()
		if diff := cmp.Diff(figures(t, want, at(i)), figures(t, told, at(i))); diff != "" {
			t.Errorf("%s (- want, + told):\n%s", what, diff)
		}
	}
	same("when told", 120, knew)
	if figures(t, told, at(120)) == before {
		t.Error("the exclusion changes nothing")
	}
	apply(everywhere(120, 200, slo.Up))
	same("later", 200, knew)
	for _, e := range []*Engine{told, knew, never} {
		e.Tick(at(14 * 3600))
	}
	same("laid out anew", 200, knew)
	told.Exclude(plain)
	same("revoked", 200, never)
}

// Whoever reads figures meanwhile reads those before or those after.
func TestExcludeWhileRead(t *testing.T) {
	plain := shop()
	c := plain.Excluding([]slo.ExclusionRequest{flood(t, 30, 90, "gold")}, math.MaxInt64)
	e := New(plain, start)
	e.Apply(everywhere(0, 60, slo.Up))
	without := figures(t, e, at(60))
	e.Exclude(c)
	with := figures(t, e, at(60))
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for range 50 {
				if got := figures(t, e, at(60)); got != with && got != without {
					t.Error("figures of neither")
				}
				e.Catalog()
			}
		})
	}
	for range 50 {
		e.Exclude(plain)
		e.Exclude(c)
	}
	readers.Wait()
}

// The effects of a request are the difference between the engine's figures
// without it and with it, either way.
func TestEffects(t *testing.T) {
	plain, r := shop(), flood(t, 30, 90, "gold", "counts", "gone")
	pending := r
	pending.Decisions = nil
	e := New(plain, start)
	e.Apply(append(everywhere(0, 60, slo.Up), everywhere(60, 120, slo.Down)...))
	would, omitted := e.Effects(&pending, at(120), slo.MaxExclusionEffects)
	e.Exclude(plain.Excluding([]slo.ExclusionRequest{r}, math.MaxInt64))
	undo, _ := e.Effects(&r, at(120), slo.MaxExclusionEffects)
	if len(would) != 3 || len(undo) != 3 || omitted != 0 { // two objectives of gold, one of counts
		t.Fatalf("%+v, and back %+v", would, undo)
	}
	for i, w := range would {
		turned := undo[i]
		turned.Before, turned.After = turned.After, turned.Before
		if diff := cmp.Diff(w, turned); diff != "" {
			t.Errorf("revoking is not the way back:\n%s", diff)
		}
		if w.Before.AgreedMS-w.After.AgreedMS != 60_000 {
			t.Errorf("%+v", w)
		}
	}
	if list, omitted := e.Effects(&pending, at(120), 1); len(list) != 2 || omitted != 1 {
		t.Errorf("%d effects, %d omitted", len(list), omitted)
	}
}
