package main

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/assay-sla/assay/slo"
)

// printExplanation writes an explanation for people. Instants are in UTC, and
// what others wrote is quoted where a terminal might obey it.
func printExplanation(w io.Writer, x *slo.Explanation) error {
	var b bytes.Buffer
	printHead(&b, x)
	for i := range x.Services {
		s := &x.Services[i]
		if len(x.Services) > 1 {
			fmt.Fprintf(&b, "\nSERVICE %s, weight %d\n", s.Service, s.Weight)
		}
		printWindow(&b, x, s)
		printTakenOut(&b, x.Status.Agreement, s)
		printOverload(&b, s)
		printStretches(&b, "OUTAGES", "no outage", &s.Down)
		if x.Status.Agreement.MinimumOutage > 0 {
			printStretches(&b, fmt.Sprintf("FORGIVEN, shorter than %s", x.Status.Agreement.MinimumOutage), "nothing was forgiven", &s.Forgiven)
		}
		printStretches(&b, "UNKNOWN", "nothing is unknown", &s.Unknown)
	}
	printCounted(&b, x)
	printArithmetic(&b, x)
	_, err := w.Write(b.Bytes())
	return err
}

func printHead(b *bytes.Buffer, x *slo.Explanation) {
	st := &x.Status
	a := st.Agreement
	fmt.Fprintf(b, "%s/%s, %s to %s: %s of the %s promised: %s\n", a.Name, st.Objective.Name, st.Window.From, st.Window.To, delivered(st), st.Objective.Promise(), st.Verdict)
	party := ""
	if a.Party != "" {
		party = " with " + plain(a.Party)
	}
	fmt.Fprintf(b, "%s%s; service %s is up when %s is; known is what was measured before %s\n", strings.ToUpper(a.Type.String()), party, a.Service, x.Expr, st.At)
}

// delivered is the figure that the objective is judged by.
func delivered(st *slo.ObjectiveStatus) string {
	if st.Long != nil {
		return strconv.FormatInt(st.Long.Longer, 10)
	}
	return exactly(st.Availability)
}

// exactly is a fraction to six decimals of a percent.
func exactly(f slo.Fraction) string {
	if !f.Valid() {
		return "nothing to divide by"
	}
	return f.Percent(6) + " %"
}

// columns aligns what f writes.
func columns(b *bytes.Buffer, f func(t io.Writer)) {
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	f(t)
	_ = t.Flush() // a buffer takes everything
}

func printWindow(b *bytes.Buffer, x *slo.Explanation, s *slo.ExplainedService) {
	a := x.Status.Agreement
	fmt.Fprintln(b, "\nAGREED TIME")
	columns(b, func(t io.Writer) {
		so := "the window"
		if x.So.To < x.Status.Window.To {
			so = "the window so far"
		}
		fmt.Fprintf(t, "  %s, %s to %s (%s)\t%s\n", so, x.So.From, x.So.To, a.Zone, x.So.Length())
		if s.Time.BeyondTerms > 0 {
			fmt.Fprintf(t, "  outside the agreement's terms%s\t%s\n", terms(a), less(s.Time.BeyondTerms))
		}
		if a.Hours != nil {
			fmt.Fprintf(t, "  outside the hours of calendar %s\t%s\n", a.Hours.Name, less(s.Time.OutsideHours))
		}
		fmt.Fprintf(t, "  taken out by maintenance and exclusions\t%s\n", less(s.Time.Excluded))
		if l := a.Workload; l != nil {
			fmt.Fprintf(t, "  more than %d requests in %s, by probe %s\t%s\n", l.Above, l.Per, l.Probe, less(s.Time.Exempt))
		}
		fmt.Fprintf(t, "  agreed time\t%s\n", s.Time.Agreed)
	})
}

// less is a time that is taken from another.
func less(d time.Duration) string {
	if d == 0 {
		return d.String()
	}
	return "-" + d.String()
}

// terms says when the agreement's terms hold.
func terms(a *slo.Agreement) string {
	text := ""
	if a.From != nil {
		text += ", from " + a.From.String()
	}
	if a.To != nil {
		text += ", to " + a.To.String()
	}
	return text
}

func printTakenOut(b *bytes.Buffer, a *slo.Agreement, s *slo.ExplainedService) {
	if len(s.TakenOut) == 0 {
		return
	}
	fmt.Fprintln(b, "\nMAINTENANCE AND EXCLUSIONS")
	for i := range s.TakenOut {
		o := &s.TakenOut[i]
		fmt.Fprintf(b, "  %s, %s to %s: %s\n", o.Name, o.From, o.To, granted(a, o))
		fmt.Fprintf(b, "    %s\n", grounds(o))
	}
	if n := s.TakenOutOmitted; n.Count > 0 {
		fmt.Fprintf(b, "  and %d shorter ones, which took out %s; --all lists them\n", n.Count, n.Length)
	}
}

func printOverload(b *bytes.Buffer, s *slo.ExplainedService) {
	if len(s.Overload) == 0 {
		return
	}
	fmt.Fprintln(b, "\nOVER THE WORKLOAD LIMIT")
	printIntervals(b, s.Overload, s.OverloadOmitted)
}

// granted says what of its time was taken out, and why the rest was not.
func granted(a *slo.Agreement, o *slo.TakenOut) string {
	if !o.Noticed {
		return fmt.Sprintf("refused, its %s of service hours are agreed time: the agreement asks for a notice of %s", o.Hours, *a.MaintenanceNotice)
	}
	text := fmt.Sprintf("%s taken out", o.Excluded)
	if o.OverCap > 0 {
		text += fmt.Sprintf(", %s is beyond the cap of %s a %s", o.OverCap, a.MaintenanceCap.Time, a.MaintenanceCap.Per)
	}
	if o.Covered > 0 {
		text += fmt.Sprintf(", for %s another one speaks", o.Covered)
	}
	if outside := o.Length() - o.Hours; outside > 0 {
		text += fmt.Sprintf(", %s lies outside the window so far or its hours", outside)
	}
	return text
}

// grounds says who declared it, and why or when.
func grounds(o *slo.TakenOut) string {
	switch x := o.Exclusion; {
	case x != nil && x.ApprovedAt != nil:
		return fmt.Sprintf("after the fact (%s): %s; requested by %s at %s, approved by %s at %s",
			x.Cause, plain(x.Reason), plain(x.RequestedBy), x.RequestedAt, plain(x.ApprovedBy), x.ApprovedAt)
	case x != nil:
		return fmt.Sprintf("after the fact (%s): %s; requested by %s, approved by %s", x.Cause, plain(x.Reason), plain(x.RequestedBy), plain(x.ApprovedBy))
	case o.Announced == nil:
		return "planned, never announced"
	case *o.Announced > o.From:
		return fmt.Sprintf("planned, announced %s, %s after it began", o.Announced, o.Announced.Sub(o.From))
	}
	return fmt.Sprintf("planned, announced %s, %s before", o.Announced, o.From.Sub(*o.Announced))
}

// plain is a text of others, quoted where it holds what does not print.
func plain(s string) string {
	if q := strconv.Quote(s); q[1:len(q)-1] != s {
		return q
	}
	return s
}
