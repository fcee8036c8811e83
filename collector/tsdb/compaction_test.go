package tsdb

import (
	"errors"
	"fmt"
	"testing"
	"time"

	promtsdb "github.com/prometheus/prometheus/tsdb"

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

// TestBlockRange: samples that are far apart make few blocks where a block is
// long, and a store whose blocks are short goes on with them.
func TestBlockRange(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{BlockRange: 54 * time.Hour})
	<-s.Ready()
	const samples = 400 // an hour apart
	fill := func(from, to int) {
		for i := from; i < to; i++ {
			mustAppend(t, s, measured(uint64(i+1), t0.Add(time.Duration(i)*time.Hour), slo.Up))
		}
	}
	compacted := func() []promtsdb.BlockMeta {
		t.Helper()
		for range 2 { // looks
			if err := s.Compact(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		return s.db.BlockMetas()
	}
	fill(0, samples)
	blocks := compacted()
	if len(blocks) == 0 || len(blocks) > samples/54 {
		t.Errorf("%d blocks", len(blocks))
	}
	for _, b := range blocks {
		if d := time.Duration(b.MaxTime-b.MinTime) * time.Millisecond; d < 2*time.Hour || b.Stats.NumSamples < 54 {
			t.Errorf("a block of %s holds %d samples", d, b.Stats.NumSamples)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, Options{})
	<-s.Ready()
	fill(samples, samples+10)
	expect(t, s, `count_over_time(probe_success[30d])`, t0.Add((samples+10)*time.Hour), fmt.Sprint(samples+10))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Compact(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}
