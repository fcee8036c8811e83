package rules

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/slo"
)

// promised is a catalogue of one service of two probes with one objective.
func promised(every time.Duration, hours *slo.Calendar, o slo.Objective) (*slo.Catalog, *slo.Agreement, *slo.Objective) {
	if o.Target == 0 {
		o.Target = slo.One / 1000 * 999
	}
	o.Name = "availability"
	a := &slo.Agreement{Name: "gold", Service: "shop", Zone: time.UTC, Hours: hours, MinCoverage: slo.One / 10 * 9, Objectives: []slo.Objective{o}}
	c := &slo.Catalog{
		Probes:     []*slo.Probe{{Name: "db", Every: every}, {Name: "dns", Every: 24 * time.Hour}, {Name: "web", Every: every / 2}},
		Services:   []*slo.Service{{Name: "other", Up: slo.Expr{Probe: "dns"}}, {Name: "shop", Up: slo.Expr{Op: slo.OpAll, Args: []slo.Expr{{Probe: "web"}, {Probe: "db"}}}}},
		Agreements: []*slo.Agreement{a},
	}
	return c, a, &a.Objectives[0]
}

func office() *slo.Calendar {
	c := &slo.Calendar{Name: "office", Zone: time.UTC}
	for d := time.Monday; d <= time.Friday; d++ {
		c.Week[d] = []slo.DaySpan{{From: 8 * time.Hour, To: 18 * time.Hour}}
	}
	return c
}

// said are pairs in short: long/short rate severity.
func said(pairs []slo.BurnPair) string {
	var out []string
	for _, p := range pairs {
		out = append(out, fmt.Sprintf("%s/%s %g %s", short(p.Long), short(p.Short), p.Rate, p.Severity))
	}
	return strings.Join(out, ", ")
}

func short(d time.Duration) string {
	s := d.String()
	s = strings.TrimSuffix(s, "m0s") + map[bool]string{true: "m"}[strings.HasSuffix(s, "m0s")]
	return strings.TrimSuffix(s, "h0m") + map[bool]string{true: "h"}[strings.HasSuffix(s, "h0m")]
}

func TestConditions(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct {
		name   string
		every  time.Duration
		hours  *slo.Calendar
		o      slo.Objective
		want   string
		recent string
	}{
		{"the Workbook's own", time.Minute, nil, slo.Objective{Window: slo.Window{Rolling: 30 * day}},
			"1h/5m 14.4 page, 6h/30m 6 page, 24h/2h 3 ticket, 72h/6h 1 ticket", "1h"},
		{"a month is of 30 days", time.Minute, nil, slo.Objective{Window: slo.Window{Period: slo.Month}},
			"1h/5m 14.4 page, 6h/30m 6 page, 24h/2h 3 ticket, 72h/6h 1 ticket", "1h"},
		{"a quarter is three of them", time.Minute, nil, slo.Objective{Window: slo.Window{Period: slo.Quarter}},
			"3h/15m 14.4 page, 18h/1h30m 6 page, 72h/6h 3 ticket, 216h/18h 1 ticket", "3h"},
		{"a week, and probes every ten seconds", 10 * time.Second, nil, slo.Objective{Window: slo.Window{Period: slo.Week}},
			"14m/1m10s 14.4 page, 1h24m/7m 6 page, 5h36m/28m 3 ticket, 16h48m/1h24m 1 ticket", "14m"},
		{"office hours have fewer hours to spend", 10 * time.Second, office(), slo.Objective{Window: slo.Window{Period: slo.Month}},
			"18m/1m30s 14.4 page, 1h48m/9m 6 page, 7h12m/36m 3 ticket, 21h24m/1h47m 1 ticket", "18m"},
		{"probes every five minutes show no rate of five", 5 * time.Minute, nil, slo.Objective{Window: slo.Window{Rolling: 30 * day}},
			"2h/10m 14.4 page, 6h/30m 6 page, 24h/2h 3 ticket, 72h/6h 1 ticket", "2h"},
		{"pairs that came to be the same", 30 * time.Minute, nil, slo.Objective{Window: slo.Window{Rolling: 7 * day}},
			"12h/1h 6 page, 12h/1h 3 ticket, 16h48m/1h24m 1 ticket", "12h"},
		{"pairs that do not fit the window", time.Hour, nil, slo.Objective{Window: slo.Window{Period: slo.Day}},
			"24h/2h 6 page, 24h/2h 1 ticket", "24h"},
		{"and none that does", 2 * time.Hour, nil, slo.Objective{Window: slo.Window{Period: slo.Day}}, "", "48h"},
		{"others, as they are written", time.Minute, office(), slo.Objective{Window: slo.Window{Rolling: 30 * day},
			Alerts: []slo.BurnPair{{Long: time.Hour, Short: time.Minute, Rate: 2.5, Severity: slo.Ticket}, {Long: 30 * day, Short: time.Hour, Rate: 1, Severity: slo.Page}}},
			"1h/1m 2.5 ticket", "24m"},
		{"none at all", time.Minute, nil, slo.Objective{Window: slo.Window{Rolling: 30 * day}, Alerts: []slo.BurnPair{}}, "", "1h"},
		{"outages have no rate", time.Minute, nil, slo.Objective{Window: slo.Window{Rolling: 30 * day}, Method: slo.ByOutages}, "", "1h"},
		{"a composite rests on the slowest probe of all parts", time.Minute, nil, slo.Objective{Window: slo.Window{Rolling: 3600 * day}, Method: slo.Composite,
			Parts: []slo.Part{{Service: "shop", Weight: 1}, {Service: "other", Weight: 1}}},
			"576h/48h 14.4 page, 720h/60h 6 page, 2880h/240h 3 ticket, 8640h/720h 1 ticket", "576h"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Of(promised(c.every, c.hours, c.o))
			if diff := cmp.Diff(c.want, said(got.Pairs)); diff != "" {
				t.Error(diff)
			}
			if short(got.Recent) != c.recent {
				t.Errorf("recent is %s, want %s", short(got.Recent), c.recent)
			}
		})
	}
}

// A pair stands for its share of the budget, whatever the window: to a tenth
// of it, by which windows are rounded.
func TestScaledShares(t *testing.T) {
	shares := []float64{0.02, 0.05, 0.1, 0.1}
	for _, hours := range []*slo.Calendar{nil, office()} {
		for _, w := range []time.Duration{7, 14, 28, 30, 90, 365} {
			_, a, o := promised(time.Second, hours, slo.Objective{Window: slo.Window{Rolling: w * 24 * time.Hour}})
			whole := a.OrdinaryLength(o.Window)
			for i, p := range scale(whole, time.Second) {
				if got := p.Rate * float64(p.Long) / float64(whole); math.Abs(got/shares[i]-1) > 0.1 {
					t.Errorf("of %d days %s is %v of the budget, want %v", w, said([]slo.BurnPair{p}), got, shares[i])
				}
			}
		}
	}
}

func TestShown(t *testing.T) {
	c := Of(promised(10*time.Second, nil, slo.Objective{Window: slo.Window{Period: slo.Week}, Alerts: []slo.BurnPair{{Long: 2 * time.Hour, Short: time.Minute}}}))
	if diff := cmp.Diff([]time.Duration{time.Minute, time.Hour, 2 * time.Hour}, c.Shown()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]time.Duration{time.Hour}, Conditions{}.Shown()); diff != "" {
		t.Error(diff)
	}
}
