package web

import (
	"fmt"
	"strings"
	"time"

	"github.com/assay-sla/assay/slo"
)

// objectiveRow is an objective's figures as a page shows them.
type objectiveRow struct {
	Agreement, Objective string
	Explain              string // the page that explains it, "" where there is none
	Window               string // in words
	Period               string // the window's bounds
	Target               string // in words
	Availability         string // "" where there is nothing to divide by
	Coverage             string
	Best, Worst          string
	Verdict              string
	Class                string // met, missed, insufficient
	Budget               *budgetBar
	Counts               string // of what is not counted by time
	Burn                 []burnCell
	Credit               string // in percent; "" where none is settled or earned
	Owed, Claim, Next    string // the credit as money; its deadline; what more down would cost; "" where there is none
	Earns                bool   // whether credits are earned on it
	Forgiven, Excluded   string // "" where there is none
	Exempt               string // over the workload limit; "" where there is none
	Whose                string // whose the down time was; "" where no supplier is depended on
	Before               string // the figure without exclusions after the fact; "" where there are none
	Exclusions           []exclusionRow
	Seen                 string // the figure before any setting smoothed it, where that is another
}

// exclusionRow is an exclusion after the fact.
type exclusionRow struct{ Name, Period, Cause, Reason, RequestedBy, ApprovedBy string }

// budgetBar is an error budget as a bar of 100 units.
type budgetBar struct {
	Used      string // width
	Spent     bool
	Text      string // how much is left, or by how much it is overspent
	Detail    string // used of the whole
	LeftShare float64
}

// burnCell is one burn rate.
type burnCell struct {
	Window string
	Rate   string
	High   bool // the budget goes faster than it may
}

// objectiveRow puts an objective's figures into words. every is the longest
// interval of the service's probes: the step of the evidence.
func (w words) objectiveRow(st *slo.ObjectiveStatus, every time.Duration) objectiveRow {
	o := st.Objective
	step := int64(1)
	if o.Method.Timed() {
		step = every.Milliseconds()
	}
	digits := slo.Decimals(step, st.Availability.Whole)
	figure := func(f slo.Fraction) string { return f.Figure(digits, o.Target) }
	r := objectiveRow{
		Agreement: st.Agreement.Name, Objective: o.Name, Window: w.window(o.Window), Target: w.promise(o),
		Availability: figure(st.Availability), Best: figure(st.Best), Worst: figure(st.Worst),
		Coverage: st.Coverage.Figure(1, st.Agreement.MinCoverage),
		Verdict:  w.verdict(st), Class: verdictClass(st.Verdict),
		Period: w.period(st.Window, st.Agreement.Zone),
		Budget: w.budget(st), Burn: w.burn(st.Burn),
		Earns: st.Agreement.Credits != nil && st.Agreement.Credits.Objective == o.Name,
	}
	if st.Credit != nil {
		r.Credit = st.Credit.Percent()
	}
	if st.Owed != nil && st.Owed.Amount > 0 {
		r.Owed = st.Owed.String()
	}
	if st.ClaimBy != nil {
		r.Claim = w.t("credit.claim", st.ClaimBy.In(st.Agreement.Zone).Format(time.DateOnly))
	}
	if n := st.Next; n != nil {
		r.Next = w.t("credit.next", n.End.Percent(), n.Percent.Percent(), w.dur(n.Left), chance(n.Probability))
	}
	r.Counts = w.counts(st)
	if st.Forgiven > 0 {
		r.Forgiven = w.dur(st.Forgiven)
	}
	if x := st.Seen; x != nil && (x.Down != st.Down || x.Flaps != len(st.Outages)) {
		r.Seen = w.n("seen", x.Flaps, figure(x.Availability))
	}
	if t := st.Attribution; t != nil && st.Down > 0 {
		r.Whose = w.whose(t)
	}
	for _, x := range st.Exclusions {
		r.Exclusions = append(r.Exclusions, exclusionRow{x.Name, w.period(x.Interval, st.Agreement.Zone), w.t("exclusion." + x.Cause.String()), x.Reason, x.RequestedBy, x.ApprovedBy})
	}
	if b := st.Before; b != nil {
		r.Before = w.t("before", w.orNone(figure(b.Availability)), w.verdict(b))
	}
	if st.Excluded > 0 {
		r.Excluded = w.dur(st.Excluded)
	}
	if st.Exempt > 0 {
		r.Exempt = w.dur(st.Exempt)
	}
	return r
}

// whose says whose the down time was.
func (w words) whose(t *slo.Attribution) string {
	parts := []string{w.t("whose.own", w.dur(t.Own))}
	for _, s := range t.Suppliers {
		parts = append(parts, w.t("whose.supplier", s.Supplier, w.dur(s.Down)))
	}
	if t.Shared > 0 {
		parts = append(parts, w.t("whose.shared", w.dur(t.Shared)))
	}
	return w.t("whose", strings.Join(parts, w.t("whose.join")))
}

func (w words) period(v slo.Interval, zone *time.Location) string {
	const minutes = "2006-01-02 15:04"
	return w.t("period", v.From.In(zone).Format(minutes), v.To.In(zone).Format(minutes))
}

