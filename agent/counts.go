package agent

import (
	"fmt"
	"io"
	"math"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"github.com/assay-sla/assay/slo"
)

// counts are the agent's metrics about itself.
type counts struct {
	set   *metrics.Set
	delay *metrics.Summary
}

func newCounts() *counts {
	set := metrics.NewSet()
	return &counts{set: set, delay: set.NewSummaryExt("assay_agent_scheduling_delay_seconds", 5*time.Minute, []float64{0.5, 0.9, 0.99, 1})}
}

// close stops what the metrics library does in the background.
func (c *counts) close() { c.set.UnregisterAllMetrics() }

func (c *counts) measured(kind string, m slo.Measurement) {
	c.set.GetOrCreateCounter(fmt.Sprintf(`assay_agent_probes_total{kind=%q,outcome=%q}`, kind, m.Outcome)).Inc()
}

func (c *counts) missed(m missed) {
	n := 0
	for range m.slots.between(m.first, m.last) {
		n++
	}
	c.set.GetOrCreateCounter(fmt.Sprintf(`assay_agent_probes_total{kind=%q,outcome="unknown"}`, m.kind)).Add(n)
	c.set.GetOrCreateCounter(fmt.Sprintf(`assay_agent_missed_slots_total{reason=%q}`, m.reason)).Add(n)
}

func (c *counts) delayed(d time.Duration) { c.delay.Update(d.Seconds()) }

// dropped counts a record for which neither disk nor memory had room.
func (c *counts) dropped() { c.set.GetOrCreateCounter("assay_agent_dropped_records_total").Inc() }

func (c *counts) gathered(input string, ok bool) {
	c.set.GetOrCreateCounter(fmt.Sprintf(`assay_agent_gathers_total{input=%q,ok="%t"}`, input, ok)).Inc()
}

// gauges are read when somebody asks.
type gauges struct {
	depth    func() (records, bytes int64, oldest slo.Instant)
	lost     func() uint64
	failures func() int64
	offset   func() time.Duration
	probes   func() int
	room     func() *slo.Room // nil: nothing can be said
	used     func(slo.Limit) float64
	expiry   func() time.Time // of the agent's certificate; nil: it has none
}

func (c *counts) watch(g gauges) {
	c.set.NewGauge("assay_agent_queue_records", func() float64 { n, _, _ := g.depth(); return float64(n) })
	c.set.NewGauge("assay_agent_queue_bytes", func() float64 { _, n, _ := g.depth(); return float64(n) })
	c.set.NewGauge("assay_agent_queue_oldest_age_seconds", func() float64 {
		if _, _, oldest := g.depth(); oldest != 0 {
			return max(0, slo.At(time.Now()).Sub(oldest).Seconds())
		}
		return 0
	})
	c.set.NewGauge("assay_agent_lost_records_total", func() float64 { return float64(g.lost()) })
	c.set.NewGauge("assay_agent_push_failures_total", func() float64 { return float64(g.failures()) })
	c.set.NewGauge("assay_agent_clock_offset_seconds", func() float64 { return g.offset().Seconds() })
	if g.expiry != nil {
		c.set.NewGauge("assay_agent_certificate_expiry_timestamp_seconds", func() float64 { return float64(g.expiry().Unix()) })
	}
	c.set.NewGauge("assay_agent_room_probes", func() float64 {
		if r := g.room(); r != nil {
			return float64(r.Probes)
		}
		return math.NaN()
	})
	for _, limit := range slo.Limits() {
		c.set.NewGauge(fmt.Sprintf(`assay_agent_saturation_ratio{limit=%q}`, limit), func() float64 { return g.used(limit) })
	}
	c.set.NewGauge("assay_agent_probes", func() float64 { return float64(g.probes()) })
}

// write writes all of it in the Prometheus text format, with the process's
// own.
func (c *counts) write(w io.Writer) {
	c.set.WritePrometheus(w)
	metrics.WriteProcessMetrics(w)
}
