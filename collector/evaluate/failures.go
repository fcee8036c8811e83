package evaluate

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Bounds of what is remembered of a word's failures.
const (
	maxFailures = 16
	// sameFailure is how far apart measurements that failed for one reason may
	// lie and still be one failure, where they do not speak for longer.
	sameFailure = 5 * time.Minute
)

// failure is measurements of a word that failed for one reason, close to each
// other.
type failure struct {
	reason   slo.Reason
	from, to slo.Instant // of the first and the last
	count    int
}

// failed counts a measurement that was down, which spoke for hold. They may
// come in any order; where there are too many failures the oldest are
// forgotten.
func (r *report) failed(m *slo.Measurement, hold time.Duration) {
	near := max(hold, sameFailure)
	for i := range r.failures {
		f := &r.failures[i]
		if f.reason == m.Reason && f.from.Add(-near) <= m.At && m.At <= f.to.Add(near) {
			f.from, f.to, f.count = min(f.from, m.At), max(f.to, m.At), f.count+1
			return
		}
	}
	r.failures = append(r.failures, failure{m.Reason, m.At, m.At, 1})
	if len(r.failures) > maxFailures {
		slices.SortFunc(r.failures, func(a, b failure) int { return cmp.Compare(a.to, b.to) })
		r.failures = slices.Delete(r.failures, 0, 1)
	}
}

// within are the failures of a word that lie in a stretch as causes, the most
// frequent reason first, without the reason that is known already.
func (r *report) within(st slo.Stretch, known slo.Reason, p *slo.Probe, location, agent string) []slo.Cause {
	var found []failure
	for _, f := range r.failures {
		if f.reason != known && f.from < st.To && f.to >= st.From {
			found = append(found, f)
		}
	}
	slices.SortStableFunc(found, func(a, b failure) int { return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.from, b.from)) })
	var out []slo.Cause
	for _, f := range found {
		if slices.ContainsFunc(out, func(c slo.Cause) bool { return c.Reason == f.reason }) {
			continue
		}
		c := cause(p, location, agent, &slo.Measurement{At: max(f.from, st.From), Reason: f.reason})
		c.Evidence = often(f.count)
		out = append(out, c)
	}
	return out
}

func often(n int) string {
	if n == 1 {
		return "measured once"
	}
	return fmt.Sprintf("measured %d times", n)
}