// orNone is a figure in percent, or that there is none.
func (w words) orNone(figure string) string {
	if figure == "" {
		return w.t("no_figure")
	}
	return figure + " %"
}

// promise is what an objective promises, in words.
func (w words) promise(o *slo.Objective) string {
	switch o.Method {
	case slo.ByLatency:
		return w.t("promise.latency", o.Target.Percent(), w.latency(o.Latency.Within))
	case slo.ByRequests:
		return w.t("promise.requests", o.Target.Percent())
	case slo.ByOutages:
		return w.n("promise.outages", o.Outages.Most, w.dur(o.Outages.Longer))
	}
	return w.t("promise.share", o.Target.Percent())
}

// counts is what an objective counted, "" where that is time.
func (w words) counts(st *slo.ObjectiveStatus) string {
	o := st.Objective
	switch {
	case st.Slices != nil:
		return w.t("counts.slices", st.Slices.Good, st.Slices.Bad, st.Slices.Skipped, w.dur(o.Slice.Length))
	case st.Occurrences != nil:
		return w.t("counts.occurrences", st.Occurrences.Up, st.Occurrences.Down, st.Occurrences.Unknown)
	case st.Latency != nil && st.Percentile > 0:
		return w.t("counts.percentile", st.Latency.Within, st.Latency.Slower, o.Target.Percent(), w.latency(st.Percentile))
	case st.Latency != nil:
		return w.t("counts.latency", st.Latency.Within, st.Latency.Slower)
	case st.Long != nil:
		return w.n("counts.outages", int(st.Long.Longer), w.dur(o.Outages.Longer))
	case st.Requests != nil:
		c := st.Requests
		return w.t("counts.requests", slo.Thousandths(c.Good), slo.Thousandths(c.Bad), w.dur(c.Known), w.dur(c.Due))
	case o.Method == slo.Composite:
		var parts []string
		for _, p := range o.Parts {
			parts = append(parts, fmt.Sprintf("%s × %d", p.Service, p.Weight))
		}
		return strings.Join(parts, " + ")
	}
	return ""
}

// chance is a probability in percent, in whole ones and not more certain than
// it is.
func chance(p float64) string {
	switch {
	case p <= 0:
		return "0 %"
	case p < 0.01:
		return "< 1 %"
	case p > 0.99:
		return "> 99 %"
	}
	return fmt.Sprintf("%.0f %%", 100*p)
}

func verdictClass(v slo.Verdict) string {
	return [...]string{slo.Insufficient: "insufficient", slo.Met: "met", slo.Missed: "missed"}[v]
}

// budget draws what is used of an error budget; nil where there is none.
func (w words) budget(st *slo.ObjectiveStatus) *budgetBar {
	used, whole, ok := st.BudgetSpent()
	if !ok {
		return nil
	}
	amount := func(n int64) string { return w.dur(time.Duration(n) * time.Millisecond) }
	if st.Requests != nil {
		amount = func(n int64) string { return w.t("budget.requests", slo.Thousandths(n)) }
	}
	share := 1.0
	if whole > 0 {
		share = float64(used) / float64(whole)
	} else if used == 0 {
		share = 0
	}
	b := &budgetBar{
		Used: fmt.Sprintf("%.1f", 100*min(1, share)), Spent: used > whole, LeftShare: 1 - share,
		Detail: w.t("budget.detail", amount(used), amount(whole)),
	}
	if b.Spent {
		b.Text = w.t("budget.over", amount(used-whole))
	} else {
		b.Text = w.t("budget.left", amount(whole-used))
	}
	return b
}

func (w words) burn(rates []slo.Burn) []burnCell {
	var out []burnCell
	for _, b := range rates {
		c := burnCell{Window: w.dur(b.Window), Rate: "–"}
		if b.Known {
			c.Rate, c.High = burnText(b.Rate), b.Rate > 1
		}
		out = append(out, c)
	}
	return out
}

func burnText(r float64) string {
	switch {
	case r <= 0:
		return "0×"
	case r >= slo.MaxBurn:
		return "∞"
	case r >= 100:
		return fmt.Sprintf("%.0f×", r)
	case r >= 10:
		return fmt.Sprintf("%.1f×", r)
	}
	return fmt.Sprintf("%.2f×", r)
}

// evidenceStep is the longest interval of the probes that a service's state
// follows from.
func evidenceStep(s *slo.ServiceStatus) time.Duration {
	var longest time.Duration
	for _, p := range s.Probes {
		if _, counts := p.Probe.Spec.(*slo.PromQL); counts {
			continue
		}
		longest = max(longest, p.Probe.Every)
	}
	return longest
}

// worst is the index of the objective that needs attention most: one missed,
// then the one with the least of its budget left, then the one least known;
// -1 where there is none.
func worst(list []slo.ObjectiveStatus) int {
	best, index := 0.0, -1
	for i := range list {
		if u := urgency(&list[i]); index < 0 || u > best {
			best, index = u, i
		}
	}
	return index
}

func urgency(st *slo.ObjectiveStatus) float64 {
	u := 0.0
	switch st.Verdict {
	case slo.Missed:
		u = 100
	case slo.Insufficient:
		u = 0.5
	}
	if used, whole, ok := st.BudgetSpent(); ok && whole > 0 {
		u += min(50, float64(used)/float64(whole))
	}
	return u
}
