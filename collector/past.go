package collector

import "github.com/assay-sla/assay/slo"

// past is the measurements of one stream as the archive gives them back. It
// keeps of each what the timeline needs, and whole the newest and the newest
// down, which are shown.
type past struct {
	said       []said
	last, down *slo.Measurement
}

// said is what one measurement adds to a timeline.
type said struct {
	at      slo.Instant
	outcome slo.State
}

func (p *past) add(m *slo.Measurement) {
	p.said = append(p.said, said{m.At, m.Outcome})
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
		if m.At, m.Outcome = s.at, s.outcome; !yield(&m) {
			return
		}
	}
	if p.down == nil || yield(p.down) {
		yield(p.last)
	}
}
