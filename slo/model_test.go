package slo

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The model holds the timelines against a reading of the contract that knows
// no timelines: one state for each second of a short world, each computed from
// the list of measurements alone.

const worldSeconds = 400

var worldStart = At(time.Date(2026, 6, 10, 0, 0, 0, 0, time.UTC))

func second(i int) Instant { return worldStart.Add(time.Duration(i) * time.Second) }

// spoken is a measurement of the model's world, in seconds.
type spoken struct {
	probe, location, agent string
	seq                    uint64
	at                     int
	outcome                State
}

// wordAt is the agent's confirmed word at second i.
func wordAt(said []spoken, hold, confirm, i int) State {
	byAt := map[int]State{}
	for _, s := range said {
		byAt[s.at] = max(byAt[s.at], s.outcome)
	}
	var at []int
	for a := range byAt {
		at = append(at, a)
	}
	slices.Sort(at)
	k := -1
	for n, a := range at {
		if a <= i {
			k = n
		}
	}
	if k < 0 || i-at[k] >= hold {
		return Unknown
	}
	if byAt[at[k]] != Down {
		return byAt[at[k]]
	}
	downs := 1
	for n := k - 1; n >= 0 && at[n+1]-at[n] <= hold && byAt[at[n]] != Up; n-- {
		if byAt[at[n]] == Down {
			downs++
		}
	}
	disproved := false
	for n := k + 1; n < len(at) && at[n]-at[n-1] <= hold; n++ {
		if byAt[at[n]] == Up {
			disproved = true
			break
		}
		if byAt[at[n]] == Down {
			downs++
		}
	}
	switch {
	case downs >= confirm:
		return Down
	case disproved:
		return Up
	}
	return Unknown
}

// probeAt is steps 1 to 4 of the contract at second i.
func probeAt(p *Probe, said []spoken, i int) State {
	words := map[string]map[string][]spoken{}
	for _, s := range said {
		if s.probe != p.Name || !p.Locations.Counts(s.location) {
			continue
		}
		if words[s.location] == nil {
			words[s.location] = map[string][]spoken{}
		}
		words[s.location][s.agent] = append(words[s.location][s.agent], s)
	}
	up, down := 0, 0
	for _, agents := range words {
		anyUp, anyDown := false, false
		for _, list := range agents {
			switch wordAt(list, int(p.Hold/time.Second), p.Confirm, i) {
			case Up:
				anyUp = true
			case Down:
				anyDown = true
			}
		}
		if anyUp {
			up++
		} else if anyDown {
			down++
		}
	}
	known := up + down
	switch q := p.Locations.Quorum; {
	case known == 0 || known < p.Locations.Min || q > 0 && known < int(q):
		return Unknown
	case q == Any && down > 0, q == Majority && down*2 > known, q == All && down == known, q > 0 && down >= int(q):
		return Down
	}
	return Up
}

// worldModel is the service's state for each second, and what it counts as.
func forgive(states []State, least, t int) []class {
	out := make([]class, t)
	for i := range t {
		out[i] = class(states[i])
		switch states[i] {
		case Up:
			out[i] = asUp
		case Down:
			out[i] = asDown
		default:
			out[i] = asUnknown
		}
	}
	for i := 0; i < t; i++ {
		if states[i] != Down || (func() bool { // not the first of its stretch
			for k := i - 1; k >= 0 && states[k] != Up; k-- {
				if states[k] == Down {
					return true
				}
			}
			return false
		}()) {
			continue
		}
		last, up := i, false
		for k := i; k < t; k++ {
			if states[k] == Down {
				last = k
			}
			if states[k] == Up {
				up = true
				break
			}
		}
		if last+1-i >= least {
			continue
		}
		for k := i; k <= last; k++ {
			if states[k] == Down && up {
				out[k] = asForgiven
			} else if states[k] == Down {
				out[k] = asUnknown
			}
		}
	}
	return out
}

func TestTimelinesAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkWorld(t) })
}

