package probe

import (
	"time"

	"github.com/assay-sla/assay/slo"
)

// The series of a round, beside its outcome and latency.
const (
	lossName   = "icmp_packet_loss_ratio"
	jitterName = "icmp_jitter_seconds"
)

// lost stands for the round trip of a packet without a reply.
const lost time.Duration = -1

// round is what became of a round of packets.
type round struct {
	trips   []time.Duration // round trips, in the order in which the packets left
	refused string          // what a router said of a lost packet; "" is nothing
}

// replies is how many packets were answered, and the mean of their round
// trips: at least a nanosecond where there is one, and 0 where there is none.
func (g *round) replies() (n int, mean time.Duration) {
	var total time.Duration
	for _, trip := range g.trips {
		if trip != lost {
			n++
			total += trip
		}
	}
	if n == 0 {
		return 0, 0
	}
	return n, max(1, total/time.Duration(n))
}

// loss is the share of packets that were not answered, 0 to 1.
func (g *round) loss() float64 {
	n, _ := g.replies()
	return float64(len(g.trips)-n) / float64(len(g.trips))
}

// jitter is the mean difference, without its sign, between the round trips of
// packets that left one after the other: the packet delay variation of RFC
// 5481, 4.1, of round trips. It is not there without two such replies.
func (g *round) jitter() (mean time.Duration, ok bool) {
	var total time.Duration
	pairs := 0
	for i := 1; i < len(g.trips); i++ {
		if a, b := g.trips[i-1], g.trips[i]; a != lost && b != lost {
			total += (b - a).Abs()
			pairs++
		}
	}
	if pairs == 0 {
		return 0, false
	}
	return total / time.Duration(pairs), true
}

// tell gives loss and jitter away.
func (g *round) tell(r *run) {
	if r.env.samples == nil {
		return
	}
	labels := map[string]string{"probe": r.m.Probe}
	samples := []slo.Sample{{Name: lossName, Value: g.loss(), Labels: labels}}
	if jitter, ok := g.jitter(); ok {
		samples = append(samples, slo.Sample{Name: jitterName, Value: jitter.Seconds(), Labels: labels})
	}
	r.env.samples(r.at, samples)
}
