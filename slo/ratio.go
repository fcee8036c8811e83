package slo

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// Ratio is an exact fraction of one in units of 1e-12. People write it in
// percent, so it carries ten decimals of a percent. Targets, coverage floors
// and credit tiers are ratios; they are compared with measured fractions by
// cross-multiplication and never pass through a float.
type Ratio uint64

// One is the ratio 1, that is 100 %.
const One Ratio = 1e12

const percentDecimals = 10 // 1 % is 1e10 units

// maxRatio bounds what ParsePercent takes: 10,000 %.
const maxRatio = 100 * One

// ParsePercent reads a plain decimal number of percent such as 99.95, at most
// ten decimals, 0 to 10000. It rounds nothing.
func ParsePercent(s string) (Ratio, error) {
	whole, frac, _ := strings.Cut(s, ".")
	if whole+frac == "" || !digits(whole) || !digits(frac) {
		return 0, fmt.Errorf("%q is not a percentage such as 99.95", s)
	}
	frac = strings.TrimRight(frac, "0")
	if len(frac) > percentDecimals {
		return 0, fmt.Errorf("%q has more than %d decimals", s, percentDecimals)
	}
	n, err := strconv.ParseUint(whole+frac+strings.Repeat("0", percentDecimals-len(frac)), 10, 64)
	if err != nil || Ratio(n) > maxRatio {
		return 0, fmt.Errorf("%q is more than 10000 percent", s)
	}
	return Ratio(n), nil
}

func digits(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// Percent is r in percent, as short as it is exact: "99.95".
func (r Ratio) Percent() string {
	const unit = 1e10
	s := strconv.FormatUint(uint64(r)/unit, 10)
	if f := uint64(r) % unit; f != 0 {
		s += "." + strings.TrimRight(fmt.Sprintf("%0*d", percentDecimals, f), "0")
	}
	return s
}

// Float is r as a float64, for graphs and labels only.
func (r Ratio) Float() float64 { return float64(r) / float64(One) }

// MarshalText is Percent.
func (r Ratio) MarshalText() ([]byte, error) { return []byte(r.Percent()), nil }

// UnmarshalText is ParsePercent.
func (r *Ratio) UnmarshalText(b []byte) error {
	p, err := ParsePercent(string(b))
	if err == nil {
		*r = p
	}
	return err
}

// Of returns d × r rounded down to the millisecond.
func (r Ratio) Of(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	hi, lo := bits.Mul64(uint64(d.Milliseconds()), uint64(r))
	q, _ := bits.Div64(hi, lo, uint64(One)) // d < 2^53 ms and r ≤ 100, so hi < One
	return time.Duration(q) * time.Millisecond
}

// Fraction is part ÷ whole, both non-negative counts (milliseconds, slices or
// measurements). With a Whole of 0 it says nothing: Valid is false.
type Fraction struct{ Part, Whole int64 }

// Valid reports whether there is something to divide by.
func (f Fraction) Valid() bool { return f.Whole > 0 }

// Compare is -1, 0 or +1 as f is below, at or above r, exactly. It must not
// be called on a fraction that is not Valid.
func (f Fraction) Compare(r Ratio) int {
	ph, pl := bits.Mul64(uint64(f.Part), uint64(One))
	wh, wl := bits.Mul64(uint64(f.Whole), uint64(r))
	switch {
	case ph != wh:
		return order(ph, wh)
	default:
		return order(pl, wl)
	}
}

// lost is so many times 1 - f, rounded down and at most one; times is 1 to
// MaxMultiple. It must not be called on a fraction that is not Valid.
func (f Fraction) lost(times int64) Ratio {
	part := uint64(f.Whole-f.Part) * uint64(times) // Whole < 2^53 x the weights of a composite
	if part >= uint64(f.Whole) {
		return One
	}
	hi, lo := bits.Mul64(part, uint64(One))
	q, _ := bits.Div64(hi, lo, uint64(f.Whole))
	return Ratio(q)
}

func order(a, b uint64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Float is f as a float64 between 0 and 1, for screens and graphs; it is 0
// where f is not Valid, so ask that first.
func (f Fraction) Float() float64 {
	if !f.Valid() {
		return 0
	}
	return float64(f.Part) / float64(f.Whole)
}
