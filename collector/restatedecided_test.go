package collector

import (
	"fmt"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// An exclusion moves the sealed windows that it touches, and those behind them
// that share a cap with them; none that is not sealed.
func TestMovedWindows(t *testing.T) {
	day := func(d int) slo.Instant { return slo.At(time.Date(2026, 10, d, 0, 0, 0, 0, time.UTC)) }
	daily := slo.Objective{Name: "day", Window: slo.Window{Period: slo.Day}}
	credits := &slo.Credits{Objective: "day", Cap: &slo.CreditCap{Per: slo.Week}} // the 5th is a Monday
	for _, c := range []struct {
		name     string
		terms    slo.Agreement
		o        slo.Objective
		from, to slo.Instant
		cause    slo.ExclusionCause
		sealed   int // up to this day
		want     string
	}{
		{"a part of a day", slo.Agreement{}, daily, day(6).Add(time.Hour), day(6).Add(2 * time.Hour), slo.ForceMajeure, 20, "6"},
		{"a day", slo.Agreement{}, daily, day(6), day(7), slo.ForceMajeure, 20, "6"},
		{"over midnight", slo.Agreement{}, daily, day(7) - 1, day(7) + 1, slo.ForceMajeure, 20, "6 7"},
		{"as far as is sealed", slo.Agreement{}, daily, day(6), day(20), slo.ForceMajeure, 8, "6 7"},
		{"nothing is sealed", slo.Agreement{}, daily, day(6), day(20), slo.ForceMajeure, 0, ""},
		{"a cap of credits", slo.Agreement{Credits: credits}, daily, day(6), day(7), slo.ForceMajeure, 20, "6 7 8 9 10 11"},
		{"a cap on another objective", slo.Agreement{Credits: credits}, slo.Objective{Name: "d", Window: daily.Window}, day(6), day(7), slo.ForceMajeure, 20, "6"},
		{"a cap of maintenance", slo.Agreement{MaintenanceCap: &slo.MaintenanceCap{Per: slo.Week}}, daily, day(9), day(10), slo.LateMaintenance, 20, "9 10 11"},
		{"which others do not spend", slo.Agreement{MaintenanceCap: &slo.MaintenanceCap{Per: slo.Week}}, daily, day(9), day(10), slo.ForceMajeure, 20, "9"},
	} {
		c.terms.Name, c.terms.Zone = "gold", time.UTC
		p := standing{agreement: &c.terms, objective: &c.o}
		if c.sealed > 0 {
			p.last = day(c.sealed)
		}
		got := ""
		for i, w := range p.moved(&slo.ExclusionRequest{Interval: slo.Interval{From: c.from, To: c.to}, Cause: c.cause}) {
			if i > 0 {
				got += " "
			}
			got += fmt.Sprint(w.From.Time().Day())
		}
		if got != c.want {
			t.Errorf("%s: it moves %q, want %q", c.name, got, c.want)
		}
	}
}
