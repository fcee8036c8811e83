package main

import (
	"bytes"
	"fmt"
	"io"
	"time"

	"github.com/assay-sla/assay/slo"
)

// printArithmetic writes how the figure follows from the pieces.
func printArithmetic(b *bytes.Buffer, x *slo.Explanation) {
	fmt.Fprintln(b, "\nTHE ARITHMETIC")
	columns(b, func(t io.Writer) {
		printTimes(t, x)
		printCounts(t, &x.Status)
		printFraction(t, &x.Status)
		printJudgement(t, x)
		printCredit(t, x)
	})
}

func printTimes(t io.Writer, x *slo.Explanation) {
	st := &x.Status
	for _, s := range x.Services {
		if len(x.Services) > 1 {
			fmt.Fprintf(t, "  %s × %d\t%s up, %s down, %s unknown: %s\n", s.Service, s.Weight, s.Up, s.Figures.Down, s.Figures.Unknown, weighted(s.Availability, s.Weight))
		}
	}
	forgiven := ""
	if st.Forgiven > 0 {
		forgiven = fmt.Sprintf(", of it %s forgiven", st.Forgiven)
	}
	fmt.Fprintf(t, "  up\t%s%s\n", st.Up, forgiven)
	fmt.Fprintf(t, "  down\t%s\n", st.Down)
	fmt.Fprintf(t, "  unknown\t%s\n", st.Unknown)
	fmt.Fprintf(t, "  agreed time\t%s = up + down + unknown\n", st.Agreed)
	of := "(up + down) ÷ agreed time"
	if st.Requests != nil {
		of = "known increments ÷ those due"
	}
	fmt.Fprintf(t, "  coverage\t%s = %s; the agreement asks for %s %%\n", exactly(st.Coverage), of, st.Agreement.MinCoverage.Percent())
}

// weighted is what a part brings to a composite.
func weighted(f slo.Fraction, weight int64) string {
	if !f.Valid() {
		return exactly(f)
	}
	return fmt.Sprintf("%d × %d ÷ (%d × %d) ms = %s", weight, f.Part, weight, f.Whole, exactly(f))
}

// printCounts writes what a method counts besides time.
func printCounts(t io.Writer, st *slo.ObjectiveStatus) {
	o := st.Objective
	if c := st.Slices; c != nil {
		fmt.Fprintf(t, "  slices of %s\t%d good, %d bad (more than %s %% down), %d skipped (nothing known)\n", o.Slice.Length, c.Good, c.Bad, o.Slice.Bad.Percent(), c.Skipped)
	}
	if c := st.Occurrences; c != nil {
		fmt.Fprintf(t, "  measurements\t%d up, %d down, %d unknown, as they came\n", c.Up, c.Down, c.Unknown)
	}
	if c := st.Latency; c != nil {
		fmt.Fprintf(t, "  measurements\t%d within %s, %d slower, %d unknown\n", c.Within, o.Latency.Within, c.Slower, c.Unknown)
	}
	if c := st.Requests; c != nil {
		fmt.Fprintf(t, "  requests\t%s good, %s bad, in %d increments of probe %s\n", slo.Thousandths(c.Good), slo.Thousandths(c.Bad), c.Increments, o.Requests.Probe)
		rest := ""
		if c.Known < c.Due {
			rest = "; the others are unknown, taken to hold as many requests"
		}
		fmt.Fprintf(t, "  increments\t%s known of %s that are due%s\n", c.Known, c.Due, rest)
	}
	if c := st.Long; c != nil {
		fmt.Fprintf(t, "  outages over %s\t%d; with what is unknown %d to %d\n", o.Outages.Longer, c.Longer, c.Least, c.Most)
	}
}

// formulas are the availability by policy; good and bad are what the method
// counts.
var formulas = [...]string{
	slo.UnknownExcluded: "good ÷ (good + bad), unknown left out",
	slo.UnknownUp:       "(good + unknown) ÷ all, unknown counts as up",
	slo.UnknownDown:     "good ÷ all, unknown counts as down",
}

