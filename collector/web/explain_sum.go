package web

import (
	"fmt"
	"time"

	"github.com/assay-sla/assay/slo"
)

// sumLine is a line of the arithmetic.
type sumLine struct {
	Label, Value, Note string
	Sum                bool // of the lines above it
	Class              string
}

// agreedTime says how much of the window so far is a service's agreed time,
// and what of that was up: the lines add up.
func (w words) agreedTime(x *slo.Explanation, s *slo.ExplainedService) []sumLine {
	a := x.Status.Agreement
	minus := func(d time.Duration) string {
		if d == 0 {
			return w.exact(d)
		}
		return "− " + w.exact(d)
	}
	window := "sum.window"
	if x.So.To < x.Status.Window.To {
		window = "sum.window.so_far"
	}
	lines := []sumLine{{Label: w.t(window), Value: w.exact(x.So.Length()), Note: w.t("period", when(a.Zone, x.So.From).Text, when(a.Zone, x.So.To).Text)}}
	if s.Time.BeyondTerms > 0 {
		lines = append(lines, sumLine{Label: w.t("sum.terms"), Value: minus(s.Time.BeyondTerms), Note: w.terms(a)})
	}
	if a.Hours != nil {
		lines = append(lines, sumLine{Label: w.t("sum.hours"), Value: minus(s.Time.OutsideHours), Note: w.t("sum.calendar", a.Hours.Name)})
	}
	lines = append(lines, sumLine{Label: w.t("sum.excluded"), Value: minus(s.Time.Excluded)})
	if l := a.Workload; l != nil {
		lines = append(lines, sumLine{Label: w.t("sum.exempt"), Value: minus(s.Time.Exempt), Note: w.t("sum.exempt.note", l.Above, w.exact(l.Per), l.Probe)})
	}
	lines = append(lines, sumLine{Label: w.t("sum.agreed"), Value: w.exact(s.Time.Agreed), Sum: true})
	up := sumLine{Label: w.state(slo.Up), Value: w.exact(s.Up), Class: "part"}
	if s.Figures.Forgiven > 0 {
		up.Note = w.t("sum.forgiven", w.exact(s.Figures.Forgiven))
	}
	return append(lines, up,
		sumLine{Label: w.state(slo.Down), Value: w.exact(s.Figures.Down), Class: "part", Note: w.split(&s.Down)},
		sumLine{Label: w.state(slo.Unknown), Value: w.exact(s.Figures.Unknown), Class: "part", Note: w.split(&s.Unknown)})
}

// split says of how many stretches a time is.
func (w words) split(list *slo.ExplainedStretches) string {
	if n := len(list.Listed) + list.Omitted.Count; n > 0 {
		return w.n("sum.stretches", n)
	}
	return ""
}

// terms says when an agreement's terms hold.
func (w words) terms(a *slo.Agreement) string {
	from, to := "…", "…"
	if a.From != nil {
		from = when(a.Zone, *a.From).Text
	}
	if a.To != nil {
		to = when(a.Zone, *a.To).Text
	}
	return w.t("period", from, to)
}

// arithmetic says how the figure follows from agreed time and what is counted.
func (w words) arithmetic(x *slo.Explanation) []sumLine {
	st := &x.Status
	var lines []sumLine
	if len(x.Services) > 1 {
		for i := range x.Services {
			lines = append(lines, w.part(&x.Services[i]))
		}
	}
	coverage := "sum.coverage"
	if st.Requests != nil {
		coverage = "sum.coverage.requests"
	}
	lines = append(lines, sumLine{Label: w.t("col.coverage"), Value: w.share(st.Coverage), Note: w.t(coverage, st.Agreement.MinCoverage.Percent())})
	if text := w.counts(st); text != "" && st.Objective.Method != slo.Composite {
		lines = append(lines, sumLine{Label: w.t("sum.counts"), Note: text})
	}
	lines = append(lines, w.fraction(st)...)
	lines = append(lines, w.variants(st)...)
	return append(lines, w.judgement(x)...)
}

// part is what one service brings to a composite.
func (w words) part(s *slo.ExplainedService) sumLine {
	f := s.Availability
	l := sumLine{Label: fmt.Sprintf("%s × %d", s.Service, s.Weight), Value: w.share(f), Note: w.t("sum.part_unknown")}
	if f.Valid() {
		l.Note = w.t("sum.part", s.Weight, f.Part, f.Whole)
	}
	return l
}

// share is a fraction to six decimals of a percent.
func (w words) share(f slo.Fraction) string { return w.orNone(f.Percent(6)) }

