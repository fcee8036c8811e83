package slo

import (
	"slices"
	"strings"
)

// Excluding is the catalogue with what requests take out of its agreements by
// the decisions up to an entry of the ledger, in the place of what an earlier
// Excluding added. The catalogue's own exclusions stay, and so do the
// agreements, to the pointer, for which nothing changes. A request of an
// agreement that the catalogue lacks is none of its business. The revision
// stays that of the sources.
func (c *Catalog) Excluding(list []ExclusionRequest, until int64) *Catalog {
	byAgreement := map[string][]*Exclusion{}
	for i := range list {
		if x := list[i].Exclusion(until); x != nil {
			for _, name := range list[i].Agreements {
				byAgreement[name] = append(byAgreement[name], x)
			}
		}
	}
	var out *Catalog
	for i, a := range c.Agreements {
		xs := a.excluding(byAgreement[a.Name])
		if slices.EqualFunc(a.Exclusions, xs, sameExclusion) {
			continue
		}
		if out == nil {
			copied := *c
			copied.Agreements = slices.Clone(c.Agreements)
			out = &copied
		}
		terms := *a
		terms.Exclusions = xs
		out.Agreements[i] = &terms
	}
	if out == nil {
		return c
	}
	return out
}

// excluding is the agreement's own exclusions and those of requests, by name.
func (a *Agreement) excluding(requested []*Exclusion) []*Exclusion {
	var out []*Exclusion
	for _, x := range a.Exclusions {
		if x.ApprovedAt == nil {
			out = append(out, x)
		}
	}
	out = append(out, requested...)
	slices.SortStableFunc(out, func(x, y *Exclusion) int { return strings.Compare(x.Name, y.Name) })
	return out
}

// sameExclusion compares what two exclusions say.
func sameExclusion(x, y *Exclusion) bool {
	if x == y {
		return true
	}
	if (x.ApprovedAt == nil) != (y.ApprovedAt == nil) || x.ApprovedAt != nil && (*x.ApprovedAt != *y.ApprovedAt || *x.RequestedAt != *y.RequestedAt) {
		return false
	}
	a, b := *x, *y
	a.RequestedAt, a.ApprovedAt, b.RequestedAt, b.ApprovedAt = nil, nil, nil, nil
	return a == b
}
