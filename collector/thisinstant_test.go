package collector

import (
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// A measurement may come at the very instant that it is of: what it says has no
// length yet. It has its incident a moment later, not with the next one.
func TestDownOfThisInstant(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	w.run()
	w.push(w.measure("eu-1", "eu", "db", w.clock.now()-60_000, slo.Up))
	w.push(w.measure("eu-1", "eu", "db", w.clock.now(), slo.Down))
	w.followed()
	w.clock.advance(time.Second)
	if i := w.find(slo.ServiceDown, slo.Detected); i.Began != noon || i.Detected != noon.Add(time.Second) || len(i.Causes) != 1 {
		t.Errorf("%+v", i)
	}
}