// fraction is the availability as what it is a fraction of.
func (w words) fraction(st *slo.ObjectiveStatus) []sumLine {
	f, policy := st.Availability, st.Agreement.Unknown
	formula := w.t("sum.formula." + policies[policy])
	if f.Valid() {
		formula = w.t("sum.fraction", f.Part, f.Whole, w.t("sum.of."+counting(st.Objective)), formula)
	}
	return []sumLine{
		{Label: w.t("col.availability"), Value: w.share(f), Note: formula, Sum: true},
		{Label: w.t("sum.bounds"), Value: w.t("sum.from_to", w.share(st.Worst), w.share(st.Best)), Note: w.t("sum.bounds.note")},
	}
}

// policies are the words for the ways to count what is unknown.
var policies = [...]string{slo.UnknownExcluded: "excluded", slo.UnknownUp: "up", slo.UnknownDown: "down"}

// counting is what an objective's availability is a fraction of.
func counting(o *slo.Objective) string {
	switch o.Method {
	case slo.BySlices:
		return "slices"
	case slo.ByOccurrences, slo.ByLatency:
		return "measurements"
	case slo.Composite:
		return "weighted"
	case slo.ByRequests:
		return "requests"
	}
	return "time"
}

// variants are the same figure without what settings, exclusions and suppliers
// did to it.
func (w words) variants(st *slo.ObjectiveStatus) []sumLine {
	var lines []sumLine
	if s := st.Seen; s != nil {
		lines = append(lines, sumLine{Label: w.t("sum.seen"), Value: w.share(s.Availability), Note: w.n("sum.seen.note", s.Flaps, w.exact(s.Down))})
	}
	if b := st.Before; b != nil {
		lines = append(lines, sumLine{Label: w.t("sum.before"), Value: w.share(b.Availability), Note: w.verdict(b)})
	}
	if t := st.Attribution; t != nil && st.Down > 0 {
		lines = append(lines, sumLine{Label: w.t("sum.whose"), Note: w.whose(t)})
	}
	return lines
}

// judgement is what follows from the figure: verdict, budget and credit.
func (w words) judgement(x *slo.Explanation) []sumLine {
	st := &x.Status
	why := w.t("sum.enough")
	if !x.Sufficient {
		why = w.t("sum.little")
	}
	lines := []sumLine{{Label: w.t("col.verdict"), Value: w.verdict(st), Note: w.t("sum.promised", w.promise(st.Objective), why)}}
	if b := w.budget(st); b != nil {
		note := b.Detail
		if st.Budget != nil {
			note = w.t("budget.detail", w.exact(*st.BudgetUsed), w.exact(*st.Budget))
		}
		lines = append(lines, sumLine{Label: w.t("col.budget"), Value: b.Text, Note: note})
	}
	c := st.Agreement.Credits
	switch {
	case c == nil || c.Objective != st.Objective.Name:
		return lines
	case st.Credit == nil:
		return append(lines, sumLine{Label: w.t("col.credit"), Value: w.t("credit.unsettled")})
	}
	lines = append(lines, sumLine{Label: w.t("col.credit"), Value: st.Credit.Percent() + " %", Note: w.tier(x)})
	if *st.Credit != *x.Due {
		lines = append(lines, sumLine{Label: w.t("sum.uncapped"), Value: x.Due.Percent() + " %", Note: w.t("sum.cap", c.Cap.Percent.Percent(), w.t("window."+c.Cap.Per.String()))})
	}
	if st.Owed != nil {
		lines = append(lines, sumLine{Label: w.t("sum.owed"), Value: st.Owed.String(), Note: w.t("sum.fee", c.Fee)})
	}
	if st.ClaimBy != nil {
		lines = append(lines, sumLine{Label: w.t("sum.claim"), Value: when(st.Agreement.Zone, *st.ClaimBy).Text})
	}
	return lines
}

// tier says by which line of the terms a credit is owed, and of which figure.
func (w words) tier(x *slo.Explanation) string {
	c, f, of := x.Status.Agreement.Credits, x.Status.Availability, w.t("tier.figure")
	if !x.Sufficient {
		f, of = x.Status.Best, w.t("tier.best")
	}
	if c.Multiple > 0 {
		return w.t("tier.multiple", of, c.Multiple)
	}
	for _, t := range c.Tiers {
		if t.Percent == *x.Due && t.Matches(f) {
			return w.t("tier.line", of, w.list(w.bounds(t)))
		}
	}
	return w.t("tier.none", of)
}

// bounds are the bounds of a tier.
func (w words) bounds(t slo.Tier) []string {
	var out []string
	for _, b := range []struct {
		key string
		r   *slo.Ratio
	}{{"below", t.Below}, {"at_most", t.AtMost}, {"above", t.Above}, {"at_least", t.AtLeast}} {
		if b.r != nil {
			out = append(out, w.t("tier."+b.key, b.r.Percent()))
		}
	}
	return out
}
