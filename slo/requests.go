package slo

import (
	"fmt"
	"time"
)

// Requests are how many requests a service was asked in one increment of time,
// as its own counters tell: those at its end less those at its beginning. Counts
// are in thousandths of a request, since what is told of counters is
// extrapolated to the ends of the increment.
type Requests struct {
	Interval       // the increment: after From, up to To
	Good     int64 // of Total
	Total    int64
}

// Bounds of an increment.
const (
	MinIncrement = time.Second
	MaxIncrement = time.Hour
	MaxRequests  = 1e12 // thousandths of a request in one
)

// PerRequest is how many of what Requests counts make one request.
const PerRequest = 1000

// Check says whether these are requests that can have been counted.
func (r *Requests) Check() error {
	switch length := r.Length(); {
	case r.From < MinInstant || r.To > MaxInstant:
		return fmt.Errorf("requests were counted outside the years 1900 to 2200")
	case r.From >= r.To || length < MinIncrement || length > MaxIncrement:
		return fmt.Errorf("requests are those of %s to %s, not %s to %s", r.From, r.To, MinIncrement, MaxIncrement)
	case r.Total < 0 || r.Total > MaxRequests:
		return fmt.Errorf("requests are %d thousandths, not 0 to %d", r.Total, int64(MaxRequests))
	case r.Good < 0 || r.Good > r.Total:
		return fmt.Errorf("good requests are %d thousandths of %d", r.Good, r.Total)
	}
	return nil
}
