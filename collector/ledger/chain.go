package ledger

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/assay-sla/assay/slo"
	"github.com/assay-sla/assay/slo/catalog"
)

// Changed is what a catalogue says otherwise than the one before it, of what
// measurements and announcements are judged by.
type Changed struct {
	Probes       []ProbeParameters `json:"probes"`       // with parameters that are new, by name
	Maintenances []string          `json:"maintenances"` // new, edited or gone, by name
}

// ProbeParameters are slo.Parameters as an entry has them.
type ProbeParameters struct {
	Probe     string   `json:"probe"`
	EveryMS   int64    `json:"every_ms"`
	TimeoutMS int64    `json:"timeout_ms"`
	HoldMS    int64    `json:"hold_ms"`
	Confirm   int      `json:"confirm"`
	From      []string `json:"from"` // null: every location
	Quorum    string   `json:"quorum"`
	Min       int      `json:"min"`
}

// Chain is the catalogues on record, in order. The zero value has none.
type Chain struct {
	entries   []chained
	revisions *slo.Revisions
	lent      bool             // whether somebody else reads revisions
	edited    map[string][]int // by maintenance: where in entries it is another
}

// chained is a catalogue's entry, and when it was appended.
type chained struct {
	at slo.Instant
	*Catalogue
}

// Revisions are the catalogues' parameters. They do not change when more is
// added to the chain.
func (c *Chain) Revisions() *slo.Revisions {
	c.lent = true
	if c.revisions == nil {
		c.revisions = &slo.Revisions{}
	}
	return c.revisions
}

// Changed is what a catalogue says otherwise than the last of the chain, which
// is before; where that cannot be read, nil, all of its maintenance is new.
func (c *Chain) Changed(before, next *slo.Catalog) *Changed {
	if before == nil {
		before = &slo.Catalog{}
	}
	out := &Changed{Probes: []ProbeParameters{}, Maintenances: catalog.Compare(before, next).Maintenances()}
	changed := c.Revisions().Changed(next)
	for _, p := range next.Probes {
		if u, ok := changed[p.Name]; ok {
			out.Probes = append(out.Probes, written(p.Name, u))
		}
	}
	return out
}

// Add adds the catalogue of an entry that was appended at an instant. Of an
// entry that does not say what it changed, kept tells; nil where that cannot be
// read.
func (c *Chain) Add(at slo.Instant, entry *Catalogue, kept *slo.Catalog) error {
	changed := entry.Changed
	if changed == nil {
		if changed = (&Changed{}); kept != nil {
			changed = c.Changed(nil, kept)
		}
	}
	parameters := map[string]slo.Parameters{}
	for _, p := range changed.Probes {
		u, err := p.parameters()
		if err != nil {
			return fmt.Errorf("reading the catalogue %s: probe %s: %w", entry.Revision, p.Probe, err)
		}
		parameters[p.Probe] = u
	}
	if c.revisions == nil || c.lent {
		c.revisions, c.lent = c.Revisions().Clone(), false
	}
	c.revisions.Add(slo.InForce{Revision: entry.Revision, From: at}, parameters)
	if c.edited == nil {
		c.edited = map[string][]int{}
	}
	for _, name := range changed.Maintenances {
		c.edited[name] = append(c.edited[name], len(c.entries))
	}
	c.entries = append(c.entries, chained{at, entry})
	return nil
}

// Clone returns a chain that can be added to while this one stays as it is.
func (c *Chain) Clone() *Chain {
	out := &Chain{entries: slices.Clip(c.entries), revisions: c.Revisions(), lent: true, edited: make(map[string][]int, len(c.edited))}
	for name, list := range c.edited {
		out.edited[name] = slices.Clip(list)
	}
	return out
}

// Believing returns a catalogue of the chain whose maintenance knows which
// catalogue before carried it, as far as an agreement asks for notice. open
// reads an earlier one from the record; one that it cannot read carried
// nothing.
func (c *Chain) Believing(cat *slo.Catalog, open func(*Catalogue) (*slo.Catalog, error)) *slo.Catalog {
	place := -1
	for i, e := range c.entries {
		if e.Revision == cat.Revision {
			place = i
		}
	}
	noticed := func(a *slo.Agreement) bool { return a.MaintenanceNotice != nil }
	if place < 0 || !slices.ContainsFunc(cat.Agreements, noticed) {
		return cat
	}
	out := *cat
	out.Maintenances = slices.Clone(cat.Maintenances)
	for i, m := range out.Maintenances {
		if m.Announced != nil {
			known := *m
			known.Carried = c.carried(m, place, open)
			out.Maintenances[i] = &known
		}
	}
	return &out
}

// carried lists a maintenance as the catalogues up to a place had it.
func (c *Chain) carried(m *slo.Maintenance, place int, open func(*Catalogue) (*slo.Catalog, error)) []slo.Carried {
	last := place // where nothing says when it became what it is
	var out []slo.Carried
	for _, n := range c.edited[m.Name] {
		if n > place {
			break
		}
		last = n
		was := &slo.Maintenance{Name: m.Name}
		if before, err := open(c.entries[n].Catalogue); err == nil {
			if x := named(before.Maintenances, m.Name, func(m *slo.Maintenance) string { return m.Name }); x != nil {
				was = x
			}
		}
		out = append(out, slo.Carried{Loaded: c.entries[n].at, Maintenance: was})
	}
	itself := slo.Carried{Loaded: c.entries[last].at, Maintenance: m}
	if len(out) == 0 {
		return []slo.Carried{itself}
	}
	out[len(out)-1] = itself
	return out
}

// quorums are the words of the quorums that are no number.
var quorums = map[slo.Quorum]string{slo.Majority: "majority", slo.Any: "any", slo.All: "all"}

func written(probe string, u slo.Parameters) ProbeParameters {
	quorum, ok := quorums[u.Locations.Quorum]
	if !ok {
		quorum = strconv.Itoa(int(u.Locations.Quorum))
	}
	return ProbeParameters{probe, u.Every.Milliseconds(), u.Timeout.Milliseconds(), u.Hold.Milliseconds(), u.Confirm, u.Locations.From, quorum, u.Locations.Min}
}

func (p ProbeParameters) parameters() (slo.Parameters, error) {
	ms := func(n int64) time.Duration { return time.Duration(n) * time.Millisecond }
	u := slo.Parameters{Every: ms(p.EveryMS), Timeout: ms(p.TimeoutMS), Hold: ms(p.HoldMS), Confirm: p.Confirm, Locations: slo.Voters{From: p.From, Min: p.Min}}
	for q, word := range quorums {
		if word == p.Quorum {
			u.Locations.Quorum = q
			return u, nil
		}
	}
	n, err := strconv.Atoi(p.Quorum)
	if err != nil || n < 1 {
		return u, fmt.Errorf("its quorum is %q", p.Quorum)
	}
	u.Locations.Quorum = slo.Quorum(n)
	return u, nil
}

// check bounds what measurements are judged by.
func (c *Changed) check() error {
	if c == nil {
		return nil
	}
	for _, p := range c.Probes {
		const most = int64(20*366*24*time.Hour) / int64(time.Millisecond)
		if _, err := p.parameters(); err != nil || p.EveryMS < 1 || p.EveryMS > most || p.TimeoutMS < 0 || p.TimeoutMS > most || p.HoldMS < 1 || p.HoldMS > most || p.Confirm < 1 || p.Confirm > 1<<20 {
			return fmt.Errorf("probe %s cannot have these parameters", p.Probe)
		}
	}
	return nil
}
