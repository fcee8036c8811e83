package slo

import "time"

// lasts is when era i of the probe's parameters is in force.
func (p *ProbeHistory) lasts(i int) Interval {
	v := Interval{p.eras[i].from, MaxInstant}
	if i+1 < len(p.eras) {
		v.To = p.eras[i+1].from
	}
	return v
}

// confirms reports whether confirmation can change the timelines of locations.
func (p *ProbeHistory) confirms() bool {
	for i := range p.eras {
		if p.eras[i].Confirm > 1 {
			return true
		}
	}
	return false
}

// Judge adds a measurement of the probe to a stream, judged as its revision
// says; see Stream.AddUnder.
func (p *ProbeHistory) Judge(s *Stream, m *Measurement) (changed Interval, ok bool) {
	u := p.under(m)
	return s.AddUnder(m.At, m.Outcome, u.Hold, u.Confirm)
}

// under is what a measurement is judged by.
func (p *ProbeHistory) under(m *Measurement) *era { return p.revisions.under(p.eras, m) }

// Speaks is how long a measurement of the probe speaks at most.
func (p *ProbeHistory) Speaks(m *Measurement) time.Duration { return p.under(m).Hold }
