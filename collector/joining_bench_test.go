package collector

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// BenchmarkDependents takes a service down together with 2,000 that depend on
// it: us/dependent is the CPU time until each has its incident, as part of the
// one of the service below.
func BenchmarkDependents(b *testing.B) {
	const dependents = 2000
	dir := b.TempDir()
	benchCatalogue(b, dir+"/catalogue", dependents+1, oneObjective)
	onFirst(b, dir+"/catalogue/catalogue.yaml")
	clock := newClock(noon)
	c := openBench(b, dir, clock.now)
	defer c.undo.unwind()
	pos := uint64(1)
	var used time.Duration
	for b.Loop() {
		evaluated(b, c, clock, 0, dependents+1, 2, slo.Up, &pos)
		_, down := evaluated(b, c, clock, 0, dependents+1, 1, slo.Down, &pos)
		used += down
		whole, err := c.store.Incidents(context.Background(), sqlstore.IncidentFilter{Open: true, Whole: true})
		if err != nil || len(whole) != 1 {
			b.Fatalf("%d incidents that are part of none, %v", len(whole), err)
		}
		clock.advance(2 * c.catalog.current().Policy().Hold)
		evaluated(b, c, clock, 0, dependents+1, 1, slo.Up, &pos)
		clock.advance(2 * c.catalog.current().Policy().Hold)
	}
	b.ReportMetric(float64(used.Microseconds())/float64(b.N*dependents), "us/dependent")
}

// onFirst makes every service of a catalogue but the first depend on that one.
func onFirst(b *testing.B, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	all := strings.ReplaceAll(string(text), "spec: {up: ", "spec: {dependsOn: [s0000], up: ")
	all = strings.Replace(all, "spec: {dependsOn: [s0000], up: p0000}", "spec: {up: p0000}", 1)
	if err := os.WriteFile(file, []byte(all), 0o600); err != nil {
		b.Fatal(err)
	}
}
