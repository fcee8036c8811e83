package tsdb

import "github.com/prometheus/client_golang/prometheus"

// result is what became of a journal entry, the worst last.
type result uint8

const (
	written result = iota
	duplicate
	tooOld
	noRoom
	noTarget
	quarantined
	setAside
	results // how many there are
)

var resultName = [results]string{
	written:     "written",
	duplicate:   "duplicate",
	tooOld:      "too_old",
	noRoom:      "too_many_series",
	noTarget:    "unknown_probe",
	quarantined: "quarantined",
	setAside:    "set_aside",
}

// tally is what one batch did.
type tally struct {
	entries [results]int
	samples int
}

// counters are the metrics that the Store keeps of itself.
type counters struct {
	entries [results]prometheus.Counter
	samples prometheus.Counter
}

func newCounters(r prometheus.Registerer) counters {
	vec := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "assay_tsdb_entries_total",
		Help: "Journal entries that the time series took, by what became of them.",
	}, []string{"result"})
	c := counters{samples: prometheus.NewCounter(prometheus.CounterOpts{
		Name: "assay_tsdb_samples_total",
		Help: "Samples of agents and of the collector itself that were written.",
	})}
	r.MustRegister(vec, c.samples)
	for i := range c.entries {
		c.entries[i] = vec.WithLabelValues(resultName[i])
	}
	return c
}

func (c *counters) add(t *tally) {
	for i, n := range t.entries {
		if n > 0 {
			c.entries[i].Add(float64(n))
		}
	}
	c.samples.Add(float64(t.samples))
}
