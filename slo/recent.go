package slo

import "time"

// RecentCoverage is how much is known of the last d of agreed time before t,
// with what is known at t, whatever the agreement counts unknown time as. What
// lies before since is not missed: nobody asked for it yet. Nor is time before
// the terms began, or downtime that may still prove too short to count. Of a
// composite it is the share over all its parts; of requests, that of the increments.
func (a *Account) RecentCoverage(o *Objective, t Instant, d time.Duration, since Instant) Fraction {
	var buf [8]mark
	look := a.look(o, t, buf[:0])
	look.forgive()
	from, _ := a.agreed.Back(t, d)
	v := Interval{max(from, since), t}
	f := look.figures(v)
	if o.Method == ByRequests {
		c := look.tally(v).requests
		f.Agreed, f.Unknown = c.Due, c.Due-c.Known
	}
	whole := max(f.Agreed, d*time.Duration(1+len(look.rest)))
	return Fraction{ms(whole - f.Unknown), ms(whole)}
}
