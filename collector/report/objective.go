package report

import (
	"encoding/json"
	"time"

	"github.com/assay-sla/assay/slo"
)

// coverageDigits is how many decimals a coverage shows.
const coverageDigits = 1

// figure is a fraction as a report shows it; nil where there is nothing to
// divide by.
func figure(f slo.Fraction, digits int, target slo.Ratio) *Figure {
	if !f.Valid() {
		return nil
	}
	return &Figure{Value: json.Number(f.Percent(6)), Shown: f.Figure(digits, target)}
}

// objectives puts the statuses in order: one entry for each objective of the
// agreement, with its deciding window and its trend.
func objectives(in Input, months []string) []Objective {
	out := []Objective{}
	for i := range in.Agreement.Objectives {
		o := &in.Agreement.Objectives[i]
		list := of(in.Objectives, o.Name)
		e := objective(in, o, list)
		e.Agreement, e.Service = in.Agreement.Name, in.Agreement.Service
		for m, label := range months {
			e.Trend = append(e.Trend, point(in, label, of(in.Trend[m], o.Name)))
		}
		out = append(out, e)
	}
	return out
}

// of picks the statuses of one objective.
func of(list []slo.ObjectiveStatus, name string) []*slo.ObjectiveStatus {
	var out []*slo.ObjectiveStatus
	for i := range list {
		if list[i].Objective.Name == name {
			out = append(out, &list[i])
		}
	}
	return out
}

// deciding is the status that speaks for several: of those missed, else of
// those without enough data, else of all, the one with the lowest
// availability. It is nil where there are none.
func deciding(list []*slo.ObjectiveStatus) *slo.ObjectiveStatus {
	rank := [...]int{slo.Missed: 0, slo.Insufficient: 1, slo.Met: 2}
	var worst *slo.ObjectiveStatus
	for _, st := range list {
		switch {
		case worst == nil || rank[st.Verdict] < rank[worst.Verdict]:
			worst = st
		case st.Verdict == worst.Verdict && lower(st.Availability, worst.Availability):
			worst = st
		}
	}
	return worst
}

// lower reports whether a is below b; what is not valid is below nothing.
func lower(a, b slo.Fraction) bool {
	if !a.Valid() || !b.Valid() {
		return a.Valid()
	}
	return a.Float() < b.Float()
}

func objective(in Input, o *slo.Objective, list []*slo.ObjectiveStatus) Objective {
	a := in.Agreement
	e := Objective{
		Name: o.Name, Method: o.Method.String(), Window: o.Window.String(), Rolling: millis(o.Window.Rolling),
		Target: o.Target.Percent(), Verdict: Insufficient, Credits: []Credit{},
		EarnsCredit: a.Credits != nil && a.Credits.Objective == o.Name,
	}
	e.promise(o)
	st := deciding(list)
	if st == nil {
		return e
	}
	e.Verdict, e.SoFar, e.Of = verdictOf(st), soFar(in, st), st.Window
	e.Delivered, e.Best, e.Worst = delivered(in, st), shown(in, st, st.Best), shown(in, st, st.Worst)
	e.Coverage = figure(st.Coverage, coverageDigits, a.MinCoverage)
	e.Times, e.Slices, e.Occurrences = times(st.Figures), st.Slices, st.Occurrences
	e.counted(st)
	e.excluded(in, st)
	e.Attribution = attribution(st.Attribution)
	if x := st.Seen; x != nil {
		e.Seen = &Seen{shown(in, st, x.Availability), millis(x.Down), x.Flaps, x.Down == st.Down && x.Flaps == len(st.Outages)}
	}
	if st.Budget != nil && st.BudgetUsed != nil {
		budget, used := millis(*st.Budget), millis(*st.BudgetUsed)
		e.Budget, e.BudgetUsed = &budget, &used
	}
	for _, s := range list {
		if s.Credit != nil {
			e.Credits = append(e.Credits, credit(in, s))
		}
	}
	if w := o.Window; len(list) > 1 || w.Rolling == 0 && (w.Period == slo.Day || w.Period == slo.Week) {
		e.Windows = windows(in, list)
	}
	return e
}

func credit(in Input, st *slo.ObjectiveStatus) Credit {
	c := Credit{
		Agreement: in.Agreement.Name, Objective: st.Objective.Name, Of: st.Window, Percent: st.Credit.Percent(), ClaimBy: st.ClaimBy,
		SoFar: soFar(in, st), Least: !sufficient(st),
	}
	if m := st.Owed; m != nil {
		c.Amount, c.Currency = m.Number(), m.Currency
	}
	return c
}

