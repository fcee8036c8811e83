package collector

import (
	"context"
	"testing"
	"time"

	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/slo"
)

const seatedCatalogue = `
apiVersion: assay/v1
kind: Probe
metadata: {name: web}
spec: {every: 10s, locations: {from: {locations: {names: [eu]}, agents: {any: 1, match: {tier: [a]}}}}, tcp: {address: "127.0.0.1:9"}}
---
apiVersion: assay/v1
kind: Service
metadata: {name: shop}
spec: {up: web}
`

// TestPlansOfSeatsAreFar has an agent change its labels with each request: a
// plan of seats, which is costly, is made for the first, and the next one when a
// second has passed.
func TestPlansOfSeatsAreFar(t *testing.T) {
	w := newWorld(t, seatedCatalogue)
	c := w.open() // and not run, so that nothing else looks at the plan
	t.Cleanup(func() { _ = c.undo.unwind() })
	asks := func(tier string) int {
		t.Helper()
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // the answer is wanted at once
		as, err := c.agents.assignment(ctx, push.AssignmentRequest{Agent: "eu-1", Location: "eu", Labels: map[string]string{"tier": tier}})
		if err != nil {
			t.Fatal(err)
		}
		return len(as.Seats)
	}
	w.clock.advance(time.Minute)
	if n := asks("a"); n != 1 {
		t.Fatalf("%d seats: a plan is made for who is new", n)
	}
	first := slo.Instant(c.agents.planned.Load())
	for n := range 50 {
		w.clock.advance(time.Millisecond)
		asks(string(rune('a' + n%2)))
	}
	if at := slo.Instant(c.agents.planned.Load()); at != first {
		t.Errorf("another plan was made %s after the first", at.Sub(first))
	}
	w.clock.advance(reseatEvery)
	asks("b")
	if at := slo.Instant(c.agents.planned.Load()); at != w.clock.now() {
		t.Errorf("no plan was made after %s", w.clock.now().Sub(first))
	}
}
