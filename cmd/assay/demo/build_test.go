package demo

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/collector"
	"github.com/assay-sla/assay/slo"
)

// TestBuild builds a month and some days, and verifies all of it.
func TestBuild(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo")
	until := time.Date(2026, 3, 4, 15, 0, 0, 0, time.UTC)
	last := int64(0)
	o := Options{Dir: dir, Seed: 1, Months: 1, Until: until, Version: "test", Progress: func(_ string, done, total int64) { last = max(last, done) }}
	if err := Build(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if last == 0 {
		t.Error("it told of no progress")
	}
	v, err := collector.VerifyData(t.Context(), filepath.Join(dir, "data"), collector.VerifyOptions{})
	if err != nil || !v.OK() || v.Figures < 49 || v.Recomputed != v.Figures { // more where late data met a seal
		t.Errorf("%+v, %v", v, err)
	}
	reports, err := filepath.Glob(filepath.Join(dir, "reports", "*-2026-02.pdf"))
	if err != nil || len(reports) != 40 {
		t.Errorf("%d reports, %v", len(reports), err)
	}
	if err := Build(t.Context(), o); err == nil || !strings.Contains(err.Error(), "is not empty") {
		t.Errorf("over another: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "assay.yaml")); err != nil {
		t.Error(err)
	}
}

// TestYear: equal seeds draw the same, trouble lies apart, and only what is in
// trouble is down.
func TestYear(t *testing.T) {
	from, to := span(Months, time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC))
	y := newYear(slo.Interval{From: from, To: to}, 1)
	if len(y.troubles) < 60 || len(y.cuts) < 4 {
		t.Errorf("%d troubles, %d cuts", len(y.troubles), len(y.cuts))
	}
	if again := newYear(slo.Interval{From: from, To: to}, 1); !slices.EqualFunc(y.troubles, again.troubles, func(a, b trouble) bool { return a.Interval == b.Interval && a.root == b.root }) {
		t.Error("the same seed drew something else")
	}
	for i, tr := range y.troubles {
		if i > 0 && tr.From < y.troubles[i-1].To {
			t.Errorf("trouble at %s overlaps the one before", tr.From)
		}
		middle := tr.From + (tr.To-tr.From)/2
		for _, s := range services() {
			if down := y.down(s.name, middle) != nil; down != slices.Contains(tr.services, s.name) {
				t.Errorf("%s at %s is down: %t", s.name, middle, down)
			}
			if y.down(s.name, tr.To) != nil || y.down(s.name, tr.From-1) != nil {
				t.Errorf("%s is down around %s", s.name, tr.From)
			}
		}
	}
}
