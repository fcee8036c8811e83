package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// What is left out of a list is counted and summed, and what is down and not
// settled says so.
func TestExplanationIsBounded(t *testing.T) {
	begin := slo.At(time.Date(2026, 10, 5, 0, 0, 0, 0, time.UTC))
	c := &slo.Catalog{
		Probes:   []*slo.Probe{{Name: "web", Hold: time.Minute, Confirm: 1, Locations: slo.Locations{Min: 1}}},
		Services: []*slo.Service{{Name: "shop", Up: slo.Expr{Probe: "web"}}},
		Agreements: []*slo.Agreement{{Name: "gold", Service: "shop", Zone: time.UTC, MinimumOutage: time.Minute,
			Objectives: []slo.Objective{{Name: "hour", Target: slo.One / 2, Window: slo.Window{Rolling: time.Hour}}}}},
	}
	r := slo.NewReplay(c, begin.Add(time.Hour))
	for n := range 60 {
		m := slo.Measurement{Probe: "web", Location: "eu", At: begin.Add(time.Duration(n) * time.Minute), Outcome: slo.Up}
		if n%10 == 1 || n == 2 || n == 59 {
			m.Outcome = slo.Down
		}
		r.AddOnce("a", &m)
	}
	down := slo.Measurement{Probe: "web", Location: "eu", At: begin.Add(59*time.Minute + 30*time.Second), Outcome: slo.Up}
	r.AddOnce("a", &down)
	last := slo.Measurement{Probe: "web", Location: "eu", At: begin.Add(59*time.Minute + 50*time.Second), Outcome: slo.Down}
	r.AddOnce("a", &last)
	a := c.Agreements[0]
	x := r.Explain(a, &a.Objectives[0], begin.Add(time.Hour), 1)
	var b bytes.Buffer
	if err := printExplanation(&b, x); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"OUTAGES: 6, 7m0s in all\n  1. 2026-10-05T00:01:00Z to 2026-10-05T00:03:00Z, 2m0s\n",
		"  and 5 shorter ones, 5m0s in all; --all lists up to 10000\n",
		"FORGIVEN, shorter than 1m0s: 1, 30s in all\n",
		"UNKNOWN: 1, 10s in all\n  1. 2026-10-05T00:59:50Z to 2026-10-05T01:00:00Z, 10s: down, but shorter than what counts as an outage, and not up again yet\n",
		"no measurement near it",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in\n%s", want, &b)
		}
	}
}

// Progress is told of what takes longer than two seconds, and no oftener.
func TestProgress(t *testing.T) {
	now := time.Date(2026, 10, 5, 0, 0, 0, 0, time.UTC)
	var b bytes.Buffer
	tell := progress(&b, func() time.Time { return now }, "reading")
	for n := range int64(5) {
		tell("days", n, 5)
		now = now.Add(1500 * time.Millisecond)
	}
	if want := "assay: reading days: 2 of 5\nassay: reading days: 4 of 5\n"; b.String() != want {
		t.Errorf("it says %q, want %q", &b, want)
	}
}
