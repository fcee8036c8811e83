package sqlstore

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/slo"
)

func quantity(t *testing.T, v float64) slo.Quantity {
	t.Helper()
	q, err := slo.NewQuantity(v)
	must(t, err)
	return q
}

func TestForecasts(t *testing.T) {
	each(t, func(t *testing.T, s *Store, reopen func() *Store) {
		ctx := t.Context()
		const day = 86400
		level := func(series string, made, due int) ForecastLevel {
			return ForecastLevel{Resource: "disk", Series: series, Made: at(made), Due: at(due), Limit: quantity(t, 100),
				Low: quantity(t, 40), Expected: quantity(t, 50), High: quantity(t, 60)}
		}
		first, second, later := level("", 0, 7*day), level("host=a", 0, 7*day), level("", 0, 14*day)
		must(t, s.SaveForecasts(ctx, []ForecastLevel{first, second, later}))
		changed := first
		changed.Expected = quantity(t, 99)
		must(t, s.SaveForecasts(ctx, []ForecastLevel{changed})) // said once is said
		s = reopen()
		same := func(want, got []ForecastLevel) {
			t.Helper()
			if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b slo.Quantity) bool { return a == b })); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		}
		due, err := s.DueForecasts(ctx, at(7*day), 10)
		must(t, err)
		same([]ForecastLevel{first, second}, due)
		due, err = s.DueForecasts(ctx, at(14*day), 1)
		must(t, err)
		same([]ForecastLevel{first}, due)

		must(t, s.ScoreForecast(ctx, first, quantity(t, 58)))
		must(t, s.ScoreForecast(ctx, first, quantity(t, 1))) // known once is known
		must(t, s.ScoreForecast(ctx, second, quantity(t, 30)))
		scores, err := s.ForecastScores(ctx, at(0), at(30*day))
		must(t, err)
		want := []slo.ForecastScore{
			{Resource: "disk", Ahead: 7 * 24 * time.Hour, Count: 1, Inside: 1, Error: quantity(t, 8), ErrorShare: quantity(t, 0.08)},
			{Resource: "disk", Series: "host=a", Ahead: 7 * 24 * time.Hour, Count: 1, Error: quantity(t, 20), ErrorShare: quantity(t, 0.2)},
		}
		if diff := cmp.Diff(want, scores, cmp.Comparer(func(a, b slo.Quantity) bool { return a == b })); diff != "" {
			t.Errorf("want -, got +:\n%s", diff)
		}

		must(t, s.ForgetForecasts(ctx, at(7*day), at(14*day)))
		due, err = s.DueForecasts(ctx, at(99*day), 10)
		must(t, err)
		same([]ForecastLevel{later}, due)
		must(t, s.ForgetForecasts(ctx, at(8*day), at(15*day)))
		due, err = s.DueForecasts(ctx, at(99*day), 10)
		must(t, err)
		same(nil, due)
		scores, err = s.ForecastScores(ctx, at(0), at(30*day))
		must(t, err)
		if len(scores) != 0 {
			t.Errorf("scores %v of what was forgotten", scores)
		}
	})
}
