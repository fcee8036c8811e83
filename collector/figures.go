package collector

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/prometheus/common/model"

	"github.com/assay-sla/assay/collector/evaluate"
	"github.com/assay-sla/assay/collector/tsdb"
	"github.com/assay-sla/assay/collector/web"
	"github.com/assay-sla/assay/slo"
)

// figures show the engine that is in force to the pages.
type figures func() *evaluate.Engine

func (f figures) Services(at slo.Instant) []slo.ServiceStatus { return f().Services(at) }

func (f figures) Service(name string, at slo.Instant) (slo.ServiceStatus, bool) {
	return f().Service(name, at)
}

func (f figures) Days(agreement, objective string, days []slo.Interval, at slo.Instant) []web.DayFigure {
	out := make([]web.DayFigure, len(days))
	for i, d := range f().Days(agreement, objective, days, at) {
		out[i] = web.DayFigure{
			Agreed: d.Agreed, Up: d.Up, Down: d.Down, Unknown: d.Unknown, Excluded: d.Excluded, Availability: d.Availability,
		}
	}
	return out
}

func (f figures) Timeline(service string, v slo.Interval, at slo.Instant) []slo.TimedState {
	v.To = min(v.To, at)
	return f().Timeline(service, v)
}

// agentList shows the fleet to the pages.
type agentList func(at slo.Instant) []slo.AgentStatus

func (f agentList) Agents(at slo.Instant) []slo.AgentStatus { return f(at) }

// latency reads a probe's mean latency for each location out of the series.
func latency(store *tsdb.Store) web.Latency {
	return func(ctx context.Context, probe string, v slo.Interval, step time.Duration) ([]web.LatencySeries, error) {
		expr := fmt.Sprintf(`avg by (location) (avg_over_time(probe_duration_seconds{probe=%q}[%s]))`, probe, model.Duration(step))
		list, err := store.QueryRange(ctx, expr, v.From, v.To, step)
		if err != nil {
			return nil, err
		}
		out := make([]web.LatencySeries, 0, len(list))
		for _, s := range list {
			ls := web.LatencySeries{Location: s.Labels["location"]}
			for _, p := range s.Points {
				if !math.IsNaN(p.Value) {
					ls.Points = append(ls.Points, web.LatencyPoint{At: p.At, Latency: time.Duration(p.Value * float64(time.Second))})
				}
			}
			out = append(out, ls)
		}
		return out, nil
	}
}
