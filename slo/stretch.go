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

// Flapping makes one stretch of those of which each begins less than a hold
// after the one before was restored; hold is the one in force at an instant,
// 0 for none. The stretches are of one timeline, oldest first.
func Flapping(list []Stretch, hold func(Instant) time.Duration) []Stretch {
	var out []Stretch
	for _, s := range list {
		last := len(out) - 1
		if last < 0 || s.From.Sub(out[last].UpFrom) >= hold(s.From) {
			out = append(out, s)
			continue
		}
		o := &out[last]
		o.To, o.Down, o.Restored, o.UpFrom = s.To, o.Down+s.Down, s.Restored, s.UpFrom
	}
	return out
}

// Flaps are the stretches of Stretches with those that they flap with, however
// far back or on, made one.
func (t *Timeline) Flaps(v Interval, at Instant, hold func(Instant) time.Duration) []Stretch {
	for {
		list := t.Stretches(v, at)
		wider := v
		if n := len(list); n > 0 {
			wider.From = min(v.From, list[0].From.Add(-hold(list[0].From)))
			if last := list[n-1]; last.Restored {
				wider.To = max(v.To, last.UpFrom.Add(hold(at)))
			}
		}
		if wider == v {
			return Flapping(list, hold)
		}
		v = wider
	}
}
