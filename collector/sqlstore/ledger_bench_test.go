package sqlstore

import (
	"fmt"
	"path/filepath"
	"testing"
)

// BenchmarkLogRows looks for few entries among many: those of one window and
// of one promise.
func BenchmarkLogRows(b *testing.B) {
	s, err := Open(b.Context(), filepath.Join(b.TempDir(), "records.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	const lot, lots = 1000, 50
	for l := range lots {
		subjects := make([]string, lot)
		for k := range subjects {
			subjects[k] = fmt.Sprintf("service-%03d/uptime/%04d", k, l)
		}
		all := batch(int64(l*lot), lot, subjects...)
		for k := range all.Records {
			all.Records[k] = make([]byte, 1500)
		}
		if err := s.AppendLog(b.Context(), all); err != nil {
			b.Fatal(err)
		}
	}
	for _, c := range []struct {
		name, subject string
		want          int
	}{
		{"window", "service-500/uptime/0040", 1},
		{"promise", "service-500/uptime/", lots},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if rows, err := s.LogRows(b.Context(), "seal", c.subject, 0, 1000); err != nil || len(rows) != c.want {
					b.Fatal(len(rows), err)
				}
			}
		})
	}
}
