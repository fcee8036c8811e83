package catalog

import (
	"slices"
	"strconv"

	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo"
)

// Bounds of what a probe runs from.
const (
	maxLocations = 1000
	maxAgents    = 100 // of a probe in one location, and names of agents
)

// locations reads which locations count, which agents run the probe there, and
// how the locations vote; n may be nil. What selectors choose is known when
// every document has been read, and only then how many may vote.
func (r reader) locations(n *yaml.Node, l *slo.Locations) {
	*l = slo.Locations{Quorum: slo.Majority, Min: 1}
	if n == nil {
		return
	}
	f, ok := r.fields(n, "locations", "from", "quorum", "min")
	if !ok {
		return
	}
	resolve := func() bool { return true }
	if from := f.get("from"); from != nil {
		resolve = r.from(from, l)
	}
	r.later(func() {
		limit := maxLocations
		if good := resolve(); good && len(l.From) > 0 {
			if limit = len(l.From); l.Any > 0 {
				limit = l.Any
			}
			l.Min = limit/2 + 1
		}
		set(&l.Quorum, f.get("quorum"), r.quorum(limit))
		if m := f.get("min"); m != nil && set(&l.Min, m, r.integer(1, maxLocations)) && l.Min > limit {
			r.errorf(m, "", "min is %d, but only %d locations count", l.Min, limit)
		}
	})
}

// from reads what a probe runs from: a list of locations, or which locations
// and which agents. What it returns resolves a selector, and reports whether
// all of it is good.
func (r reader) from(n *yaml.Node, l *slo.Locations) (resolve func() bool) {
	if n.Kind != yaml.MappingNode {
		good := r.fromNames(n, "from", l)
		return func() bool { return good }
	}
	f, ok := r.fields(n, "from", "locations", "agents")
	if ok && len(f.node.Content) == 0 {
		r.errorf(n, "leave it out where every location counts", "from names neither locations nor agents")
	}
	resolve = func() bool { return ok }
	if locations := f.get("locations"); locations != nil {
		resolve = r.fromLocations(locations, l)
	}
	if l.Any > 0 {
		l.Agents.Any = 1
	}
	if agents := f.get("agents"); agents != nil {
		r.fromAgents(agents, &l.Agents)
	}
	return resolve
}

// fromNames reads a list of locations.
func (r reader) fromNames(n *yaml.Node, what string, l *slo.Locations) bool {
	names, good := list(r, n, what, maxLocations, r.distinct("the location", r.name))
	if good && len(names) == 0 {
		r.errorf(n, "leave it out where every location counts", "%s names no location", what)
		good = false
	}
	slices.Sort(names)
	if good {
		l.From = names
	}
	return good
}

// fromLocations reads names of locations or a selector of them, and how many
// of them the probe runs from at a time.
func (r reader) fromLocations(n *yaml.Node, l *slo.Locations) (resolve func() bool) {
	bad := func() bool { return false }
	f, ok := r.fields(n, "locations", "names", "match", "any")
	if !ok {
		return bad
	}
	set(&l.Any, f.get("any"), r.integer(1, maxLocations))
	names, match := f.get("names"), f.get("match")
	if f.has("names") == f.has("match") {
		r.errorf(f.node, "", "locations has one of names and match")
		return bad
	}
	good := names != nil && r.fromNames(names, "names", l)
	if match != nil {
		good = set(&l.Match, match, r.selector)
	}
	return func() bool {
		if good && match != nil {
			l.From = r.matching(match, l.Match)
		}
		if !good || len(l.From) == 0 {
			return false
		}
		if len(l.From) > maxLocations {
			r.errorf(match, "", "%d locations have these labels, more than %d", len(l.From), maxLocations)
			return false
		}
		if l.Any > len(l.From) {
			r.errorf(f.get("any"), "", "any is %d, but only %d locations are meant", l.Any, len(l.From))
			return false
		}
		return true
	}
}

// fromAgents reads which agents run a probe at its locations, and how many of
// them in each.
func (r reader) fromAgents(n *yaml.Node, a *slo.Agents) {
	f, ok := r.fields(n, "agents", "names", "match", "any")
	if !ok {
		return
	}
	if len(f.keys) == 0 {
		r.errorf(f.node, "", "agents has one of names, match and any at least")
	}
	if names := f.get("names"); names != nil {
		list, good := list(r, names, "names", maxAgents, r.distinct("the agent", r.name))
		if good && len(list) == 0 {
			r.errorf(names, "leave it out where every agent will do", "names names no agent")
		}
		slices.Sort(list)
		a.Names = list
	}
	set(&a.Match, f.get("match"), r.selector)
	set(&a.Any, f.get("any"), r.integer(1, maxAgents))
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
