package slo

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestOccurrencesOfSeats holds the counts of measurements in seats against a
// model that sorts each slot's measurements by hand, in whatever order they
// arrive.
func TestOccurrencesOfSeats(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Measurement {
			seat := rapid.SampledFrom([]string{"", "1.1", "2.1", "eu.1"}).Draw(t, "seat")
			at := Instant(rapid.Int64Range(-3*hourMS, 3*hourMS).Draw(t, "at"))
			m := Measurement{At: at, Outcome: State(rapid.IntRange(0, 2).Draw(t, "state"))}
			if seat != "" {
				m.Seat, m.Slot = seat, at/900_000*900_000
			}
			return m
		}), 1, 200).Draw(t, "measurements")
		var one, other Occurrences
		for i := range all {
			one.Add(&all[i])
		}
		for _, i := range rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 1)).Perm(len(all)) {
			other.Add(&all[i])
		}
		edge := rapid.Int64Range(-3*hourMS, 3*hourMS)
		v := Interval{Instant(edge.Draw(t, "from")), Instant(edge.Draw(t, "to"))}
		want := countByHand(all, v)
		if got := one.Count(v); got != want {
			t.Fatalf("as drawn: %+v, want %+v", got, want)
		}
		if got := other.Count(v); got != want {
			t.Fatalf("in another order: %+v, want %+v", got, want)
		}
	})
}

// countByHand counts what is in no seat one by one, and of what shares a seat
// and a slot the worst, of equals the first.
func countByHand(all []Measurement, v Interval) OccurrenceCount {
	list := slices.Clone(all)
	slices.SortStableFunc(list, func(a, b Measurement) int {
		if a.Outcome != b.Outcome {
			return int(b.Outcome) - int(a.Outcome)
		}
		return int(a.At - b.At)
	})
	var n OccurrenceCount
	type place struct {
		seat string
		slot Instant
	}
	taken := map[place]bool{}
	for _, m := range list {
		p := place{m.Seat, m.Slot}
		if m.Seat != "" && taken[p] {
			continue
		}
		taken[p] = true
		if m.At < v.From || m.At >= v.To {
			continue
		}
		switch m.Outcome {
		case Up:
			n.Up++
		case Down:
			n.Down++
		default:
			n.Unknown++
		}
	}
	return n
}

// What is forgotten counts no more, and what comes again for its slot is new.
func TestForgetSeats(t *testing.T) {
	var o Occurrences
	said := func(at Instant, s State) *Measurement {
		return &Measurement{Seat: "1.1", Slot: at, At: at, Outcome: s}
	}
	o.Add(said(1000, Down))
	o.Add(said(2000, Up))
	o.Forget(1500)
	if len(o.seats) != 1 {
		t.Errorf("seats: %v", o.seats)
	}
	o.Forget(3000)
	if got := o.Count(Interval{0, 9000}); got != (OccurrenceCount{}) || len(o.seats) != 0 {
		t.Errorf("%+v, seats %v", got, o.seats)
	}
}

// A replay counts the slots of a seat once, from whichever location and agent.
func TestReplayOfSeats(t *testing.T) {
	c := &Catalog{
		Probes:   []*Probe{{Name: "web", Hold: 20 * time.Second, Confirm: 1, Locations: Locations{From: []string{"eu", "us"}, Any: 1, Min: 1}}},
		Services: []*Service{{Name: "s", Up: Expr{Probe: "web"}}},
		Agreements: []*Agreement{{Name: "g", Service: "s", Zone: time.UTC, Objectives: []Objective{
			{Name: "n", Window: Window{Rolling: time.Minute}, Method: ByOccurrences}}}},
	}
	r := NewReplay(c, second(60))
	said := func(location string, seq uint64, at int, s State) {
		r.Add(Record{ID: ID{location, "", seq}, Measurement: &Measurement{
			Probe: "web", Location: location, At: second(at) + 7, Outcome: s, Seat: "1.1", Slot: second(at),
		}})
	}
	said("us", 1, 10, Up)
	said("us", 2, 20, Up)
	said("eu", 1, 10, Unknown)
	said("eu", 2, 20, Down)
	said("eu", 3, 0, Up)
	if n := r.Status(second(60))[0].Occurrences; *n != (OccurrenceCount{Up: 2, Down: 1}) {
		t.Errorf("%+v", n)
	}
}

// A slot far from the measurement that names it is none: what another agent
// measured for it stays where it is, whichever comes first.
func TestForeignSlots(t *testing.T) {
	c := &Catalog{
		Probes:   []*Probe{{Name: "web", Every: 10 * time.Second, Hold: time.Hour, Confirm: 1, Locations: Locations{From: []string{"eu", "us"}, Any: 1, Min: 1}}},
		Services: []*Service{{Name: "s", Up: Expr{Probe: "web"}}},
		Agreements: []*Agreement{{Name: "g", Service: "s", Zone: time.UTC, Objectives: []Objective{
			{Name: "n", Window: Window{Rolling: time.Hour}, Method: ByOccurrences},
			{Name: "l", Window: Window{Rolling: time.Hour}, Method: ByLatency, Latency: LatencyRule{Within: time.Second}}}}},
	}
	honest := []Record{
		seatRecord("eu", 1, second(3700), second(3700), Up),
		seatRecord("eu", 2, second(3710)+9, second(3710), Down),
		seatRecord("eu", 3, second(3720)+60_000, second(3720), Up),
	}
	forged := []Record{
		seatRecord("us", 1, second(0), second(3700), Down),
		seatRecord("us", 2, MinInstant, second(3710), Down),
		seatRecord("us", 3, second(3720)-60_001, second(3720), Down),
	}
	for _, all := range [][]Record{append(slices.Clone(honest), forged...), append(slices.Clone(forged), honest...)} {
		r := NewReplay(c, second(4000))
		for _, rec := range all {
			r.Add(rec)
		}
		st := r.Status(second(4000))
		if n := st[0].Occurrences; *n != (OccurrenceCount{Up: 2, Down: 2}) {
			t.Errorf("occurrences: %+v", n)
		}
		if n := st[1].Latency; n == nil || n.Within != 2 {
			t.Errorf("within the latency: %+v", n)
		}
	}
}

// seatRecord is a record of one seat of the probe web.
func seatRecord(location string, seq uint64, at, slot Instant, s State) Record {
	return Record{ID: ID{location, "", seq}, Measurement: &Measurement{
		Probe: "web", Location: location, At: at, Outcome: s, Seat: "1.1", Slot: slot,
	}}
}
