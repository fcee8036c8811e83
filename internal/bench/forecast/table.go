package main

import (
	"fmt"
	"io"
	"math"
	"strings"
)

// tables writes the scores as tables of Markdown, a row for each kind of series
// and a column for each forecaster.
func tables(w io.Writer, results []result) {
	table(w, "Mean absolute error 7 / 14 / 30 days ahead, in percent of the series' range", results, func(s *score) string {
		return byHorizon(s.errors)
	})
	fmt.Fprintf(w, "| all, as so many times ours |")
	for n := range forecasters() {
		fmt.Fprintf(w, " %.2f |", times(results, n))
	}
	fmt.Fprintln(w)
	table(w, "Share of levels inside the interval of 80 percent, 7 / 14 / 30 days ahead", results, func(s *score) string {
		return byHorizon(s.covered)
	})
	table(w, "Error of the date in days, where the limit was reached within 60 days; none said, or more than 30 off, is 30", results, func(s *score) string {
		return number(&s.date, "%.1f", 1)
	})
	table(w, "Dates said of which the limit was reached no sooner than the early one, in percent", results, func(s *score) string {
		return number(&s.early, "%.0f", 100)
	})
	table(w, "False alarms: a date within 30 days where the limit was not reached, in percent of such origins", results, func(s *score) string {
		return number(&s.alarms, "%.1f", 100)
	})
}

// table writes one table; a kind that no cell speaks of has no row.
func table(w io.Writer, title string, results []result, cell func(*score) string) {
	fmt.Fprintf(w, "\n%s:\n\n|", title)
	for _, f := range forecasters() {
		fmt.Fprintf(w, " | %s", f.name)
	}
	fmt.Fprintf(w, " |\n|---|%s\n", strings.Repeat("---|", len(forecasters())))
	for _, r := range results {
		row, any := "| "+r.kind+" |", false
		for _, s := range r.scores {
			c := cell(s)
			any = any || c != ""
			row += " " + c + " |"
		}
		if any {
			fmt.Fprintln(w, row)
		}
	}
}

// byHorizon joins the means of the horizons, in percent; "" where there is none.
func byHorizon(by map[int]*mean) string {
	var parts []string
	for _, d := range ahead {
		if by[d].n > 0 {
			parts = append(parts, number(by[d], "%.1f", 100))
		}
	}
	return strings.Join(parts, " / ")
}

func number(m *mean, format string, unit float64) string {
	if m.n == 0 {
		return ""
	}
	return fmt.Sprintf(format, unit*m.value())
}

// least is added to errors before they are divided, as a share of the range:
// less than it matters to nobody.
const least = 0.01

// times is the geometric mean, over kinds and horizons, of a forecaster's error
// as a multiple of the first one's.
func times(results []result, n int) float64 {
	var logs mean
	for _, r := range results {
		for _, d := range ahead {
			own, other := r.scores[0].errors[d], r.scores[n].errors[d]
			if own.n > 0 && other.n > 0 {
				logs.add(math.Log((other.value() + least) / (own.value() + least)))
			}
		}
	}
	return math.Exp(logs.value())
}
