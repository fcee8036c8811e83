package main

import (
	"bytes"
	"fmt"

	"github.com/assay-sla/assay/slo"
)

// printIncrements writes the increments with the most bad requests.
func printIncrements(b *bytes.Buffer, x *slo.ExplainedIncrements) {
	n := len(x.Listed) + x.Omitted
	if n == 0 {
		fmt.Fprintln(b, "\nINCREMENTS WITH BAD REQUESTS: none")
		return
	}
	fmt.Fprintf(b, "\nINCREMENTS WITH BAD REQUESTS, the worst: %d\n", n)
	for i := range x.Listed {
		r := &x.Listed[i].Requests
		fmt.Fprintf(b, "  %d. %s to %s: %s bad of %s requests\n", i+1, r.From, r.To, slo.Thousandths(r.Bad()), slo.Thousandths(r.Total))
		printSingle(b, &x.Listed[i].ExplainedMeasurement)
	}
	if x.Omitted > 0 {
		fmt.Fprintf(b, "  and %d others, with %s bad requests in all; --all lists up to %d\n", x.Omitted, slo.Thousandths(x.OmittedBad), slo.MaxExplained)
	}
}

// printExempt writes when there were more requests than anything is promised
// for.
func printExempt(b *bytes.Buffer, s *slo.ExplainedService) {
	x := &s.OverLimit
	if len(x.Listed) == 0 {
		return
	}
	fmt.Fprintf(b, "\nOVER THE WORKLOAD LIMIT: %d, %s in all\n", len(x.Listed)+x.Omitted.Count, s.Exempt)
	for i, e := range x.Listed {
		fmt.Fprintf(b, "  %d. %s to %s, %s: %s requests\n", i+1, e.From, e.To, e.Length(), slo.Thousandths(e.Total))
	}
	if n := x.Omitted; n.Count > 0 {
		fmt.Fprintf(b, "  and %d shorter ones, %s in all; --all lists them\n", n.Count, n.Length)
	}
}
