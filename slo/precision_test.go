package slo

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDecimals(t *testing.T) {
	ms := func(d time.Duration) int64 { return d.Milliseconds() }
	for _, c := range []struct {
		step, whole int64
		want        int
	}{
		{ms(30 * time.Second), ms(30 * 24 * time.Hour), 2}, // one interval is 0.0012 %
		{ms(10 * time.Second), ms(30 * 24 * time.Hour), 3},
		{ms(30 * time.Second), ms(time.Hour), 0},
		{1, 1000, 1},
		{1, 999, 0},
		{1, 1_000_000_000_000, 6},
		{0, 1000, 0},
		{10, 0, 0},
	} {
		if got := Decimals(c.step, c.whole); got != c.want {
			t.Errorf("Decimals(%d, %d) = %d, want %d", c.step, c.whole, got, c.want)
		}
	}
}

func TestFigure(t *testing.T) {
	target, _ := ParsePercent("99.95")
	for _, c := range []struct {
		f        Fraction
		decimals int
		want     string
	}{
		{Fraction{9995, 10000}, 2, "99.95"},
		{Fraction{999499, 1000000}, 2, "99.9499"}, // not met: never shown as the target
		{Fraction{999501, 1000000}, 2, "99.95"},
		{Fraction{999996, 1000000}, 2, "99.9996"}, // never 100 where something was down
		{Fraction{1, 100000}, 0, "0.001"},
		{Fraction{999_999_999_999, 1_000_000_000_000}, 2, "99.999999"},
		{Fraction{1, 1_000_000_000_000}, 2, "0.000001"},
		{Fraction{1, 1}, 2, "100.00"},
		{Fraction{0, 1}, 1, "0.0"},
		{Fraction{1, 2}, 0, "50"},
		{Fraction{}, 2, ""},
	} {
		if got := c.f.Figure(c.decimals, target); got != c.want {
			t.Errorf("%v.Figure(%d) = %q, want %q", c.f, c.decimals, got, c.want)
		}
	}
}

// TestFigureOfATargetOfNothing: a mark stays one where the target lies on it.
func TestFigureOfATargetOfNothing(t *testing.T) {
	if got := (Fraction{3, 1_000_000}).Figure(1, 0); got != "0.0003" {
		t.Errorf("3 in a million is shown as %q", got)
	}
	if got := (Fraction{999_999, 1_000_000}).Figure(1, One); got != "99.9999" {
		t.Errorf("all but one in a million is shown as %q", got)
	}
}

func TestFigureNeverCrosses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := rapid.Int64Range(1, 1_000_000_000_000).Draw(t, "whole")
		f := Fraction{rapid.Int64Range(0, whole).Draw(t, "part"), whole}
		target := Ratio(rapid.Uint64Range(90, 100).Draw(t, "target")) * (One / 100)
		r, err := ParsePercent(f.Figure(rapid.IntRange(0, 6).Draw(t, "decimals"), target))
		if err != nil {
			t.Fatal(err)
		}
		if (f.Compare(target) >= 0) != (r >= target) || (f.Part == whole) != (r == One) || (f.Part == 0) != (r == 0) {
			t.Fatalf("%v is shown as %s, target %s", f, r.Percent(), target.Percent())
		}
	})
}
