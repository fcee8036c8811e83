package catalog

import (
	"fmt"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo"
)

// Defaults and bounds of a probe.
const (
	defaultTimeout = 10 * time.Second
	minEvery       = time.Second
	maxEvery       = 31 * 24 * time.Hour
	maxTimeout     = 10 * time.Minute
	maxConfirm     = 1000
)

// probe reads the spec of a Probe.
func (r reader) probe(name string, n *yaml.Node) {
	known := append([]string{"every", "timeout", "hold", "confirm", "locations"}, slo.Kinds()...)
	f, ok := r.fields(n, "the spec of a Probe", known...)
	if !ok {
		return
	}
	p := &slo.Probe{Name: name, Timeout: defaultTimeout, Confirm: 1}
	fine := set(&p.Every, f.need("every"), r.duration(minEvery, maxEvery))
	set(&p.Timeout, f.get("timeout"), r.duration(time.Millisecond, maxTimeout))
	if !set(&p.Hold, f.get("hold"), r.duration(time.Second, maxDuration)) {
		p.Hold = 2*p.Every + p.Timeout
	}
	set(&p.Confirm, f.get("confirm"), r.integer(1, maxConfirm))
	r.locations(f.get("locations"), &p.Locations)
	p.Spec = r.kindBlock(f)
	_, counts := p.Spec.(*slo.PromQL)
	if p.Spec != nil {
		r.counting[name] = counts
	}
	if counts && fine && (p.Every < slo.MinIncrement || p.Every > slo.MaxIncrement) {
		r.errorf(f.get("every"), "", "a promql probe counts increments of %s to %s", FormatDuration(slo.MinIncrement), FormatDuration(slo.MaxIncrement))
	}
	if fine && p.Hold < p.Every {
		r.warnf(f.get("hold"), "the default is 2 x every + timeout",
			"hold is shorter than every: between measurements the probe is unknown")
	}
	if fine && p.Timeout > p.Every {
		r.warnf(orElse(f.get("timeout"), f.get("every")), "",
			"the timeout of %s is longer than every: a slow run takes the place of the next", FormatDuration(p.Timeout))
	}
	r.catalog.Probes = append(r.catalog.Probes, p)
}

func orElse(a, b *yaml.Node) *yaml.Node {
	if a != nil {
		return a
	}
	return b
}

// kindBlock reads the one kind block that a probe must have.
func (r reader) kindBlock(f fields) slo.Spec {
	var given []string
	for _, k := range slo.Kinds() {
		if f.has(k) {
			given = append(given, k)
		}
	}
	if len(given) == 0 {
		r.errorf(f.node, "", "the spec of a Probe lacks what to test: one of %s", strings.Join(slo.Kinds(), ", "))
		return nil
	}
	for _, k := range given[1:] {
		r.errorf(f.keys[k], "make it another Probe", "a probe tests one thing: it has %s already", given[0])
	}
	var spec slo.Spec
	for _, k := range given {
		if v := f.get(k); v != nil {
			spec = r.spec(k, v)
		}
	}
	return spec
}

// distinct wraps a parser so that a repeated value is an error.
func (r reader) distinct(what string, parse func(*yaml.Node) (string, bool)) func(*yaml.Node) (string, bool) {
	seen := map[string]bool{}
	return func(n *yaml.Node) (string, bool) {
		s, ok := parse(n)
		if ok && seen[s] {
			r.errorf(n, "", "%s %s is named twice", what, fmt.Sprint(s))
			return s, false
		}
		seen[s] = true
		return s, ok
	}
}
