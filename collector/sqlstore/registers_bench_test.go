package sqlstore

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/assay-sla/assay/slo"
)

// BenchmarkRegisterItems reads a page of a register that is full, and searches it.
func BenchmarkRegisterItems(b *testing.B) {
	s, err := Open(b.Context(), filepath.Join(b.TempDir(), "records.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	const lot = 1000
	for from := 0; from < slo.MaxRegisterItems; from += lot {
		var items []slo.RegisterItem
		for n := from; n < from+lot; n++ {
			e := slo.RegisterEvent{Act: slo.CreateItem, At: slo.Instant(n), Actor: "ada", Set: map[string]string{"title": fmt.Sprint("Slow on day ", n), "owner": "Ola"}, State: "received"}
			items = append(items, slo.RegisterItem{Register: "complaints", ID: fmt.Sprint("c-", n)}.Add(e))
		}
		size := int64(from / lot * (lot + 1))
		subjects := make([]string, lot+1)
		for k := range subjects {
			subjects[k] = "x"
		}
		if err := s.AddRegisterEvents(b.Context(), items, AuditEvent{Action: "register.import", Outcome: "allowed"}, batch(size, lot+1, subjects...)); err != nil {
			b.Fatal(err)
		}
	}
	for name, f := range map[string]RegisterFilter{
		"page": {Register: "complaints", States: []string{"received"}, Limit: 201}, "search": {Register: "complaints", Text: "day 9999", Limit: 201}, "all": {},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.RegisterItems(b.Context(), f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
