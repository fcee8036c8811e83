package collector

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// A start counts the measurements of many probes in one pass over the archive,
// and those of others that lie between them nowhere.
func TestRestartCountsMany(t *testing.T) {
	var catalogue strings.Builder
	for i := range fewCounted + 3 {
		method := "occurrences"
		if i == 2 {
			method = "time"
		}
		fmt.Fprintf(&catalogue, `---
apiVersion: assay/v1
kind: Probe
metadata: {name: p%02d}
spec: {every: 30s, tcp: {address: "x.example:1"}}
---
apiVersion: assay/v1
kind: Service
metadata: {name: s%02d}
spec: {up: p%02d}
---
apiVersion: assay/v1
kind: Agreement
metadata: {name: a%02d}
spec: {service: s%02d, objectives: [{name: o, target: 99, window: day, method: %s}]}
`, i, i, i, i, i, method)
	}
	w := newWorld(t, catalogue.String())
	w.run()
	var said []slo.Record
	for k := range 20 {
		for i := range fewCounted + 3 {
			outcome := slo.Up
			if (k+i)%7 == 0 {
				outcome = slo.Down
			}
			said = append(said, w.measure("eu-1", "eu", fmt.Sprintf("p%02d", i), noon.Add(time.Duration(k-30)*30*time.Second), outcome))
		}
	}
	w.push(said...)
	w.followed()
	w.same("before the restart")
	if n := len(w.c.engine().Counted()); n <= fewCounted {
		t.Fatalf("%d probes are counted", n)
	}
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	w.run()
	w.followed()
	w.same("after a restart")
}
