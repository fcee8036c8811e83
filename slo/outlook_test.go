package slo

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// accountOf is the books of an agreement over a probe of one agent that said
// these states, one every ten seconds.
func accountOf(a *Agreement, said []State) *Account {
	c := &Catalog{
		Probes:     []*Probe{{Name: "web", Hold: 10 * time.Second, Confirm: 1, Locations: Locations{Min: 1}}},
		Services:   []*Service{{Name: "s", Up: Expr{Probe: "web"}}},
		Agreements: []*Agreement{a},
	}
	a.Name, a.Service = "g", "s"
	if a.Zone == nil {
		a.Zone = time.UTC
	}
	h := NewHistory(c)
	for i, s := range said {
		h.Add("1", &Measurement{Probe: "web", Location: "eu", At: second(10 * i), Outcome: s})
	}
	h.Settle()
	return NewAccount(a, LaidOver(Interval{worldStart.Add(-40 * 24 * time.Hour), worldStart.Add(40 * 24 * time.Hour)}, nil), h)
}

func repeat(s State, n int) []State {
	out := make([]State, n)
	for i := range out {
		out[i] = s
	}
	return out
}

func TestOutlook(t *testing.T) {
	// Ten percent of a day is 2 h 24 min: 864 measurements.
	day := Objective{Name: "o", Target: One / 10 * 9, Window: Window{Period: Day}}
	slices := day
	slices.Method, slices.Slice = BySlices, SliceRule{Length: time.Hour} // of 24 slices two may be bad
	occurrences := day
	occurrences.Method = ByOccurrences
	rolling := day
	rolling.Window = Window{Rolling: 24 * time.Hour}
	join := func(parts ...[]State) (all []State) {
		for _, p := range parts {
			all = append(all, p...)
		}
		return all
	}
	for _, c := range []struct {
		name string
		o    Objective
		a    Agreement
		said []State
		want Verdict
	}{
		{"nothing said", day, Agreement{MinCoverage: One / 10 * 9}, nil, Met},
		{"missed so far, but the day is long", day, Agreement{}, repeat(Down, 864), Met},
		{"one measurement more than the budget", day, Agreement{}, repeat(Down, 865), Missed},
		{"the past is unknown, which the policy leaves out", day, Agreement{}, repeat(Unknown, 865), Met},
		{"the past is unknown, which is down", day, Agreement{Unknown: UnknownDown}, repeat(Unknown, 865), Missed},
		{"the past is unknown, which is down, and too much of it to judge", day, Agreement{Unknown: UnknownDown, MinCoverage: One / 10 * 9}, repeat(Unknown, 865), Insufficient},
		{"what is too short so far may be forgiven", day, Agreement{MinimumOutage: 3 * time.Hour}, repeat(Down, 865), Met},
		{"and is no loss until then", day, Agreement{MinimumOutage: 3 * time.Hour, Unknown: UnknownDown}, repeat(Down, 865), Met},
		{"what is unknown cannot come back", day, Agreement{}, join(repeat(Unknown, 4320), repeat(Down, 433)), Missed},
		{"two bad slices", slices, Agreement{}, repeat(Down, 720), Met},
		{"three bad slices", slices, Agreement{}, repeat(Down, 721), Missed},
		{"counts go on as they did", occurrences, Agreement{}, repeat(Down, 863), Met},
		{"too many counts", occurrences, Agreement{}, repeat(Down, 865), Missed},
		{"a rolling day has no rest", rolling, Agreement{}, join(repeat(Up, 7776-1), repeat(Down, 865)), Missed},
		{"a rolling day that holds", rolling, Agreement{}, join(repeat(Up, 7776), repeat(Down, 864)), Met},
		{"a rolling day of which too little is known", rolling, Agreement{MinCoverage: One / 2}, join(repeat(Up, 10), repeat(Down, 10)), Insufficient},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.a.Objectives = []Objective{c.o}
			acc := accountOf(&c.a, c.said)
			if got := acc.Outlook(&c.o, second(max(1, 10*len(c.said)))); got != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

// The outlook is what the status at the window's end says when every
// measurement from now on is up.
// TestOutlookOfThePast: what came after an instant is not known at it.
func TestOutlookOfThePast(t *testing.T) {
	o := Objective{Name: "o", Target: One / 10 * 9, Window: Window{Period: Day}, Method: ByOccurrences}
	a := &Agreement{Objectives: []Objective{o}}
	acc := accountOf(a, append(repeat(Up, 100), repeat(Down, 8000)...))
	if got := acc.Outlook(&o, second(1000)); got == Missed {
		t.Error("the downs of later count")
	}
	if got := acc.Outlook(&o, second(80_000)); got != Missed {
		t.Errorf("after 7,900 downs: %v", got)
	}
}

// TestOutlookOfLittleKnown: the ups still to come are as many as come while
// somebody measures, however late in the day that began.
func TestOutlookOfLittleKnown(t *testing.T) {
	o := Objective{Name: "o", Target: One / 10 * 9, Window: Window{Period: Day}, Method: ByOccurrences}
	a := &Agreement{Objectives: []Objective{o}}
	acc := accountOf(a, append(repeat(Up, 10), repeat(Down, 10)...))
	began := second(0).In(time.UTC)
	noon := At(time.Date(began.Year(), began.Month(), began.Day(), 12, 0, 0, 0, time.UTC))
	if got := acc.Outlook(&o, max(noon, second(200))); got == Missed {
		t.Error("half a day of ups at one each ten seconds outweighs ten downs")
	}
}

func TestOutlookIsTheStatusOfAnUpFuture(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		window := rapid.SampledFrom([]Window{{Period: Day}, {Rolling: 40 * time.Minute}}).Draw(t, "window")
		method := rapid.SampledFrom([]Method{ByTime, BySlices}).Draw(t, "method")
		agreement := func() *Agreement {
			return &Agreement{
				Unknown: rapid.SampledFrom([]Policy{UnknownExcluded, UnknownUp, UnknownDown}).Draw(t, "policy"), MinimumOutage: drawMinutes(t, "minimumOutage", 0, 5),
				MinCoverage: One / 100 * Ratio(rapid.IntRange(0, 100).Draw(t, "minCoverage")),
				Objectives: []Objective{{Name: "o", Window: window, Method: method, Target: One / 1000 * Ratio(rapid.SampledFrom([]int{900, 950, 990, 995, 999, 1000}).Draw(t, "target")),
					Slice: SliceRule{Length: drawMinutes(t, "slice", 1, 90), Bad: One / 10}}},
			}
		}
		said := rapid.SliceOfN(rapid.SampledFrom([]State{Up, Up, Up, Up, Up, Down, Unknown}), 1, 300).Draw(t, "said")
		a := agreement()
		now := second(10 * len(said))
		got := accountOf(a, said).Outlook(&a.Objectives[0], now)
		b := *a
		end := max(now, window.At(now, time.UTC).To)
		future := append(said, repeat(Up, int(end.Sub(now)/(10*time.Second)))...)
		if window.Rolling == 0 { // settles what is open: known at the end, not part of the window
			future = append(future, Up)
		}
		want := accountOf(&b, future).Status(&b.Objectives[0], second(10*len(future)), end).Verdict
		if got != want {
			t.Fatalf("outlook %v, status in the end %v", got, want)
		}
	})
}
