package slo

import (
	"fmt"
	"math"
	"strconv"
)

// MaxQuantity bounds the magnitude of a Quantity, so that sums, slopes and
// squares of a few of them stay finite.
const MaxQuantity = 1e30

// Quantity is so much of something in its resource's unit: a finite number of
// magnitude at most MaxQuantity. The zero value is none of it.
type Quantity struct{ v float64 }

// NewQuantity returns v as a Quantity; what is not a number, infinite or
// beyond MaxQuantity is an error.
func NewQuantity(v float64) (Quantity, error) {
	if math.IsNaN(v) || math.Abs(v) > MaxQuantity {
		return Quantity{}, fmt.Errorf("%v is not a number between -1e30 and 1e30", v)
	}
	return Quantity{v + 0}, nil // + 0 turns -0 into 0
}

// ParseQuantity reads a decimal number such as 0.85 or 2e12.
func ParseQuantity(s string) (Quantity, error) {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return Quantity{}, fmt.Errorf("%q is not a number such as 0.85 or 2e12", s)
	}
	return NewQuantity(v)
}

// Float is q as a float64, always finite.
func (q Quantity) Float() float64 { return q.v }

// String is q as short as it is exact: 0.85, 2000000000000, 1e+25.
func (q Quantity) String() string {
	if a := math.Abs(q.v); a != 0 && (a < 1e-6 || a >= 1e21) {
		return strconv.FormatFloat(q.v, 'g', -1, 64)
	}
	return strconv.FormatFloat(q.v, 'f', -1, 64)
}

// Short is q as people read it, with three digits or so: 0.85, 12.3, 1.50 T.
func (q Quantity) Short() string {
	for _, u := range []struct {
		from, size float64
		name       string
	}{{1e15, 1e15, " P"}, {1e12, 1e12, " T"}, {1e9, 1e9, " G"}, {1e6, 1e6, " M"}, {1e4, 1e3, " k"}} {
		if v := q.v / u.size; math.Abs(q.v) >= u.from {
			return strconv.FormatFloat(v, 'f', decimals(v), 64) + u.name
		}
	}
	return strconv.FormatFloat(q.v, 'f', decimals(q.v), 64)
}

// decimals is how many decimals a number is shown with.
func decimals(v float64) int {
	switch a := math.Abs(v); {
	case a >= 100 || a == math.Trunc(a):
		return 0
	case a >= 10:
		return 1
	}
	return 2
}

// MarshalJSON is a JSON number.
func (q Quantity) MarshalJSON() ([]byte, error) { return []byte(q.String()), nil }

// UnmarshalJSON reads a JSON number within the bounds of NewQuantity.
func (q *Quantity) UnmarshalJSON(b []byte) error {
	p, err := ParseQuantity(string(b))
	if err == nil {
		*q = p
	}
	return err
}
