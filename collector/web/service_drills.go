package web

import (
	"context"
	"time"

	"github.com/assay-sla/assay/slo"
)

// drillsShown bounds the drills on a service's page.
const drillsShown = 5

// Drills returns the drills of the continuity plans that cover a service, the
// newest first, at most so many.
type Drills func(ctx context.Context, service string, limit int) ([]slo.Drill, error)

// drillRow is a drill on a service's page, beside its timeline: what was down
// then may have been a test.
type drillRow struct {
	Plan, Name, Period, Standing string
}

// drillRow puts a drill into words.
func (w words) drillRow(d *slo.Drill, at slo.Instant, zone *time.Location) drillRow {
	to := d.Ended()
	if to == 0 {
		to = at
	}
	standing := w.t("drill.state." + string(d.State()))
	switch {
	case d.Ended() == 0 || d.State() == slo.DrillAborted:
	case d.Passed():
		standing = w.t("drill.passed") + " · " + standing
	default:
		standing = w.t("drill.failed") + " · " + standing
	}
	return drillRow{d.Plan, d.Name, w.period(slo.Interval{From: d.Declared, To: max(to, d.Declared+1)}, zone), standing}
}

// drillsOf lists the newest drills that touch a service. Without them its page
// has its figures all the same.
func (s *site) drillsOf(v *visit, service string, zone *time.Location) []drillRow {
	if s.Drills == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(v.r.Context(), 5*time.Second)
	defer cancel()
	list, err := s.Drills(ctx, service, drillsShown)
	if err != nil {
		s.Log.Error("reading the drills failed", "service", service, "error", err)
		return nil
	}
	var out []drillRow
	for i := range list[:min(len(list), drillsShown)] {
		out = append(out, v.views.drillRow(&list[i], v.at, zone))
	}
	return out
}
