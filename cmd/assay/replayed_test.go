package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/assay-sla/assay/cmd/assay/demo"
	"github.com/assay-sla/assay/collector"
	"github.com/assay-sla/assay/collector/report"
	"github.com/assay-sla/assay/slo"
)

// The figures of a month's report are those that assay replay computes of the
// same measurements: of each objective of fifty services with outages, late
// measurements and an exclusion.
func TestReplayEqualsReport(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo")
	until := time.Date(2026, 3, 4, 15, 0, 0, 0, time.UTC)
	if err := demo.Build(t.Context(), demo.Options{Dir: dir, Seed: 2, Months: 1, Until: until, Version: "test", Progress: func(string, int64, int64) {}}); err != nil {
		t.Fatal(err)
	}
	at := slo.At(until)
	reported := februaryOf(t, dir, at)
	c := replayCommand{Catalogue: filepath.Join(dir, "catalogue")}
	c.Archive, c.Exclusions = filepath.Join(dir, "data", "archive"), filepath.Join(dir, "data", "records.db")
	r, err := c.replay(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	replayed := map[slo.Instant][]slo.ObjectiveStatus{} // by the window's end
	down := 0
	for i := range reported.Objectives {
		o := &reported.Objectives[i]
		if replayed[o.Of.To] == nil {
			replayed[o.Of.To] = r.Status(o.Of.To)
		}
		found := false
		for _, st := range replayed[o.Of.To] {
			if st.Agreement.Name == o.Agreement && st.Objective.Name == o.Name {
				found = true
				sameAsReplayed(t, o, &st)
			}
		}
		if !found {
			t.Errorf("no replay of %s/%s", o.Agreement, o.Name)
		}
		if o.Times.Down > 0 {
			down++
		}
	}
	if len(reported.Objectives) < 49 || down < 5 {
		t.Errorf("%d objectives, of which %d were down", len(reported.Objectives), down)
	}
}

// sameAsReplayed compares what a report says of an objective with its replay.
func sameAsReplayed(t *testing.T, o *report.Objective, st *slo.ObjectiveStatus) {
	t.Helper()
	for what, c := range map[string]struct {
		shown *report.Figure
		is    slo.Fraction
	}{"coverage": {o.Coverage, st.Coverage}, "best": {o.Best, st.Best}, "worst": {o.Worst, st.Worst}, "delivered": {o.Delivered, st.Availability}} {
		switch {
		case c.shown == nil && what == "delivered" && o.Verdict == report.Insufficient:
		case c.shown == nil && c.is.Valid() || c.shown != nil && string(c.shown.Value) != c.is.Percent(6):
			t.Errorf("%s of %s/%s is %+v in the report, and %s replayed", what, o.Agreement, o.Name, c.shown, c.is.Percent(6))
		}
	}
	ms := func(d time.Duration) report.Milliseconds { return report.Milliseconds(d.Milliseconds()) }
	times := report.Times{
		Agreed: ms(st.Agreed), Up: ms(st.Up), Down: ms(st.Down), Unknown: ms(st.Unknown), Excluded: ms(st.Excluded), Forgiven: ms(st.Forgiven), Exempt: ms(st.Exempt),
	}
	if o.Of != st.Window || o.Times != times {
		t.Errorf("%s/%s has %+v over %v in the report, and %+v over %v replayed", o.Agreement, o.Name, o.Times, o.Of, times, st.Window)
	}
}

// februaryOf is the report on everything of a collector on the demo's folder, as
// it answers at an instant.
func februaryOf(t *testing.T, dir string, at slo.Instant) report.Report {
	t.Helper()
	cfg, err := collector.Config{
		Catalogue: filepath.Join(dir, "catalogue"), Data: filepath.Join(dir, "data"),
		Listen: "127.0.0.1:0", Agents: collector.AgentsConfig{Listen: "127.0.0.1:0", SilentAfter: 72 * time.Hour},
	}.Complete()
	if err != nil {
		t.Fatal(err)
	}
	c, err := collector.New(t.Context(), cfg, collector.Options{Version: "test", Log: slog.New(slog.DiscardHandler), Now: func() slo.Instant { return at }})
	if err != nil {
		t.Fatal(err)
	}
	running, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(running) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	if err := c.CaughtUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get("http://" + c.Addr() + "/api/v1/scoped-reports/all/2026-02?format=json")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var r report.Report
	if err := json.NewDecoder(resp.Body).Decode(&r); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %v", resp.Status, err)
	}
	return r
}
