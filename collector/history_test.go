package collector

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/assay-sla/assay/slo"
)

// sites are the agents of these tests and where they are.
var sites = []struct{ agent, location string }{{"eu-1", "eu"}, {"us-1", "us"}, {"ap-1", "ap"}}

// history is what the agents saw of every probe from one instant to another,
// a measurement a minute, in the order in which they saw it: targets fail for
// some minutes now and then, agents see it or not, and are silent at times.
func (w *world) history(rng *rand.Rand, from, to slo.Instant) []slo.Record {
	broken := map[string]int{} // minutes that a target stays broken, or less than 0
	silent := map[string]int{}
	var out []slo.Record
	for at := from; at < to; at = at.Add(time.Minute) {
		for _, probe := range []string{"web", "db"} {
			if broken[probe]--; broken[probe] < 0 && rng.IntN(120) == 0 {
				broken[probe] = 1 + rng.IntN(20)
			}
		}
		for _, s := range sites {
			if silent[s.agent]--; silent[s.agent] < 0 && rng.IntN(300) == 0 {
				silent[s.agent] = 1 + rng.IntN(30)
			}
			if silent[s.agent] >= 0 {
				continue
			}
			for k, probe := range []string{"web", "db"} {
				outcome := slo.Up
				switch n := rng.IntN(100); {
				case broken[probe] >= 0 && n < 90, n < 2:
					outcome = slo.Down
				case n == 99:
					outcome = slo.Unknown
				}
				seen := at.Add(time.Duration(k*20_000+rng.IntN(1000)) * time.Millisecond)
				out = append(out, w.measure(s.agent, s.location, probe, seen, outcome))
			}
		}
	}
	return out
}

// inPieces cuts records into pieces of random size.
func inPieces(rng *rand.Rand, records []slo.Record, most int) [][]slo.Record {
	var out [][]slo.Record
	for len(records) > 0 {
		n := min(len(records), 1+rng.IntN(most))
		out = append(out, records[:n])
		records = records[n:]
	}
	return out
}

// newestFirst cuts records into pieces as an agent sends them after an outage:
// the newest first, then the rest in no order, some of it twice.
func newestFirst(rng *rand.Rand, records []slo.Record, most int) [][]slo.Record {
	pieces := inPieces(rng, records, most)
	slices.Reverse(pieces)
	if len(pieces) > 1 {
		rest := pieces[1:]
		rng.Shuffle(len(rest), func(i, k int) { rest[i], rest[k] = rest[k], rest[i] })
		pieces = append(pieces, rest[rng.IntN(len(rest))])
	}
	return pieces
}

// of are the records of one agent.
func of(agent string, records []slo.Record) []slo.Record {
	return slices.DeleteFunc(slices.Clone(records), func(r slo.Record) bool { return r.Agent != agent })
}
