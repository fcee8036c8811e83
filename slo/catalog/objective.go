package catalog

import (
	"time"

	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo"
)

// objectives reads an agreement's objectives; n may be nil. Those that name no
// alerts have those of the agreement. The list keeps the order and the length
// of the document, mistakes included.
func (r reader) objectives(a *slo.Agreement, alerts []slo.BurnPair, n *yaml.Node) {
	if n == nil {
		return
	}
	seen := map[string]bool{}
	var ok bool
	a.Objectives, ok = list(r, n, "objectives", maxObjectives, func(n *yaml.Node) (slo.Objective, bool) {
		return r.objective(n, alerts, seen)
	})
	if ok && len(a.Objectives) == 0 {
		r.errorf(deref(n), "", "an agreement without objectives promises nothing")
	}
}

// objective reads one objective, whose name must not be among those seen.
func (r reader) objective(n *yaml.Node, alerts []slo.BurnPair, seen map[string]bool) (slo.Objective, bool) {
	o := slo.Objective{Alerts: alerts}
	f, ok := r.fields(n, "an objective", "name", "target", "window", "method", "slice", "latency", "outages", "parts", "requests", "alerts")
	if !ok {
		return o, false
	}
	fine := set(&o.Name, f.need("name"), r.line)
	if fine && seen[o.Name] {
		r.errorf(f.get("name"), "", "two objectives are named %s", o.Name)
		fine = false
	}
	seen[o.Name] = true
	fine = set(&o.Window, f.need("window"), r.window) && fine
	method := int(slo.ByTime)
	set(&method, f.get("method"), r.choice(methodNames...))
	o.Method = slo.Method(method)
	fine = r.rules(&o, f) && fine
	if f.has("alerts") {
		fine = set(&o.Alerts, f.get("alerts"), r.alerts) && fine
	}
	if o.Method == slo.ByOutages {
		f.refuse("has no place where a number of outages is promised: that burns at no rate", "alerts")
		o.Alerts, fine = nil, fine && !f.has("alerts")
	}
	return o, r.target(&o, f) && fine
}

// target reads the promised share. A number of outages has none, and that of a
// latency may be given as its percentile.
func (r reader) target(o *slo.Objective, f fields) bool {
	t := f.get("target")
	switch {
	case o.Method == slo.ByOutages:
		f.refuse("has no place where a number of outages is promised", "target")
		return !f.has("target")
	case o.Target > 0: // by its percentile
		f.refuse("is said by the percentile already", "target")
		return !f.has("target")
	case !set(&o.Target, f.need("target"), r.percent):
		return false
	case o.Target == 0:
		r.errorf(t, "", "a target of 0 percent promises nothing")
		return false
	}
	return true
}

// rules reads what belongs to the objective's method alone.
func (r reader) rules(o *slo.Objective, f fields) bool {
	fine := true
	for _, x := range []struct {
		field  string
		method slo.Method
		read   func(*slo.Objective, *yaml.Node) bool
	}{
		{"slice", slo.BySlices, r.slice}, {"latency", slo.ByLatency, r.latency},
		{"outages", slo.ByOutages, r.outages}, {"parts", slo.Composite, r.parts},
		{"requests", slo.ByRequests, r.requests},
	} {
		method := methodNames[x.method]
		switch {
		case o.Method == x.method:
			n := f.need(x.field)
			fine = n != nil && x.read(o, n) && fine
		case f.has(x.field) && !f.has("method"):
			f.refuse("needs method: "+method, x.field)
			fine = false
		case f.has(x.field):
			f.refuse("belongs to the method "+method+" only", x.field)
			fine = false
		}
	}
	return fine
}

// window parses the name of a calendar period or the length of a rolling one.
func (r reader) window(n *yaml.Node) (slo.Window, bool) {
	s, ok := r.raw(n)
	if !ok {
		return slo.Window{}, false
	}
	for i, p := range periodNames {
		if p == s {
			return slo.Window{Period: slo.Period(i)}, true
		}
	}
	if s == "" || s[0] < '0' || s[0] > '9' {
		r.errorf(n, r.suggest.hint(s, periodNames),
			"%s is not a window: day, week, month, quarter, year, or a rolling duration such as 30d", quote(s))
		return slo.Window{}, false
	}
	d, ok := r.duration(time.Second, maxDuration)(n)
	return slo.Window{Rolling: d}, ok
}

// slice reads the slices of an objective that counts by them.
func (r reader) slice(o *slo.Objective, n *yaml.Node) bool {
	sf, ok := r.fields(n, "slice", "length", "bad")
	if !ok {
		return false
	}
	fine := set(&o.Slice.Length, sf.need("length"), r.duration(time.Second, maxDuration))
	if sf.has("bad") {
		fine = set(&o.Slice.Bad, sf.get("bad"), r.percent) && fine
	}
	if !fine || !r.sliceFits(o, sf.get("length")) {
		return false
	}
	if o.Slice.Bad == slo.One {
		r.warnf(sf.get("bad"), "", "no slice is ever more than 100 percent down")
	}
	return true
}

// sliceFits checks the length of an objective's slices, which length says,
// against its window.
func (r reader) sliceFits(o *slo.Objective, length *yaml.Node) bool {
	switch longest := longest(o.Window); {
	case longest/o.Slice.Length > maxSlices:
		r.errorf(length, "", "%s cuts the window into more than %d slices", length.Value, maxSlices)
		return false
	case o.Slice.Length > longest && longest > 0:
		r.warnf(length, "", "a slice of %s is longer than the window", length.Value)
	}
	return true
}

// longest returns how long a window can be.
func longest(w slo.Window) time.Duration {
	if w.Rolling > 0 {
		return w.Rolling
	}
	const day = 24 * time.Hour
	return [...]time.Duration{slo.Day: day + 2*time.Hour, slo.Week: 7*day + 2*time.Hour, slo.Month: 31*day + 2*time.Hour,
		slo.Quarter: 92*day + 2*time.Hour, slo.Year: 366*day + 2*time.Hour}[w.Period]
}
