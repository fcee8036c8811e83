package collector

import (
	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/slo"
)

// finality says at an instant whether a window of an agreement may still
// change before it is sealed.
func (c *Collector) finality(cat *slo.Catalog, a *slo.Agreement, window slo.Interval, at slo.Instant) ledger.Finality {
	until := ledger.KnownUntil(window, a, ledger.ProbesOf(cat, a), c.ledger.revisions())
	return ledger.FinalityOf(window.To, until, at, c.config.Sealing.Grace, c.watermarks(a, window, at))
}

// watermarks are those of the agents that report on the probes of an agreement's
// service, or count its requests, and did so since the window began.
func (c *Collector) watermarks(a *slo.Agreement, window slo.Interval, at slo.Instant) []ledger.Watermark {
	known := map[string]slo.AgentStatus{}
	for _, a := range c.agentList(at) {
		known[a.Agent] = a
	}
	var out []ledger.Watermark
	for _, name := range c.engine().Reporters(a.Service, a.Counters()...) {
		if agent := known[name]; agent.Newest >= window.From {
			out = append(out, ledger.Watermark{Agent: name, At: agent.Watermark})
		}
	}
	return out
}
