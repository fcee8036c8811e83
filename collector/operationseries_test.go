package collector

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/collector/continuity"
	"github.com/assay-sla/assay/dashboards"
	"github.com/assay-sla/assay/slo"
)

// valuesOfSeries are samples by their name and the values of their labels, in
// the order of the labels as dashboards.Series has them.
func valuesOfSeries(t *testing.T, samples []slo.Sample) map[string]float64 {
	t.Helper()
	labels := map[string][]string{}
	for _, f := range dashboards.Series() {
		labels[f.Name] = f.Labels
	}
	out := map[string]float64{}
	for _, s := range samples {
		key := s.Name
		for _, l := range labels[s.Name] {
			key += " " + s.Labels[l]
		}
		if _, twice := out[key]; twice || len(s.Labels) != len(labels[s.Name]) {
			t.Errorf("%s: %v is there twice, or has labels that are not described", key, s.Labels)
		}
		out[key] = s.Value
	}
	return out
}

// holds checks some of the series, and that none begins with what is in not.
func (w *world) holdsSeries(samples []slo.Sample, want map[string]float64, not ...string) {
	w.t.Helper()
	got := valuesOfSeries(w.t, samples)
	for key, v := range want {
		if g, ok := got[key]; !ok || g != v {
			w.t.Errorf("%s is %v (%v), want %v", key, g, ok, v)
		}
	}
	for _, prefix := range not {
		for key, v := range got {
			if strings.HasPrefix(key, prefix) && !math.IsNaN(v) {
				w.t.Errorf("%s is %v", key, v)
			}
		}
	}
}

// figures are what all sources of series give now.
func (w *world) figures(sources []seriesSource) []slo.Sample {
	w.t.Helper()
	var out []slo.Sample
	for _, source := range sources {
		some, err := source(w.t.Context(), w.clock.now())
		if err != nil {
			w.t.Fatal(err)
		}
		out = append(out, some...)
	}
	if err := w.c.series.AppendSamples(w.t.Context(), w.clock.now(), out); err != nil {
		w.t.Error(err)
	}
	return out
}

const planOfShop = `
---
apiVersion: assay/v1
kind: ContinuityPlan
metadata: {name: loss}
spec: {services: [shop], owner: Ada, rto: 10m, rpo: 5m, invoke: Call., return: Call back., steps: [{do: Restore.}], testEvery: 180d, drills: [{name: table, kind: tabletop}]}
`

