package catalog

import (
	"fmt"
	"slices"
	"strconv"
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
	maxLocations   = 1000
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
	p.Locations = r.locations(f.get("locations"))
	p.Spec = r.kindBlock(f)
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

// locations reads which locations count and how they vote; n may be nil.
func (r reader) locations(n *yaml.Node) slo.Locations {
	l := slo.Locations{Quorum: slo.Majority, Min: 1}
	if n == nil {
		return l
	}
	f, ok := r.fields(n, "locations", "from", "quorum", "min")
	if !ok {
		return l
	}
	limit := maxLocations
	if from := f.get("from"); from != nil {
		names, good := list(r, from, "from", maxLocations, r.distinct("the location", r.name))
		if good && len(names) == 0 {
			r.errorf(from, "leave it out where every location counts", "from names no location")
		}
		if good && len(names) > 0 {
			slices.Sort(names)
			l.From, l.Min, limit = names, len(names)/2+1, len(names)
		}
	}
	set(&l.Quorum, f.get("quorum"), r.quorum(limit))
	if m := f.get("min"); m != nil && set(&l.Min, m, r.integer(1, maxLocations)) && l.Min > limit {
		r.errorf(m, "", "min is %d, but only %d locations count", l.Min, limit)
	}
	return l
}

// quorum returns a parser of any, majority, all, or a number up to limit.
func (r reader) quorum(limit int) func(*yaml.Node) (slo.Quorum, bool) {
	return func(n *yaml.Node) (slo.Quorum, bool) {
		s, ok := r.raw(n)
		if !ok {
			return 0, false
		}
		words := map[string]slo.Quorum{"any": slo.Any, "majority": slo.Majority, "all": slo.All}
		if q, ok := words[s]; ok {
			return q, true
		}
		k, err := strconv.Atoi(s)
		switch {
		case err != nil || k < 1:
			r.errorf(n, r.suggest.hint(s, sortedKeys(words)), "%s is not a quorum: any, majority, all or a number from 1", quote(s))
			return 0, false
		case k > limit:
			r.errorf(n, "", "a quorum of %d, but only %d locations count", k, limit)
			return 0, false
		}
		return slo.Quorum(k), true
	}
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
