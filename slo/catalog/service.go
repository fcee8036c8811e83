package catalog

import (
	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo"
)

// service reads the spec of a Service.
func (r reader) service(name string, n *yaml.Node) {
	f, ok := r.fields(n, "the spec of a Service", "up")
	if !ok {
		return
	}
	up := f.need("up")
	if up == nil {
		return
	}
	text, ok := r.raw(up)
	if !ok {
		return
	}
	e, refs, err := parseExpr(text)
	if err != nil {
		r.errorIn(up, err.offset, err.hint, "%s", err.message)
		r.obscured(text)
		return
	}
	if twice := repeated(e); twice != "" {
		r.warnf(up, "", "the probe %s is listed twice by one operator", twice)
	}
	r.later(func() {
		for _, ref := range refs {
			r.refer(up, ref.offset, kindProbe, ref.name)
		}
	})
	r.services[name] = &slo.Service{Name: name, Up: e}
	r.catalog.Services = append(r.catalog.Services, r.services[name])
}