// TestOperationsAreSeries leads a collector through a day of work, and looks at
// what it writes of it for graphs.
func TestOperationsAreSeries(t *testing.T) {
	targets := strings.Replace(dependentCatalogue, "service: shop, ", "service: shop, incidentTargets: [{priority: 2, response: 20m, restoration: 2h}], ", 1)
	w := newWorld(t, targets+planOfShop)
	w.run()
	sources := w.c.seriesSources()
	w.until("the incidents are counted", func() bool { w.c.alerts.soon(); return w.c.conditions.standings() != nil })
	w.holdsSeries(w.figures(sources), map[string]float64{
		"assay_incidents Service down 1  service_down":             0,
		"assay_incidents Alert of another system 5  foreign_alert": 0,
		"assay_incidents_past_target response":                     0,
		"assay_problems  open":                                     0,
		"assay_changes release failed":                             0,
		"assay_plan_test_due_seconds loss":                         180 * 24 * 3600,
		"assay_plan_test_late loss":                                0,
		"assay_plan_rto_target_seconds loss":                       600,
	}, "assay_incident_target_seconds", "assay_change_failure_ratio", "assay_plan_drill_passed", "assay_service_requests")

	w.push(w.measure("eu-1", "eu", "web", noon-60_000, slo.Down), w.measure("eu-1", "eu", "db", noon-60_000, slo.Down))
	w.followed()
	id := ""
	w.until("the root has a priority", func() bool {
		i := w.find(slo.ServiceDown, slo.Detected)
		id = i.ID
		return i.Service == "database" && i.Work.Priority == 2
	})
	w.asks("POST", "/api/v1/problems", `{"service": "shop", "title": "It is slow", "text": "people say so"}`, 201, nil)
	w.asks("POST", "/api/v1/changes", fmt.Sprintf(`{"service": "shop", "kind": "release", "summary": "1.4.0", "from": %q}`, noon.Add(-10*24*time.Hour)), 201, nil)
	w.asks("POST", "/api/v1/service-requests", `{"service_requests": [{"service": "shop", "agreement": "gold", "period": "2026-10-03", "received": 5, "completed": 4, "in_target": 3, "total_s": 7200},
		{"service": "shop", "agreement": "gold", "period": "2026-10-04", "received": 1, "completed": 0, "in_target": 0, "total_s": 0},
		{"service": "shop", "agreement": "gold", "period": "2026-08", "received": 9, "completed": 9, "in_target": 9, "total_s": 9}]}`, 200, nil)
	w.clock.advance(25 * time.Minute)
	missed := map[string]float64{
		"assay_incidents Service down 2 database service_down":                 1,
		"assay_incidents_past_target response":                                 1,
		"assay_incidents_past_target restoration":                              0,
		"assay_incident_target_seconds gold response " + id + " 2 database":    -5 * 60,
		"assay_incident_target_seconds gold restoration " + id + " 2 database": 95 * 60,
		"assay_problems shop open":                                             1,
		"assay_changes release succeeded":                                      1,
		"assay_service_changes succeeded shop":                                 1,
		"assay_change_failure_ratio known":                                     0,
		"assay_service_requests_received gold 2026-10 shop":                    6,
		"assay_service_requests_in_target gold 2026-10 shop":                   3,
		"assay_service_requests_mean_seconds gold 2026-10 shop":                1800,
	}
	w.until("the missed target is counted", func() bool {
		w.c.alerts.soon()
		s := w.c.conditions.standings()
		return s.past[slo.ResponseClock] == 1
	})
	w.holdsSeries(w.figures(sources), missed, "assay_service_requests_received gold 2026-08")

	if code, got := w.work(id, "respond", ""); code != 200 {
		t.Fatalf("%d %v", code, got)
	}
	w.clock.advance(triageEvery)
	w.until("the clock has stopped", func() bool { w.c.alerts.soon(); return len(w.c.conditions.standings().next) == 1 })
	w.holdsSeries(w.figures(sources), map[string]float64{"assay_incidents_past_target response": 1}, "assay_incident_target_seconds gold response")
	ended := `assay_incident_target_seconds{clock="response"}`
	if w.sampled(ended, w.clock.now()) {
		t.Error("the target of a clock that stopped goes on")
	}
}

// TestSeriesEnd tells that a series that is not given any more has a mark at its
// end, once, and that a source that fails ends nothing.
func TestSeriesEnd(t *testing.T) {
	var given []string
	var fails error
	source := ending(func(context.Context, slo.Instant) (out []slo.Sample, err error) {
		for _, name := range given {
			out = append(out, slo.Sample{Name: "assay_" + name, Labels: map[string]string{"of": name}, Value: 1})
		}
		return out, fails
	})
	for n, c := range []struct {
		given string
		fails error
		want  string
	}{
		{"a b", nil, "a b"},
		{"a", nil, "a b!"},
		{"a", nil, "a"},
		{"", errors.New("busy"), ""},
		{"a c", nil, "a c"},
		{"", nil, "a! c!"},
	} {
		given, fails = strings.Fields(c.given), c.fails
		samples, err := source(t.Context(), noon)
		got := map[string]bool{}
		for _, s := range samples {
			mark := ""
			if math.Float64bits(s.Value) == math.Float64bits(slo.Stale()) {
				mark = "!"
			}
			got[s.Labels["of"]+mark] = true
		}
		if !errors.Is(err, c.fails) || len(got) != len(strings.Fields(c.want)) {
			t.Errorf("%d: %v, %v; want %s", n, got, err, c.want)
		}
		for _, name := range strings.Fields(c.want) {
			if !got[name] {
				t.Errorf("%d: %v lacks %s", n, got, name)
			}
		}
	}
}

// TestSlowSources tells that a source is asked once a minute, and again where
// it failed or the clock was set back.
func TestSlowSources(t *testing.T) {
	asked := 0
	var fails error
	source := slowly(func(context.Context, slo.Instant) ([]slo.Sample, error) { asked++; return nil, fails })
	for _, c := range []struct {
		at    time.Duration
		fails error
		asked int
	}{{0, nil, 1}, {59 * time.Second, nil, 1}, {time.Minute, errors.New("busy"), 2}, {75 * time.Second, nil, 3}, {90 * time.Second, nil, 3}, {-time.Hour, nil, 4}} {
		fails = c.fails
		_, _ = source(t.Context(), noon.Add(c.at)) // the error is the source's
		if asked != c.asked {
			t.Errorf("at %s it was asked %d times, want %d", c.at, asked, c.asked)
		}
	}
}

