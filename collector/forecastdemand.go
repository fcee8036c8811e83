package collector

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/assay-sla/assay/collector/capacity"
	"github.com/assay-sla/assay/slo"
)

// demand sets the latency and the down time of a resource's service against the
// load on it; nothing of a resource that is split by labels.
func (f *forecaster) demand(ctx context.Context, r *slo.Resource, load []capacity.Reading, limit slo.Quantity, at slo.Instant) ([]slo.LoadBand, error) {
	if len(r.By) > 0 {
		return nil, nil
	}
	from := at.Add(-capacity.DemandHistory)
	latency, err := f.one(ctx, latencyOf(r.Service), from, at)
	if err != nil {
		return nil, err
	}
	down, err := f.one(ctx, downOf(r.Service), from, at)
	if err != nil || len(latency)+len(down) == 0 {
		return nil, err
	}
	load = slices.DeleteFunc(slices.Clone(load), func(l capacity.Reading) bool { return l.At < from })
	return capacity.Demand(load, limit, latency, down, at), nil
}

// latencyOf is how long the probes of a service took, in seconds, as the mean
// of an hour; downOf the share of the hour in which it was down.
func latencyOf(service string) string {
	return fmt.Sprintf("avg(avg_over_time(probe_duration_seconds[1h]) * on (probe) group_left () max by (probe) (assay_service_probe{service=%q}))", service)
}

func downOf(service string) string {
	return fmt.Sprintf("max(avg_over_time((assay_service_state{service=%q} == bool 0)[1h:1m]))", service)
}

// one reads an expression of at most one series at the end of each hour. Its
// readings are put into the hour that they speak of.
func (f *forecaster) one(ctx context.Context, expr string, from, to slo.Instant) ([]capacity.Reading, error) {
	hour := slo.Instant(time.Hour / time.Millisecond)
	found, err := f.series.QueryRange(ctx, expr, from-from%hour, to, time.Hour)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	var out []capacity.Reading
	for _, p := range found[0].Points {
		if q, err := slo.NewQuantity(p.Value); err == nil {
			out = append(out, capacity.Reading{At: p.At - 1, Value: q})
		}
	}
	return out, nil
}
