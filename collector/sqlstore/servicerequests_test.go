package sqlstore

import (
	"fmt"
	"testing"

	"github.com/assay-sla/assay/slo"
)

// The same counts once more are those that there are; others are a new version.
func TestServiceRequests(t *testing.T) {
	each(t, func(t *testing.T, s *Store, reopen func() *Store) {
		ctx := t.Context()
		row := func(service, agreement string, p slo.CountedPeriod, n int64) slo.ServiceRequests {
			return slo.ServiceRequests{Service: service, Agreement: agreement, Period: p, Received: n, Completed: n, InTarget: n, TotalS: 60 * n, At: at(int(n)), Actor: "ada"}
		}
		take := func(fresh, corrected int, list ...slo.ServiceRequests) {
			t.Helper()
			f, c, err := s.TakeServiceRequests(ctx, list)
			must(t, err)
			if f != fresh || c != corrected {
				t.Errorf("%d new, %d corrected; want %d, %d", f, c, fresh, corrected)
			}
		}
		take(2, 0, row("shop", "", "2026-10", 1), row("shop", "gold", "2026-10", 2))
		take(0, 0, row("shop", "", "2026-10", 1))
		take(1, 1, row("shop", "", "2026-10", 3), row("till", "", "2026-09-30", 1))
		take(1, 2, row("till", "", "2026-10-01", 1), row("till", "", "2026-10-01", 2), row("till", "", "2026-10-01", 1))
		s = reopen()
		for f, want := range map[ServiceRequestFilter]string{
			{}:                                "till 2026-10-01 v3 1; shop 2026-10 v2 3; shop gold 2026-10 v1 2; till 2026-09-30 v1 1; ",
			{Service: "shop", Versions: true}: "shop 2026-10 v2 3; shop 2026-10 v1 1; shop gold 2026-10 v1 2; ",
			{Limit: 1, Offset: 3}:             "till 2026-09-30 v1 1; ",
		} {
			list, err := s.ServiceRequests(ctx, f)
			must(t, err)
			got := ""
			for _, r := range list {
				name := r.Service
				if r.Agreement != "" {
					name += " " + r.Agreement
				}
				got += fmt.Sprintf("%s %s v%d %d; ", name, r.Period, r.Version, r.Received)
			}
			if got != want {
				t.Errorf("%+v: %s, want %s", f, got, want)
			}
		}
	})
}
