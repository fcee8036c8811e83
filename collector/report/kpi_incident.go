package report

import (
	"slices"

	"github.com/assay-sla/assay/slo"
)

// IncidentCount is how many incidents there were and how they were noticed.
// What is part of another incident is worked on as that one and not counted.
type IncidentCount struct {
	Detected      int           `json:"detected"`               // in the period
	Major         int           `json:"major"`                  // of these
	ToDetect      *Milliseconds `json:"mean_to_detect_ms"`      // from the beginning, of services that were down; null where none was
	ToAcknowledge *Milliseconds `json:"mean_to_acknowledge_ms"` // from detection, of those that somebody acknowledged; null where nobody did
	NotAcked      int           `json:"not_acknowledged"`       // by anybody when the report was made
	ByTrigger     []TriggerSum  `json:"triggers"`               // those with at least one, as slo.Triggers lists them
}

// TriggerSum is how many incidents one trigger opened.
type TriggerSum struct {
	Trigger slo.Trigger `json:"trigger"`
	Count   int         `json:"count"`
}

// Compliance is how many targets of a kind were kept. A target counts in the
// period in which it was decided, and so in exactly one: when the clock stopped
// in time, or when the target was exceeded, which counts as missed at once,
// though the incident is still open.
type Compliance struct {
	Met        int     `json:"met"`
	Missed     int     `json:"missed"`
	MissedOpen int     `json:"missed_open"` // of the missed, those whose clock still ran when the report was made
	Running    int     `json:"running"`     // decided in no period up to the end of this one
	Share      *Figure `json:"share"`       // Met ÷ (Met + Missed); null where none was decided
}

// LengthBand is the outages of some lengths.
type LengthBand struct {
	Over    Milliseconds  `json:"over_ms"`
	UpTo    *Milliseconds `json:"up_to_ms"` // null of the longest
	Outages int           `json:"outages"`
	Down    Milliseconds  `json:"downtime_ms"`
}

// bandEnds part outages by their length: 1, 5 and 15 minutes, 1 and 4 hours.
var bandEnds = [...]Milliseconds{60_000, 300_000, 900_000, 3_600_000, 14_400_000}

func bands(outages []Outage) []LengthBand {
	out := make([]LengthBand, len(bandEnds)+1)
	for i, end := range bandEnds {
		out[i].UpTo, out[i+1].Over = &end, end
	}
	for _, o := range outages {
		i, _ := slices.BinarySearch(bandEnds[:], o.Length)
		out[i].Outages++
		out[i].Down += o.Length
	}
	return out
}

// countIncidents counts those that were detected in a period.
func countIncidents(list []Incident, period slo.Interval) IncidentCount {
	var c IncidentCount
	var detect, acknowledge mean
	triggers := map[slo.Trigger]int{}
	for i := range list {
		k := &list[i]
		if k.Disproved || k.PartOf != "" || !period.Contains(k.Detected) {
			continue
		}
		c.Detected++
		triggers[k.Trigger]++
		if k.Major {
			c.Major++
		}
		if k.Trigger == slo.ServiceDown {
			detect.add(k.ToDetect)
		}
		if k.ToAcknowledge != nil {
			acknowledge.add(*k.ToAcknowledge)
		} else {
			c.NotAcked++
		}
	}
	c.ToDetect, c.ToAcknowledge = detect.value(), acknowledge.value()
	for _, t := range slo.Triggers() {
		if n := triggers[t]; n > 0 {
			c.ByTrigger = append(c.ByTrigger, TriggerSum{t, n})
		}
	}
	return c
}

// mean is a sum of lengths and of how many.
type mean struct {
	sum Milliseconds
	n   int
}

func (m *mean) add(v Milliseconds) { m.sum, m.n = m.sum+v, m.n+1 }

// value is rounded down to the millisecond, nil of none.
func (m *mean) value() *Milliseconds {
	if m.n == 0 {
		return nil
	}
	v := m.sum / Milliseconds(m.n)
	return &v
}

// comply counts the targets of a kind that were decided in a period. Parts of
// one incident have its targets, which count once.
func comply(list []Incident, kind slo.ClockKind, period slo.Interval) Compliance {
	var c Compliance
	seen := map[string]bool{}
	for i := range list {
		k := &list[i]
		id := k.ID
		if k.PartOf != "" {
			id = k.PartOf
		}
		t := k.of(kind)
		if t == nil || k.Disproved || seen[id] || k.Detected >= period.To {
			continue
		}
		seen[id] = true
		switch {
		case t.Decided == nil || *t.Decided >= period.To:
			c.Running++
		case *t.Decided < period.From: // and counted then
		case t.Verdict == Met:
			c.Met++
		default:
			c.Missed++
			if !t.Stopped {
				c.MissedOpen++
			}
		}
	}
	c.Share = figure(slo.Fraction{Part: int64(c.Met), Whole: int64(c.Met + c.Missed)}, 1, slo.One)
	return c
}
