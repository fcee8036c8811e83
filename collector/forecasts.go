package collector

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/assay-sla/assay/collector/capacity"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/collector/tsdb"
	"github.com/assay-sla/assay/slo"
)

const (
	levelsEvery    = 5 * time.Minute  // the levels and limits of all resources
	forecastEvery  = 6 * time.Hour    // each resource
	readingsStep   = 20 * time.Minute // of a history
	forecastsKept  = 400 * 24 * time.Hour
	unscoredKept   = 14 * 24 * time.Hour // after the time that they speak of
	scoredAtOnce   = 1000
	maxSeriesOfOne = 500 // series of one resource
	maxSeriesName  = 500 // bytes of the labels of one, which are a label's value in turn
	sameLimit      = 0.001
)

// seriesReader evaluates PromQL.
type seriesReader interface {
	Query(ctx context.Context, expr string, at slo.Instant) ([]tsdb.Series, error)
	QueryRange(ctx context.Context, expr string, from, to slo.Instant, step time.Duration) ([]tsdb.Series, error)
}

// forecaster forecasts the resources of the catalogue, and scores what it said.
type forecaster struct {
	series  seriesReader
	store   *sqlstore.Store
	catalog func() *slo.Catalog
	now     func() slo.Instant
	changed func() // there are new forecasts
	failed  func(what string, err error)
	asked   asked

	mu    sync.Mutex
	known []slo.ResourceForecast // by resource and series; replaced, never changed
}

// current are the forecasts in force, by resource and series. They are not to
// be changed.
func (f *forecaster) current() []slo.ResourceForecast {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.known
}

// Forecasts is current, for the pages.
func (f *forecaster) Forecasts() []slo.ResourceForecast { return f.current() }

// Scores returns how the forecasts of times in v were.
func (f *forecaster) Scores(ctx context.Context, v slo.Interval) ([]slo.ForecastScore, error) {
	return f.store.ForecastScores(ctx, v.From, v.To)
}

// run looks at all resources now and then, once the series are loaded, until
// ctx ends.
func (f *forecaster) run(ctx context.Context, ready <-chan struct{}) error {
	select {
	case <-ctx.Done():
		return nil
	case <-ready:
	}
	f.asked.every(ctx, levelsEvery, func() { f.look(ctx, f.now()) })
	return nil
}

// look brings all forecasts up to date, and scores those whose time has come.
func (f *forecaster) look(ctx context.Context, at slo.Instant) {
	before := f.current()
	var next []slo.ResourceForecast
	for _, r := range f.catalog().Resources {
		list := f.resource(ctx, r, forecastsOf(before, r), at)
		if ctx.Err() != nil {
			return
		}
		next = append(next, list...)
	}
	f.mu.Lock()
	f.known = next
	f.mu.Unlock()
	f.changed()
	if err := f.score(ctx, at); err != nil && ctx.Err() == nil {
		f.failed("scoring forecasts", err)
	}
}

// forecastsOf are the forecasts of a resource, none where the catalogue has another one
// by now.
func forecastsOf(all []slo.ResourceForecast, r *slo.Resource) []slo.ResourceForecast {
	var out []slo.ResourceForecast
	for _, f := range all {
		if f.Resource == r {
			out = append(out, f)
		}
	}
	return out
}

// resource forecasts one resource anew, or, where that was done of late and
// nothing has happened since, brings its levels up to date.
func (f *forecaster) resource(ctx context.Context, r *slo.Resource, before []slo.ResourceForecast, at slo.Instant) []slo.ResourceForecast {
	if r.Values != nil {
		plan, limit := capacity.Plan(r.Values, at)
		return []slo.ResourceForecast{{Resource: r, Limit: limit, Forecast: plan}}
	}
	limits, err := f.limits(ctx, r, at)
	if err == nil {
		if list, ok := f.refreshed(ctx, r, before, limits, at); ok {
			return list
		}
		var list []slo.ResourceForecast
		if list, err = f.forecast(ctx, r, limits, at); err == nil {
			return list
		}
	}
	if ctx.Err() == nil {
		f.failed("forecasting the resource "+r.Name, err)
	}
	return []slo.ResourceForecast{{
		Resource: r, Problem: err.Error(),
		Forecast: slo.Forecast{At: at, Exhaustion: slo.NotEnoughData, Lack: slo.LackQuery},
	}}
}

