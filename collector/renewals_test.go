package collector

import (
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// An agent renews ten times within a day, whatever others do, and again the
// next day.
func TestRenewals(t *testing.T) {
	var r renewals
	at := slo.At(time.Date(2026, 10, 15, 12, 0, 0, 0, time.UTC))
	for i := range maxRenewals {
		if !r.take("eu-1", at.Add(time.Duration(i)*time.Hour)) {
			t.Fatalf("renewal %d is refused", i+1)
		}
	}
	if r.take("eu-1", at.Add(23*time.Hour)) {
		t.Error("one more is not")
	}
	if !r.take("us-1", at.Add(23*time.Hour)) {
		t.Error("another agent pays for it")
	}
	if !r.take("eu-1", at.Add(24*time.Hour)) {
		t.Error("the next day is refused as well")
	}
}
