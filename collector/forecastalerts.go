package collector

import (
	"fmt"
	"time"

	"github.com/assay-sla/assay/collector/evaluate"
	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/slo"
)

// capacityAlerts alerts on each series of a resource whose limit is reached, or
// may be before more is there, or whose level is at a threshold.
func capacityAlerts(all []slo.ResourceForecast, at slo.Instant) []evaluate.Alert {
	var out []evaluate.Alert
	for _, f := range all {
		if a, ok := exhausting(f, at); ok {
			out = append(out, a)
		}
		if t := f.Passed(); t > 0 {
			a := capacityAlert(notify.CapacityThreshold, slo.Ticket, f)
			a.Labels[notify.LabelThreshold] = t.Percent()
			a.Words.Summary = fmt.Sprintf("%s is at %s of %s %s: %s %% are passed", told(f), f.Now.Short(), f.Limit.Short(), f.Resource.Unit, t.Percent())
			out = append(out, a)
		}
	}
	return out
}

// exhausting is the alert on a limit that is reached, or that may be reached
// before more is there.
func exhausting(f slo.ResourceForecast, at slo.Instant) (evaluate.Alert, bool) {
	switch {
	case f.Exhaustion == slo.LimitReached:
		a := capacityAlert(notify.CapacityExhausted, slo.Page, f)
		a.Opens = slo.Exhausted
		a.Words.Summary = fmt.Sprintf("%s is at its limit: %s of %s %s", told(f), f.Now.Short(), f.Limit.Short(), f.Resource.Unit)
		return a, true
	case f.Exhaustion == slo.Exhausts && f.OrderBy() <= at:
		a := capacityAlert(notify.CapacityExhausting, slo.Ticket, f)
		a.Words.Summary = fmt.Sprintf("%s may reach its limit of %s %s in %d days, before more is there",
			told(f), f.Limit.Short(), f.Resource.Unit, days(f.Early.Sub(at)))
		a.Words.Description = fmt.Sprintf("It is expected in %d days, on %s, and in one of ten cases by %s. To have more takes %d days.",
			days(f.Expected.Sub(at)), f.Expected.Time().Format(time.DateOnly), f.Early.Time().Format(time.DateOnly), days(f.Resource.LeadTime))
		return a, true
	}
	return evaluate.Alert{}, false
}

// days are the whole days of a duration, at least 0.
func days(d time.Duration) int64 { return int64(max(0, d) / (24 * time.Hour)) }

func capacityAlert(name string, severity slo.Severity, f slo.ResourceForecast) evaluate.Alert {
	labels := map[string]string{notify.LabelResource: f.Resource.Name, notify.LabelService: f.Resource.Service}
	if s := f.Series(); s != "" {
		labels[notify.LabelSeries] = s
	}
	return evaluate.Alert{Name: name, Severity: severity, Labels: labels, Path: "/capacity"}
}

// told names a series of a resource to people.
func told(f slo.ResourceForecast) string {
	if s := f.Series(); s != "" {
		return fmt.Sprintf("The resource %s (%s)", f.Resource.Name, s)
	}
	return "The resource " + f.Resource.Name
}
