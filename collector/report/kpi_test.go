package report

import (
	"testing"

	"github.com/assay-sla/assay/slo"
)

func TestKPIs(t *testing.T) {
	const s, h = 1000, 3_600_000
	outage := func(incident string, length Milliseconds) Outage {
		return Outage{Incident: incident, Length: length}
	}
	for _, c := range []struct {
		name                       string
		outages                    []Outage
		times                      Times
		failures                   int
		longest, mtrs, mtbf, mtbsi Milliseconds // 0: no failures
	}{
		{name: "no failures", times: Times{Agreed: 744 * h, Up: 744 * h}},
		{name: "nothing known", times: Times{Agreed: 744 * h, Unknown: 744 * h}},
		{name: "no agreed time"},
		{"one", []Outage{outage("a", h)}, Times{Agreed: 100 * h, Up: 99 * h, Down: h}, 1, h, h, 99 * h, 100 * h},
		{"unknown time counts for neither", []Outage{outage("a", h)}, Times{Agreed: 100 * h, Up: 89 * h, Down: h, Unknown: 10 * h}, 1, h, h, 89 * h, 90 * h},
		{"one failure over two days of agreed hours", []Outage{outage("a", h), outage("a", 3*h)}, Times{Agreed: 100 * h, Up: 96 * h, Down: 4 * h}, 1, 3 * h, 4 * h, 96 * h, 100 * h},
		{"outages that nobody recorded are failures each", []Outage{outage("", h), outage("", 2*h)}, Times{Agreed: 100 * h, Up: 97 * h, Down: 3 * h}, 2, 2 * h, h + h/2, 48*h + h/2, 50 * h},
		{"rounded down", []Outage{outage("a", s), outage("b", s), outage("c", 2*s)}, Times{Up: 10 * s, Down: 4 * s}, 3, 2 * s, 1333, 3333, 4666},
		{"down all the time", []Outage{outage("a", 24*h)}, Times{Agreed: 24 * h, Down: 24 * h}, 1, 24 * h, 24 * h, 0, 24 * h},
	} {
		k := kpis(c.outages, c.times)
		if k.Outages != len(c.outages) || k.Failures != c.failures || k.Downtime != c.times.Down {
			t.Errorf("%s: %+v", c.name, k)
		}
		for name, got := range map[string]struct {
			is   *Milliseconds
			want Milliseconds
		}{"longest": {k.Longest, c.longest}, "MTRS": {k.MTRS, c.mtrs}, "MTBF": {k.MTBF, c.mtbf}, "MTBSI": {k.MTBSI, c.mtbsi}} {
			switch {
			case c.failures == 0 && got.is != nil:
				t.Errorf("%s: %s is %d without a failure", c.name, name, *got.is)
			case c.failures > 0 && (got.is == nil || *got.is != got.want):
				t.Errorf("%s: %s is %v, not %d", c.name, name, got.is, got.want)
			}
		}
	}
}

func TestNoFailuresInWords(t *testing.T) {
	in := goldInput(t)
	in.Outages, in.Incidents = nil, nil
	for i := range in.Days {
		in.Days[i].Down = 0
	}
	text, html := faces(t, Build(in), English)
	for _, k := range []string{"kpi.mtrs", "kpi.mtbf", "kpi.mtbsi", "kpi.longest"} {
		if got := html[k]; got != "no failures" {
			t.Errorf("%s is %q", k, got)
		}
	}
	if !contains(text, "MTBF no failures") {
		t.Errorf("the text does not say that there were no failures:\n%s", text)
	}
}

func TestLength(t *testing.T) {
	w := English.words()
	for ms, want := range map[Milliseconds]string{
		0: "0 s", 1: "1 ms", 999: "999 ms", 1000: "1 s", 26_400: "26 s", 59_499: "59 s", 59_500: "1 min", 60_000: "1 min", 61_000: "1 min 1 s",
		4_320_000: "1 h 12 min", 3_599_500: "1 h", 3_600_000: "1 h", 86_399_000: "1 d", 86_400_000: "1 d", 90_000_000: "1 d 1 h",
		31 * 86_400_000: "31 d", 44*60_000 + 38_000: "44 min 38 s", 86_400_000 + 1_799_000: "1 d", 86_400_000 + 1_800_000: "1 d 1 h",
	} {
		if got := plain(w.length(ms)); got != want {
			t.Errorf("%d ms is %q, not %q", ms, got, want)
		}
	}
}

func TestDeciding(t *testing.T) {
	status := func(v slo.Verdict, part int64) *slo.ObjectiveStatus {
		return &slo.ObjectiveStatus{Verdict: v, Availability: slo.Fraction{Part: part, Whole: 100}}
	}
	none := &slo.ObjectiveStatus{Verdict: slo.Insufficient}
	for _, c := range []struct {
		name string
		list []*slo.ObjectiveStatus
		want int
	}{
		{"one", []*slo.ObjectiveStatus{status(slo.Met, 100)}, 0},
		{"the lowest of those met", []*slo.ObjectiveStatus{status(slo.Met, 100), status(slo.Met, 98), status(slo.Met, 99)}, 1},
		{"missed before insufficient", []*slo.ObjectiveStatus{status(slo.Met, 100), status(slo.Insufficient, 10), status(slo.Missed, 90)}, 2},
		{"insufficient before met", []*slo.ObjectiveStatus{status(slo.Met, 100), none, status(slo.Met, 98)}, 1},
		{"the lowest of those missed", []*slo.ObjectiveStatus{status(slo.Missed, 90), status(slo.Missed, 80)}, 1},
		{"the first of equals", []*slo.ObjectiveStatus{status(slo.Missed, 90), status(slo.Missed, 90)}, 0},
		{"a figure before none", []*slo.ObjectiveStatus{none, status(slo.Insufficient, 90)}, 1},
	} {
		if got := deciding(c.list); got != c.list[c.want] {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
	if deciding(nil) != nil {
		t.Error("nothing decides something")
	}
}
