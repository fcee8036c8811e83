package slo

import (
	"slices"
	"strings"
	"time"
)

// Attribution divides the down time of an objective by whose it was, instant
// by instant: a supplier's where a service of his was down that the agreement's
// service depends on, directly or through others; shared where services of
// several suppliers were; else the provider's own.
type Attribution struct {
	Own       time.Duration
	Shared    time.Duration
	Suppliers []SupplierShare // by name; those that took no part with 0
}

// SupplierShare is what one supplier took down alone.
type SupplierShare struct {
	Supplier string
	Down     time.Duration
}

// supplied is a service that a supplier promised something about.
type supplied struct {
	suppliers []string
	timeline  *Timeline
}

// Underpinning lists the suppliers' agreements about the services that a
// service depends on, directly or through others, in order of their names.
// What a supplier's service depends on is not asked: he answers for it.
func (c *Catalog) Underpinning(service string) []*Agreement { return newSupply(c).of(service) }

// supply is who answers for what.
type supply struct {
	about   map[string][]*Agreement // suppliers' agreements, by service
	depends map[string][]string     // of the services that depend on any
}

func newSupply(c *Catalog) supply {
	s := supply{about: map[string][]*Agreement{}, depends: map[string][]string{}}
	for _, a := range c.Agreements {
		if a.Type == UC {
			s.about[a.Service] = append(s.about[a.Service], a)
		}
	}
	for _, sv := range c.Services {
		if len(sv.DependsOn) > 0 {
			s.depends[sv.Name] = sv.DependsOn
		}
	}
	return s
}

func (s supply) of(service string) []*Agreement {
	if len(s.about) == 0 || len(s.depends[service]) == 0 {
		return nil
	}
	var out []*Agreement
	seen := map[string]bool{service: true}
	var walk func(name string)
	walk = func(name string) {
		for _, d := range s.depends[name] {
			if seen[d] {
				continue
			}
			seen[d] = true
			if about := s.about[d]; len(about) > 0 {
				out = append(out, about...)
				continue
			}
			walk(d)
		}
	}
	walk(service)
	slices.SortFunc(out, func(a, b *Agreement) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// suppliedBy finds the suppliers' services that agreements are about.
func (h *History) suppliedBy(underpinning []*Agreement) []supplied {
	var out []supplied
	at := map[string]int{} // by service
	for _, a := range underpinning {
		i, known := at[a.Service]
		if !known {
			i = len(out)
			at[a.Service] = i
			out = append(out, supplied{timeline: h.services[a.Service].Timeline()})
		}
		if !slices.Contains(out[i].suppliers, a.Party) {
			out[i].suppliers = append(out[i].suppliers, a.Party)
		}
	}
	return out
}

// Attribution divides the down of an objective over v, as counted with what is
// known at t; nil where the agreement's service depends on no supplier's, or
// where the objective does not count the time of that service alone.
func (a *Account) Attribution(o *Objective, t Instant, v Interval) *Attribution {
	if len(a.supplied) == 0 || !o.Method.Timed() || o.Method == Composite {
		return nil
	}
	var buf [8]mark
	v.To = min(v.To, t)
	out := &Attribution{}
	for _, s := range a.supplied {
		for _, name := range s.suppliers {
			out.share(name)
		}
	}
	a.at(t, buf[:0]).outages(v, func(x Interval) { a.attribute(out, x) })
	slices.SortFunc(out.Suppliers, func(a, b SupplierShare) int { return strings.Compare(a.Supplier, b.Supplier) })
	return out
}

// attribute adds one outage, cut wherever a supplier's service changes.
func (a *Account) attribute(out *Attribution, outage Interval) {
	for at := outage.From; at < outage.To; {
		until := outage.To
		var who []string
		for _, s := range a.supplied {
			n := s.timeline.after(at)
			if n < len(s.timeline.changes) {
				until = min(until, s.timeline.changes[n].At())
			}
			if s.timeline.State(at) != Down {
				continue
			}
			for _, name := range s.suppliers {
				if !slices.Contains(who, name) {
					who = append(who, name)
				}
			}
		}
		switch d := until.Sub(at); len(who) {
		case 0:
			out.Own += d
		case 1:
			out.share(who[0]).Down += d
		default:
			out.Shared += d
		}
		at = until
	}
}

// share is what a supplier took down so far.
func (t *Attribution) share(name string) *SupplierShare {
	for i := range t.Suppliers {
		if t.Suppliers[i].Supplier == name {
			return &t.Suppliers[i]
		}
	}
	t.Suppliers = append(t.Suppliers, SupplierShare{Supplier: name})
	return &t.Suppliers[len(t.Suppliers)-1]
}
