package main

import (
	"bytes"
	"fmt"
	"io"

	"github.com/assay-sla/assay/slo"
)

// printCounted writes what an objective counts besides time, one by one.
func printCounted(b *bytes.Buffer, x *slo.Explanation) {
	o := x.Status.Objective
	if x.Slices != nil {
		printSlices(b, o, x.Slices)
	}
	if x.Long != nil {
		printLong(b, o, x.Long)
	}
	if x.Latency != nil {
		printLatency(b, x)
	}
	if x.WereDown != nil {
		printSingles(b, "MEASUREMENTS THAT WERE DOWN, the latest", "none was down", x.WereDown)
	}
	if x.Bad != nil {
		printIncrements(b, x.Bad)
	}
}

func printSlices(b *bytes.Buffer, o *slo.Objective, s *slo.ExplainedSlices) {
	n := len(s.Listed) + s.Omitted.Count
	if n == 0 {
		fmt.Fprintln(b, "\nBAD SLICES: none")
		return
	}
	fmt.Fprintf(b, "\nBAD SLICES of %s, more than %s %% down: %d\n", o.Slice.Length, o.Slice.Bad.Percent(), n)
	for i := range s.Listed {
		v := &s.Listed[i]
		m := v.Measured()
		measured := fmt.Sprintf("%d of %d measurements down", m.Down, m.Up+m.Down+m.Unknown)
		if v.Unread {
			measured = "measurements not read"
		}
		fmt.Fprintf(b, "  %d. %s to %s: %s of agreed time; %s\n", i+1, v.From, v.To, times(v.Counted), measured)
		for k := range v.Probes {
			printProbe(b, &v.Probes[k])
		}
	}
	if s.Omitted.Count > 0 {
		fmt.Fprintf(b, "  and %d others, down for %s in all; --all lists up to %d\n", s.Omitted.Count, s.Omitted.Length, slo.MaxExplained)
	}
}

func printLong(b *bytes.Buffer, o *slo.Objective, l *slo.ExplainedOutages) {
	n := len(l.Listed) + l.Omitted.Count
	if n == 0 {
		fmt.Fprintf(b, "\nOUTAGES OVER %s: none\n", o.Outages.Longer)
		return
	}
	fmt.Fprintf(b, "\nOUTAGES OVER %s: %d, at most %d were promised\n", o.Outages.Longer, n, o.Outages.Most)
	for i, v := range l.Listed {
		fmt.Fprintf(b, "  %d. %s to %s, %s\n", i+1, v.From, v.To, v.Length())
	}
	if l.Omitted.Count > 0 {
		fmt.Fprintf(b, "  and %d shorter ones, %s in all; --all lists up to %d\n", l.Omitted.Count, l.Omitted.Length, slo.MaxExplained)
	}
}

// printLatency writes the histogram, the measurement at the percentile's rank
// and the slowest ones.
func printLatency(b *bytes.Buffer, x *slo.Explanation) {
	l, o := x.Latency, x.Status.Objective
	fmt.Fprintln(b, "\nLATENCIES of what was up in agreed time")
	columns(b, func(t io.Writer) {
		so := int64(0)
		for _, band := range l.Bands {
			so += band.Count
			fmt.Fprintf(t, "  over %s to %s\t%d\t%s so far\n", band.Over, band.To, band.Count, exactly(slo.Fraction{Part: so, Whole: ups(l)}))
		}
	})
	if r := l.Rank; r != nil {
		fmt.Fprintf(b, "  the percentile of %s %% is number %d of %d, from the fastest: over %s to %s, which %d took; the latest of them:\n",
			o.Target.Percent(), r.Rank, r.Of, r.Over, r.To, r.Count)
		printSingle(b, &r.Latest)
	}
	printSingles(b, fmt.Sprintf("SLOWER THAN %s, the slowest first", o.Latency.Within), "none was slower", &l.Slow)
}

// ups is how many measurements a histogram holds.
func ups(l *slo.ExplainedLatency) (n int64) {
	for _, b := range l.Bands {
		n += b.Count
	}
	return n
}

func printSingles(b *bytes.Buffer, title, none string, list *slo.ExplainedMeasurements) {
	n := len(list.Listed) + list.Omitted
	if n == 0 {
		fmt.Fprintf(b, "\n%s: %s\n", title, none)
		return
	}
	fmt.Fprintf(b, "\n%s: %d\n", title, n)
	for i := range list.Listed {
		printSingle(b, &list.Listed[i])
	}
	if list.Omitted > 0 {
		fmt.Fprintf(b, "  and %d others; --all lists up to %d\n", list.Omitted, slo.MaxExplained)
	}
}

// printSingle writes a measurement with who made it.
func printSingle(b *bytes.Buffer, m *slo.ExplainedMeasurement) {
	s := m.Said
	if s == nil {
		fmt.Fprintf(b, "    %s  is not among the measurements that were read\n", m.At)
		return
	}
	fmt.Fprintf(b, "    %s, agent %s, took %s: %s\n", plain(s.Location), plain(s.Agent), s.Latency, said(s))
}
