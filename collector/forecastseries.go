package collector

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/assay-sla/assay/collector/capacity"
	"github.com/assay-sla/assay/collector/tsdb"
	"github.com/assay-sla/assay/slo"
)

// resourceSeries is the history of one series of a resource.
type resourceSeries struct {
	labels   map[string]string
	readings []capacity.Reading
}

// bySeries tells the series of an answer apart by the labels that the resource
// names, in order. several is true where two have the same.
func bySeries(r *slo.Resource, found []tsdb.Series) (out []resourceSeries, several bool) {
	seen := map[string]bool{}
	for _, s := range found {
		labels := chosen(r.By, s.Labels)
		if name := slo.ForecastSeries(labels); seen[name] {
			return nil, true
		} else {
			seen[name] = true
		}
		one := resourceSeries{labels: labels}
		for _, p := range s.Points {
			if q, err := slo.NewQuantity(p.Value); err == nil { // NaN is no reading
				one.readings = append(one.readings, capacity.Reading{At: p.At, Value: q})
			}
		}
		out = append(out, one)
	}
	slices.SortFunc(out, func(a, b resourceSeries) int {
		return cmp.Compare(slo.ForecastSeries(a.labels), slo.ForecastSeries(b.labels))
	})
	return out, false
}

// chosen are the labels of a series that by names; nil where it names none.
func chosen(by []string, labels map[string]string) map[string]string {
	if len(by) == 0 {
		return nil
	}
	out := map[string]string{}
	for _, name := range by {
		out[name] = labels[name]
	}
	return out
}

// levels are the medians of the last hour of a resource's series, by name.
func (f *forecaster) levels(ctx context.Context, r *slo.Resource, at slo.Instant) (map[string]slo.Quantity, error) {
	found, err := f.series.Query(ctx, hourly(r.Used), at)
	if err != nil {
		return nil, err
	}
	out := map[string]slo.Quantity{}
	for _, s := range found {
		if q, err := slo.NewQuantity(s.Points[0].Value); err == nil {
			out[slo.ForecastSeries(chosen(r.By, s.Labels))] = q
		}
	}
	return out, nil
}

// hourly is the median over an hour of an expression, which may end with a
// comment.
func hourly(expr string) string { return fmt.Sprintf("quantile_over_time(0.5, (%s\n)[1h:5m])", expr) }

// limits are those of a resource's series: one for all, or by name.
type limits struct {
	all    *slo.Quantity
	byName map[string]slo.Quantity
}

// of is the limit of the series with some labels; false where there is none.
func (l limits) of(labels map[string]string) (slo.Quantity, bool) {
	if l.all != nil {
		return *l.all, true
	}
	q, ok := l.byName[slo.ForecastSeries(labels)]
	return q, ok
}

// limits reads the limits of a resource, all of them above 0.
func (f *forecaster) limits(ctx context.Context, r *slo.Resource, at slo.Instant) (limits, error) {
	if r.Limit.Expr == "" {
		return limits{all: r.Limit.Number}, nil
	}
	found, err := f.series.Query(ctx, r.Limit.Expr, at)
	if err != nil {
		return limits{}, err
	}
	l := limits{byName: map[string]slo.Quantity{}}
	for _, s := range found {
		q, err := slo.NewQuantity(s.Points[0].Value)
		if err != nil || q.Float() <= 0 {
			continue
		}
		if len(found) == 1 && !slices.ContainsFunc(r.By, func(name string) bool { return s.Labels[name] != "" }) {
			l.all = &q
			break
		}
		l.byName[slo.ForecastSeries(chosen(r.By, s.Labels))] = q
	}
	return l, nil
}
