package report

import "time"

// LatencyAt is what a share of the measurements in agreed time took at most,
// rounded up to the millisecond.
type LatencyAt struct {
	Percent string       `json:"percent"`
	Within  Milliseconds `json:"within_ms"`
}

// latencyAt are the latencies at LatencyShares, or none.
func latencyAt(list []time.Duration) []LatencyAt {
	var out []LatencyAt
	for i, share := range LatencyShares() {
		if i < len(list) {
			out = append(out, LatencyAt{share.Percent(), millis(list[i] + time.Millisecond - 1)})
		}
	}
	return out
}

// kpis are the key figures of a period, as ITIL's Service Design defines them
// (Availability Management; ISO/IEC 20000-1:2018, 8.7.1, asks for the
// availability against its targets and for unplanned interruptions):
//
//	availability = up time ÷ (up + down time)    over the whole period
//	coverage     = (up + down time) ÷ agreed time
//	MTRS         = down time ÷ failures          mean time to restore service
//	MTBF         = up time ÷ failures            mean time between failures
//	MTBSI        = (up + down time) ÷ failures   mean time between service incidents
//
// in agreed time, unknown time left out (the availability counts it as the
// agreement says), rounded down to the millisecond. A failure is an incident
// with at least one outage, or an outage without an incident on record: a
// service that is down over night fails once, though the closed hours split its
// outage in two.
func kpis(outages []Outage, t Times) KPIs {
	k := KPIs{Outages: len(outages), Downtime: t.Down, Lengths: bands(outages)}
	seen := map[string]bool{}
	var most Milliseconds
	for _, o := range outages {
		if o.Incident == "" || !seen[o.Incident] {
			k.Failures++
		}
		seen[o.Incident] = true
		most = max(most, o.Length)
	}
	if k.Failures > 0 {
		k.Longest = &most
	}
	return k.settled(t)
}

// settled divides by the failures, where there were any.
func (k KPIs) settled(t Times) KPIs {
	if k.Failures == 0 {
		return k
	}
	n := Milliseconds(k.Failures)
	mtrs, mtbf, mtbsi := t.Down/n, t.Up/n, (t.Up+t.Down)/n
	k.MTRS, k.MTBF, k.MTBSI = &mtrs, &mtbf, &mtbsi
	return k
}

// plus is the sum of what is counted; settled does the rest.
func (k KPIs) plus(o KPIs) KPIs {
	sum := KPIs{Outages: k.Outages + o.Outages, Failures: k.Failures + o.Failures, Downtime: k.Downtime + o.Downtime, Longest: k.Longest, Lengths: bands(nil), Response: k.Response.plus(o.Response), Restoration: k.Restoration.plus(o.Restoration)}
	if o.Longest != nil && (k.Longest == nil || *o.Longest > *k.Longest) {
		sum.Longest = o.Longest
	}
	for i := range sum.Lengths {
		for _, list := range [][]LengthBand{k.Lengths, o.Lengths} {
			if i < len(list) {
				sum.Lengths[i].Outages += list[i].Outages
				sum.Lengths[i].Down += list[i].Down
			}
		}
	}
	return sum
}
