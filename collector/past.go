package collector

import (
	"slices"

	"github.com/assay-sla/assay/slo"
)

// past is the measurements of one stream as the archive gives them back. It
// keeps of each what the timeline needs, and whole the newest and the newest
// down, which are shown.
type past struct {
	said       []said
	revisions  []string // that they carry, each once
	last, down *slo.Measurement
}

// said is what one measurement adds to a timeline.
type said struct {
	at       slo.Instant
	revision int32 // in past.revisions
	outcome  slo.State
}

func (p *past) add(m *slo.Measurement) {
	n := len(p.revisions) - 1 // the next one mostly carries what the last did
	if n < 0 || p.revisions[n] != m.Revision {
		if n = slices.Index(p.revisions, m.Revision); n < 0 {
			n = len(p.revisions)
			p.revisions = append(p.revisions, m.Revision)
		}
	}
	p.said = append(p.said, said{m.At, int32(n), m.Outcome})
	if p.last == nil || m.At >= p.last.At {
		p.last = m
	}
	if m.Outcome == slo.Down && (p.down == nil || m.At >= p.down.At) {
		p.down = m
	}
}

// measurements yields them. Those that are whole come last and once more,
// which changes no timeline.
func (p *past) measurements(yield func(*slo.Measurement) bool) {
	m := slo.Measurement{Probe: p.last.Probe, Location: p.last.Location}
	for _, s := range p.said {
		if m.At, m.Outcome, m.Revision = s.at, s.outcome, p.revisions[s.revision]; !yield(&m) {
			return
		}
	}
	if p.down == nil || yield(p.down) {
		yield(p.last)
	}
}
