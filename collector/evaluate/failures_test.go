package evaluate

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/slo"
)

// An outage that is learnt of afterwards names each reason for which
// measurements failed in it, by how often, though the agent's newest failure is
// of another outage. The order in which they come does not matter.
func TestReasonsOfThePast(t *testing.T) {
	failing := func(second int, r slo.Reason) slo.Entry {
		e := said("db", "eu", second, slo.Down)
		e.Measurement.Reason = r
		return e
	}
	all := []slo.Entry{
		said("db", "eu", 0, slo.Up), failing(60, slo.ConnectTimeout), failing(120, slo.ConnectRefused), failing(180, slo.ConnectRefused),
		said("db", "eu", 240, slo.Up), said("db", "eu", 2940, slo.Up), failing(3000, slo.TLSExpired), said("db", "eu", 3060, slo.Up),
	}
	for _, order := range []string{"as measured", "newest first"} {
		e := New(graph("db"), at(0))
		e.Apply(all)
		list := e.Outages(map[string]slo.Interval{"db": {From: at(0), To: at(3100)}}, at(3100), noHold)
		var got [][]string
		for _, o := range list {
			var names []string
			for _, c := range o.Causes {
				names = append(names, fmt.Sprintf("%s %s at %d", c.Reason, c.Evidence, c.At.Sub(at(0))/time.Second))
			}
			got = append(got, names)
		}
		want := [][]string{
			{"connect_refused measured 2 times at 120", "connect_timeout measured once at 60"},
			{"tls_expired refused at 2026-10-05T12:50:00Z at 3000"},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", order, diff)
		}
		slices.Reverse(all)
	}
}

// What is remembered of failures is bounded, the oldest of them going first.
func TestFailuresAreBounded(t *testing.T) {
	var r report
	for n := range 3 * maxFailures {
		r.failed(&slo.Measurement{At: at(n * 3600), Reason: slo.ConnectRefused}, time.Minute)
	}
	if n := len(r.failures); n != maxFailures || r.failures[0].from != at(2*maxFailures*3600) {
		t.Errorf("%d, from %s", n, r.failures[0].from)
	}
}
