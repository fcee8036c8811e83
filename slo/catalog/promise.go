package catalog

import (
	"time"

	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo"
)

// Bounds of what the methods of an objective promise.
const (
	maxLatency = 24 * time.Hour // no measurement takes longer
	maxOutages = 1_000_000
	maxParts   = 20 // ten years of so many still fit a duration
)

// latency reads the bound of a latency objective.
func (r reader) latency(o *slo.Objective, n *yaml.Node) bool {
	f, ok := r.fields(n, "latency", "within", "percentile")
	if !ok {
		return false
	}
	fine := set(&o.Latency.Within, f.need("within"), r.duration(time.Millisecond, maxLatency))
	if !f.has("percentile") {
		return fine
	}
	p := f.get("percentile")
	if !set(&o.Target, p, r.percent) {
		return false
	}
	if o.Target == 0 {
		r.errorf(p, "", "the percentile 0 promises nothing")
		return false
	}
	return fine
}

// outages reads how many outages are promised at most.
func (r reader) outages(o *slo.Objective, n *yaml.Node) bool {
	f, ok := r.fields(n, "outages", "atMost", "longerThan")
	if !ok {
		return false
	}
	fine := set(&o.Outages.Most, f.need("atMost"), r.integer(0, maxOutages))
	if f.has("longerThan") {
		fine = set(&o.Outages.Longer, f.get("longerThan"), r.duration(0, maxDuration)) && fine
	}
	return fine
}

// parts reads the services of a composite objective.
func (r reader) parts(o *slo.Objective, n *yaml.Node) bool {
	seen := r.distinct("the service", r.name)
	var ok bool
	o.Parts, ok = list(r, n, "parts", maxParts, func(n *yaml.Node) (slo.Part, bool) {
		p, weight := slo.Part{}, 1
		f, ok := r.fields(n, "a part", "service", "weight")
		if !ok {
			return p, false
		}
		service := f.need("service")
		fine := set(&p.Service, service, seen)
		if fine {
			r.later(func() { r.refer(service, 0, kindService, p.Service) })
		}
		if f.has("weight") {
			fine = set(&weight, f.get("weight"), r.integer(1, slo.MaxWeight)) && fine
		}
		p.Weight = int64(weight)
		return p, fine
	})
	if ok && len(o.Parts) == 0 {
		r.errorf(deref(n), "", "a composite of no parts promises nothing")
	}
	return ok && len(o.Parts) > 0
}
