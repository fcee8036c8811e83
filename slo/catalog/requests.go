package catalog

import (
	"time"

	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo"
)

// requests reads what counts the requests of an objective.
func (r reader) requests(o *slo.Objective, n *yaml.Node) bool {
	f, ok := r.fields(n, "requests", "probe")
	if !ok {
		return false
	}
	return r.counter(&o.Requests.Probe, f.need("probe"))
}

// workload reads up to how many requests an agreement holds; it is nil where
// that is not said well.
func (r reader) workload(n *yaml.Node) *slo.WorkloadLimit {
	f, ok := r.fields(n, "workload", "probe", "above", "per")
	if !ok {
		return nil
	}
	l, above := &slo.WorkloadLimit{Per: time.Second}, 0
	fine := r.counter(&l.Probe, f.need("probe"))
	fine = set(&above, f.need("above"), r.integer(1, slo.MaxWorkload)) && fine
	if f.has("per") {
		fine = set(&l.Per, f.get("per"), r.duration(slo.MinIncrement, slo.MaxIncrement)) && fine
	}
	if l.Above = int64(above); !fine {
		return nil
	}
	return l
}

// counter reads the name of a probe that counts requests.
func (r reader) counter(name *string, n *yaml.Node) bool {
	if !set(name, n, r.name) {
		return false
	}
	r.later(func() {
		if counts, known := r.counting[*name]; r.refer(n, 0, kindProbe, *name) && known && !counts {
			r.errorf(n, "a promql probe does", "the probe %s counts no requests", *name)
		}
	})
	return true
}
