package agent

import "time"

// flight counts the probes in flight over time. Differences of total count
// alone: it may wrap.
type flight struct {
	n     int
	total time.Duration // a second for each probe in flight and second, until at
	at    time.Duration // by a clock that nobody sets
}

// change notes that at an instant so many more, or fewer, are in flight.
func (f *flight) change(by int, at time.Duration) {
	f.total = f.until(at)
	f.n, f.at = f.n+by, at
}

// until is the total at an instant.
func (f *flight) until(at time.Duration) time.Duration {
	return f.total + time.Duration(f.n)*(at-f.at)
}
