package slo

import "time"

// Stretch is one outage of a service as people speak of it: from a first down
// to the end of a last one with nothing but unknown between.
type Stretch struct {
	Interval               // To is the present where the last down still lasts
	Down     time.Duration // what of it is known to be down
	Restored bool          // an up follows
	UpFrom   Instant       // the first instant of that up, where Restored
}

// Outage is a stretch of a service's downtime with what explains it.
type Outage struct {
	Stretch
	Service    string
	Causes     []Cause
	Agreements []string // about the service
}

// Stretches returns the stretches of the timeline that overlap v, whole, with
// what is known at an instant.
func (t *Timeline) Stretches(v Interval, at Instant) []Stretch {
	from := MinInstant
	if i := lastUp(t.changes[:t.after(v.From)]); i >= 0 {
		from = t.changes[i].At
	}
	var out []Stretch
	var open *Stretch
	for s, state := range t.Spans(Interval{from, at}) {
		switch {
		case state == Up && open != nil:
			open.Restored, open.UpFrom = true, s.From
			open = nil
		case state == Up && s.From >= v.To:
			return out
		case state == Down && open != nil:
			open.To = s.To
			open.Down += s.Length()
		case state == Down && s.From < v.To:
			out = append(out, Stretch{Interval: s, Down: s.Length()})
			open = &out[len(out)-1]
		}
	}
	for len(out) > 0 && out[0].To <= v.From {
		out = out[1:]
	}
	return out
}
