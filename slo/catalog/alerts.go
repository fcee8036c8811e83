package catalog

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo"
)

// Bounds of burn-rate conditions. A rate has up to six decimals.
const (
	maxAlerts      = 20
	maxAlertWindow = 90 * 24 * time.Hour // of agreed time
	maxRate        = 1_000_000           // slo.MaxBurn
	maxWait        = 6 * time.Hour       // that a condition must hold before it fires
	maxNotify      = 1000                // characters of the label notify
)

var (
	severityNames = []string{string(slo.Page), string(slo.Ticket)}
	decimal       = regexp.MustCompile(`^[0-9]{1,7}(\.[0-9]{1,6})?$`)
)

// alerts reads burn-rate conditions; an empty list is none at all.
func (r reader) alerts(n *yaml.Node) ([]slo.BurnPair, bool) {
	seen := map[slo.BurnPair]bool{}
	return list(r, n, "alerts", maxAlerts, func(n *yaml.Node) (slo.BurnPair, bool) {
		p, ok := r.burnPair(n)
		return p, ok && r.apart(n, p, seen)
	})
}

// apart notes an error where a condition has what people tell alerts apart by
// in common with one of those seen.
func (r reader) apart(n *yaml.Node, p slo.BurnPair, seen map[slo.BurnPair]bool) bool {
	id := slo.BurnPair{Long: p.Long, Severity: p.Severity, Notify: p.Notify}
	if seen[id] {
		r.errorf(n, "", "two alerts of severity %s have the long window %s, by which people tell them apart", p.Severity, FormatDuration(p.Long))
		return false
	}
	seen[id] = true
	return true
}

func (r reader) burnPair(n *yaml.Node) (slo.BurnPair, bool) {
	p, severity := slo.BurnPair{}, 0
	f, ok := r.fields(n, "an alert", "long", "short", "rate", "severity", "for", "notify")
	if !ok {
		return p, false
	}
	window := r.duration(time.Second, maxAlertWindow)
	fine := set(&p.Long, f.need("long"), window)
	fine = set(&p.Short, f.need("short"), window) && fine
	fine = set(&p.Rate, f.need("rate"), r.rate) && fine
	fine = set(&severity, f.need("severity"), r.choice(severityNames...)) && fine
	p.Severity = slo.Severity(severityNames[severity])
	if f.has("for") {
		fine = set(&p.For, f.get("for"), r.duration(0, maxWait)) && fine
	}
	if f.has("notify") {
		fine = set(&p.Notify, f.get("notify"), r.notified) && fine
	}
	if fine && p.Short > p.Long {
		r.errorf(f.get("short"), "", "the short window %s is longer than the long one, %s", FormatDuration(p.Short), FormatDuration(p.Long))
		return p, false
	}
	return p, fine
}

// notified reads the names of those who are to be told.
func (r reader) notified(n *yaml.Node) (string, bool) {
	names, ok := list(r, n, "notify", maxAlerts, r.distinct("the name", r.name))
	if !ok {
		return "", false
	}
	return r.joined(n, names)
}

// joined is names as the label notify has them.
func (r reader) joined(n *yaml.Node, names []string) (string, bool) {
	slices.Sort(names)
	s := strings.Join(slices.Compact(names), ",")
	if len(s) > maxNotify {
		r.errorf(n, "", "the names of those who are told have %d characters together: a label carries %d", len(s), maxNotify)
		return "", false
	}
	return s, true
}

// rate reads a burn rate: a plain decimal number above 0.
func (r reader) rate(n *yaml.Node) (float64, bool) {
	return parsed(r, func(s string) (float64, error) {
		v, err := strconv.ParseFloat(s, 64)
		switch {
		case err != nil || !decimal.MatchString(s):
			return 0, fmt.Errorf("%s is not a burn rate such as 14.4", quote(s))
		case v <= 0 || v > maxRate:
			return 0, fmt.Errorf("a burn rate of %s: more than 0 and at most %d are allowed", s, maxRate)
		}
		return v, nil
	})(n)
}

// warnAlerts tells of conditions that can never hold: their long window does
// not fit the objective's own, or not even an outage burns so fast.
func (r reader) warnAlerts(a *slo.Agreement, f fields) {
	for i := range a.Objectives {
		o := &a.Objectives[i]
		at := deref(deref(f.get("objectives")).Content[i])
		for _, p := range o.Alerts {
			switch whole := a.OrdinaryLength(o.Window); {
			case o.Name == "" || o.Method == slo.ByOutages:
			case p.Long > whole:
				r.warnf(at, "", "the alert over %s is left out of %s: its window has %s of agreed time", FormatDuration(p.Long), o.Name, FormatDuration(whole.Round(time.Second)))
			case o.Target > 0 && o.Target < slo.One && p.Rate*(slo.One-o.Target).Float() > 1:
				r.warnf(at, "", "the alert at %g times can never fire for %s: with a target of %s percent an outage burns %.4g times too fast",
					p.Rate, o.Name, o.Target.Percent(), 1/(slo.One-o.Target).Float())
			}
		}
	}
}
