package tsdb

import (
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// TestCompactionWaitsForAChunkFile: compaction begins only once this process
// has cut a chunk file, and looked at it twice; files that another process
// left do not count.
func TestCompactionWaitsForAChunkFile(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	<-s.Ready()
	look := func(want bool) {
		t.Helper()
		if err := s.Sync(); err != nil {
			t.Fatal(err)
		}
		if s.compact.allowed != want {
			t.Fatalf("compaction allowed: %t, want %t", s.compact.allowed, want)
		}
	}
	mustAppend(t, s, minutes(1, 60)...) // every third is late
	look(false)                         // no chunk is full
	mustAppend(t, s, minutes(61, 600)...)
	look(false) // the file is new
	look(true)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	s = open(t, dir, Options{})
	<-s.Ready()
	look(false)
	look(false) // the file of before does not count
	late := t0.Add(30 * time.Minute)
	for i := range 64 { // more than one chunk of late samples
		mustAppend(t, s, measured(uint64(601+i), late.Add(time.Duration(i)*time.Second), slo.Up))
	}
	look(false)
	look(true)
}
