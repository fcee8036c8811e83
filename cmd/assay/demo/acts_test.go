package demo

import (
	"slices"
	"testing"
	"time"

	"github.com/assay-sla/assay/collector/register"
	"github.com/assay-sla/assay/slo"
)

func yearOf(t *testing.T, months int) *year {
	t.Helper()
	from, to := span(months, time.Date(2026, 11, 30, 15, 0, 0, 0, time.UTC))
	return newYear(slo.Interval{From: from, To: to}, 1)
}

// TestActs: what people do lies in the year, in order, whatever its length, and
// is as much each time.
func TestActs(t *testing.T) {
	for _, months := range []int{1, 2, 5, 12} {
		y := yearOf(t, months)
		acts := y.acts()
		if len(acts) < 50*months {
			t.Errorf("%d acts in %d months", len(acts), months)
		}
		for i, a := range acts {
			if !y.has(a.at) || i > 0 && a.at < acts[i-1].at || a.who == "" {
				t.Errorf("in %d months: act %d at %s of %q", months, i, a.at, a.who)
			}
		}
		if again := yearOf(t, months).acts(); !slices.EqualFunc(acts, again, func(a, b act) bool { return a.at == b.at && a.who == b.who }) {
			t.Errorf("in %d months the same seed does something else", months)
		}
	}
}

// TestItems: chapters of an item follow each other, items begin with what names
// them, and every register has some.
func TestItems(t *testing.T) {
	y := yearOf(t, 12)
	has := map[string]int{register.Reviews: len(y.held())}
	for _, list := range [][]item{y.parties(), y.complaints(), y.risks(), y.ideas(), y.audits(), y.reviews(), y.decisions()} {
		for _, i := range list {
			has[i.register]++
			title := register.Named(i.register).Title()
			if i.chapters[0].values[title] == "" {
				t.Errorf("%s/%s begins without its %s", i.register, i.id, title)
			}
			for k := range i.chapters[1:] {
				if i.chapters[k+1].at < i.chapters[k].at {
					t.Errorf("%s/%s: chapter %d comes before the one before", i.register, i.id, k+1)
				}
			}
		}
	}
	for _, g := range register.All() {
		if has[g.Name] == 0 {
			t.Errorf("the register of %s is empty", g.Name)
		}
	}
}