func checkWorld(t *rapid.T) {
	w := drawWorld(t)
	h := NewHistory(w.catalog)
	a := w.catalog.Agreements[0]
	acc := NewAccount(a, LaidOver(Interval{second(-500), second(1000)}, w.catalog.Maintenances), h)
	for i, s := range w.said {
		h.Add(s.agent, &Measurement{Probe: s.probe, Location: s.location, At: second(s.at), Outcome: s.outcome})
		if rapid.IntRange(0, 4).Draw(t, "settle") == 0 || i == len(w.said)-1 {
			if changed, ok := h.Settle()[h.Service("s")]; ok {
				acc.Update("s", changed)
			}
		}
	}
	states := make([]State, worldSeconds)
	for i := range states {
		states[i] = w.catalog.Services[0].Up.Eval(func(name string) State {
			for _, p := range w.catalog.Probes {
				if p.Name == name {
					return probeAt(p, w.said, i)
				}
			}
			panic(name)
		})
		if got := h.Service("s").Timeline().State(second(i)); got != states[i] {
			t.Fatalf("second %d: %v, model says %v", i, got, states[i])
		}
	}
	at := w.t
	classes := forgive(states, int(a.MinimumOutage/time.Second), at)
	agreed := modelAgreed(w)
	for _, o := range a.Objectives {
		compareFigures(t, acc, &o, w, classes, agreed)
	}
}

// modelAgreed is whether each second is agreed (1) or excluded (2) time.
func modelAgreed(w world) []int {
	out := make([]int, worldSeconds)
	for i := range out {
		out[i] = 1
		for _, m := range w.catalog.Maintenances {
			if m.Once.Contains(second(i)) {
				out[i] = 2
			}
		}
	}
	return out
}

func compareFigures(t *rapid.T, acc *Account, o *Objective, w world, classes []class, agreed []int) {
	st := acc.Status(o, second(w.t), second(w.t))
	from := w.t - int(o.Window.Rolling/time.Second)
	var have [4]int
	good, bad, skipped := 0, 0, 0
	length := max(1, int(o.Slice.Length/time.Second))
	for lo := from; lo < w.t; lo += length {
		var in [4]int
		for i := lo; i < min(lo+length, w.t); i++ {
			c := asUnknown
			if i >= 0 {
				c = classes[i]
			}
			if i < 0 || agreed[i] == 1 {
				in[c]++
				have[c]++
			}
		}
		up, down, unknown := in[asUp]+in[asForgiven], in[asDown], in[asUnknown]
		switch w.catalog.Agreements[0].Unknown {
		case UnknownUp:
			up += unknown
		case UnknownDown:
			down += unknown
		}
		switch {
		case in == [4]int{}:
		case up+down == 0:
			skipped++
		case Ratio(down)*One > o.Slice.Bad*Ratio(up+down):
			bad++
		default:
			good++
		}
	}
	got := [4]int{int((st.Up - st.Forgiven) / time.Second), int(st.Down / time.Second), int(st.Unknown / time.Second), int(st.Forgiven / time.Second)}
	if got != have {
		t.Fatalf("up, down, unknown, forgiven %v, model says %v", got, have)
	}
	sums := map[Counting]time.Duration{}
	for _, c := range acc.Counted(second(w.t), st.Window) {
		sums[c.As] += c.Length()
	}
	want := map[Counting]time.Duration{CountedDown: st.Down, CountedUnknown: st.Unknown, CountedForgiven: st.Forgiven, CountedExcluded: st.Excluded}
	for as, length := range want {
		if sums[as] != length {
			t.Fatalf("the spans that count as %s are %v, the figure says %v", as, sums[as], length)
		}
	}
	if o.Method == BySlices {
		if want := (SliceCount{int64(good), int64(bad), int64(skipped)}); *st.Slices != want {
			t.Fatalf("slices %+v, model says %+v", *st.Slices, want)
		}
	}
	if o.Method == ByOccurrences {
		var n OccurrenceCount
		for _, s := range w.said {
			if s.probe == "a" && s.at >= from && s.at < w.t && agreed[s.at] == 1 && w.catalog.Probes[0].Locations.Counts(s.location) {
				switch s.outcome {
				case Up:
					n.Up++
				case Down:
					n.Down++
				default:
					n.Unknown++
				}
			}
		}
		if *st.Occurrences != n {
			t.Fatalf("occurrences %+v, model says %+v", *st.Occurrences, n)
		}
	}
	total := 0
	for _, v := range st.Outages {
		total += int(v.Length() / time.Second)
	}
	if total != have[asDown] {
		t.Fatalf("outages sum to %d s, down is %d s", total, have[asDown])
	}
}

