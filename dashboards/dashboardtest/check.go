// Package dashboardtest asks the queries of the dashboards of a PromQL engine
// as Grafana would, and fails a test where one is refused or finds nothing.
package dashboardtest

import (
	"context"
	"testing"
	"time"
)

// A Query answers a PromQL expression at an instant with how many series it
// finds.
type Query func(ctx context.Context, expr string, at time.Time) (rows int, err error)

// timeout bounds each query.
const timeout = 30 * time.Second

// CheckAll asks every query of every panel, variable and annotation at an
// instant. It fails t for each that has an error and each that finds nothing.
//
// values has the value of each variable that has no default: service,
// agreement and objective. They must be among those that Grafana would offer.
// without names the metrics that the engine need not have; queries that use
// one of them may find nothing, and may still not fail.
func CheckAll(t testing.TB, query Query, at time.Time, values map[string]string, without ...string) {
	t.Helper()
	boards, err := boards()
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	for _, b := range boards {
		asks, err := b.asks(values)
		if err != nil {
			t.Errorf("%s: %v", b.UID, err)
			continue
		}
		for _, a := range asks {
			asked++
			check(t, query, at, b.UID, a, without)
		}
	}
	if asked == 0 {
		t.Error("the dashboards ask nothing")
	}
}

// check asks one query.
func check(t testing.TB, query Query, at time.Time, board string, a ask, without []string) {
	t.Helper()
	used, err := metrics(a.expr)
	if err != nil {
		t.Errorf("%s, %s: %v\n%s", board, a.where, err, a.expr)
		return
	}
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	rows, err := query(ctx, a.expr, at)
	switch {
	case err != nil:
		t.Errorf("%s, %s: %v\n%s", board, a.where, err, a.expr)
	case rows == 0 && !overlap(used, without):
		t.Errorf("%s, %s finds nothing:\n%s", board, a.where, a.expr)
	}
}

func overlap(a map[string]bool, b []string) bool {
	for _, s := range b {
		if a[s] {
			return true
		}
	}
	return false
}
