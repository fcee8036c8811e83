package report

import (
	"slices"

	"github.com/assay-sla/assay/slo"
)

// outages are the intervals of down with what is on record about each.
func outages(in Input, records []*slo.Incident) []Outage {
	out := []Outage{}
	end := min(in.At, in.Period.To)
	for i, v := range in.Outages {
		o := Outage{Agreement: in.Agreement.Name, Service: in.Agreement.Service, Interval: v, Length: millis(v.Length()), Causes: []Cause{}, Drill: drillOf(in, v)}
		if k := recordOf(records, v); k != nil {
			o.Incident, o.Causes = k.ID, causes(k.Causes)
			o.Detected, o.Restored = by(k.Detected, in.At), by(k.Restored, in.At)
			o.Lasts = v.To >= end && (k.Restored == 0 || k.Restored > end)
		} else {
			o.Lasts = v.To >= end && end == in.At
		}
		if i < len(in.Whose) {
			o.Whose = attribution(in.Whose[i])
		}
		out = append(out, o)
	}
	return out
}

// recordOf is the first incident that overlaps an outage, or nil.
func recordOf(records []*slo.Incident, v slo.Interval) *slo.Incident {
	for _, k := range records {
		if !disproved(k) && !lasted(k).Intersect(v).Empty() {
			return k
		}
	}
	return nil
}

// lasted is the time of an incident; an open one has no end. One that people
// say needs nobody ends with that, though what it is about may last.
func lasted(i *slo.Incident) slo.Interval {
	switch {
	case i.Restored != 0:
		return slo.Interval{From: i.Began, To: i.Restored}
	case i.Resolved != 0:
		return slo.Interval{From: i.Began, To: i.Resolved}
	}
	return slo.Interval{From: i.Began, To: slo.MaxInstant}
}

// causes joins the sightings of one reason of one probe, in order of sight.
func causes(list []slo.Cause) []Cause {
	out := []Cause{}
	for _, c := range list {
		i := slices.IndexFunc(out, func(o Cause) bool { return o.Probe == c.Probe && o.Reason == c.Reason })
		if i < 0 {
			i = len(out)
			out = append(out, Cause{Probe: c.Probe, Target: c.Target, Reason: c.Reason, Locations: []string{}})
		}
		if !slices.Contains(out[i].Locations, c.Location) {
			out[i].Locations = append(out[i].Locations, c.Location)
		}
		if out[i].Evidence == "" {
			out[i].Evidence = c.Evidence
		}
	}
	return out
}
