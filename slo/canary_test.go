package slo_test

import (
	"testing"

	"github.com/assay-sla/assay/slo"
)

// FuzzReadCanary reads what any target may say: what is read is written as it can
// be read again.
func FuzzReadCanary(f *testing.F) {
	for _, s := range []string{"", "canary ", "canary 2026-10-01T11:00:00Z", "canary 2026-10-01T11:00:00.5+02:00 of a", "canary  2026-10-01T11:00:00Z", "Canary 2026-10-01T11:00:00Z"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		at, ok := slo.ReadCanary(s)
		if !ok {
			return
		}
		if again, ok := slo.ReadCanary(slo.CanaryEvidence(at)); !ok || again != at {
			t.Errorf("%q is %s, and then %s", s, at, again)
		}
	})
}
