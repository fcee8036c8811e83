package collector

import (
	"context"
	"slices"
	"time"

	"github.com/assay-sla/assay/slo"
)

// ending gives the figures of a source, and ends the series that it does not
// give any more: queries would go on with their last value for five minutes. Where
// the source fails nothing has ended.
func ending(source seriesSource) seriesSource {
	before := map[string]slo.Sample{}
	return func(ctx context.Context, at slo.Instant) ([]slo.Sample, error) {
		samples, err := source(ctx, at)
		if err != nil {
			return nil, err
		}
		now := make(map[string]slo.Sample, len(samples))
		for _, s := range samples {
			now[s.Name+identity(s.Labels)] = s
		}
		for key, s := range before {
			if _, lasts := now[key]; !lasts {
				samples = append(slices.Clip(samples), slo.Sample{Name: s.Name, Labels: s.Labels, Value: slo.Stale()})
			}
		}
		before = now
		return samples, nil
	}
}

// slowlyEvery is how often a source is asked that reads many records.
const slowlyEvery = time.Minute

// slowly gives the figures of a source that it asks once a minute.
func slowly(source seriesSource) seriesSource {
	var last slo.Instant
	var known []slo.Sample
	return func(ctx context.Context, at slo.Instant) ([]slo.Sample, error) {
		if last != 0 && at >= last && at.Sub(last) < slowlyEvery {
			return known, nil
		}
		samples, err := source(ctx, at)
		if err == nil {
			last, known = at, samples
		}
		return samples, err
	}
}
