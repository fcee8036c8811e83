package evaluate

import (
	"fmt"
	"strings"
	"time"

	"github.com/assay-sla/assay/slo"
)

// How far agreed time is laid out around now: back over a year of trends,
// ahead over the longest calendar window; and how often anew.
const (
	layoutBack  = 13 * 31 * 24 * time.Hour
	layoutAhead = 367 * 24 * time.Hour
	layoutEvery = 12 * time.Hour
)

// layouts are the agreed times of a catalogue's agreements. Agreements with
// the same terms share one.
type layouts struct {
	catalog *slo.Catalog
	at      slo.Instant
	cover   slo.Interval
	shared  map[string]*slo.Agreed
}

func newLayouts(c *slo.Catalog, at slo.Instant) layouts {
	cover := slo.Interval{From: at.Add(-layoutBack), To: at.Add(layoutAhead)}
	for _, a := range c.Agreements {
		for _, o := range a.Objectives {
			if r := o.Window.Rolling; r > layoutBack-layoutEvery {
				cover.From = min(cover.From, at.Add(-r-layoutEvery))
			}
		}
	}
	return layouts{catalog: c, at: at, cover: cover, shared: map[string]*slo.Agreed{}}
}

// stale reports whether the layouts were made too long ago for at.
func (l layouts) stale(at slo.Instant) bool {
	return at.Sub(l.at) > layoutEvery || at < l.at
}

// of returns the agreed time of an agreement of the catalogue.
func (l layouts) of(a *slo.Agreement) *slo.Agreed {
	key := l.terms(a)
	g := l.shared[key]
	if g == nil {
		g = slo.NewAgreed(a, l.catalog.Maintenances, l.cover)
		l.shared[key] = g
	}
	return g
}

// terms is equal for agreements whose agreed time is.
func (l layouts) terms(a *slo.Agreement) string {
	var b strings.Builder
	if a.Hours != nil {
		b.WriteString(a.Hours.Name)
	}
	for _, m := range l.catalog.Maintenances {
		if m.Covers(a.Service) {
			b.WriteString("\x00" + m.Name)
		}
	}
	if a.From != nil {
		fmt.Fprintf(&b, "\x00from %d", *a.From)
	}
	if a.To != nil {
		fmt.Fprintf(&b, "\x00to %d", *a.To)
	}
	for _, x := range a.Exclusions {
		fmt.Fprintf(&b, "\x00excluded %d %d %d", x.From, x.To, x.Cause)
	}
	if a.MaintenanceNotice != nil {
		fmt.Fprintf(&b, "\x00notice %d %s", *a.MaintenanceNotice, a.Service) // the same work may be announced to others earlier
	}
	if c := a.Credits; c != nil && c.Cap != nil { // the cover begins with its period
		fmt.Fprintf(&b, "\x00credits %v %v", c.Cap.Per, a.Zone)
	}
	if c := a.MaintenanceCap; c != nil {
		fmt.Fprintf(&b, "\x00cap %d %v %v", c.Time, c.Per, a.Zone)
	}
	return b.String()
}
