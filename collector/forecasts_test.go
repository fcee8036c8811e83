package collector

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/collector/tsdb"
	"github.com/assay-sla/assay/slo"
)

// disks is a forecaster over real series and records: hourly levels of two
// disks, of which the first fills by one a day and the second does not.
type disks struct {
	*forecaster
	series    *tsdb.Store
	resources []*slo.Resource
	failures  []string
	hours     int // written so far
	begin     slo.Instant
}

func newDisks(t *testing.T, resources ...*slo.Resource) *disks {
	t.Helper()
	series, err := tsdb.Open(filepath.Join(t.TempDir(), "series"), tsdb.Options{Target: func(string) (string, string, bool) { return "", "", false }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = series.Close() })
	store, err := sqlstore.Open(t.Context(), filepath.Join(t.TempDir(), "records.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	d := &disks{series: series, resources: resources, begin: slo.At(time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC))}
	d.forecaster = &forecaster{
		series: series, store: store, now: func() slo.Instant { return d.begin },
		catalog: func() *slo.Catalog { return &slo.Catalog{Resources: d.resources} }, changed: func() {},
		failed: func(what string, err error) { d.failures = append(d.failures, fmt.Sprint(what, ": ", err)) },
	}
	return d
}

// at is the instant after so many hours.
func (d *disks) at(hours int) slo.Instant { return d.begin.Add(time.Duration(hours) * time.Hour) }

// write writes the levels up to an hour.
func (d *disks) write(t *testing.T, until int) {
	t.Helper()
	for ; d.hours <= until; d.hours++ {
		h := float64(d.hours)
		err := d.series.AppendSamples(t.Context(), d.at(d.hours), []slo.Sample{
			{Name: "assay_disk_used", Labels: map[string]string{"host": "a"}, Value: h/24 + 0.1*math.Sin(h)},
			{Name: "assay_disk_used", Labels: map[string]string{"host": "b"}, Value: 20 + 0.1*math.Sin(h)},
			{Name: "assay_disk_size", Labels: map[string]string{"host": "a"}, Value: 80},
			{Name: "assay_disk_size", Labels: map[string]string{"host": "b"}, Value: 100},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func disk() *slo.Resource {
	return &slo.Resource{
		Name: "disk", Service: "shop", Unit: "GB", Used: "assay_disk_used # of both", By: []string{"host"},
		Limit: slo.ResourceLimit{Expr: "assay_disk_size"}, LeadTime: 30 * 24 * time.Hour, Thresholds: []slo.Ratio{slo.One / 2, slo.One * 9 / 10},
	}
}

// TestForecastsComeAndAreScored follows two disks for two months and a half.
func TestForecastsComeAndAreScored(t *testing.T) {
	d := newDisks(t, disk())
	d.write(t, 3*24)
	d.look(t.Context(), d.at(3*24))
	for _, f := range d.current() {
		if f.Exhaustion != slo.NotEnoughData || f.Lack != slo.LackHistory {
			t.Errorf("after three days %s: %s, %s", f.Series(), f.Exhaustion, f.Lack)
		}
	}

	d.write(t, 60*24)
	at := d.at(60 * 24)
	d.look(t.Context(), at)
	known := d.current()
	if len(known) != 2 || known[0].Series() != "host=a" || known[1].Series() != "host=b" {
		t.Fatalf("%+v; %v", known, d.failures)
	}
	a, b := known[0], known[1]
	if a.Exhaustion != slo.Exhausts || a.Expected.Sub(at).Round(48*time.Hour) != 20*24*time.Hour || a.Limit.Float() != 80 {
		t.Errorf("the disk that fills: %+v", a)
	}
	if b.Exhaustion != slo.NoTrend || b.Idle().Float() < 75 {
		t.Errorf("the disk that does not: %+v, %v idle", b, b.Idle())
	}
	names := map[string]string{}
	for _, al := range capacityAlerts(known, at) {
		names[al.Name] += al.Labels[notify.LabelSeries] + al.Labels[notify.LabelThreshold]
	}
	if len(names) != 2 || names[notify.CapacityExhausting] != "host=a" || names[notify.CapacityThreshold] != "host=a50" {
		t.Errorf("alerts %v", names)
	}

	// A little later levels alone are new; the forecast is not made again.
	d.write(t, 60*24+2)
	d.look(t.Context(), d.at(60*24+2))
	if again := d.current(); again[0].At != at || again[0].Now == a.Now {
		t.Errorf("two hours later: made %s, level %v; was %s, %v", again[0].At, again[0].Now, at, a.Now)
	}

	d.write(t, 68*24)
	d.look(t.Context(), d.at(68*24))
	scores, err := d.store.ForecastScores(t.Context(), d.begin, d.at(100*24))
	if err != nil || len(scores) != 2 {
		t.Fatalf("%v, %v; %v", scores, err, d.failures)
	}
	for _, s := range scores {
		if s.Resource != "disk" || s.Ahead != 7*24*time.Hour || s.Count != 1 || s.Inside != 1 || s.Error.Float() > 0.3 {
			t.Errorf("score %+v", s)
		}
	}

	d.write(t, 82*24)
	d.look(t.Context(), d.at(82*24))
	if f := d.current()[0]; f.Exhaustion != slo.LimitReached {
		t.Errorf("past the limit: %+v", f)
	}
	if len(d.failures) > 0 {
		t.Errorf("failures %v", d.failures)
	}
}

// TestForecastsReadTheHour looks at other minutes than the one at which readings
// are written, once an hour.
func TestForecastsReadTheHour(t *testing.T) {
	for _, minute := range []time.Duration{0, 7, 12, 39} {
		limit, err := slo.NewQuantity(80)
		if err != nil {
			t.Fatal(err)
		}
		r := disk()
		r.Limit = slo.ResourceLimit{Number: &limit}
		d := newDisks(t, r)
		d.write(t, 10*24)
		d.look(t.Context(), d.at(10*24).Add(minute*time.Minute+314*time.Millisecond))
		if known := d.current(); len(known) != 2 || known[0].Exhaustion == slo.NotEnoughData || math.Round(known[0].PerDay.Float()) != 1 {
			t.Errorf("%d minutes past the hour: %+v; %v", minute, known, d.failures)
		}
	}
}

// TestForecastsSayWhatTheyLack has resources that nothing can be said of.
func TestForecastsSayWhatTheyLack(t *testing.T) {
	eighty, err := slo.NewQuantity(80)
	if err != nil {
		t.Fatal(err)
	}
	number := slo.ResourceLimit{Number: &eighty}
	d := newDisks(t,
		&slo.Resource{Name: "absent", Used: "assay_nothing", Limit: number},
		&slo.Resource{Name: "broken", Used: `assay_disk_used * on (host) group_left assay_disk_size{x=""} / on (nothing) assay_disk_size`, Limit: number},
		&slo.Resource{Name: "several", Used: "assay_disk_used", Limit: number},
		&slo.Resource{Name: "unlimited", Used: "sum(assay_disk_used)", Limit: slo.ResourceLimit{Expr: "assay_nothing"}},
		&slo.Resource{Name: "zero", Used: "sum(assay_disk_used)", Limit: slo.ResourceLimit{Expr: "0"}},
	)
	d.write(t, 10*24)
	d.look(t.Context(), d.at(10*24))
	want := []slo.Lack{slo.LackReadings, slo.LackQuery, slo.LackSeries, slo.LackLimit, slo.LackLimit}
	for i, f := range d.current() {
		if f.Exhaustion != slo.NotEnoughData || f.Lack != want[i] || (f.Problem != "") != (want[i] == slo.LackQuery) {
			t.Errorf("%s: %s, %s, %q; want %s", f.Resource.Name, f.Exhaustion, f.Lack, f.Problem, want[i])
		}
	}
	if len(d.current()) != len(want) || len(d.failures) != 1 || !strings.Contains(d.failures[0], "broken") {
		t.Errorf("%d forecasts, failures %v", len(d.current()), d.failures)
	}
	if alerts := capacityAlerts(d.current(), d.at(10*24)); len(alerts) > 0 {
		t.Errorf("alerts of nothing known: %v", alerts)
	}
}

// TestForecasterEnds ends before the series are there, and after.
func TestForecasterEnds(t *testing.T) {
	d := newDisks(t)
	ctx, cancel := context.WithCancel(t.Context())
	looked := make(chan struct{}, 10)
	d.changed = func() { looked <- struct{}{} }
	done := make(chan error, 1)
	go func() { done <- d.run(ctx, d.series.Ready()) }()
	<-looked
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := d.run(ctx, make(chan struct{})); err != nil {
		t.Error(err)
	}
}

// TestDemandIsSetAgainstLoad has a service that is down for an hour under load.
func TestDemandIsSetAgainstLoad(t *testing.T) {
	hundred, err := slo.NewQuantity(100)
	if err != nil {
		t.Fatal(err)
	}
	d := newDisks(t, &slo.Resource{Name: "disk", Service: `sh"op`, Used: `assay_disk_used{host="a"}`, Limit: slo.ResourceLimit{Number: &hundred}})
	for d.hours <= 60*24 {
		h := d.hours
		d.write(t, h)
		for minute := range 60 { // a minute is one sample; the hour 1420 is down
			state := 1.0
			if h == 1420 {
				state = 0
			}
			if h < 1400 && minute > 0 {
				break
			}
			at := d.at(h).Add(time.Duration(minute) * time.Minute)
			if err := d.series.AppendSamples(t.Context(), at, []slo.Sample{{Name: "assay_service_state", Labels: map[string]string{"service": `sh"op`}, Value: state}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	d.look(t.Context(), d.at(60*24))
	known := d.current()
	if len(known) != 1 || len(known[0].Demand) < 2 {
		t.Fatalf("%+v, %v", known, d.failures)
	}
	var down time.Duration
	hours := 0
	for _, b := range known[0].Demand {
		hours += b.Hours
		down += b.Down
		if b.Down > 0 && b.From != slo.One/2 {
			t.Errorf("down in %+v, not at 59 %% of load", b)
		}
	}
	if hours < 27*24 || down < 50*time.Minute || down > 65*time.Minute {
		t.Errorf("%s down in %d hours", down, hours)
	}
}

func TestSeriesAreBounded(t *testing.T) {
	long := resourceSeries{labels: map[string]string{"host": strings.Repeat("x", maxSeriesName)}}
	for name, by := range map[string][]resourceSeries{"many": make([]resourceSeries, maxSeriesOfOne+1), "long": {long}} {
		if err := tooMany(by); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if err := tooMany(make([]resourceSeries, maxSeriesOfOne)); err != nil {
		t.Error(err)
	}
}

// TestResourceSamples writes what is known and nothing else.
func TestResourceSamples(t *testing.T) {
	d := newDisks(t, disk())
	d.write(t, 60*24)
	d.look(t.Context(), d.at(60*24))
	samples := resourceSamples(d.current(), d.at(60*24))
	names := map[string]int{}
	for _, s := range samples {
		names[s.Name+" "+s.Labels["series"]]++
		if s.Labels["resource"] != "disk" || s.Labels["service"] != "shop" {
			t.Errorf("%+v", s)
		}
	}
	if len(samples) != 6 || names["assay_resource_early_seconds host=a"] != 1 || names["assay_resource_used host=b"] != 1 {
		t.Errorf("%v", names)
	}
	if err := d.series.AppendSamples(t.Context(), d.at(60*24), samples); err != nil {
		t.Error(err)
	}
}

func TestCheckResources(t *testing.T) {
	cat := &slo.Catalog{Resources: []*slo.Resource{
		{Name: "a", Used: "sum(x", Limit: slo.ResourceLimit{Expr: "y"}},
		{Name: "b", Used: "1", Limit: slo.ResourceLimit{Expr: "x[5m]"}},
		{Name: "c", Used: "x", Limit: slo.ResourceLimit{Expr: "5"}},
		{Name: "d", Values: []slo.CapacityValue{}},
	}}
	err := CheckResources(cat)
	if err == nil {
		t.Fatal("expressions that are none are taken")
	}
	for _, want := range []string{"the Resource a: used: ", "the Resource b: used: ", "the Resource b: limit: "} {
		if strings.Count(err.Error(), want) != 1 {
			t.Errorf("%q is not told once by %q", want, err)
		}
	}
	if strings.Contains(err.Error(), "the Resource c") || strings.Contains(err.Error(), "the Resource d") {
		t.Error(err)
	}
}