// TestTargetsAreBounded tells that the soonest of many targets are series.
func TestTargetsAreBounded(t *testing.T) {
	var open []slo.Incident
	clocks := map[string][]slo.IncidentClock{}
	for n := range 10_000 {
		id := fmt.Sprintf("i-%d", n)
		open = append(open, slo.Incident{ID: id, Trigger: slo.ForeignAlert, Work: slo.Work{Priority: 1 + n%5}})
		clocks[id] = []slo.IncidentClock{
			{Agreement: "gold", Kind: slo.ResponseClock, Target: time.Hour, Elapsed: 2 * time.Hour, Stopped: noon, BreachAt: noon - 1},
			{Agreement: "gold", Kind: slo.RestorationClock, Target: time.Hour, BreachAt: noon.Add(time.Duration(10_000-n) * time.Minute)},
			{Agreement: "tin", Kind: slo.RestorationClock, Target: time.Hour, Paused: true},
		}
	}
	got := valuesOfSeries(t, standingOf(open, clocks).samples(noon))
	if len(got) != len(slo.Triggers())*slo.LowestPriority+2+maxTargetSeries {
		t.Errorf("%d series", len(got))
	}
	for key, want := range map[string]float64{
		"assay_incidents Alert of another system 3  foreign_alert": 2000,
		"assay_incidents_past_target response":                     10_000,
		"assay_incidents_past_target restoration":                  0,
		"assay_incident_target_seconds gold restoration i-9999 5 ": 60,
		"assay_incident_target_seconds gold restoration i-9900 1 ": 6000,
	} {
		if v, ok := got[key]; !ok || v != want {
			t.Errorf("%s is %v (%v), want %v", key, v, ok, want)
		}
	}
	for _, trigger := range slo.Triggers() {
		if triggerNames[trigger] == "" {
			t.Errorf("%s has no name in words", trigger)
		}
	}
}

// TestPlanSeries tells of a plan that was tested, failed, and is late, by the
// drills that count.
func TestPlanSeries(t *testing.T) {
	ms := func(d time.Duration) *int64 { n := d.Milliseconds(); return &n }
	drill := func(kind slo.DrillKind, days int, r *slo.DrillResult) slo.Drill {
		declared := noon.Add(time.Duration(days) * 24 * time.Hour)
		d := slo.Drill{Plan: "loss", Name: string(kind), Declared: declared, Terms: slo.DrillTerms{Kind: kind}}
		d.Events = []slo.DrillEvent{{Act: slo.DeclareDrill, At: declared}}
		if r != nil {
			d.Events = append(d.Events, slo.DrillEvent{Act: slo.FinishDrill, At: declared.Add(time.Hour), Result: r})
		}
		return d
	}
	s := continuity.Standing{
		ContinuityPlan: &slo.ContinuityPlan{Name: "loss", RTO: 10 * time.Minute, RPO: 5 * time.Minute},
		Past: []slo.Drill{
			drill(slo.DrillRestore, -30, &slo.DrillResult{Passed: true, RTO: ms(4 * time.Minute), RPO: ms(40 * time.Second)}),
			drill(slo.DrillRestore, -10, &slo.DrillResult{RTO: ms(20 * time.Minute)}),
			drill(slo.DrillBackup, -1, &slo.DrillResult{Passed: true}),
			drill(slo.DrillRestore, 0, nil),
		},
		Due: []slo.DueTest{{Plan: "loss", By: noon.Add(-time.Hour)}, {Plan: "loss", By: noon.Add(time.Hour)}},
	}
	got := valuesOfSeries(t, planSamples(&s, noon))
	want := map[string]float64{
		"assay_plan_rto_target_seconds loss": 600, "assay_plan_rpo_target_seconds loss": 300,
		"assay_plan_test_due_seconds loss": -3600, "assay_plan_test_late loss": 1, "assay_plan_drill_passed loss": 0,
		"assay_plan_passed_age_seconds loss": 30 * 24 * 3600, "assay_plan_rto_seconds loss": 1200, "assay_plan_rpo_seconds loss": 40,
	}
	if len(got) != len(want) {
		t.Errorf("%v", got)
	}
	for key, v := range want {
		if got[key] != v {
			t.Errorf("%s is %v, want %v", key, got[key], v)
		}
	}
}
