package slo

import (
	"math/big"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParsePercent(t *testing.T) {
	for in, want := range map[string]Ratio{
		"0": 0, "0.0": 0, "100": One, "100.000": One, "99.95": 999_500_000_000, "0.0000000001": 1, "10000": 100 * One,
		"099.9": 999_000_000_000, "99.9500000000000": 999_500_000_000, "0.5": One / 200, "00000000000000000000000001": One / 100,
	} {
		if got, err := ParsePercent(in); err != nil || got != want {
			t.Errorf("ParsePercent(%q) = %d, %v; want %d", in, got, err, want)
		}
	}
	for _, in := range []string{"", ".", "-1", "+1", "1e2", "0x10", "99,5", "99.9.9", " 1", "1 ", "1_0", "NaN", "Inf", "99.95%",
		"10000.0000000001", "99999999999999999999999", "0.00000000001", "٩٩"} {
		if got, err := ParsePercent(in); err == nil {
			t.Errorf("ParsePercent(%q) = %d, want an error", in, got)
		}
	}
}

func TestPercentRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Ratio(rapid.Uint64Range(0, uint64(maxRatio)).Draw(t, "ratio"))
		s := r.Percent()
		var got Ratio
		if err := got.UnmarshalText([]byte(s)); err != nil || got != r {
			t.Fatalf("%d is written %s and read as %d, %v", r, s, got, err)
		}
		if strings.Contains(s, ".") && strings.HasSuffix(s, "0") {
			t.Fatalf("%s ends in zeros", s)
		}
	})
}

func drawFraction(t *rapid.T) Fraction {
	whole := rapid.Int64Range(1, 10_000_000_000_000).Draw(t, "whole") // 300 years of milliseconds
	if rapid.Bool().Draw(t, "small") {
		whole = whole%1000 + 1
	}
	return Fraction{rapid.Int64Range(0, whole).Draw(t, "part"), whole}
}

func TestCompareIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFraction(t)
		r := Ratio(rapid.Uint64Range(0, uint64(maxRatio)).Draw(t, "ratio"))
		switch rapid.IntRange(0, 3).Draw(t, "near") { // near f, where rounding would tell
		case 0:
			q := new(big.Int).Mul(big.NewInt(f.Part), big.NewInt(int64(One)))
			r = Ratio(q.Div(q, big.NewInt(f.Whole)).Uint64())
		case 1:
			q := new(big.Int).Mul(big.NewInt(f.Part), big.NewInt(int64(One)))
			r = Ratio(q.Div(q, big.NewInt(f.Whole)).Uint64()) + 1
		}
		want := big.NewRat(f.Part, f.Whole).Cmp(big.NewRat(int64(r), int64(One)))
		if got := f.Compare(r); got != want {
			t.Fatalf("%v to %s %%: %d, want %d", f, r.Percent(), got, want)
		}
	})
}

func TestFractionPercentRounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, decimals := drawFraction(t), rapid.IntRange(0, 6).Draw(t, "decimals")
		want := new(big.Rat).Mul(big.NewRat(f.Part, f.Whole), big.NewRat(100, 1)).FloatString(decimals) // half away from zero
		if decimals > 0 {
			want = strings.TrimSuffix(strings.TrimRight(want, "0"), ".")
		}
		if got := f.Percent(decimals); got != want {
			t.Fatalf("%v to %d decimals: %s, want %s", f, decimals, got, want)
		}
	})
	if got := (Fraction{}).Percent(2); got != "" {
		t.Errorf("nothing to divide by: %q", got)
	}
	if (Fraction{}).Float() != 0 || (Fraction{1, 4}).Float() != 0.25 || (One/4).Float() != 0.25 {
		t.Error("Float")
	}
}

func TestOfRoundsDown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(-1000, 300*366*86400_000).Draw(t, "ms")) * time.Millisecond
		r := Ratio(rapid.Uint64Range(0, uint64(One)).Draw(t, "ratio"))
		if rapid.Bool().Draw(t, "over one") {
			r *= 100
		}
		want := new(big.Int).Mul(big.NewInt(max(0, d.Milliseconds())), new(big.Int).SetUint64(uint64(r)))
		want.Div(want, big.NewInt(int64(One)))
		if got := r.Of(d); got.Milliseconds() != want.Int64() && want.Int64() < 1<<43 {
			t.Fatalf("%s %% of %v is %v, want %v ms", r.Percent(), d, got, want)
		}
	})
}
