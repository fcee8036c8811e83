package catalog

import (
	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo"
)

// maxTargets bounds the notification targets of an alert policy.
const maxTargets = 100

// alertPolicy is what an AlertPolicy says: its condition, and who is told.
type alertPolicy struct {
	condition *slo.BurnPair // nil where it is named
	named     string        // an AlertCondition
	notify    string        // as slo.BurnPair has it
}

// alertPolicySpec reads the spec of an AlertPolicy of its own.
func (r reader) alertPolicySpec(name string, n *yaml.Node) {
	if p, ok := r.alertPolicy(n); ok && name != "" {
		r.policies[name] = p
	}
}

// alertPolicy reads the spec of an AlertPolicy.
func (r reader) alertPolicy(n *yaml.Node) (*alertPolicy, bool) {
	f, ok := r.fields(n, "the spec of an AlertPolicy", "description", "alertWhenNoData", "alertWhenResolved",
		"alertWhenBreaching", "conditions", "notificationTargets")
	if !ok {
		return nil, false
	}
	r.description(f)
	p := &alertPolicy{}
	fine := r.alertWhen(f)
	if c := f.need("conditions"); c != nil {
		fine = r.policyCondition(p, c) && fine
	} else {
		fine = false
	}
	t := f.need("notificationTargets")
	return p, t != nil && r.policyTargets(p, t) && fine
}

// alertWhen reads what a policy alerts on. Left out is what is done: alerts when
// the condition holds, their ends, and missing data.
func (r reader) alertWhen(f fields) bool {
	breaching, resolved, noData := true, true, true
	fine := r.optional(&breaching, f, "alertWhenBreaching")
	fine = r.optional(&resolved, f, "alertWhenResolved") && fine
	fine = r.optional(&noData, f, "alertWhenNoData") && fine
	if !breaching {
		r.errorf(f.get("alertWhenBreaching"), "take the policy out", "alertWhenBreaching: false cannot be honoured: a policy alerts when its condition holds")
	}
	if !resolved {
		r.warnf(f.get("alertWhenResolved"), "set send_resolved: false there", "whether the end of an alert is told is said by Alertmanager's receiver")
	}
	if !noData {
		r.warnf(f.get("alertWhenNoData"), "silence it in Alertmanager", "missing data is alerted on all the same: every objective has the alert MissingData")
	}
	return fine && breaching
}

// optional reads a field that may be left out and is yes or no.
func (r reader) optional(on *bool, f fields, name string) bool {
	return !f.has(name) || set(on, f.get(name), r.boolean)
}

// policyCondition reads the list of a policy's one condition.
func (r reader) policyCondition(p *alertPolicy, n *yaml.Node) bool {
	conditions, ok := list(r, n, "conditions", 1, func(n *yaml.Node) (bool, bool) {
		if named(n, "conditionRef") {
			return true, r.reference(n, "a condition", "conditionRef", openSLOCondition, &p.named)
		}
		_, spec := r.inlined(n, "a condition", openSLOCondition)
		if spec == nil {
			return false, false
		}
		pair, ok := r.alertCondition(spec)
		p.condition = &pair
		return ok, ok
	})
	if ok && len(conditions) == 0 {
		r.errorf(deref(n), "", "conditions is empty: it holds one condition")
		return false
	}
	return ok
}

// policyTargets reads the names of a policy's notification targets.
func (r reader) policyTargets(p *alertPolicy, n *yaml.Node) bool {
	names, ok := list(r, n, "notificationTargets", maxTargets, func(n *yaml.Node) (string, bool) {
		if named(n, "targetRef") {
			name := ""
			ok := r.reference(n, "a notification target", "targetRef", openSLOTarget, &name)
			return name, ok
		}
		name, spec := r.inlined(n, "a notification target", openSLOTarget)
		if spec == nil {
			return "", false
		}
		r.notificationTargetSpec("", spec)
		if name == "" {
			r.errorf(n, "give it metadata with a name", "a notification target without a name cannot be honoured: alerts carry the name for Alertmanager to route by")
		}
		return name, name != ""
	})
	if !ok {
		return false
	}
	p.notify, ok = r.joined(deref(n), names)
	return ok
}

// named reports whether n is a reference by the field ref, and not an object
// that is written in place.
func named(n *yaml.Node, ref string) bool {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if deref(n.Content[i]).Value == ref {
			return true
		}
	}
	return false
}

// reference reads the name of a thing of a kind in the field ref.
func (r reader) reference(n *yaml.Node, what, ref, kind string, name *string) bool {
	f, ok := r.fields(n, what, ref)
	return ok && set(name, f.get(ref), r.mention(kind))
}

// attached is an alert policy of an SLO: written in place, or by its name.
type attached struct {
	at     *yaml.Node
	policy *alertPolicy
	named  string
}

// alertPolicies reads the alert policies of an SLO, of which n is the list, and
// makes them the conditions of all its objectives once every document is read.
func (r reader) alertPolicies(a *slo.Agreement, n *yaml.Node) {
	all, ok := list(r, n, "alertPolicies", maxAlerts, func(n *yaml.Node) (attached, bool) {
		x := attached{at: n}
		if named(n, "alertPolicyRef") {
			return x, r.reference(n, "an alert policy", "alertPolicyRef", openSLOPolicy, &x.named)
		}
		_, spec := r.inlined(n, "an alert policy", openSLOPolicy)
		if spec == nil {
			return x, false
		}
		var ok bool
		x.policy, ok = r.alertPolicy(spec)
		return x, ok
	})
	if !ok {
		r.later(func() { r.obscureAll(n) })
		return
	}
	r.join(func() {
		pairs := r.pairsOf(all)
		for i := range a.Objectives {
			a.Objectives[i].Alerts = pairs
		}
	})
}

// pairsOf are the conditions of an SLO's policies. What has errors of its own is
// left out.
func (r reader) pairsOf(all []attached) []slo.BurnPair {
	pairs, seen := []slo.BurnPair{}, map[slo.BurnPair]bool{}
	for _, x := range all {
		policy := x.policy
		if policy == nil {
			policy = r.policies[x.named]
		}
		if policy == nil {
			continue
		}
		pair, ok := r.conditions[policy.named]
		if policy.condition != nil {
			pair, ok = *policy.condition, true
		}
		pair.Notify = policy.notify
		if ok && r.apart(x.at, pair, seen) {
			pairs = append(pairs, pair)
		}
	}
	return pairs
}
