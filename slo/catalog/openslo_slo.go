package catalog

import (
	"time"

	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo"
)

// The ways in which OpenSLO counts.
const (
	countOccurrences = iota
	countTimeslices
	countRatioTimeslices
)

var budgetingMethods = []string{"Occurrences", "Timeslices", "RatioTimeslices"}

// openSLOSpec reads the spec of an SLO: an agreement inside the house about the
// service that its indicator measures.
func (r reader) openSLOSpec(name string, n *yaml.Node) {
	f, ok := r.fields(n, "the spec of an SLO", "description", "service", "indicator", "indicatorRef", "timeWindow",
		"budgetingMethod", "objectives", "alertPolicies")
	if !ok {
		return
	}
	r.description(f)
	a := &slo.Agreement{Name: name, Type: slo.OLA, Zone: time.UTC, MinCoverage: defaultMinCoverage}
	set(&a.Service, f.need("service"), r.name)
	method := 0
	m := f.need("budgetingMethod")
	fine := set(&method, m, r.choice(budgetingMethods...))
	if fine && method == countRatioTimeslices {
		r.errorf(m, "count by Timeslices, or promise a share of time in an Agreement of ours",
			"RatioTimeslices cannot be honoured: no average over slices is computed")
		fine = false
	}
	var window slo.Window
	if w := f.need("timeWindow"); w != nil {
		var ok bool
		window, ok = r.openSLOWindow(w, &a.Zone)
		fine = ok && fine
	}
	thresholds := r.thresholds(f.need("objectives"), method, window, fine)
	for _, t := range thresholds {
		a.Objectives = append(a.Objectives, t.Objective)
	}
	if p := f.get("alertPolicies"); p != nil {
		r.alertPolicies(a, p)
	}
	r.catalog.Agreements = append(r.catalog.Agreements, a)
	r.agreements[name] = a
	r.measure(a, f, thresholds)
	r.later(func() { r.warnAlerts(a, f) })
}

// measure finds the indicator of an SLO and, once every document is read, makes
// the service that it measures.
func (r reader) measure(a *slo.Agreement, f fields, thresholds []threshold) {
	service := f.get("service")
	inline, ref := f.get("indicator"), f.get("indicatorRef")
	var i *indicator
	switch {
	case f.has("indicator") && f.has("indicatorRef"):
		f.refuse("has no place beside indicator", "indicatorRef")
	case inline != nil:
		if _, spec := r.inlined(inline, "indicator", "SLI"); spec != nil {
			if i, _ = r.indicator(spec); i != nil {
				i.name = a.Name
			}
		}
	case !f.has("indicator") && !f.has("indicatorRef"):
		r.errorf(f.node, "", "the spec of an SLO lacks an indicator or an indicatorRef")
	}
	sli := ""
	named := set(&sli, ref, r.name)
	r.join(func() {
		if named && r.refer(ref, 0, openSLOSLI, sli) {
			i = r.indicators[sli]
		}
		if i == nil {
			r.obscure[a.Service] = true // it has errors of its own
			r.later(func() { r.obscureAll(f.node) })
			return
		}
		r.promise(a, i, thresholds)
		if a.Service != "" && service != nil {
			r.serve(a, service, i)
		}
	})
}

// promise makes objectives of the thresholds, which depend on what is measured.
func (r reader) promise(a *slo.Agreement, i *indicator, thresholds []threshold) {
	for k, t := range thresholds {
		switch {
		case i.counts != nil:
			t.f.refuse("belongs to a thresholdMetric only", "op", "value")
			r.requestsOf(i)
			r.promiseRequests(&a.Objectives[k], t, i.name)
		case i.unit == "":
			t.f.refuse("belongs to a thresholdMetric only", "op", "value")
		case k > 0:
			r.errorf(t.f.node, "", "an SLO with a thresholdMetric has one objective")
		default:
			r.slowest(&a.Objectives[k], t, i.unit)
		}
	}
}
