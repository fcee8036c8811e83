package catalog

import (
	"fmt"

	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo"
)

// maxPolicies bounds the alert policies of an SLO, and the targets of a policy.
const maxPolicies = 100

// alertPolicies reads the alert policies of an SLO, of which key is the field,
// and says that they cannot be honoured.
func (r reader) alertPolicies(key, n *yaml.Node) {
	policies, _ := list(r, n, "alertPolicies", maxPolicies, func(n *yaml.Node) (bool, bool) {
		return true, r.refOr(n, "an alert policy", "alertPolicyRef", openSLOPolicy, r.alertPolicySpec)
	})
	if len(policies) > 0 {
		r.errorf(key, "leave alertPolicies out: every objective is alerted on as it is",
			"alertPolicies cannot be honoured: alerts look at the burn rate of a long and a short window together, not of one window for some time")
	}
}

// refOr reads an object that is written inside another one, or the name of one
// of a kind in the field ref.
func (r reader) refOr(n *yaml.Node, what, ref, kind string, read func(string, *yaml.Node)) bool {
	if n.Kind != yaml.MappingNode || !hasKey(n, ref) {
		spec := r.inlined(n, what, kind)
		if spec != nil {
			read("", spec)
		}
		return spec != nil
	}
	f, ok := r.fields(n, what, ref)
	name := ""
	return ok && set(&name, f.get(ref), r.mention(kind))
}

func hasKey(n *yaml.Node, key string) bool {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if deref(n.Content[i]).Value == key {
			return true
		}
	}
	return false
}

// alertPolicySpec reads the spec of an AlertPolicy.
func (r reader) alertPolicySpec(_ string, n *yaml.Node) {
	f, ok := r.fields(n, "the spec of an AlertPolicy", "description", "alertWhenNoData", "alertWhenResolved",
		"alertWhenBreaching", "conditions", "notificationTargets")
	if !ok {
		return
	}
	r.description(f)
	for _, when := range []string{"alertWhenNoData", "alertWhenResolved", "alertWhenBreaching"} {
		on := false
		set(&on, f.get(when), r.boolean)
	}
	if c := f.need("conditions"); c != nil {
		conditions, ok := list(r, c, "conditions", 1, func(n *yaml.Node) (bool, bool) {
			return true, r.refOr(n, "a condition", "conditionRef", openSLOCondition, r.alertConditionSpec)
		})
		if ok && len(conditions) == 0 {
			r.errorf(c, "", "conditions is empty: it holds one condition")
		}
	}
	if t := f.need("notificationTargets"); t != nil {
		list(r, t, "notificationTargets", maxPolicies, func(n *yaml.Node) (bool, bool) {
			return true, r.refOr(n, "a notification target", "targetRef", openSLOTarget, r.notificationTargetSpec)
		})
	}
}

// alertConditionSpec reads the spec of an AlertCondition.
func (r reader) alertConditionSpec(_ string, n *yaml.Node) {
	f, ok := r.fields(n, "the spec of an AlertCondition", "description", "severity", "condition")
	if !ok {
		return
	}
	r.description(f)
	var severity string
	set(&severity, f.need("severity"), r.line)
	c := f.need("condition")
	if c == nil {
		return
	}
	cf, ok := r.fields(c, "condition", "kind", "op", "threshold", "lookbackWindow", "alertAfter")
	if !ok {
		return
	}
	word, window := 0, span{}
	set(&word, cf.get("kind"), r.choice("burnrate"))
	set(&word, cf.get("op"), r.choice("lte", "lt", "gte", "gt"))
	var threshold slo.Ratio
	set(&threshold, cf.need("threshold"), r.openRate)
	set(&window, cf.need("lookbackWindow"), parsed(r, parseSpan))
	set(&window, cf.get("alertAfter"), r.wait)
}

// openRate parses a burn rate, a plain number of at most 10,000.
func (r reader) openRate(n *yaml.Node) (slo.Ratio, bool) {
	return parsed(r, func(s string) (slo.Ratio, error) {
		rate, err := slo.ParsePercent(s)
		if err != nil {
			err = fmt.Errorf("%s is not a burn rate such as 14.4", quote(s))
		}
		return rate, err
	})(n)
}

// wait parses how long a condition must hold, which may be no time.
func (r reader) wait(n *yaml.Node) (span, bool) {
	return parsed(r, func(s string) (span, error) {
		if s == "0m" {
			return span{}, nil
		}
		return parseSpan(s)
	})(n)
}

// notificationTargetSpec reads the spec of an AlertNotificationTarget.
func (r reader) notificationTargetSpec(_ string, n *yaml.Node) {
	f, ok := r.fields(n, "the spec of an AlertNotificationTarget", "description", "target")
	if !ok {
		return
	}
	r.description(f)
	var target string
	set(&target, f.need("target"), r.line)
}
