package report

// kpis are the key figures of a period, as ITIL's Service Design defines them
// (Availability Management; ISO/IEC 20000-1:2018, 8.7.1, asks for the
// availability against its targets and for unplanned interruptions):
//
//	MTRS  = down time ÷ failures             mean time to restore service
//	MTBF  = up time ÷ failures               mean time between failures
//	MTBSI = (up + down time) ÷ failures      mean time between service incidents
//
// in agreed time, unknown time left out, rounded down to the millisecond. A
// failure is an incident with at least one outage, or an outage without an
// incident on record: a service that is down over night fails once, though the
// closed hours split its outage in two.
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
	if k.Failures == 0 {
		return k
	}
	n := Milliseconds(k.Failures)
	mtrs, mtbf, mtbsi := t.Down/n, t.Up/n, (t.Up+t.Down)/n
	k.Longest, k.MTRS, k.MTBF, k.MTBSI = &most, &mtrs, &mtbf, &mtbsi
	return k
}
