package slo

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestOutageCountModel holds the count against every way in which what is
// unknown can have been.
func TestOutageCountModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rule := OutageRule{Longer: time.Duration(rapid.IntRange(0, 4).Draw(t, "longer")) * time.Millisecond}
		classes := rapid.SliceOfN(rapid.SampledFrom([]class{asUp, asDown, asDown, asUnknown, asForgiven}), 1, 16).Draw(t, "classes")
		c := outageCounter{rule: rule}
		for from := 0; from < len(classes); {
			to := from + 1
			for to < len(classes) && classes[to] == classes[from] && rapid.Bool().Draw(t, "joined") {
				to++
			}
			c.add(Interval{Instant(from), Instant(to)}, classes[from])
			from = to
		}
		c.finish()

		var unknown []int
		for i, as := range classes {
			if as == asUnknown {
				unknown = append(unknown, i)
			}
		}
		down := make([]bool, len(classes))
		count := func(ways int) int64 {
			for i, as := range classes {
				down[i] = as == asDown
			}
			for k, i := range unknown {
				down[i] = ways>>k&1 == 1
			}
			return longRuns(down, int(ms(rule.Longer)))
		}
		least, most := count(0), count(0)
		for ways := range 1 << len(unknown) {
			least, most = min(least, count(ways)), max(most, count(ways))
		}
		got := c.count(UnknownExcluded)
		if got.Longer != count(0) || got.Least != least || got.Most < most || len(unknown) == 0 && got.Most != most {
			t.Fatalf("%+v, but known are %d, the least is %d and the most is %d", *got, count(0), least, most)
		}
		if n := c.count(UnknownDown).Longer; n != count(1<<len(unknown)-1) {
			t.Fatalf("%d with the unknown down, not %d", n, count(1<<len(unknown)-1))
		}
	})
}

// longRuns counts the runs of true that are longer.
func longRuns(list []bool, longer int) int64 {
	n, run := int64(0), 0
	for i := 0; i <= len(list); i++ {
		if i < len(list) && list[i] {
			run++
			continue
		}
		if run > longer {
			n++
		}
		run = 0
	}
	return n
}

// A verdict on a number of outages is settled by the bounds where coverage
// does not suffice.
func TestOutageVerdict(t *testing.T) {
	rule := OutageRule{Most: 2}
	for _, c := range []struct {
		name       string
		count      OutageCount
		sufficient bool
		want       Verdict
	}{
		{"as many as allowed", OutageCount{2, 2, 2}, true, Met},
		{"one more", OutageCount{3, 3, 3}, true, Missed},
		{"perhaps more, with enough known", OutageCount{2, 1, 9}, true, Met},
		{"perhaps more, with too little known", OutageCount{2, 1, 9}, false, Insufficient},
		{"certainly more", OutageCount{3, 3, 9}, false, Missed},
		{"certainly no more", OutageCount{1, 1, 2}, false, Met},
		{"perhaps joined", OutageCount{3, 2, 3}, false, Insufficient},
	} {
		if got := c.count.verdict(c.sufficient, rule); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// An objective that promises a number of outages is judged by it, whatever its
// availability is, and no outage reaches over the edge of agreed time.
func TestOutagesObjective(t *testing.T) {
	o := Objective{Name: "o", Window: Window{Period: Day}, Method: ByOutages, Outages: OutageRule{Most: 1, Longer: 20 * time.Second}}
	a := &Agreement{Objectives: []Objective{o}}
	said := append(repeat(Up, 10), repeat(Down, 3)...) // 30 s
	said = append(said, repeat(Up, 10)...)
	said = append(said, repeat(Down, 2)...) // 20 s are not longer
	said = append(said, repeat(Up, 10)...)
	said = append(said, repeat(Down, 4)...)
	said = append(said, Up)
	acc := accountOf(a, said)
	for _, c := range []struct {
		at      int // in measurements
		longer  int64
		verdict Verdict
		outlook Verdict
	}{
		{10, 0, Met, Met}, {12, 0, Met, Met}, {13, 1, Met, Met}, {25, 1, Met, Met}, {37, 1, Met, Met}, {38, 2, Missed, Missed}, {40, 2, Missed, Missed},
	} {
		st := acc.Status(&o, second(10*c.at), second(10*c.at))
		if st.Long.Longer != c.longer || st.Verdict != c.verdict {
			t.Errorf("after %d measurements: %+v, %v", c.at, *st.Long, st.Verdict)
		}
		if got := acc.Outlook(&o, second(10*c.at)); got != c.outlook {
			t.Errorf("after %d measurements the outlook is %v", c.at, got)
		}
		for _, b := range acc.BurnRates(&o, second(10*c.at), []time.Duration{time.Hour}) {
			if b.Known {
				t.Errorf("it burns at %+v", b)
			}
		}
	}
}