func printFraction(t io.Writer, st *slo.ObjectiveStatus) {
	f := st.Availability
	fmt.Fprintf(t, "  availability\t%d ÷ %d %s = %s: %s\n", f.Part, f.Whole, unit(st.Objective), exactly(f), formulas[st.Agreement.Unknown])
	fmt.Fprintf(t, "  best and worst\t%s and %s, were all that is unknown up, or down\n", exactly(st.Best), exactly(st.Worst))
	if s := st.Seen; s != nil {
		fmt.Fprintf(t, "  as seen\t%s, %s down in %d, before confirmation, quorum and forgiveness\n", exactly(s.Availability), s.Down, s.Flaps)
	}
	if before := st.Before; before != nil {
		fmt.Fprintf(t, "  before exclusions\t%s, %s, without what was excluded after the fact\n", exactly(before.Availability), before.Verdict)
	}
	if own := st.Attribution; own != nil {
		fmt.Fprintf(t, "  whose the down was\t%s own, %s shared", own.Own, own.Shared)
		for _, s := range own.Suppliers {
			fmt.Fprintf(t, ", %s of %s", s.Down, plain(s.Supplier))
		}
		fmt.Fprintln(t)
	}
}

// unit is what an objective's availability is a fraction of.
func unit(o *slo.Objective) string {
	switch o.Method {
	case slo.BySlices:
		return "slices"
	case slo.ByOccurrences, slo.ByLatency:
		return "measurements"
	case slo.Composite:
		return "ms, weighted"
	case slo.ByRequests:
		return "thousandths of a request"
	}
	return "ms"
}

func printJudgement(t io.Writer, x *slo.Explanation) {
	st := &x.Status
	why := "enough is known"
	if !x.Sufficient {
		why = "too little is known, so only what the bounds settle is said"
	}
	fmt.Fprintf(t, "  verdict\t%s of %s promised: %s; %s\n", delivered(st), st.Objective.Promise(), st.Verdict, why)
	if c := st.Requests; c != nil {
		fmt.Fprintf(t, "  error budget\t%s bad requests of the whole window, at the rate so far; %s used\n", slo.Thousandths(c.Budget), slo.Thousandths(c.Bad))
	}
	if st.Budget != nil {
		fmt.Fprintf(t, "  error budget\t%s of the whole window, %s used, %s left\n", *st.Budget, *st.BudgetUsed, *st.Budget-*st.BudgetUsed)
	}
}

// printCredit writes what is owed, and by which line of the terms.
func printCredit(t io.Writer, x *slo.Explanation) {
	st := &x.Status
	c := st.Agreement.Credits
	if c == nil || c.Objective != st.Objective.Name {
		return
	}
	if st.Credit == nil {
		fmt.Fprintln(t, "  credit\tnot settled")
		return
	}
	f, of := st.Availability, "the availability"
	if !x.Sufficient {
		f, of = st.Best, "the best that it can be, the least that is owed"
	}
	fmt.Fprintf(t, "  credit\t%s %% of the fee, by %s%s\n", st.Credit.Percent(), of, tier(c, f, *x.Due))
	if *st.Credit != *x.Due {
		fmt.Fprintf(t, "  credit before the cap\t%s %%; the cap is %s %% a %s\n", x.Due.Percent(), c.Cap.Percent.Percent(), c.Cap.Per)
	}
	if st.Owed != nil {
		fmt.Fprintf(t, "  owed\t%s of %s\n", st.Owed, c.Fee)
	}
	if st.ClaimBy != nil {
		fmt.Fprintf(t, "  to be claimed by\t%s, %s after the window\n", st.ClaimBy, time.Duration(*c.ClaimWithin))
	}
}

// tier says which line of the terms a credit is owed by.
func tier(c *slo.Credits, f slo.Fraction, due slo.Ratio) string {
	if c.Multiple > 0 {
		return fmt.Sprintf(": %d times what was missed", c.Multiple)
	}
	for _, t := range c.Tiers {
		if t.Percent != due || !t.Matches(f) {
			continue
		}
		text := ""
		for _, bound := range []struct {
			name string
			r    *slo.Ratio
		}{{"below", t.Below}, {"at most", t.AtMost}, {"above", t.Above}, {"at least", t.AtLeast}} {
			if bound.r != nil {
				text += fmt.Sprintf(", %s %s %%", bound.name, bound.r.Percent())
			}
		}
		return text
	}
	return "; no tier holds it"
}
