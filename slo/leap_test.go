package slo

import (
	"testing"
	"time"
)

// On 31 December of leap years beyond a zone's tables the standard library
// gives bounds that end before they begin; the month must still be cut into
// few pieces and be whole.
func TestPiecesOnTheLastDayOfALeapYear(t *testing.T) {
	for _, name := range []string{"Europe/Berlin", "Australia/Lord_Howe", "America/Havana"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		v := Interval{At(time.Date(2040, 12, 30, 0, 0, 0, 0, time.UTC)), At(time.Date(2041, 1, 2, 0, 0, 0, 0, time.UTC))}
		n, at := 0, v.From
		for p := range pieces(v, zone) {
			if p.From != at {
				t.Fatalf("%s: a piece begins at %s, not %s", name, p.From, at)
			}
			at = p.To
			n++
		}
		if at != v.To || n > 300 {
			t.Errorf("%s: %d pieces up to %s", name, n, at)
		}
	}
}
