package slo

import (
	"fmt"
	"time"
)

// ObjectiveStatus is every figure of one objective at one instant, as the
// contract defines them. It is the one value behind page, API, report,
// dashboard and alert.
type ObjectiveStatus struct {
	Agreement *Agreement
	Objective *Objective
	Window    Interval
	At        Instant // what was known when the figures were made

	Figures // from the window's beginning to At or the window's end

	Slices      *SliceCount      // of BySlices
	Occurrences *OccurrenceCount // of ByOccurrences
	Latency     *LatencyCount    // of ByLatency
	Long        *OutageCount     // of ByOutages
	Requests    *RequestCount    // of ByRequests
	Seen        *Seen            // nil of methods that count measurements as they came
	Exclusions  []*Exclusion     // after the fact, that touch the window
	Before      *ObjectiveStatus // as it is without these; nil where there are none

	Coverage     Fraction // Figures.Coverage; of ByRequests the share of increments that is known
	Availability Fraction // under the agreement's policy
	Best, Worst  Fraction // under UnknownUp and UnknownDown

	Verdict    Verdict
	Budget     *time.Duration // of the whole window; nil unless ByTime
	BudgetUsed *time.Duration
	Credit     *Ratio   // nil where none is earned on the objective, or nothing is settled
	Owed       *Money   // the credit of the fee; nil where there is no credit, or no fee
	ClaimBy    *Instant // when a claim is due; nil where nothing is owed, or no deadline is set
	Outages    []Interval
	Burn       []Burn // over recent windows, shortest first; filled in by who asks for it
	// Percentile is the latency that the target's share of the measurements
	// stayed within; of ByLatency, filled in by who asks for it; 0 where nothing
	// was measured.
	Percentile time.Duration
	// Attribution is whose the down time was; filled in by who asks for it.
	Attribution *Attribution
	// Next is the next tier of the credits; filled in by who asks for it.
	Next *NextTier
}

// Figures are the times of an interval: Agreed = Up + Down + Unknown, Forgiven
// is part of Up, Excluded is what maintenance took out, and Exempt what was over
// the workload limit.
type Figures struct {
	Agreed, Up, Down, Unknown, Excluded, Forgiven, Exempt time.Duration
}

// Seen is the same figure before confirmation, quorum and forgiveness: down is
// whenever a location that counts saw it down, so no setting makes a flapping
// service look whole.
type Seen struct {
	Figures
	Availability Fraction // under the agreement's policy
	Flaps        int      // outages in it
}

// Coverage is known ÷ agreed time.
func (f Figures) Coverage() Fraction { return Fraction{ms(f.Up + f.Down), ms(f.Agreed)} }

// Figures sums v, up to t, with what is known at t.
func (a *Account) Figures(t Instant, v Interval) Figures {
	var buf [8]mark
	v.To = min(v.To, t)
	return a.at(t, buf[:0]).figures(v)
}

func (w view) figures(v Interval) Figures {
	s := w.in(v)
	f := Figures{Up: s[asUp] + s[asForgiven], Down: s[asDown], Unknown: s[asUnknown], Forgiven: s[asForgiven]}
	f.Agreed, f.Excluded = w.a.agreed.In(v)
	f.Exempt = w.a.agreed.Exempt(v)
	return f
}

// SliceCount counts the slices of a window.
type SliceCount struct {
	Good    int64 `json:"good"`
	Bad     int64 `json:"bad"`
	Skipped int64 `json:"skipped"` // nothing known, under UnknownExcluded
}

// OccurrenceCount counts measurements by outcome.
type OccurrenceCount struct {
	Up      int64 `json:"up"`
	Down    int64 `json:"down"`
	Unknown int64 `json:"unknown"`
}

// Verdict says whether a target is met.
type Verdict uint8

// The verdicts. Insufficient data is neither.
const (
	Insufficient Verdict = iota
	Met
	Missed
)

// String is insufficient data, met or missed.
func (v Verdict) String() string {
	return [...]string{"insufficient data", "met", "missed"}[v]
}

// Status computes the figures of an objective of the account's agreement with
// what is known at t, for the window that holds the instant just before w.
// The window must lie in the cover of the account's agreed time.
func (a *Account) Status(o *Objective, t, w Instant) ObjectiveStatus {
	var buf [8]mark
	look := a.look(o, t, buf[:0])
	window := o.Window.At(w, a.Agreement.Zone)
	st := ObjectiveStatus{Agreement: a.Agreement, Objective: o, Window: window, At: t}
	so := Interval{window.From, min(t, window.To)}

	st.Figures = look.figures(so)

	tally := look.tally(so)
	st.Slices, st.Occurrences, st.Latency, st.Long, st.Requests = tally.slices, tally.occurrences, tally.latency, tally.outages, tally.requests
	st.Coverage = tally.coverage(st.Figures)
	st.Availability = tally.availability[a.Agreement.Unknown]
	st.Best, st.Worst = tally.availability[UnknownUp], tally.availability[UnknownDown]

	var sufficient bool
	st.Verdict, sufficient = tally.judge(o, a.Agreement, st.Coverage)
	st.budget(a)
	st.credit(a, sufficient)
	st.Outages = look.outages(so)
	st.Seen = a.whatWasSeen(o, t, so)
	a.beforeExclusions(&st, w)
	return st
}

