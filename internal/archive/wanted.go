package archive

import "github.com/assay-sla/assay/slo"

// Wanted are the queries for the measurements of probes in the times given,
// which are apart and the newest first, in that order; and before them for the
// gaps declared since the oldest, since one may be noticed late. There is none
// where nothing is wanted.
func Wanted(probes []string, times []slo.Interval) []Query {
	if len(times) == 0 || len(probes) == 0 {
		return nil
	}
	list := []Query{{From: times[len(times)-1].From, Kinds: Gaps}}
	for _, v := range times {
		for _, p := range probes {
			list = append(list, Query{From: v.From, To: v.To, Probe: p, Kinds: Measurements})
		}
	}
	return list
}
