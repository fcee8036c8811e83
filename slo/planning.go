package slo

import (
	"slices"
	"strings"
)

// Planning is the catalogue with the maintenance that changes carry, in the
// place of what an earlier Planning added: of each that counts its planned time,
// named by its ID, and announced when it was received. The catalogue's own
// maintenance stays. Services that the catalogue lacks are left out. The
// revision stays that of the sources.
func (c *Catalog) Planning(list []ChangeRecord) *Catalog {
	own := slices.DeleteFunc(slices.Clone(c.Maintenances), func(m *Maintenance) bool { return m.ByChange })
	known := map[string]bool{}
	for _, s := range c.Services {
		known[s.Name] = true
	}
	var planned []*Maintenance
	for i := range list {
		x := &list[i]
		work := x.Planned()
		services := slices.DeleteFunc(slices.Clone(x.Services), func(s string) bool { return !known[s] })
		if work.Empty() || x.Withdrawn() || len(services) == 0 {
			continue
		}
		announced := x.RecordedAt
		planned = append(planned, &Maintenance{Name: x.ID, Services: services, Announced: &announced, Once: &work, ByChange: true})
	}
	if len(planned) == 0 && len(own) == len(c.Maintenances) {
		return c
	}
	out := *c
	out.Maintenances = append(own, planned...)
	slices.SortStableFunc(out.Maintenances, func(a, b *Maintenance) int { return strings.Compare(a.Name, b.Name) })
	return &out
}
