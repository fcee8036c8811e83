package web

import (
	"testing"

	"github.com/assay-sla/assay/slo"
)

// TestUnacknowledged: only what is down is said to be down.
func TestUnacknowledged(t *testing.T) {
	w := words{english, englishTexts()}
	at := slo.Instant(3_600_000)
	for _, c := range []struct {
		i    slo.Incident
		want string
	}{
		{slo.Incident{Trigger: slo.ServiceDown, Service: "shop"}, "shop has been down for 1h, not acknowledged"},
		{slo.Incident{Trigger: slo.DrillFailed, Service: "shop"}, "shop: an incident has been open for 1h, not acknowledged"},
		{slo.Incident{Trigger: slo.AgentSilent, Summary: "The agent eu-1 is silent"}, "The agent eu-1 is silent: an incident has been open for 1h, not acknowledged"},
	} {
		if got := w.unacknowledged(&c.i, at); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
