package slo

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func percents(t *testing.T, s string) *Ratio {
	t.Helper()
	if s == "" {
		return nil
	}
	r, err := ParsePercent(s)
	if err != nil {
		t.Fatal(err)
	}
	return &r
}

func TestOwed(t *testing.T) {
	tier := func(percent, below, atMost, above, atLeast string) Tier {
		return Tier{*percents(t, percent), percents(t, below), percents(t, atMost), percents(t, above), percents(t, atLeast)}
	}
	published := &Credits{Tiers: []Tier{ // as cloud providers print them
		tier("10", "99.99", "", "", "99"), tier("25", "99", "", "", "95"), tier("100", "95", "", "", ""),
	}}
	gaps := &Credits{Tiers: []Tier{tier("5", "", "99", "98", ""), tier("50", "98", "", "", ""), tier("7", "99", "", "", "98.5")}}
	for _, c := range []struct {
		name    string
		credits *Credits
		f       Fraction
		want    string
	}{
		{"met", published, Fraction{9999, 10000}, "0"},
		{"just missed", published, Fraction{99989, 100000}, "10"},
		{"a lower bound is part of its tier", published, Fraction{99, 100}, "10"},
		{"below it is the next tier", published, Fraction{98999, 100000}, "25"},
		{"the last tier", published, Fraction{0, 1}, "100"},
		{"compared exactly", published, Fraction{333333333333 * 3 * 99 / 100, 333333333333 * 3}, "25"},
		{"the largest of two", gaps, Fraction{985, 1000}, "7"},
		{"an upper bound is part of its tier", gaps, Fraction{99, 100}, "5"},
		{"in a gap", gaps, Fraction{98, 100}, "0"},
		{"above all", gaps, Fraction{1, 1}, "0"},
		{"nothing to divide by", published, Fraction{}, "0"},
		{"no tiers", &Credits{}, Fraction{0, 1}, "0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.credits.Owed(c.f).Percent(); got != c.want {
				t.Errorf("%s %% are owed, want %s", got, c.want)
			}
		})
	}
}

