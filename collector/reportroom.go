package collector

import (
	"context"

	"github.com/assay-sla/assay/collector/report"
	"github.com/assay-sla/assay/collector/web"
)

// Bounds of making reports for people and tools, so that however many ask, most
// of the machine is left to what measures. Those on several agreements have a
// queue of their own: they take as long as those of all their agreements.
const (
	reportsAtOnce   = 2  // of one agreement
	reportsWaiting  = 50 // of these, beyond which nobody waits
	combinedAtOnce  = 1  // of several agreements
	combinedWaiting = 5
)

// reportRoom bounds the reports that are made at one time, whatever face of them
// was asked for. What is sent on schedule needs none: one is made after the other.
type reportRoom struct{ one, combined queue }

func newReportRoom() *reportRoom {
	return &reportRoom{one: newQueue(reportsAtOnce, reportsWaiting), combined: newQueue(combinedAtOnce, combinedWaiting)}
}

// enter waits until a report of a scope may be made, as long as ctx. It is
// web.ErrReportsBusy where too many wait already.
func (r *reportRoom) enter(ctx context.Context, of report.Scope) (leave func(), err error) {
	if of.Kind == report.AgreementScope {
		return r.one.enter(ctx)
	}
	return r.combined.enter(ctx)
}

// queue lets a number work and some more wait.
type queue struct{ places, slots chan struct{} }

func newQueue(slots, waiting int) queue {
	return queue{places: make(chan struct{}, slots+waiting), slots: make(chan struct{}, slots)}
}

func (q queue) enter(ctx context.Context) (leave func(), err error) {
	select {
	case q.places <- struct{}{}:
	default:
		return nil, web.ErrReportsBusy
	}
	select {
	case q.slots <- struct{}{}:
		return func() { <-q.slots; <-q.places }, nil
	case <-ctx.Done():
		<-q.places
		return nil, ctx.Err()
	}
}
