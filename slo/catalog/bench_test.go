package catalog_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/assay-sla/assay/slo/catalog"
)

// BenchmarkParse reads a fleet: 1,000 probes, each with a service and an
// agreement of its own.
func BenchmarkParse(b *testing.B) {
	var text strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&text, `---
apiVersion: assay/v1
kind: Probe
metadata: {name: p%[1]d}
spec: {every: 30s, locations: {from: [eu, us, ap]}, http: {url: "https://p%[1]d.example/health", status: [200]}}
---
apiVersion: assay/v1
kind: Service
metadata: {name: s%[1]d}
spec: {up: p%[1]d}
---
apiVersion: assay/v1
kind: Agreement
metadata: {name: a%[1]d}
spec: {service: s%[1]d, timezone: Europe/Berlin, objectives: [{name: availability, target: 99.9, window: month}]}
`, i)
	}
	sources := []catalog.Source{{Name: "fleet.yaml", Data: []byte(text.String())}}
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		if _, problems := catalog.Parse(sources); len(problems) > 0 {
			b.Fatal(problems)
		}
	}
}
