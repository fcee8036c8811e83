package catalog

import (
	"fmt"
	"slices"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo"
)

// conditionOps are the operators of a condition, that which is honoured first.
var conditionOps = []string{"gte", "gt", "lte", "lt"}

// alertConditionSpec reads the spec of an AlertCondition of its own.
func (r reader) alertConditionSpec(name string, n *yaml.Node) {
	if p, ok := r.alertCondition(n); ok && name != "" {
		r.conditions[name] = p
	}
}

// alertCondition reads the spec of an AlertCondition: a burn rate over one
// window, which is a pair whose windows are the same.
func (r reader) alertCondition(n *yaml.Node) (slo.BurnPair, bool) {
	f, ok := r.fields(n, "the spec of an AlertCondition", "description", "severity", "condition")
	if !ok {
		return slo.BurnPair{}, false
	}
	r.description(f)
	p := slo.BurnPair{}
	fine := set(&p.Severity, f.need("severity"), r.openSeverity)
	c := f.need("condition")
	if c == nil {
		return p, false
	}
	cf, ok := r.fields(c, "condition", "kind", "op", "threshold", "lookbackWindow", "alertAfter")
	if !ok {
		return p, false
	}
	word, op := 0, 0
	if cf.has("kind") {
		fine = set(&word, cf.get("kind"), r.choice("burnrate")) && fine
	}
	if cf.has("op") {
		fine = set(&op, cf.get("op"), r.choice(conditionOps...)) && fine
	}
	if op > 0 {
		r.errorf(cf.get("op"), "write op: gte, or leave it out", "op: %s cannot be honoured: an alert is of a budget that burns as fast as the threshold or faster", conditionOps[op])
		fine = false
	}
	fine = set(&p.Rate, cf.need("threshold"), r.rate) && fine
	fine = set(&p.Long, cf.need("lookbackWindow"), r.openLength(time.Minute, maxAlertWindow)) && fine
	if cf.has("alertAfter") {
		fine = set(&p.For, cf.get("alertAfter"), r.openLength(0, maxWait)) && fine
	}
	p.Short = p.Long
	return p, fine
}

// openSeverity parses the severity of a condition, which is free in OpenSLO.
func (r reader) openSeverity(n *yaml.Node) (slo.Severity, bool) {
	s, ok := r.line(n)
	if ok && !slices.Contains(severityNames, s) {
		r.errorf(n, "write page for what wakes somebody, ticket for what waits for the working day", "severity %s cannot be honoured: alerts are of the severity page or ticket", quote(s))
		return "", false
	}
	return slo.Severity(s), ok
}

// openLength returns a parser of a duration that has a fixed length within
// bounds.
func (r reader) openLength(least, most time.Duration) func(*yaml.Node) (time.Duration, bool) {
	return parsed(r, func(s string) (time.Duration, error) {
		if s == "0m" && least == 0 {
			return 0, nil
		}
		v, err := parseSpan(s)
		if err != nil {
			return 0, err
		}
		d, fixed := v.length()
		if !fixed || d < least || d > most {
			return 0, fmt.Errorf("%s cannot be honoured: it is to be of a fixed length of %s to %s", s, FormatDuration(least), FormatDuration(most))
		}
		return d, nil
	})
}

// notificationTargetSpec reads the spec of an AlertNotificationTarget: a name
// that alerts carry, for Alertmanager to route by.
func (r reader) notificationTargetSpec(_ string, n *yaml.Node) {
	f, ok := r.fields(n, "the spec of an AlertNotificationTarget", "description", "target")
	if !ok {
		return
	}
	r.description(f)
	var target string
	set(&target, f.need("target"), r.line)
}
