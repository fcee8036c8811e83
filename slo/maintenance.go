package slo

import "slices"

// Occurrences returns every occurrence of m that overlaps v, in order of
// start. They may overlap each other.
func (m *Maintenance) Occurrences(v Interval) []Interval {
	if m.Once != nil {
		if m.Once.Intersect(v).Empty() {
			return nil
		}
		return []Interval{*m.Once}
	}
	s := m.Schedule
	starts := Interval{v.From.Add(-s.For) + 1, v.To}
	if s.From != nil {
		starts.From = max(starts.From, *s.From)
	}
	if s.To != nil {
		starts.To = min(starts.To, *s.To)
	}
	var out []Interval
	if starts.Empty() {
		return nil
	}
	s.Cron.Starts(starts.From, starts.To, s.Zone, func(i Instant) bool {
		out = append(out, Interval{i, i.Add(s.For)})
		return true
	})
	return out
}

// Covers reports whether the maintenance is of the service.
func (m *Maintenance) Covers(service string) bool {
	for _, s := range m.Services {
		if s == service {
			return true
		}
	}
	return false
}

// noticed reports whether an occurrence counts under an agreement's notice:
// it was announced at least that long before its start.
func (a *Agreement) noticed(m *Maintenance, occurrence Interval) bool {
	if a.MaintenanceNotice == nil {
		return true
	}
	at, ok := m.announced(a.Service, occurrence)
	return ok && at <= occurrence.From.Add(-*a.MaintenanceNotice)
}

// announced is when an occurrence was announced to those who use a service; false
// where it never was. What the catalogue claims is believed only as far back as
// the first catalogue was loaded that carried this very occurrence, announced,
// and of which every later one did.
func (m *Maintenance) announced(service string, occurrence Interval) (Instant, bool) {
	switch {
	case m.Announced == nil:
		return 0, false
	case m.Carried == nil:
		return *m.Announced, true
	}
	first, ok := MaxInstant, false
	for _, c := range slices.Backward(m.Carried) {
		if c.Announced == nil || !c.Covers(service) || !slices.Contains(c.Occurrences(occurrence), occurrence) {
			break
		}
		first, ok = min(first, max(c.Loaded, *c.Announced)), true
	}
	return first, ok
}

// maintenance returns the merged occurrences that count for a inside v, and the
// maintenance that was declared late.
func (a *Agreement) maintenance(ms []*Maintenance, v Interval) []Interval {
	var out []Interval
	for _, m := range ms {
		if !m.Covers(a.Service) {
			continue
		}
		for _, o := range m.Occurrences(v) {
			if a.noticed(m, o) {
				out = append(out, o.Intersect(v))
			}
		}
	}
	return union(append(out, a.excluded(v, true)...))
}

// excluded returns what exclusions take out of v after the fact: late
// maintenance, or all else.
func (a *Agreement) excluded(v Interval, maintenance bool) []Interval {
	var out []Interval
	for _, x := range a.Exclusions {
		if in := x.Intersect(v); !in.Empty() && maintenance == (x.Cause == LateMaintenance) {
			out = append(out, in)
		}
	}
	return union(out)
}
