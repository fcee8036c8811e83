// Package rules holds what is alerted on as data: the burn-rate conditions
// that the collector evaluates itself.
package rules

import (
	"slices"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Severity says who is woken: a page wakes somebody, a ticket waits for the
// working day.
type Severity string

// The severities.
const (
	Page   Severity = "page"
	Ticket Severity = "ticket"
)

// BurnPair is one condition of multi-window, multi-burn-rate alerting: the
// burn rate is at or above Rate over both the long and the short window.
type BurnPair struct {
	Long, Short time.Duration
	Rate        float64
	Severity    Severity
}

// BurnPairs are the four conditions of the Google SRE Workbook, chapter 5
// ("Alerting on SLOs", table 5-8): 2 % of a 30-day budget in an hour, 5 % in
// six, 10 % in a day, 10 % in three.
func BurnPairs() []BurnPair {
	return []BurnPair{
		{Long: time.Hour, Short: 5 * time.Minute, Rate: 14.4, Severity: Page},
		{Long: 6 * time.Hour, Short: 30 * time.Minute, Rate: 6, Severity: Page},
		{Long: 24 * time.Hour, Short: 2 * time.Hour, Rate: 3, Severity: Ticket},
		{Long: 72 * time.Hour, Short: 6 * time.Hour, Rate: 1, Severity: Ticket},
	}
}

// Windows are the distinct windows of the pairs, shortest first.
func Windows(pairs []BurnPair) []time.Duration {
	var out []time.Duration
	for _, p := range pairs {
		out = append(out, p.Long, p.Short)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Firing returns the pairs whose condition holds for the burn rates of an
// objective. A window of which nothing is known fires nothing; missing data
// is alerted on as such.
func Firing(pairs []BurnPair, burn []slo.Burn) []BurnPair {
	var out []BurnPair
	for _, p := range pairs {
		if reaches(burn, p.Long, p.Rate) && reaches(burn, p.Short, p.Rate) {
			out = append(out, p)
		}
	}
	return out
}

func reaches(burn []slo.Burn, window time.Duration, rate float64) bool {
	for _, b := range burn {
		if b.Window == window {
			return b.Known && b.Rate >= rate
		}
	}
	return false
}
