package catalog

import (
	"fmt"

	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo"
)

// threshold is an objective as an SLO writes it; f has what depends on the
// indicator.
type threshold struct {
	slo.Objective
	f fields
}

// thresholds reads the objectives of an SLO that counts in one way over a
// window; n may be nil. Where fine is false these are not known.
func (r reader) thresholds(n *yaml.Node, method int, window slo.Window, fine bool) []threshold {
	if n == nil {
		return nil
	}
	seen := map[string]bool{}
	k := 0
	out, ok := list(r, n, "objectives", maxObjectives, func(n *yaml.Node) (threshold, bool) {
		k++
		t := threshold{Objective: slo.Objective{Name: fmt.Sprintf("objective %d", k), Window: window, Method: slo.ByOccurrences}}
		var ok bool
		t.f, ok = r.fields(n, "an objective", "displayName", "op", "value", "target", "targetPercent",
			"timeSliceTarget", "timeSliceWindow", "indicator", "indicatorRef", "compositeWeight")
		if !ok {
			return t, false
		}
		return t, r.threshold(&t, method, fine, seen)
	})
	if ok && len(out) == 0 {
		r.errorf(deref(n), "", "an SLO without objectives promises nothing")
	}
	if !ok {
		return nil
	}
	return out
}

// threshold reads one objective, whose name must not be among those seen.
func (r reader) threshold(t *threshold, method int, known bool, seen map[string]bool) bool {
	f := t.f
	fine := !f.has("displayName") || set(&t.Name, f.get("displayName"), r.line)
	if fine && seen[t.Name] {
		r.errorf(orElse(f.get("displayName"), f.node), "", "two objectives are named %s", t.Name)
		fine = false
	}
	seen[t.Name] = true
	for _, part := range []string{"indicator", "indicatorRef", "compositeWeight"} {
		if f.has(part) {
			r.errorf(f.keys[part], "promise it in an Agreement of ours with method: composite, which has one target for all parts",
				"%s cannot be honoured in an objective: in a composite SLO each part has a target of its own", part)
			fine = false
		}
	}
	fine = r.openSLOTarget(t) && fine
	if !known {
		return false
	}
	if method != countTimeslices {
		f.refuse("belongs to the budgetingMethod Timeslices only", "timeSliceTarget", "timeSliceWindow")
		return fine && !f.has("timeSliceTarget") && !f.has("timeSliceWindow")
	}
	t.Method = slo.BySlices
	return r.timeSlices(t) && fine
}

// openSLOTarget reads the promised share, which OpenSLO writes in two ways.
func (r reader) openSLOTarget(t *threshold) bool {
	n := t.f.get("targetPercent")
	switch {
	case t.f.has("target") && t.f.has("targetPercent"):
		t.f.refuse("has no place beside target", "targetPercent")
		return false
	case t.f.has("targetPercent"):
		if !set(&t.Target, n, r.percent) {
			return false
		}
	default:
		n = t.f.need("target")
		if !set(&t.Target, n, r.share) {
			return false
		}
	}
	if t.Target == 0 || t.Target >= slo.One {
		r.errorf(n, "", "a target of %s is not between none and all: OpenSLO allows less than all, and none promises nothing", n.Value)
		return false
	}
	return true
}

// share parses a ratio of 0 to 1, at most ten decimals, kept exactly.
func (r reader) share(n *yaml.Node) (slo.Ratio, bool) {
	return parsed(r, func(s string) (slo.Ratio, error) {
		p, err := slo.ParsePercent(s)
		if err != nil || p > slo.One/100 {
			return 0, fmt.Errorf("%s is not a ratio of 0 to 1 such as 0.995", quote(s))
		}
		return 100 * p, nil
	})(n)
}

// timeSlices reads how long slices are and what share of each must be good.
func (r reader) timeSlices(t *threshold) bool {
	var good slo.Ratio
	at := t.f.need("timeSliceTarget")
	fine := set(&good, at, r.share)
	if fine && good == 0 {
		r.errorf(at, "", "a timeSliceTarget of 0 makes every slice good")
		fine = false
	}
	t.Slice.Bad = slo.One - min(good, slo.One)
	length := t.f.need("timeSliceWindow")
	fine = set(&t.Slice.Length, length, r.sliceWindow) && fine
	return fine && r.sliceFits(&t.Objective, length)
}

// slowest reads the latency that measurements must stay within, in a unit.
func (r reader) slowest(o *slo.Objective, t threshold, unit string) {
	if o.Method != slo.ByOccurrences {
		r.errorf(t.f.node, "count by Occurrences", "a thresholdMetric in slices cannot be honoured: latency is counted by measurements")
		return
	}
	o.Method = slo.ByLatency
	ops, op := []string{"lte", "lt", "gte", "gt"}, 0
	if n := t.f.need("op"); set(&op, n, r.choice(ops...)) && op > 0 {
		r.errorf(n, "", "op: %s cannot be honoured: a latency is good up to a value, which is lte", ops[op])
	}
	set(&o.Latency.Within, t.f.need("value"), r.latencyValue(unit))
}
