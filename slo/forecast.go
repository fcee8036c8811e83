package slo

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Forecast says how a resource is going to be used, as known at At.
type Forecast struct {
	At         Instant
	Exhaustion Exhaustion
	Lack       Lack          // of NotEnoughData, else ""
	Now        Quantity      // the level of now, robust against bursts; 0 where none is known
	PerDay     Quantity      // growth; 0 where no trend is better than the level
	Season     time.Duration // of the cycle that is part of the forecast; 0: none
	Shifts     int           // cleanups and resizes found in the history
	LookAhead  time.Duration // how far the history lets see, whole days
	Expected   Instant       // when the limit is reached; 0 unless Exhausts
	Early      Instant       // not before it in nine of ten cases, never after Expected; 0 unless Exhausts
	Horizons   []Horizon     // by In, those within LookAhead
}

// Known reports whether there is a level of now.
func (f Forecast) Known() bool {
	return f.Exhaustion != NotEnoughData || f.Lack == LackPlan || f.Now != (Quantity{})
}

// Horizon is the level expected at one time ahead, and the interval that the
// true one lies in in four of five cases.
type Horizon struct {
	In                  time.Duration
	Low, Expected, High Quantity
}

// Exhaustion is what a forecast says of a limit.
type Exhaustion string

// What a forecast says. There is a date for Exhausts only.
const (
	NotEnoughData Exhaustion = "not_enough_data"
	NoTrend       Exhaustion = "no_exhaustion_trend" // not within LookAhead
	Exhausts      Exhaustion = "exhausts"
	LimitReached  Exhaustion = "limit_reached" // the level of now is at or above the limit
)

// Lack is why there is not enough data for a forecast.
type Lack string

// The lacks.
const (
	LackReadings Lack = "too_few_readings" // fewer hours with readings than a forecast takes
	LackHistory  Lack = "too_short_history"
	LackRecent   Lack = "no_recent_readings"
	LackLimit    Lack = "no_limit"       // the limit's expression has no value, or none above 0
	LackSeries   Lack = "several_series" // where the resource is one
	LackQuery    Lack = "query_failed"
	LackPlan     Lack = "no_plan" // values are given by hand, and none for later
)

// ResourceForecast is the forecast of one series of a resource.
type ResourceForecast struct {
	Resource *Resource
	Labels   map[string]string // those of Resource.By; nil where it is one series
	Limit    Quantity          // as of At; 0 where none is known where it is not known
	Problem  string            // why the resource could not be read; "" where it could
	Demand   []LoadBand        // of a resource that is one series, by load; none where nothing is known
	Forecast
}

// Series names the series of a resource that labels tell: host=a,path=/srv; ""
// where there is one.
func (f ResourceForecast) Series() string { return ForecastSeries(f.Labels) }

// ForecastSeries writes labels as label=value, by label, with commas between
// them.
func ForecastSeries(labels map[string]string) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		parts = append(parts, name+"="+labels[name])
	}
	return strings.Join(parts, ",")
}

// Passed is the highest threshold that the level of now is at or above, 0 where
// there is none.
func (f ResourceForecast) Passed() Ratio {
	if f.Exhaustion == NotEnoughData && f.Now == (Quantity{}) {
		return 0
	}
	passed := Ratio(0)
	for _, t := range f.Resource.Thresholds {
		if f.Limit.Float() > 0 && f.Now.Float() >= f.Limit.Float()*t.Float() {
			passed = t
		}
	}
	return passed
}

// OrderBy is when more has to be ordered at the latest, so that it is there on
// the early date; 0 where no date is known.
func (f ResourceForecast) OrderBy() Instant {
	if f.Exhaustion != Exhausts {
		return 0
	}
	return f.Early.Add(-f.Resource.LeadTime)
}

// Idle is how much could be given back: what is left of the limit above the
// highest level that is foreseen up to a month ahead, and above what was
// promised. It is 0 where there is no forecast that far, or the limit comes near.
func (f ResourceForecast) Idle() Quantity {
	if f.Exhaustion != NoTrend || len(f.Horizons) == 0 {
		return Quantity{}
	}
	most := f.Now.v
	for _, h := range f.Horizons {
		most = max(most, h.High.v)
	}
	if p := f.Resource.Promised; p != nil {
		most = max(most, p.v)
	}
	return Quantity{max(0, f.Limit.v-most)}
}

// ForecastScore is how the forecasts of one series were at one time ahead.
type ForecastScore struct {
	Resource, Series string
	Ahead            time.Duration // whole days
	Count            int64
	Inside           int64    // levels inside their interval
	Error            Quantity // mean absolute, in the resource's unit
	ErrorShare       Quantity // likewise, as a share of the limit
}

// LoadBand is how a service was in the hours in which the load on a resource
// was at least From and below To, as shares of its limit. The last band has no
// end: its To is 0.
type LoadBand struct {
	From, To Ratio
	Hours    int
	Latency  time.Duration // median of the hours' means; 0 where none is known
	Down     time.Duration // of all the hours
}