// world is a small random catalogue and what was said in it, in the order in
// which it arrived.
type world struct {
	catalog *Catalog
	said    []spoken
	t       int
}

func drawWorld(t *rapid.T) world {
	quorum := rapid.SampledFrom([]Quorum{Any, Majority, All, 1, 2})
	var probes []*Probe
	for _, name := range []string{"a", "b"} {
		p := &Probe{
			Name: name, Confirm: rapid.IntRange(1, 3).Draw(t, "confirm"),
			Hold: time.Duration(rapid.IntRange(5, 40).Draw(t, "hold")) * time.Second,
			Locations: Locations{Quorum: quorum.Draw(t, "quorum"), Min: rapid.IntRange(1, 2).Draw(t, "min"),
				From: rapid.SampledFrom([][]string{nil, {"x"}, {"x", "y"}}).Draw(t, "from")},
		}
		probes = append(probes, p)
	}
	a, b := Expr{Probe: "a"}, Expr{Probe: "b"}
	both := []Expr{a, b}
	agreement := &Agreement{
		Name: "g", Service: "s", Zone: time.UTC, MinCoverage: 0,
		Unknown:       rapid.SampledFrom([]Policy{UnknownExcluded, UnknownUp, UnknownDown}).Draw(t, "policy"),
		MinimumOutage: time.Duration(rapid.IntRange(0, 60).Draw(t, "minimumOutage")) * time.Second,
		Objectives: []Objective{
			{Name: "o", Window: Window{Rolling: time.Duration(rapid.IntRange(1, 500).Draw(t, "window")) * time.Second}},
			{Name: "n", Window: Window{Rolling: time.Duration(rapid.IntRange(1, 500).Draw(t, "window")) * time.Second}, Method: BySlices,
				Slice: SliceRule{Length: time.Duration(rapid.IntRange(1, 60).Draw(t, "slice")) * time.Second, Bad: One / 100 * Ratio(rapid.IntRange(0, 60).Draw(t, "bad"))}},
		},
	}
	up := rapid.SampledFrom([]Expr{a, {Op: OpAll, Args: both}, {Op: OpAny, Args: both}, {Op: OpAtLeast, K: 1, Args: both}}).Draw(t, "up")
	if up.Op == OpProbe {
		agreement.Objectives = append(agreement.Objectives, Objective{Name: "c", Method: ByOccurrences, Window: agreement.Objectives[0].Window})
	}
	c := &Catalog{Probes: probes, Services: []*Service{{Name: "s", Up: up}}, Agreements: []*Agreement{agreement}}
	for n := range rapid.IntRange(0, 2).Draw(t, "maintenances") {
		from := rapid.IntRange(0, worldSeconds-1).Draw(t, "maintenance")
		c.Maintenances = append(c.Maintenances, &Maintenance{Name: fmt.Sprint(n), Services: []string{"s"},
			Once: &Interval{second(from), second(from + rapid.IntRange(1, 100).Draw(t, "length"))}})
	}
	return world{catalog: c, said: drawSaid(t), t: 0}.endingAt(t)
}

// endingAt chooses the instant of the figures: behind every measurement, since
// the account is told of all of them.
func (w world) endingAt(t *rapid.T) world {
	last := 0
	for _, s := range w.said {
		last = max(last, s.at)
	}
	w.t = rapid.IntRange(last+1, worldSeconds).Draw(t, "t")
	return w
}

func drawSaid(t *rapid.T) []spoken {
	var said []spoken
	for _, probe := range []string{"a", "b"} {
		for _, location := range []string{"x", "y"} {
			for _, agent := range []string{"1", "2"} {
				at := rapid.IntRange(0, 60).Draw(t, "first")
				for n := range rapid.IntRange(0, 20).Draw(t, "n") {
					said = append(said, spoken{probe, location, agent, uint64(n), at,
						rapid.SampledFrom([]State{Up, Up, Up, Down, Down, Unknown}).Draw(t, "outcome")})
					at += rapid.SampledFrom([]int{0, 1, 5, 10, 10, 10, 41}).Draw(t, "step")
					if at > worldSeconds-2 {
						break
					}
				}
			}
		}
	}
	return rapid.Permutation(said).Draw(t, "order")
}
