package slo

import "time"

// Forecast says how a resource is going to be used, as known at At.
type Forecast struct {
	At         Instant
	Exhaustion Exhaustion
	Lack       Lack          // of NotEnoughData, else ""
	Now        Quantity      // the level of now, robust against bursts; 0 of NotEnoughData
	PerDay     Quantity      // growth; 0 where no trend is better than the level
	Season     time.Duration // of the cycle that is part of the forecast; 0: none
	Shifts     int           // cleanups and resizes found in the history
	LookAhead  time.Duration // how far the history lets see, whole days
	Expected   Instant       // when the limit is reached; 0 unless Exhausts
	Early      Instant       // not before it in nine of ten cases, never after Expected; 0 unless Exhausts
	Horizons   []Horizon     // by In, those within LookAhead
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
	LackLimit    Lack = "no_limit" // the limit's expression has no value
	LackPlan     Lack = "no_plan"  // values are given by hand, and none for later
)
