package rules

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/slo"
)

// Each pair stands for a share of a 30-day budget gone in its long window.
func TestBurnPairs(t *testing.T) {
	for i, share := range []float64{0.02, 0.05, 0.1, 0.1} {
		p := BurnPairs()[i]
		if got := p.Rate * float64(p.Long) / float64(30*24*time.Hour); math.Abs(got-share) > 1e-12 {
			t.Errorf("%+v uses up %v of the budget, want %v", p, got, share)
		}
		if p.Short*12 != p.Long {
			t.Errorf("%+v: the short window is not a twelfth", p)
		}
	}
	pairs := BurnPairs()
	pairs[0].Rate = 0
	if BurnPairs()[0].Rate == 0 {
		t.Error("one caller changes the pairs of another")
	}
}

func TestWindows(t *testing.T) {
	want := []time.Duration{5 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour, 24 * time.Hour, 72 * time.Hour}
	if diff := cmp.Diff(want, Windows(BurnPairs())); diff != "" {
		t.Error(diff)
	}
	if Windows(nil) != nil {
		t.Error("windows of no pairs")
	}
}

func TestFiring(t *testing.T) {
	pairs := []slo.BurnPair{{Long: time.Hour, Short: 5 * time.Minute, Rate: 14.4, Severity: slo.Page}, {Long: 72 * time.Hour, Short: 6 * time.Hour, Rate: 1, Severity: slo.Ticket}}
	burn := func(long, short float64, known bool) []slo.Burn {
		return []slo.Burn{{Window: 5 * time.Minute, Rate: short, Known: known}, {Window: time.Hour, Rate: long, Known: true}}
	}
	for _, c := range []struct {
		name string
		burn []slo.Burn
		want int
	}{
		{"both", burn(15, 15, true), 1},
		{"exactly", burn(14.4, 14.4, true), 1},
		{"only the long one", burn(15, 14.3, true), 0},
		{"only the short one", burn(14.3, 15, true), 0},
		{"nothing known of the short one", burn(15, 15, false), 0},
		{"no windows", nil, 0},
		{"the other pair", []slo.Burn{{Window: 6 * time.Hour, Rate: 1, Known: true}, {Window: 72 * time.Hour, Rate: slo.MaxBurn, Known: true}}, 1},
	} {
		if got := Firing(pairs, c.burn); len(got) != c.want {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}