// beforeExclusions fills in the exclusions after the fact, and what the figure
// is without them.
func (a *Account) beforeExclusions(st *ObjectiveStatus, w Instant) {
	for _, x := range a.Agreement.Exclusions {
		if !x.Intersect(st.Window).Empty() {
			st.Exclusions = append(st.Exclusions, x)
		}
	}
	if len(st.Exclusions) > 0 {
		before := a.before.Status(st.Objective, st.At, w)
		st.Before = &before
	}
}

// whatWasSeen is an objective's figure over v before any setting smoothed it.
func (a *Account) whatWasSeen(o *Objective, t Instant, v Interval) *Seen {
	if o.Method == ByOccurrences || o.Method == ByLatency || o.Method == ByRequests {
		return nil
	}
	var buf [8]mark
	var look look
	if o.Method == Composite {
		look = a.lookAtParts(o, t, (*Account).asSeen)
	} else {
		look = a.asSeen().look(o, t, buf[:0])
	}
	return &Seen{look.figures(v), look.tally(v).availability[a.Agreement.Unknown], look.count(v)}
}

// judge says whether the objective is met, and whether enough is known to take
// its availability at its word.
func (t *tally) judge(o *Objective, a *Agreement, coverage Fraction) (v Verdict, sufficient bool) {
	f := t.availability
	sufficient = coverage.Valid() && coverage.Compare(a.MinCoverage) >= 0 && f[a.Unknown].Valid()
	if o.Method == ByOutages {
		if !coverage.Valid() {
			return Insufficient, false
		}
		return t.outages.verdict(sufficient, o.Outages), sufficient
	}
	return verdict(sufficient, o.Target, f[a.Unknown], f[UnknownUp], f[UnknownDown]), sufficient
}

// Promise is what an objective promises in plain English: 99.95 %, 99 % within
// 300ms, at most 2 outages over 10m0s.
func (o *Objective) Promise() string {
	switch o.Method {
	case ByLatency:
		return o.Target.Percent() + " % within " + o.Latency.Within.String()
	case ByRequests:
		return o.Target.Percent() + " % of the requests"
	case ByOutages:
		return fmt.Sprintf("at most %d outages over %s", o.Outages.Most, o.Outages.Longer)
	}
	return o.Target.Percent() + " %"
}

func ms(d time.Duration) int64 { return d.Milliseconds() }

// verdict says what is settled: the figure where there is enough of it, else
// only what the bounds leave no doubt of.
func verdict(sufficient bool, target Ratio, availability, best, worst Fraction) Verdict {
	switch {
	case sufficient && availability.Compare(target) >= 0:
		return Met
	case sufficient:
		return Missed
	case best.Valid() && best.Compare(target) < 0:
		return Missed
	case worst.Valid() && worst.Compare(target) >= 0:
		return Met
	}
	return Insufficient
}

// budget fills in what may be missed of the whole window, and what was.
func (st *ObjectiveStatus) budget(a *Account) {
	whole, _ := a.agreed.In(st.Window)
	if st.Requests != nil {
		st.requestBudget(whole)
	}
	if st.Objective.Method != ByTime {
		return
	}
	b := (One - min(One, st.Objective.Target)).Of(whole)
	used := st.Down
	if a.Agreement.Unknown == UnknownDown {
		used += st.Unknown
	}
	st.Budget, st.BudgetUsed = &b, &used
}

// outages calls f with the maximal intervals of down, as counted, inside agreed
// time, in order.
func (w view) outages(v Interval, f func(Interval)) {
	w.each(v, func(m mark) {
		if m.as == asDown {
			w.a.agreed.within(m.Intersect(v), f)
		}
	})
}

// Availability is the objective's availability over v with what is known at
// t, under the agreement's policy: the same count as Status makes, for any
// interval, such as the long and the short window of a burn rate.
func (a *Account) Availability(o *Objective, t Instant, v Interval) Fraction {
	var buf [8]mark
	v.To = min(v.To, t)
	look := a.look(o, t, buf[:0])
	return look.tally(v).availability[a.Agreement.Unknown]
}