// promise fills in what the objective's method promises.
func (e *Objective) promise(o *slo.Objective) {
	switch o.Method {
	case slo.BySlices:
		e.Slice = &Slice{millis(o.Slice.Length), o.Slice.Bad.Percent()}
	case slo.ByLatency:
		e.Latency = &Latency{Bound: millis(o.Latency.Within)}
	case slo.ByOutages:
		e.Target = ""
		e.LongOutages = &LongOutages{AtMost: o.Outages.Most, Over: millis(o.Outages.Longer)}
	}
	if o.Method == slo.ByRequests {
		e.Requests = &Requests{Probe: o.Requests.Probe, Good: "0", Bad: "0", BudgetBad: "0"}
	}
	for _, p := range o.Parts {
		e.Parts = append(e.Parts, Part(p))
	}
}

// counted fills in what the objective's method counts one by one.
func (e *Objective) counted(st *slo.ObjectiveStatus) {
	if c := st.Latency; c != nil {
		e.Latency.LatencyCount = *c
		if st.Percentile > 0 {
			p := millis(st.Percentile + time.Millisecond - 1)
			e.Latency.Percentile = &p
		}
	}
	if c := st.Requests; c != nil {
		*e.Requests = Requests{e.Requests.Probe, slo.Thousandths(c.Good), slo.Thousandths(c.Bad), slo.Thousandths(c.Budget), millis(c.Known), millis(c.Due)}
	}
	if c := st.Long; c != nil {
		e.LongOutages.OutageCount = *c
	}
}

// excluded fills in what was excluded after the fact, and the figure without it.
func (e *Objective) excluded(in Input, st *slo.ObjectiveStatus) {
	for _, x := range st.Exclusions {
		e.Exclusions = append(e.Exclusions, Exclusion{x.Name, x.Interval, x.Cause.String(), x.Reason, x.RequestedBy, x.ApprovedBy, x.RequestedAt, x.ApprovedAt})
	}
	if b := st.Before; b != nil {
		e.Before = &Before{shown(in, b, b.Availability), verdictOf(b)}
	}
}

// windows counts and lists the several windows of an objective.
func windows(in Input, list []*slo.ObjectiveStatus) *Windows {
	w := &Windows{List: []Window{}}
	for _, st := range list {
		switch st.Verdict {
		case slo.Met:
			w.Met++
		case slo.Missed:
			w.Missed++
		default:
			w.Insufficient++
		}
		w.List = append(w.List, Window{st.Window, verdictOf(st), soFar(in, st), delivered(in, st), shown(in, st, st.Best), millis(st.Down)})
	}
	return w
}

func verdictOf(st *slo.ObjectiveStatus) Verdict {
	return [...]Verdict{slo.Insufficient: Insufficient, slo.Met: Met, slo.Missed: Missed}[st.Verdict]
}

// soFar reports whether the window of a status goes on after its figures.
func soFar(in Input, st *slo.ObjectiveStatus) bool {
	return st.Window.To > st.At || st.Window.To > in.Period.To
}

// sufficient reports whether enough was observed for the availability to be
// said: the same test as that of the verdict.
func sufficient(st *slo.ObjectiveStatus) bool {
	return st.Coverage.Valid() && st.Availability.Valid() && st.Coverage.Compare(st.Agreement.MinCoverage) >= 0
}

// delivered is the availability, or nil where there is not enough data for one.
func delivered(in Input, st *slo.ObjectiveStatus) *Figure {
	if !sufficient(st) {
		return nil
	}
	return shown(in, st, st.Availability)
}

// shown is an availability of st with the digits that its evidence carries.
func shown(in Input, st *slo.ObjectiveStatus, f slo.Fraction) *Figure {
	step := int64(1) // a slice or a measurement
	if st.Objective.Method.Timed() {
		step = max(1, in.Step.Milliseconds())
	}
	return figure(f, slo.Decimals(step, st.Availability.Whole), st.Objective.Target)
}

// point is the month of a trend.
func point(in Input, month string, list []*slo.ObjectiveStatus) Point {
	p := Point{Month: month, Verdict: Insufficient, NoData: true}
	for _, st := range list {
		p.NoData = p.NoData && st.Up+st.Down == 0
	}
	st := deciding(list)
	if st == nil {
		return p
	}
	p.Verdict, p.SoFar = verdictOf(st), soFar(in, st)
	p.Delivered, p.Best, p.Worst = delivered(in, st), shown(in, st, st.Best), shown(in, st, st.Worst)
	return p
}
