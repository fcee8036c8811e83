package agent

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/assay-sla/assay/slo"
)

func TestSlotsAreWhereTheyWere(t *testing.T) {
	// A change here moves every probe of every agent: do not make it lightly.
	for _, c := range []struct {
		agent, probe string
		every        time.Duration
		phase        slo.Instant
	}{
		{"eu-1", "web", 30 * time.Second, phaseWeb},
		{"eu-2", "web", 30 * time.Second, phaseWebElsewhere},
		{"eu-1", "api", time.Minute, phaseAPI},
	} {
		if got := slotsOf(c.agent, c.probe, c.every).phase; got != c.phase {
			t.Errorf("the phase of %s at %s is %d ms, was %d", c.probe, c.agent, got, c.phase)
		}
	}
}

const (
	phaseWeb          = 11_094
	phaseWebElsewhere = 25_876
	phaseAPI          = 21_250
)

func TestSlotsSpread(t *testing.T) {
	const probes = 10_000
	perSecond := map[slo.Instant]int{}
	for i := range probes {
		perSecond[slotsOf("eu-1", fmt.Sprintf("probe-%d", i), time.Minute).phase/1000]++
	}
	for second := range slo.Instant(60) {
		// 167 are expected, with a deviation of 13: five of these are never met.
		if n := perSecond[second]; n < 100 || n > 235 {
			t.Errorf("%d of %d probes start in second %d of the minute", n, probes, second)
		}
	}
}

func drawSlots(t *rapid.T) slots {
	every := rapid.Int64Range(1000, 1_000_000).Draw(t, "every")
	return slots{slo.Instant(every), slo.Instant(rapid.Int64Range(0, every-1).Draw(t, "phase"))}
}

func TestSlotsAroundAnInstant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSlots(t)
		at := slo.Instant(rapid.Int64Range(int64(slo.MinInstant), int64(slo.MaxInstant)).Draw(t, "at"))
		latest, after := s.latest(at), s.after(at)
		if latest > at || after <= at || after-latest != s.every {
			t.Fatalf("around %d: latest %d, after %d", at, latest, after)
		}
		if m := (latest - s.phase) % s.every; m != 0 {
			t.Fatalf("%d is not a slot of %+v", latest, s)
		}
	})
}

func TestSlotsBetween(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSlots(t)
		first := s.after(slo.Instant(rapid.Int64Range(0, 1<<40).Draw(t, "from")))
		last := first + s.every*slo.Instant(rapid.IntRange(0, 5000).Draw(t, "n"))
		var want []slo.Instant
		for at := first; at <= last; at += s.every { // the slow way
			if at == first || last.Sub(at) < maxDeclared {
				want = append(want, at)
			}
		}
		if got := slices.Collect(s.between(first, last)); !slices.Equal(got, want) {
			t.Fatalf("from %d to %d: %d slots, want %d", first, last, len(got), len(want))
		}
	})
}

func TestGrace(t *testing.T) {
	for every, want := range map[slo.Instant]time.Duration{1000: 500 * time.Millisecond, 2000: time.Second, 60_000: time.Second} {
		if got := (slots{every: every}).grace(); got != want {
			t.Errorf("every %d ms: a slot may be %v late, want %v", every, got, want)
		}
	}
}
