package ledger

import (
	"reflect"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

func TestFinality(t *testing.T) {
	const minute = slo.Instant(60_000)
	end, until := t0, t0+2*minute
	past, short := Watermark{"a", until}, Watermark{"b", until - 1}
	for _, x := range []struct {
		name   string
		at     slo.Instant
		agents []Watermark
		want   Finality
	}{
		{"before its end", end - 1, []Watermark{past}, Finality{false, Running, nil}},
		{"before what may settle it", until - 1, []Watermark{past}, Finality{false, Running, nil}},
		{"all have passed it", until, []Watermark{past, past}, Finality{true, Watermarks, nil}},
		{"one has not", until, []Watermark{past, short}, Finality{false, Waiting, []string{"b"}}},
		{"one never said", end + 59*minute, []Watermark{{"c", 0}, short, past}, Finality{false, Waiting, []string{"b", "c"}}},
		{"one never said, and the grace is over", end + 60*minute, []Watermark{{"c", 0}}, Finality{true, Grace, nil}},
		{"nobody reports", end + 59*minute, nil, Finality{false, Waiting, nil}},
		{"nobody reports, and the grace is over", end + 60*minute, nil, Finality{true, Grace, nil}},
	} {
		if got := FinalityOf(end, until, x.at, time.Hour, x.agents); !reflect.DeepEqual(got, x.want) {
			t.Errorf("%s: %+v, want %+v", x.name, got, x.want)
		}
	}
}

func TestKnownUntil(t *testing.T) {
	a := &slo.Agreement{MinimumOutage: 3 * time.Minute}
	probes := []*slo.Probe{
		{Every: time.Minute, Hold: 130 * time.Second, Timeout: 10 * time.Second, Confirm: 2},
		{Every: 10 * time.Second, Hold: 30 * time.Second, Timeout: 10 * time.Second, Confirm: 1},
	}
	if got, want := KnownUntil(slo.Interval{From: t0.Add(-time.Hour), To: t0}, a, probes, nil), t0.Add(130*time.Second+2*time.Minute+10*time.Second+3*time.Minute); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestNextWindow(t *testing.T) {
	a := &slo.Agreement{Zone: time.UTC}
	turn := t0.Add(30 * time.Hour)
	ends, begins := &slo.Agreement{Zone: time.UTC, To: &turn}, &slo.Agreement{Zone: time.UTC, From: &turn}
	day := &slo.Objective{Window: slo.Window{Period: slo.Day}}
	first := slo.Interval{From: t0, To: t0.Add(24 * time.Hour)}
	for _, x := range []struct {
		name        string
		last, since slo.Instant
		want        slo.Interval
	}{
		{"the one that was running when it was promised", 0, t0 + 5, first},
		{"promised at its very beginning", 0, t0, first},
		{"the one after the last", t0, t0.Add(-99 * time.Hour), first},
	} {
		got, ok := NextWindow(day, a, x.last, x.since)
		if !ok || got != x.want {
			t.Errorf("%s: %s to %s", x.name, got.From, got.To)
		}
	}
	second := slo.Interval{From: t0.Add(24 * time.Hour), To: t0.Add(48 * time.Hour)}
	if got, ok := NextWindow(day, ends, first.To, t0); !ok || got != second {
		t.Errorf("the last of terms that end in it: %v %t", got, ok)
	}
	if got, ok := NextWindow(day, ends, second.To, t0); ok {
		t.Errorf("after the end of the terms: %v", got)
	}
	if got, ok := NextWindow(day, begins, 0, t0); !ok || got != second {
		t.Errorf("the first of terms that begin in it: %v %t", got, ok)
	}
	if got, ok := NextWindow(day, begins, second.To, t0); !ok || got.From != second.To {
		t.Errorf("the one after that: %v %t", got, ok)
	}
	if _, ok := NextWindow(&slo.Objective{Window: slo.Window{Rolling: time.Hour}}, a, 0, t0); ok {
		t.Error("a rolling window closes")
	}
}
