package slo

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// Money is an amount of a currency in its smallest unit.
type Money struct {
	Amount   int64  // 0 to MaxMoney
	Currency string // ISO 4217
	Decimals int    // of the currency: 2 for EUR, 0 for JPY; at most 4
}

// MaxMoney bounds an amount, in the smallest unit.
const MaxMoney = 1e15

// ParseMoney reads a plain decimal number such as 1250 or 99.90, with at most
// as many decimals as the currency has. It rounds nothing.
func ParseMoney(s, currency string, decimals int) (Money, error) {
	whole, frac, point := strings.Cut(s, ".")
	if whole == "" || !digits(whole) || !digits(frac) || point && frac == "" {
		return Money{}, fmt.Errorf("%q is not an amount such as 1250 or 99.90", s)
	}
	if len(frac) > decimals {
		return Money{}, fmt.Errorf("%q has more than the %d decimals of %s", s, decimals, currency)
	}
	n, err := strconv.ParseInt(whole+frac+strings.Repeat("0", decimals-len(frac)), 10, 64)
	if err != nil || n > MaxMoney {
		return Money{}, fmt.Errorf("%q is too large an amount", s)
	}
	return Money{n, currency, decimals}, nil
}

// Number is the amount as a decimal number, with all decimals of the currency.
func (m Money) Number() string {
	s := strconv.FormatInt(m.Amount, 10)
	if m.Decimals == 0 {
		return s
	}
	if n := m.Decimals + 1 - len(s); n > 0 {
		s = strings.Repeat("0", n) + s
	}
	return s[:len(s)-m.Decimals] + "." + s[len(s)-m.Decimals:]
}

// String is the number and the currency: 125.00 EUR.
func (m Money) String() string { return m.Number() + " " + m.Currency }

// Share is r of m, rounded half up to the smallest unit.
func (m Money) Share(r Ratio) Money {
	hi, lo := bits.Mul64(uint64(m.Amount), uint64(r))
	lo, carry := bits.Add64(lo, uint64(One)/2, 0)
	q, _ := bits.Div64(hi+carry, lo, uint64(One)) // m ≤ 1e15 and r ≤ 100, so the quotient fits
	m.Amount = int64(q)
	return m
}
