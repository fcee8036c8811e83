package collector

import (
	"context"
	"log/slog"
	"time"

	"github.com/assay-sla/assay/collector/tsdb"
	"github.com/assay-sla/assay/rules"
	"github.com/assay-sla/assay/slo"
)

// seriesEvery is how often the figures are written as series.
const seriesEvery = rules.SampleEvery

// seriesSource gives figures as series at an instant.
type seriesSource func(ctx context.Context, at slo.Instant) ([]slo.Sample, error)

// seriesSources are all the figures that are written as series.
func (c *Collector) seriesSources() []seriesSource {
	figures := func(f func(slo.Instant) []slo.Sample) seriesSource {
		return func(_ context.Context, at slo.Instant) ([]slo.Sample, error) { return f(at), nil }
	}
	requests := serviceRequests{store: c.store, catalog: c.catalog.current, now: c.now}
	return []seriesSource{
		figures(func(at slo.Instant) []slo.Sample { return c.engine().Samples(at) }),
		figures(func(at slo.Instant) []slo.Sample { return agentSamples(c.agentList(at), at) }),
		figures(func(at slo.Instant) []slo.Sample { return resourceSamples(c.forecasts.current(), at) }),
		figures(func(slo.Instant) []slo.Sample { return c.drills.underWay() }),
		c.changes.underWay,
		ending(figures(func(at slo.Instant) []slo.Sample { return c.conditions.standings().samples(at) })),
		ending(figures(func(slo.Instant) []slo.Sample { return c.problems.samples() })),
		ending(slowly(c.changes.samples)),
		ending(c.drills.planSamples),
		ending(slowly(requests.samples)),
	}
}

// writeSeries writes the figures of all sources into the time series, for
// graphs, until ctx ends. A source that fails leaves the others.
func writeSeries(ctx context.Context, store *tsdb.Store, sources []seriesSource, now func() slo.Instant, log *slog.Logger) error {
	select {
	case <-ctx.Done():
		return nil
	case <-store.Ready():
	}
	tick := time.NewTicker(seriesEvery)
	defer tick.Stop()
	for {
		at := now()
		var samples []slo.Sample
		for _, source := range sources {
			some, err := source(ctx, at)
			if err != nil && ctx.Err() == nil {
				log.Error("gathering figures for the series failed; the next ones are tried", "error", err)
			}
			samples = append(samples, some...)
		}
		if err := store.AppendSamples(ctx, at, samples); err != nil && ctx.Err() == nil {
			log.Error("writing the figures as series failed; the next ones are tried", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func agentSamples(agents []slo.AgentStatus, at slo.Instant) []slo.Sample {
	var out []slo.Sample
	for _, a := range agents {
		labels := map[string]string{"agent": a.Agent, "location": a.Location}
		up := 1.0
		if a.Silent {
			up = 0
		}
		out = append(out,
			slo.Sample{Name: "assay_agent_up", Labels: labels, Value: up},
			slo.Sample{Name: "assay_agent_queue_records", Labels: labels, Value: float64(a.Queued)},
			slo.Sample{Name: "assay_agent_queue_oldest_age_seconds", Labels: labels, Value: queueAge(a, at).Seconds()},
			slo.Sample{Name: "assay_agent_clock_offset_seconds", Labels: labels, Value: a.Offset.Seconds()})
		if a.Room != nil && !a.Silent {
			out = append(out, slo.Sample{Name: "assay_agent_room_probes", Labels: labels, Value: float64(a.Room.Probes)})
		}
	}
	return out
}

// queueAge is for how long the oldest record of an agent has waited, as it last
// said; 0 where none waits.
func queueAge(a slo.AgentStatus, at slo.Instant) time.Duration {
	if a.Oldest == 0 {
		return 0
	}
	return max(0, at.Sub(a.Oldest))
}

// resourceSamples are the levels of resources and the time until their limits.
func resourceSamples(all []slo.ResourceForecast, at slo.Instant) []slo.Sample {
	var out []slo.Sample
	for _, f := range all {
		labels := map[string]string{"resource": f.Resource.Name, "series": f.Series(), "service": f.Resource.Service}
		add := func(name string, v float64) {
			out = append(out, slo.Sample{Name: name, Labels: labels, Value: v})
		}
		if f.Known() {
			add("assay_resource_used", f.Now.Float())
		}
		if f.Limit.Float() > 0 {
			add("assay_resource_limit", f.Limit.Float())
		}
		if f.Exhaustion == slo.Exhausts {
			add("assay_resource_expected_seconds", max(0, f.Expected.Sub(at)).Seconds())
			add("assay_resource_early_seconds", max(0, f.Early.Sub(at)).Seconds())
		}
	}
	return out
}
