package catalog

import (
	"fmt"
	"slices"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo"
)

// credits reads an agreement's credits; its objectives have been read.
func (r reader) credits(a *slo.Agreement, n *yaml.Node) *slo.Credits {
	f, ok := r.fields(n, "credits", "objective", "tiers", "multiple", "fee", "cap", "claimWithin")
	if !ok {
		return nil
	}
	c := &slo.Credits{}
	target := r.creditsObjective(a, f, c)
	r.fee(f, c)
	r.creditCap(a, f, c)
	within := time.Duration(0)
	if set(&within, f.get("claimWithin"), r.duration(time.Second, maxDuration)) {
		c.ClaimWithin = &within
	}
	if f.has("multiple") {
		set(&c.Multiple, f.get("multiple"), r.integer(1, slo.MaxMultiple))
		f.refuse("has no place beside a multiple", "tiers")
		return c
	}
	tiers := f.need("tiers")
	if tiers == nil {
		return c
	}
	c.Tiers, ok = list(r, tiers, "tiers", maxTiers, r.tier)
	switch {
	case !ok:
	case len(c.Tiers) == 0:
		r.errorf(deref(tiers), "", "tiers is empty")
	default:
		r.warnTiers(deref(tiers), c.Tiers, target)
	}
	return c
}

// creditsObjective finds the objective that credits are earned on and returns
// its target, 0 where it is not known.
func (r reader) creditsObjective(a *slo.Agreement, f fields, c *slo.Credits) slo.Ratio {
	n := f.get("objective")
	switch {
	case f.has("objective") && !set(&c.Objective, n, r.line):
		return 0
	case n == nil && len(a.Objectives) == 1:
		r.refuseOutages(f.node, &a.Objectives[0])
		c.Objective = a.Objectives[0].Name
		return a.Objectives[0].Target
	case n == nil:
		if len(a.Objectives) > 1 {
			r.errorf(f.node, "", "credits lacks objective: which of the %d are they earned on?", len(a.Objectives))
		}
		return 0
	}
	var names []string
	for _, o := range a.Objectives {
		if o.Name == c.Objective {
			r.refuseOutages(n, &o)
			return o.Target
		}
		names = append(names, o.Name)
	}
	r.errorf(n, r.suggest.hint(c.Objective, names), "this agreement has no objective named %s", quote(c.Objective))
	return 0
}

// refuseOutages notes an error where tiers would be held against a number.
func (r reader) refuseOutages(n *yaml.Node, o *slo.Objective) {
	if o.Method == slo.ByOutages {
		r.errorf(n, "", "tiers are of an availability, and %s promises a number of outages", quote(o.Name))
	}
}

// tier reads one tier.
func (r reader) tier(n *yaml.Node) (slo.Tier, bool) {
	t := slo.Tier{}
	f, ok := r.fields(n, "a tier", "percent", "below", "atMost", "above", "atLeast")
	if !ok {
		return t, false
	}
	fine := set(&t.Percent, f.need("percent"), r.percent)
	for name, bound := range map[string]**slo.Ratio{"below": &t.Below, "atMost": &t.AtMost, "above": &t.Above, "atLeast": &t.AtLeast} {
		if !f.has(name) {
			continue
		}
		v := new(slo.Ratio)
		if set(v, f.get(name), r.percent) {
			*bound = v
		} else {
			fine = false
		}
	}
	return t, fine
}

// matches reports whether an availability is inside every bound of t; twice
// the availability is passed, and half a unit more than a bound is "just
// above" it, so that points and what lies between them are both integers.
func matches(t slo.Tier, twice uint64) bool {
	return (t.Below == nil || twice < 2*uint64(*t.Below)) && (t.AtMost == nil || twice <= 2*uint64(*t.AtMost)) &&
		(t.Above == nil || twice > 2*uint64(*t.Above)) && (t.AtLeast == nil || twice >= 2*uint64(*t.AtLeast))
}

// band is a point where some bound or the target lies, or what is between two
// neighbouring ones (without them).
type band struct {
	low, high slo.Ratio
	at        uint64 // twice an availability inside, as matches takes it
}

