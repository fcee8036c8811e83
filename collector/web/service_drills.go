package web

import (
	"context"
	"time"

	"github.com/assay-sla/assay/slo"
)

const (
	drillsShown  = 5   // on a service's page
	drillsMarked = 100 // in its strips
)

// drillRow is a drill on a service's page, beside its timeline: what was down
// then may have been a test.
type drillRow struct {
	Path, Plan, Name, Period, Standing string
}

// spanOf is the time of a drill, up to an instant where it runs. It is never
// empty.
func spanOf(d *slo.Drill, at slo.Instant) slo.Interval {
	to := d.Ended()
	if to == 0 {
		to = at
	}
	return slo.Interval{From: d.Declared, To: max(to, d.Declared+1)}
}

// drillRow puts a drill into words.
func (w words) drillRow(d *slo.Drill, at slo.Instant, zone *time.Location) drillRow {
	standing := w.t("drill.state." + string(d.State()))
	if d.Ended() != 0 && d.State() != slo.DrillAborted {
		standing = w.drillMark(d).Word + " · " + standing
	}
	return drillRow{drillPath(d.ID), d.Plan, d.Name, w.period(spanOf(d, at), zone), standing}
}

// drillsOf lists the newest drills that touch a service in v. Without them its
// page has its figures all the same.
func (s *site) drillsOf(v *visit, service string, in slo.Interval, limit int) []slo.Drill {
	if s.Continuity == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(v.r.Context(), 5*time.Second)
	defer cancel()
	list, err := s.Continuity.OfService(ctx, service, in, limit)
	if err != nil {
		s.Log.Error("reading the drills failed", "service", service, "error", err)
		return nil
	}
	return list[:min(len(list), limit)]
}

// drillRows are the newest drills of a service.
func (s *site) drillRows(v *visit, service string, zone *time.Location) []drillRow {
	list := s.drillsOf(v, service, slo.Interval{From: slo.MinInstant, To: slo.MaxInstant}, drillsShown)
	var out []drillRow
	for i := range list {
		out = append(out, v.views.drillRow(&list[i], v.at, zone))
	}
	return out
}

// markDrills draws the drills that touch v along the lower edge of its strip:
// what was down then may have been a test.
func (w words) markDrills(s *strip, drills []slo.Drill, v slo.Interval, at slo.Instant, zone *time.Location) {
	for i := range drills {
		d := &drills[i]
		span := spanOf(d, at)
		if !d.Terms.Disrupts() || span.Intersect(v).Empty() {
			continue
		}
		m := w.stripMark(slo.TimedState{Interval: span, State: slo.Down}, v, s.Width, zone) // as wide as a short outage at least
		m.Class, m.Y, m.H, m.Href = "drill", "20", "4", drillPath(d.ID)
		m.Title = w.t("drill.mark", d.Plan, d.Name, w.period(span, zone))
		s.Marks, s.Drills = append(s.Marks, m), true
	}
}

// markDays marks the days of a month that drills touch.
func (w words) markDays(cells []dayCell, days []slo.Interval, drills []slo.Drill, at slo.Instant) {
	for i := range drills {
		d := &drills[i]
		for k, day := range days {
			if d.Terms.Disrupts() && !spanOf(d, at).Intersect(day).Empty() {
				cells[k].Drill = true
				cells[k].Title += w.t("list.join") + w.t("drill.of", d.Plan, d.Name)
			}
		}
	}
}

// drillsIn marks and lists the drills that may have taken a part of a figure
// down in a window.
func (s *site) drillsIn(v *visit, part *partView, window slo.Interval, zone *time.Location) {
	drills := s.drillsOf(v, part.Service, window, drillsMarked)
	v.views.markDrills(&part.Strip, drills, window, v.at, zone)
	for i := range drills {
		if drills[i].Terms.Disrupts() {
			part.Drills = append(part.Drills, v.views.drillRow(&drills[i], v.at, zone))
		}
	}
}
