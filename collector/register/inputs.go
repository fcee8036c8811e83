package register

import (
	"slices"
	"strconv"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Inputs is what the figures and the registers have for a management review, in
// the order of ISO/IEC 20000-1:2018, 9.3: what earlier reviews left open,
// performance, complaints, nonconformities, audits, suppliers, risks, capacity,
// improvement. A line that counts nothing stays: that there is nothing is an
// input too.
func Inputs(f Figures) []slo.ReviewInput {
	var out []slo.ReviewInput
	today := day(f.At)
	add := func(key string, of int, names []string) {
		out = append(out, slo.ReviewInput{Key: key, N: len(names), Of: of, Names: append([]string{}, names[:min(len(names), slo.MaxReviewNames)]...)})
	}
	chosen := func(register string, chosen func(g *slo.Register, i *slo.RegisterItem) bool) (names []string, all int) {
		g, list := Named(register), f.of(register)
		for k := range list {
			if chosen(g, &list[k]) {
				names = append(names, list[k].Values[g.Title()])
			}
		}
		return names, len(list)
	}
	some := func(key, register string, want func(g *slo.Register, i *slo.RegisterItem) bool) {
		names, all := chosen(register, want)
		add(key, all, names)
	}
	some("decisions_wanted", Decisions, open)
	met, missed, unsettled := f.objectives()
	whole := len(met) + len(missed) + len(unsettled)
	add("objectives_missed", whole, missed)
	add("objectives_insufficient", whole, unsettled)
	major, all := f.majors()
	add("incidents_major", all, major)
	some("complaints_open", Complaints, open)
	some("findings_open", Findings, open)
	some("audits_held", Audits, func(_ *slo.Register, i *slo.RegisterItem) bool {
		return i.Values["held"] != "" && recent(i.Values["held"], f.At)
	})
	some("suppliers_poor", Suppliers, func(_ *slo.Register, i *slo.RegisterItem) bool {
		return i.Values["evaluation"] == "1" || i.Values["evaluation"] == "2"
	})
	some("risks_high", Risks, high)
	some("risks_unrated", Risks, func(_ *slo.Register, i *slo.RegisterItem) bool { return i.State == "identified" })
	add("capacity_exhausting", len(f.Forecasts), subjects(f.capacity()))
	some("actions_open", Actions, open)
	some("actions_overdue", Actions, func(g *slo.Register, i *slo.RegisterItem) bool { return g.Overdue(i, today) })
	some("actions_effective", Actions, func(_ *slo.Register, i *slo.RegisterItem) bool { return i.State == "effective" })
	return out
}

// yearBack is how far back audits count.
const yearBack = 366 * 24 * time.Hour

func recent(date string, at slo.Instant) bool { return date >= day(at.Add(-yearBack)) }

func open(g *slo.Register, i *slo.RegisterItem) bool {
	s := g.State(i.State)
	return s != nil && !s.Over
}

// highLevel is the level from which a risk is high: likely and grave.
const highLevel = 12

func high(g *slo.Register, i *slo.RegisterItem) bool {
	n, err := strconv.Atoi(i.Shown(g.Field("level")))
	return err == nil && n >= highLevel && open(g, i)
}

// objectives are those of the windows that closed last, by their verdict.
func (f *Figures) objectives() (met, missed, unsettled []string) {
	for _, o := range f.Closed {
		name := o.Agreement.Name + "/" + o.Objective.Name
		switch o.Verdict {
		case slo.Met:
			met = append(met, name)
		case slo.Missed:
			missed = append(missed, name)
		default:
			unsettled = append(unsettled, name)
		}
	}
	return met, missed, unsettled
}

// majors are the services of major incidents, and how many incidents there were.
func (f *Figures) majors() (names []string, all int) {
	for _, i := range f.Incidents {
		if i.Work.Parent != "" {
			continue
		}
		all++
		if i.Work.Major != nil {
			names = append(names, i.Service)
		}
	}
	slices.Sort(names)
	return names, all
}

func subjects(list []slo.RegisterCandidate) (out []string) {
	for _, c := range list {
		out = append(out, c.Subject)
	}
	return out
}
