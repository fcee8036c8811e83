package slo

import "time"

// Stretch is one outage of a service as people speak of it: from a first down
// to the end of a last one with nothing but unknown between.
type Stretch struct {
	Interval               // To is t where the last down still lasts
	Down     time.Duration // what of it is known to be down
	Restored bool          // an up follows before t
	UpFrom   Instant       // the first instant of that up, where Restored
}

// Outage is a stretch of a service's downtime with what explains it.
type Outage struct {
	Stretch
	Service    string
	Causes     []Cause
	Agreements []string // that it counts against
}

// Stretches returns the stretches of a timeline that touch v, or that nothing
// but unknown parts from it, whole, with what is known at an instant: those that a
// change inside v may have made, moved or ended. A stretch reaches to the up
// that restores it.
func (t *Timeline) Stretches(v Interval, at Instant) []Stretch {
	from := MinInstant
	if i := lastUp(t.changes[:t.after(min(v.From, at)-1)]); i >= 0 {
		from = t.changes[i].At()
	}
	var out []Stretch
	open := false
	for s, state := range t.Spans(Interval{from, at}) {
		last := len(out) - 1
		switch {
		case state == Down && open:
			out[last].To = s.To
			out[last].Down += s.Length()
		case state == Down:
			out = append(out, Stretch{Interval: s, Down: s.Length()})
			open = true
		case state == Up:
			if open {
				out[last].Restored, out[last].UpFrom = true, s.From
				open = false
			}
			if s.To > v.To {
				return out
			}
		}
	}
	return out
}
