package evaluate

import (
	"testing"

	"github.com/assay-sla/assay/slo"
)

// What burns of a budget behind an outage that another service made pages as
// little as it did during it; an outage of its own pages.
func TestBurnBehindAnothersOutage(t *testing.T) {
	pages := func(e *Engine, second int) (n int) {
		for _, a := range e.Alerts(at(second)) {
			if a.Name == "ErrorBudgetBurn" && a.Labels["service"] == "shop" && a.Severity == slo.Page {
				n++
			}
		}
		return n
	}
	const minute = 60
	for _, c := range []struct {
		name string
		down map[string]int // until which minute, from 0 on
		want bool           // the shop's budget pages, two minutes later
	}{
		{"with the database", map[string]int{"db": 20, "shop": 20}, false},
		{"a little longer than the database", map[string]int{"db": 20, "shop": 23}, false},
		{"much longer", map[string]int{"db": 20, "shop": 40}, true},
		{"by itself", map[string]int{"shop": 20}, true},
	} {
		e := New(graph("db", "shop: db"), at(0))
		for _, name := range []string{"db", "shop"} {
			e.Apply([]slo.Entry{said(name, "eu", -minute, slo.Up)})
			if until := c.down[name]; until > 0 {
				e.Apply([]slo.Entry{said(name, "eu", 0, slo.Down), said(name, "eu", until*minute, slo.Up)})
			}
		}
		if got := pages(e, (c.down["shop"]+2)*minute); (got > 0) != c.want {
			t.Errorf("%s: %d pages", c.name, got)
		}
		// The next one is its own.
		e.Apply([]slo.Entry{said("shop", "eu", 50*minute, slo.Down)})
		if pages(e, 70*minute) == 0 {
			t.Errorf("%s: an outage of its own does not page", c.name)
		}
	}
	// As long as that is looked back at, a window that pages reaches.
	for _, c := range New(graph("db", "shop: db"), at(0)).conditions {
		for _, p := range c.Pairs {
			if p.Severity == slo.Page && p.Long > taken {
				t.Errorf("a window of %s pages", p.Long)
			}
		}
	}
}
