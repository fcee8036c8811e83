package slo

import "time"

// Severity says who is woken: a page wakes somebody, a ticket waits for the
// working day.
type Severity string

// The severities.
const (
	Page   Severity = "page"
	Ticket Severity = "ticket"
)

// BurnPair is one condition of multi-window, multi-burn-rate alerting: the
// burn rate is at or above Rate over both the long and the short window. Both
// are lengths of agreed time: the clock stops outside service hours and while
// planned work lasts.
type BurnPair struct {
	Long, Short time.Duration // Short ≤ Long
	Rate        float64       // a multiple of the rate that uses the budget up exactly; more than 0
	Severity    Severity
	For         time.Duration // of clock time that the condition must have held before it fires; 0 for at once
	Notify      string        // who is to be told: names in order, joined by commas, as the alert's label notify; "" for nobody in particular
}

// OrdinaryLength is how much agreed time a window of the agreement ordinarily
// has: of 30 days where it is a month, 90 a quarter, 360 a year, by
// the ordinary week of its hours, with no maintenance. It does not change from
// one month to the next, so that neither do the windows that follow from it.
func (a *Agreement) OrdinaryLength(w Window) time.Duration {
	const day = 24 * time.Hour
	length := w.Rolling
	if length == 0 {
		length = [...]time.Duration{Day: day, Week: 7 * day, Month: 30 * day, Quarter: 90 * day, Year: 360 * day}[w.Period]
	}
	open := a.Hours.OpenWeek()
	if open == 0 { // a calendar of exceptions alone says nothing of an ordinary week
		return length
	}
	return time.Duration(float64(length) * (float64(open) / float64(7*day)))
}
