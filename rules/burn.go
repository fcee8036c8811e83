// Package rules holds what is alerted on as data: the burn-rate conditions
// that the collector evaluates itself, and the same as rule files of
// Prometheus.
package rules

import (
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/common/model"

	"github.com/assay-sla/assay/slo"
)

// BurnPairs are the four conditions of the Google SRE Workbook, chapter 5
// ("Alerting on SLOs", table 5-8 and the rules below it): 2 % of a 30-day
// budget in an hour, 5 % in six, 10 % in a day, 10 % in three.
func BurnPairs() []slo.BurnPair {
	return []slo.BurnPair{
		{Long: time.Hour, Short: 5 * time.Minute, Rate: 14.4, Severity: slo.Page},
		{Long: 6 * time.Hour, Short: 30 * time.Minute, Rate: 6, Severity: slo.Page},
		{Long: 24 * time.Hour, Short: 2 * time.Hour, Rate: 3, Severity: slo.Ticket},
		{Long: 72 * time.Hour, Short: 6 * time.Hour, Rate: 1, Severity: slo.Ticket},
	}
}

// Windows are the distinct windows of the pairs, shortest first.
func Windows(pairs []slo.BurnPair) []time.Duration {
	var out []time.Duration
	for _, p := range pairs {
		out = append(out, p.Long, p.Short)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Firing returns the pairs whose condition holds for the burn rates of an
// objective, whether or not it has held for as long as it must. A window of
// which nothing is known fires nothing; missing data is alerted on as such.
func Firing(pairs []slo.BurnPair, burn []slo.Burn) []slo.BurnPair {
	var out []slo.BurnPair
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

// Held reports whether a condition that holds at an instant has held for as
// long as the pair asks, by asking holds at each step of SampleEvery before it,
// as a rule of Prometheus is evaluated.
func Held(p slo.BurnPair, at slo.Instant, holds func(slo.Instant) bool) bool {
	for back := SampleEvery; back < p.For; back += SampleEvery {
		if !holds(at.Add(-back)) {
			return false
		}
	}
	return p.For == 0 || holds(at.Add(-p.For))
}

// Tell says in words what a pair's condition is, for an objective of an
// agreement.
func Tell(p slo.BurnPair, a *slo.Agreement, o *slo.Objective) string {
	over, hours, wait := "the last "+model.Duration(p.Long).String(), "", ""
	if p.Short != p.Long {
		over += " and the last " + model.Duration(p.Short).String()
	}
	if a.Hours != nil {
		hours = " of service hours"
	}
	if p.For > 0 {
		wait = fmt.Sprintf(", for %s at least", model.Duration(p.For))
	}
	return fmt.Sprintf("Over %s%s at least %g times as fast as the target of %s %% allows%s.", over, hours, p.Rate, o.Target.Percent(), wait)
}

// Labels are those that tell the alert of a pair from the objective's others.
func Labels(p slo.BurnPair) map[string]string {
	out := map[string]string{"window": model.Duration(p.Long).String()}
	if p.Notify != "" {
		out["notify"] = p.Notify
	}
	return out
}
