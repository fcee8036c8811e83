package ledger

import "github.com/assay-sla/assay/slo"

// NextWindow is the first window of an objective that is to be sealed: the one
// after last, the end of the newest that is, or, where none is (0), the one
// that was running at since, when the promise was first made. Windows before the
// agreement's terms begin are none, and so are those after they end. It is false
// for a rolling window, which never closes, and where no window is left.
func NextWindow(o *slo.Objective, a *slo.Agreement, last, since slo.Instant) (slo.Interval, bool) {
	if o.Window.Rolling > 0 {
		return slo.Interval{}, false
	}
	if last == 0 {
		last = since
	}
	if a.From != nil {
		last = max(last, *a.From)
	}
	next := o.Window.At(last+1, a.Zone)
	return next, a.To == nil || next.From < *a.To
}
