package dashboards_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/dashboards/dashboardtest"
)

func chosen() map[string]string {
	return map[string]string{
		"service": "shop", "agreement": "gold", "objective": "month", "probe": "(mail|name|ping|web)", "location": "(eu|us)",
	}
}

// TestQueriesFindData asks every query of every dashboard of the real engine,
// through the API that Grafana uses.
func TestQueriesFindData(t *testing.T) {
	for _, s := range scenes() {
		t.Run(s.name, func(t *testing.T) {
			url, _ := tell(t, s)
			for name, query := range map[string]dashboardtest.Query{
				"instant": dashboardtest.Instant(http.DefaultClient, url),
				"range":   dashboardtest.Range(http.DefaultClient, url, span, 30*time.Second),
			} {
				t.Run(name, func(t *testing.T) {
					dashboardtest.CheckAll(t, query, end.Time(), chosen(), absent(s)...)
				})
			}
		})
	}
}

// absent are the metrics that a scene does not have: nothing is measured where
// no agent can.
func absent(s scene) []string {
	if s.seen(end) {
		return nil
	}
	return []string{
		"probe_http_duration_seconds", "probe_http_status_code", "probe_dns_duration_seconds",
		"probe_icmp_duration_seconds", "assay_probe_phase_seconds",
	}
}

// TestValuesMustExist holds CheckAll to its word that the values are among
// those that Grafana would offer.
func TestValuesMustExist(t *testing.T) {
	url, _ := tell(t, scenes()[0])
	wrong := chosen()
	wrong["objective"] = "year"
	r := &recorder{TB: t}
	dashboardtest.CheckAll(r, dashboardtest.Instant(http.DefaultClient, url), end.Time(), wrong)
	if !slices.ContainsFunc(r.failures, func(s string) bool { return strings.Contains(s, `variable objective with the value "year"`) }) {
		t.Errorf("a value that nobody offers passes: %q", r.failures)
	}
}

// TestCheckAllFails tells that CheckAll fails where there is nothing to find,
// where queries are refused, and where a value is missing.
func TestCheckAllFails(t *testing.T) {
	answer := func(rows int, err error) dashboardtest.Query {
		return func(context.Context, string, time.Time) (int, error) { return rows, err }
	}
	for _, c := range []struct {
		name   string
		query  dashboardtest.Query
		values map[string]string
		want   string
	}{
		{"nothing there", answer(0, nil), chosen(), "finds nothing"},
		{"refused", answer(0, fmt.Errorf("too many samples")), chosen(), "too many samples"},
		{"no value", answer(1, nil), map[string]string{"agreement": "gold", "objective": "month"}, "service has no value"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &recorder{TB: t}
			dashboardtest.CheckAll(r, c.query, end.Time(), c.values)
			if !strings.Contains(strings.Join(r.failures, "\n"), c.want) {
				t.Errorf("failures are %q; want one that says %q", r.failures, c.want)
			}
		})
	}
	r := &recorder{TB: t}
	dashboardtest.CheckAll(r, answer(1, nil), end.Time(), chosen())
	if len(r.failures) > 0 {
		t.Errorf("it fails where all is well: %q", r.failures)
	}
}

// recorder keeps the failures of a test that is meant to fail.
type recorder struct {
	testing.TB
	failures []string
}

func (r *recorder) Errorf(format string, args ...any) {
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}

// TestEmptyStoreShowsNothing tells that no panel invents a figure: without
// series there are no rows at all, not even a zero.
func TestEmptyStoreShowsNothing(t *testing.T) {
	url, _ := tell(t, scenes()[0])
	query := dashboardtest.Instant(http.DefaultClient, url)
	before := begin.Add(-24 * time.Hour).Time()
	rows := 0
	dashboardtest.CheckAll(t, func(ctx context.Context, expr string, at time.Time) (int, error) {
		n, err := query(ctx, expr, at)
		if n > 0 {
			t.Errorf("where there is no data this finds %d rows: %s", n, expr)
		}
		rows++
		return 1, err
	}, before, chosen())
	if rows == 0 {
		t.Error("nothing was asked")
	}
}
