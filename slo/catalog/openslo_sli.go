package catalog

import (
	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo"
)

// indicator is what an SLI says: what is measured, and whether its latency is.
type indicator struct {
	subject
	r    reader // of the document that it stands in
	unit string // of the latency, ms or s; "" where outcomes are counted

	counts *slo.PromQL // the requests; nil where measurements are counted
	name   string      // of the probe that counts them
	made   bool        // it is there
}

// sliSpec reads the spec of an SLI.
func (r reader) sliSpec(name string, n *yaml.Node) {
	if i, ok := r.indicator(n); ok && name != "" {
		i.name = name
		r.indicators[name] = i
	}
}

// indicator reads the spec of an SLI, of its own or inside an SLO. What one with
// a mistake may use is not called unused.
func (r reader) indicator(n *yaml.Node) (*indicator, bool) {
	i, ok := r.metrics(n)
	if !ok {
		r.later(func() { r.obscureAll(n) })
	}
	return i, ok
}

// obscureAll obscures every value in n.
func (r reader) obscureAll(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode {
		r.obscured(n.Value)
	}
	for _, c := range n.Content {
		r.obscureAll(c)
	}
}

func (r reader) metrics(n *yaml.Node) (*indicator, bool) {
	f, ok := r.fields(n, "the spec of an SLI", "description", "thresholdMetric", "ratioMetric")
	if !ok {
		return nil, false
	}
	r.description(f)
	ratio, threshold := f.get("ratioMetric"), f.get("thresholdMetric")
	switch {
	case f.has("ratioMetric") && f.has("thresholdMetric"):
		r.errorf(f.keys["thresholdMetric"], "", "an SLI has a ratioMetric or a thresholdMetric, not both")
	case ratio != nil:
		return r.ratioMetric(ratio)
	case threshold != nil:
		return r.thresholdMetric(threshold)
	case !f.has("ratioMetric") && !f.has("thresholdMetric"):
		r.errorf(f.node, "", "the spec of an SLI lacks a ratioMetric or a thresholdMetric")
	}
	return nil, false
}

// thresholdMetric reads a metric whose value is held against a threshold: the
// latency of a probe.
func (r reader) thresholdMetric(n *yaml.Node) (*indicator, bool) {
	i := &indicator{r: r}
	var ok bool
	i.subject, ok = r.metric(n, "thresholdMetric", func(n *yaml.Node) (subject, bool) {
		f, ok := r.fields(n, "the spec of a metricSource with a threshold", "probe", "unit")
		if !ok {
			return subject{}, false
		}
		units, unit := []string{"ms", "s"}, 0
		s := subject{at: f.need("probe")}
		fine := set(&s.probe, s.at, r.mention(kindProbe))
		fine = set(&unit, f.need("unit"), r.choice(units...)) && fine
		i.unit = units[unit]
		return s, fine
	})
	return i, ok
}

// ratioMetric reads a share of good ones: the ups of a probe or a service among
// its ups and downs. All of its metrics are of the same one.
func (r reader) ratioMetric(n *yaml.Node) (*indicator, bool) {
	f, ok := r.fields(n, "ratioMetric", "counter", "good", "bad", "total", "rawType", "raw")
	if !ok {
		return nil, false
	}
	counter := true
	if set(&counter, f.get("counter"), r.boolean) && !counter && !f.has("raw") {
		r.errorf(f.get("counter"), "", "counter: false cannot be honoured: measurements are counted")
		return nil, false
	}
	names, ok := r.ratioForm(f)
	if !ok {
		return nil, false
	}
	i, fine := &indicator{r: r}, true
	for _, name := range names {
		n := f.need(name)
		if n == nil {
			return nil, false
		}
		s, ok := r.metric(n, name, r.subject)
		if fine = fine && ok; !ok {
			continue
		}
		if i.at != nil && !s.same(i.subject) {
			r.errorf(s.at, "", "%s is of something else than %s", name, names[0])
			fine = false
		}
		i.subject = s
		i.count(name, s.query)
	}
	return i, fine
}

// count notes a query as the metric of a ratio that it is.
func (i *indicator) count(metric, query string) {
	if query == "" {
		return
	}
	if i.counts == nil {
		i.counts = &slo.PromQL{}
	}
	switch metric {
	case "good":
		i.counts.Good = query
	case "bad":
		i.counts.Bad = query
	default:
		i.counts.Total = query
	}
}

// ratioForm returns which metrics a ratio is made of: good or bad, and total; or
// raw, whose type says what its ratio is of.
func (r reader) ratioForm(f fields) ([]string, bool) {
	switch {
	case f.has("raw"):
		for _, other := range []string{"good", "bad", "total"} {
			if f.has(other) {
				f.refuse("has no place beside raw", other)
				return nil, false
			}
		}
		word := 0
		return []string{"raw"}, set(&word, f.need("rawType"), r.choice("success", "failure"))
	case f.has("rawType"):
		f.refuse("belongs to raw only", "rawType")
	case f.has("good") && f.has("bad"):
		f.refuse("has no place beside good", "bad")
	case f.has("bad"):
		return []string{"bad", "total"}, true
	default:
		return []string{"good", "total"}, true
	}
	return nil, false
}
