package demo

import (
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkYear builds the whole demo: what `assay demo` does.
func BenchmarkYear(b *testing.B) {
	until := time.Date(2026, 11, 30, 16, 0, 0, 0, time.UTC)
	for b.Loop() {
		o := Options{Dir: filepath.Join(b.TempDir(), "demo"), Seed: 1, Months: Months, Until: until, Version: "test", Progress: func(string, int64, int64) {}}
		if err := Build(b.Context(), o); err != nil {
			b.Fatal(err)
		}
	}
}
