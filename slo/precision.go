package slo

import "strings"

// maxDecimals is the most that Fraction.Percent writes.
const maxDecimals = 6

// Decimals is how many decimals of a percentage the evidence behind it
// carries: as many as leave one step of the evidence (a probe's interval, a
// slice, one measurement) no smaller than the last digit. step and whole are
// in one unit; the result is 0 to 6.
func Decimals(step, whole int64) int {
	d := 0
	for scaled := 100 * step; d < maxDecimals && scaled > 0 && scaled*10 <= whole; d++ {
		scaled *= 10
	}
	return d
}

// Figure is f in percent for people: rounded to the decimals given, with
// trailing zeros, and with more decimals, up to six, where fewer would carry
// it to the target, to 100 or to 0 though it is not there. It is "" where f is
// not Valid.
func (f Fraction) Figure(decimals int, target Ratio) string {
	if !f.Valid() {
		return ""
	}
	for d := min(decimals, maxDecimals); ; d++ {
		s := f.Percent(d)
		r, err := ParsePercent(s)
		if err != nil || f.sides(r, target) {
			return pad(s, d)
		}
		if d == maxDecimals {
			return pad(f.away(r).Percent(), d)
		}
	}
}

// away is r moved by one last digit to f's side of it, for an r that rounding
// carried onto a mark.
func (f Fraction) away(r Ratio) Ratio {
	const lastDigit = One / 1e8 // 0.000001 %
	if f.Compare(r) < 0 {
		return r - lastDigit
	}
	return r + lastDigit
}

// sides reports whether r lies on the same side of the target, of 0 and of
// 100 % as f.
func (f Fraction) sides(r, target Ratio) bool {
	if (f.Compare(target) >= 0) != (r >= target) {
		return false
	}
	for _, mark := range [2]Ratio{0, One} {
		if (f.Compare(mark) == 0) != (r == mark) {
			return false
		}
	}
	return true
}

// pad adds the trailing zeros that Percent leaves out.
func pad(s string, decimals int) string {
	if decimals == 0 {
		return s
	}
	whole, frac, _ := strings.Cut(s, ".")
	return whole + "." + frac + strings.Repeat("0", decimals-len(frac))
}