func TestVerdict(t *testing.T) {
	target := *percents(t, "99")
	good, bad, none := Fraction{99, 100}, Fraction{98, 100}, Fraction{}
	for _, c := range []struct {
		sufficient                bool
		availability, best, worst Fraction
		want                      Verdict
	}{
		{true, good, good, bad, Met},
		{true, bad, good, bad, Missed},
		{false, bad, good, bad, Insufficient},
		{false, good, good, bad, Insufficient},
		{false, good, bad, bad, Missed},
		{false, good, good, good, Met},
		{false, none, good, good, Met},
		{false, none, none, none, Insufficient},
	} {
		if got := verdict(c.sufficient, target, c.availability, c.best, c.worst); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

func TestBurnRates(t *testing.T) {
	said := append(repeat(Up, 540), repeat(Down, 60)...) // of 100 minutes the last ten
	windows := []time.Duration{5 * time.Minute, 20 * time.Minute, 100 * time.Minute, 24 * time.Hour}
	at := second(6000)
	for _, c := range []struct {
		name   string
		target string
		a      Agreement
		said   []State
		want   []float64
		known  int // of the windows, the first
	}{
		{"ten percent may be bad, and the unknown burns nothing", "90", Agreement{}, said, []float64{10, 5, 1, 10 * 10.0 / 1440}, 4},
		{"unknown time is bad", "90", Agreement{Unknown: UnknownDown}, said, []float64{10, 5, 1, 10 * (1 - 90.0/1440)}, 4},
		{"unknown time is good", "90", Agreement{Unknown: UnknownUp}, said, []float64{10, 5, 1, 10 * 10.0 / 1440}, 4},
		{"without a budget any bad is too much", "100", Agreement{}, said, []float64{MaxBurn, MaxBurn, MaxBurn, MaxBurn}, 4},
		{"without a budget and nothing bad", "100", Agreement{}, repeat(Up, 600), []float64{0, 0, 0, 0}, 4},
		{"hardly a budget", "99.9999999", Agreement{}, said, []float64{MaxBurn, MaxBurn, MaxBurn, MaxBurn}, 4},
		{"nothing is known", "90", Agreement{}, nil, []float64{0, 0, 0, 0}, 0},
		{"a short one is not settled", "90", Agreement{MinimumOutage: time.Hour}, said, []float64{0, 0, 0, 0}, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.a.Objectives = []Objective{{Name: "o", Target: *percents(t, c.target), Window: Window{Rolling: 30 * 24 * time.Hour}}}
			got := accountOf(&c.a, c.said).BurnRates(&c.a.Objectives[0], at, windows)
			for i, b := range got {
				if b.Window != windows[i] || math.Abs(b.Rate-c.want[i]) > 1e-9 {
					t.Errorf("over %v: %v, want %v", b.Window, b.Rate, c.want[i])
				}
				if c.known >= 0 && b.Known != (i < c.known) {
					t.Errorf("over %v: known %v", b.Window, b.Known)
				}
			}
			if c.known == -1 && (got[0].Known || !got[3].Known) {
				t.Errorf("known: %+v", got)
			}
		})
	}
}

// The names and forms of the JSON are what tools read: none may change.
func TestStatusJSON(t *testing.T) {
	a := &Agreement{
		Unknown: UnknownDown, MinimumOutage: 20 * time.Second, MinCoverage: One / 2,
		Objectives: []Objective{
			{Name: "time", Target: *percents(t, "99.95"), Window: Window{Rolling: time.Hour}},
			{Name: "slices", Target: *percents(t, "50"), Window: Window{Rolling: time.Hour}, Method: BySlices, Slice: SliceRule{Length: 7 * time.Minute}},
			{Name: "counts", Target: *percents(t, "99"), Window: Window{Period: Day}, Method: ByOccurrences},
			{Name: "fast", Target: *percents(t, "99"), Window: Window{Rolling: time.Hour}, Method: ByLatency, Latency: LatencyRule{Within: 300 * time.Millisecond}},
			{Name: "calm", Window: Window{Rolling: time.Hour}, Method: ByOutages, Outages: OutageRule{Most: 2, Longer: time.Minute}},
			{Name: "all", Target: *percents(t, "90"), Window: Window{Rolling: time.Hour}, Method: Composite, Parts: []Part{{"s", 3}}},
		},
		Credits: &Credits{Objective: "time", Tiers: []Tier{{Percent: *percents(t, "12.5")}}},
	}
	said := append(append(append(repeat(Up, 200), Down), repeat(Up, 99)...), repeat(Down, 30)...)
	said = append(said, repeat(Up, 30)...)
	acc := accountOf(a, said)
	acc.Agreement.Objectives[2].Window.Period = Day
	at := second(3600)
	var got []string
	for i := range a.Objectives {
		st := acc.Status(&a.Objectives[i], at, at)
		if i == 0 {
			st.Burn = acc.BurnRates(&a.Objectives[0], at, []time.Duration{5 * time.Minute, 30 * time.Minute})
			st.Burn = append(st.Burn, Burn{Window: time.Hour})
		}
		b, err := json.Marshal(st)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(b))
	}
	const (
		window = `"window":{"from":"2026-06-10T00:00:00Z","to":"2026-06-10T01:00:00Z"},"at":"2026-06-10T01:00:00Z",`
		times  = `"agreed_ms":3600000,"up_ms":3300000,"down_ms":300000,"unknown_ms":0,"excluded_ms":0,"forgiven_ms":10000,"coverage":100,`
		rest   = `"budget_ms":null,"budget_used_ms":null,"credit_percent":null,"outages":[{"from":"2026-06-10T00:50:00Z","to":"2026-06-10T00:55:00Z"}]`
		seen   = `"seen":{"up_ms":3290000,"down_ms":310000,"unknown_ms":0,"availability":91.388889,"flaps":2}`
	)
	want := []string{
		`{"agreement":"g","objective":"time","service":"s","method":"time","window":{"from":"2026-06-10T00:00:00Z","to":"2026-06-10T01:00:00Z"},"at":"2026-06-10T01:00:00Z",` +
			`"agreed_ms":3600000,"up_ms":3300000,"down_ms":300000,"unknown_ms":0,"excluded_ms":0,"forgiven_ms":10000,"coverage":100,"availability":91.666667,"best":91.666667,"worst":91.666667,` +
			`"target":99.95,"met":false,"budget_ms":1800,"budget_used_ms":300000,"credit_percent":12.5,"outages":[{"from":"2026-06-10T00:50:00Z","to":"2026-06-10T00:55:00Z"}],` +
			`"seen":{"up_ms":3290000,"down_ms":310000,"unknown_ms":0,"availability":91.388889,"flaps":2},"burn_rates":[{"window_ms":300000,"rate":0},{"window_ms":1800000,"rate":333.3333333333333},{"window_ms":3600000,"rate":null}]}`,
		`{"agreement":"g","objective":"slices","service":"s","method":"slices","window":{"from":"2026-06-10T00:00:00Z","to":"2026-06-10T01:00:00Z"},"at":"2026-06-10T01:00:00Z",` +
			`"agreed_ms":3600000,"up_ms":3300000,"down_ms":300000,"unknown_ms":0,"excluded_ms":0,"forgiven_ms":10000,"coverage":100,"slices":{"good":8,"bad":1,"skipped":0},` +
			`"availability":88.888889,"best":88.888889,"worst":88.888889,"target":50,"met":true,"budget_ms":null,"budget_used_ms":null,"credit_percent":null,"outages":[{"from":"2026-06-10T00:50:00Z","to":"2026-06-10T00:55:00Z"}],` +
			`"seen":{"up_ms":3290000,"down_ms":310000,"unknown_ms":0,"availability":77.777778,"flaps":2}}`,
		`{"agreement":"g","objective":"counts","service":"s","method":"occurrences","window":{"from":"2026-06-10T00:00:00Z","to":"2026-06-11T00:00:00Z"},"at":"2026-06-10T01:00:00Z",` +
			`"agreed_ms":3600000,"up_ms":3300000,"down_ms":300000,"unknown_ms":0,"excluded_ms":0,"forgiven_ms":10000,"coverage":100,"occurrences":{"up":329,"down":31,"unknown":0},` +
			`"availability":91.388889,"best":91.388889,"worst":91.388889,"target":99,"met":false,"budget_ms":null,"budget_used_ms":null,"credit_percent":null,"outages":[{"from":"2026-06-10T00:50:00Z","to":"2026-06-10T00:55:00Z"}]}`,
		`{"agreement":"g","objective":"fast","service":"s","method":"latency",` + window + times +
			`"latency":{"within_us":300000,"within":329,"slower":0,"unknown":0,"percentile_us":null},` +
			`"availability":100,"best":100,"worst":100,"target":99,"met":true,` + rest + `}`,
		`{"agreement":"g","objective":"calm","service":"s","method":"outages",` + window + times +
			`"long_outages":{"at_most":2,"over_ms":60000,"longer":1,"least":1,"most":1},` +
			`"availability":91.666667,"best":91.666667,"worst":91.666667,"target":null,"met":true,` + rest + `,` + seen + `}`,
		`{"agreement":"g","objective":"all","service":"s","method":"composite",` + window + times +
			`"parts":[{"service":"s","weight":3}],"availability":91.666667,"best":91.666667,"worst":91.666667,"target":90,"met":true,` + rest + `,` + seen + `}`,
	}
	for i := range want {
		if diff := cmp.Diff(want[i], got[i]); diff != "" {
			t.Errorf("%s:\n%s\n%s", a.Objectives[i].Name, diff, got[i])
		}
	}
	nothing, err := json.Marshal(accountOf(a, nil).Status(&a.Objectives[0], at, at))
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(nothing, &out); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(out["availability"], out["met"], out["coverage"], out["credit_percent"], out["outages"]); got != "0 <nil> 0 <nil> []" {
		t.Errorf("of nothing known: %s", got)
	}
}