func (b band) point() bool { return b.low == b.high }

// bands cuts 0 to 100 percent at every bound and at the target.
func bands(tiers []slo.Tier, target slo.Ratio) []band {
	points := []slo.Ratio{0, target, slo.One}
	for _, t := range tiers {
		for _, b := range []*slo.Ratio{t.Below, t.AtMost, t.Above, t.AtLeast} {
			if b != nil {
				points = append(points, *b)
			}
		}
	}
	slices.Sort(points)
	points = slices.Compact(points)
	var out []band
	for i, p := range points {
		out = append(out, band{p, p, 2 * uint64(p)})
		if i+1 < len(points) {
			out = append(out, band{p, points[i+1], 2*uint64(p) + 1})
		}
	}
	return out
}

// warnTiers tells what of the availabilities no tier covers although the
// target is missed, which ones they cover although it is met, and which tiers
// overlap. Tables of "below" alone, where each tier lies inside the one before
// and pays more, are usual and fine. A target of 0 is not known.
func (r reader) warnTiers(n *yaml.Node, tiers []slo.Tier, target slo.Ratio) {
	all := bands(tiers, target)
	sets := make([][]bool, len(tiers)) // by tier and band
	for i, t := range tiers {
		sets[i] = make([]bool, len(all))
		for j, b := range all {
			sets[i][j] = matches(t, b.at)
		}
		if !slices.Contains(sets[i], true) {
			r.warnf(deref(n.Content[i]), "", "no availability is inside all bounds of this tier")
		}
	}
	if target > 0 {
		covered := func(j int) bool {
			return slices.ContainsFunc(sets, func(s []bool) bool { return s[j] })
		}
		met := func(j int) bool { return all[j].at >= 2*uint64(target) }
		r.warnBands(n, all, func(j int) bool { return !met(j) && !covered(j) },
			"a gap: no tier covers %s, where the target of "+target.Percent()+" is missed")
		r.warnBands(n, all, func(j int) bool { return met(j) && covered(j) },
			"an overlap with the target: tiers cover %s, where the target of "+target.Percent()+" is met")
	}
	for i := range tiers {
		for k := range i {
			r.warnPair(n, all, tiers, sets, k, i)
		}
	}
}

// warnPair tells where two tiers overlap other than by nesting.
func (r reader) warnPair(n *yaml.Node, all []band, tiers []slo.Tier, sets [][]bool, i, k int) {
	a, b := sets[i], sets[k]
	if nested(a, b, tiers[i].Percent, tiers[k].Percent) || nested(b, a, tiers[k].Percent, tiers[i].Percent) {
		return
	}
	r.warnBands(deref(n.Content[k]), all, func(j int) bool { return a[j] && b[j] },
		fmt.Sprintf("an overlap with the tier of line %d: both cover %%s, and the larger percent counts", n.Content[i].Line))
}

// nested reports whether inner is a part of outer that begins with it and
// pays more, or the same.
func nested(inner, outer []bool, innerPercent, outerPercent slo.Ratio) bool {
	for j := range inner {
		if inner[j] && !outer[j] {
			return false
		}
	}
	return slices.Index(inner, true) == slices.Index(outer, true) && innerPercent > outerPercent
}

// warnBands warns once for each run of bands that are wrong.
func (r reader) warnBands(n *yaml.Node, all []band, wrong func(int) bool, format string) {
	for from := 0; from < len(all); from++ {
		if !wrong(from) {
			continue
		}
		to := from
		for to+1 < len(all) && wrong(to+1) {
			to++
		}
		r.warnf(n, "", format, rangeText(all[from:to+1]))
		from = to
	}
}

// rangeText says which availabilities neighbouring bands are.
func rangeText(bs []band) string {
	first, last := bs[0], bs[len(bs)-1]
	low, high := first.low.Percent(), last.high.Percent()
	if !first.point() {
		low = "above " + low
	}
	switch {
	case len(bs) == 1 && first.point():
		return "exactly " + low + " percent"
	case !last.point():
		high = "below " + high
	}
	return low + " to " + high + " percent"
}