// refreshed are the forecasts of before with the levels of now. It is false
// where it is time for new ones: they are old, series came or went, a limit
// changed, or was reached or left.
func (f *forecaster) refreshed(ctx context.Context, r *slo.Resource, before []slo.ResourceForecast, limits limits, at slo.Instant) ([]slo.ResourceForecast, bool) {
	levels, err := f.levels(ctx, r, at)
	if err != nil || len(before) == 0 || len(levels) != len(before) {
		return nil, false
	}
	out := slices.Clone(before)
	for i := range out {
		o := &out[i]
		level, ok := levels[o.Series()]
		limit, has := limits.of(o.Labels)
		if !ok || !has || o.Exhaustion == slo.NotEnoughData || at.Sub(o.At) >= forecastEvery ||
			(level.Float() >= limit.Float()) != (o.Exhaustion == slo.LimitReached) ||
			differ(limit.Float(), o.Limit.Float()) {
			return nil, false
		}
		o.Now = level
	}
	return out, true
}

func differ(a, b float64) bool { return a > b*(1+sameLimit) || a < b*(1-sameLimit) }

// forecast reads the history of a resource, forecasts each of its series and
// puts on record what it says.
func (f *forecaster) forecast(ctx context.Context, r *slo.Resource, limits limits, at slo.Instant) ([]slo.ResourceForecast, error) {
	found, err := f.series.QueryRange(ctx, r.Used, onStep(at.Add(-capacity.MaxHistory)), at, readingsStep)
	if err != nil {
		return nil, err
	}
	by, several := bySeries(r, found)
	if err := tooMany(by); err != nil {
		return nil, err
	}
	if several || len(by) == 0 {
		lack := slo.LackReadings
		if several {
			lack = slo.LackSeries
		}
		return []slo.ResourceForecast{{Resource: r, Forecast: slo.Forecast{At: at, Exhaustion: slo.NotEnoughData, Lack: lack}}}, nil
	}
	var out []slo.ResourceForecast
	var said []sqlstore.ForecastLevel
	for _, s := range by {
		one := slo.ResourceForecast{Resource: r, Labels: s.labels}
		if limit, ok := limits.of(s.labels); ok {
			one.Limit, one.Forecast = limit, capacity.Forecast(s.readings, limit, at)
			if one.Demand, err = f.demand(ctx, r, s.readings, limit, at); err != nil {
				return nil, err
			}
		} else {
			one.Forecast = slo.Forecast{At: at, Exhaustion: slo.NotEnoughData, Lack: slo.LackLimit}
		}
		out = append(out, one)
		for _, h := range one.Horizons {
			said = append(said, sqlstore.ForecastLevel{
				Resource: r.Name, Series: one.Series(), Made: at, Due: at.Add(h.In), Limit: one.Limit,
				Low: h.Low, Expected: h.Expected, High: h.High,
			})
		}
	}
	return out, f.store.SaveForecasts(ctx, said)
}

// onStep is the last whole step at or before at, as subqueries have them. What
// is written on the hour is read so whenever the collector was started.
func onStep(at slo.Instant) slo.Instant {
	step := slo.Instant(readingsStep.Milliseconds())
	return at - (at%step+step)%step
}

// tooMany says what is too many or too long of the series of a resource.
func tooMany(by []resourceSeries) error {
	if len(by) > maxSeriesOfOne {
		return fmt.Errorf("%d series, more than %d: leave labels out of by, and take the sum over them", len(by), maxSeriesOfOne)
	}
	for _, s := range by {
		if n := len(slo.ForecastSeries(s.labels)); n > maxSeriesName {
			return fmt.Errorf("the labels of a series have %d bytes, more than %d", n, maxSeriesName)
		}
	}
	return nil
}

// score compares forecasts whose time has come with what was, and lets old
// ones go.
func (f *forecaster) score(ctx context.Context, at slo.Instant) error {
	due, err := f.store.DueForecasts(ctx, at.Add(-time.Hour), scoredAtOnce)
	if err != nil {
		return err
	}
	resources := map[string]*slo.Resource{}
	for _, r := range f.catalog().Resources {
		resources[r.Name] = r
	}
	type question struct {
		resource string
		due      slo.Instant
	}
	answers := map[question]map[string]slo.Quantity{}
	for _, l := range due {
		r := resources[l.Resource]
		if r == nil || r.Used == "" {
			continue
		}
		q := question{l.Resource, l.Due}
		if answers[q] == nil {
			levels, err := f.levels(ctx, r, l.Due.Add(time.Hour)) // the hour from Due on
			if err != nil {
				return err
			}
			answers[q] = levels
		}
		if actual, ok := answers[q][l.Series]; ok {
			if err := f.store.ScoreForecast(ctx, l, actual); err != nil {
				return err
			}
		}
	}
	return f.store.ForgetForecasts(ctx, at.Add(-forecastsKept), at.Add(-unscoredKept))
}
