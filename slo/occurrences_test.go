package slo

import (
	"testing"

	"pgregory.net/rapid"
)

// TestOccurrencesModel holds the counts against a plain list, for measurements
// in any order: in order, newest first, and anyhow.
func TestOccurrencesModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var o Occurrences
		type said struct {
			at Instant
			s  State
		}
		var all []said
		forgotten := MinInstant
		instant := rapid.Int64Range(0, 5000)
		for range rapid.IntRange(1, 6).Draw(t, "batches") {
			step, from := Instant(rapid.IntRange(-3, 3).Draw(t, "step")), Instant(instant.Draw(t, "from"))
			for i := range rapid.IntRange(1, 900).Draw(t, "count") {
				m := said{from + step*Instant(i), State(rapid.IntRange(0, 2).Draw(t, "state"))}
				if m.at < forgotten {
					continue
				}
				o.Add(&Measurement{At: m.at, Outcome: m.s})
				all = append(all, m)
			}
			if rapid.IntRange(0, 9).Draw(t, "forget") == 0 {
				forgotten = max(forgotten, Instant(instant.Draw(t, "before")))
				o.Forget(forgotten)
			}
			v := Interval{max(forgotten, Instant(instant.Draw(t, "a"))), Instant(instant.Draw(t, "b"))}
			var want OccurrenceCount
			for _, m := range all {
				if m.at < v.From || m.at >= v.To {
					continue
				}
				switch m.s {
				case Up:
					want.Up++
				case Down:
					want.Down++
				default:
					want.Unknown++
				}
			}
			if got := o.Count(v); got != want {
				t.Fatalf("in %v: %+v, want %+v", v, got, want)
			}
		}
	})
}
