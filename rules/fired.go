package rules

import (
	"slices"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Firings is when one condition's alert lasted.
type Firings struct {
	Pair slo.BurnPair
	Held []slo.Interval // when it fired, in order, to one step
}

// maxSteps bounds the steps in which Fired walks through an interval.
const maxSteps = 200_000

// Step is how often Fired asks: a fifth of the shortest window, so that no
// window is jumped over, and no oftener than maxSteps times in v.
func (c Conditions) Step(v slo.Interval) time.Duration {
	windows := Windows(c.Pairs)
	if len(windows) == 0 {
		return v.Length()
	}
	return max(time.Second, windows[0]/5, v.Length()/maxSteps).Truncate(time.Millisecond)
}

// Fired walks through v and returns when each condition of an objective fired,
// as the collector asks: inside agreed time only, and once it has held for as
// long as it must. A wait that began before v counts from v. It asks with hindsight, as if
// every measurement had arrived when it was made and each stretch had been
// settled at once, so an alert that was raised on what came to be known later
// may have begun later. The cover of the account's agreed time must reach back
// from v as far as the longest window does. tell is told of the progress.
func (c Conditions) Fired(a *slo.Account, o *slo.Objective, v slo.Interval, tell func(done, total int64)) []Firings {
	out := make([]Firings, len(c.Pairs))
	for i, p := range c.Pairs {
		out[i].Pair = p
	}
	if len(c.Pairs) == 0 || v.Empty() {
		return out
	}
	windows, step := Windows(c.Pairs), c.Step(v)
	total, done := int64(v.Length()/step), int64(0)
	for at := v.From.Add(step); at <= v.To; at = at.Add(step) {
		done++
		tell(done, max(done, total))
		if !a.Agreed().Agreed(at - 1) {
			continue
		}
		burn := a.BurnRates(o, at, windows)
		for i := range out {
			if len(Firing(c.Pairs[i:i+1], burn)) > 0 {
				out[i].hold(slo.Interval{From: at, To: at.Add(step)})
			}
		}
	}
	for i := range out {
		out[i].wait()
	}
	return out
}

// wait takes away of each time that the condition held what its pair waits for.
func (f *Firings) wait() {
	for i := range f.Held {
		f.Held[i].From = f.Held[i].From.Add(f.Pair.For)
	}
	f.Held = slices.DeleteFunc(f.Held, slo.Interval.Empty)
}

// hold notes that the condition held for a step.
func (f *Firings) hold(v slo.Interval) {
	if n := len(f.Held); n > 0 && f.Held[n-1].To >= v.From {
		f.Held[n-1].To = v.To
		return
	}
	f.Held = append(f.Held, v)
}
