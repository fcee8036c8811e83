package tsdb

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	promtsdb "github.com/prometheus/prometheus/tsdb"

	"github.com/assay-sla/assay/slo"
)

var update = flag.Bool("update", false, "write the golden files anew")

// t0 is when the tests' measurements begin.
var t0 = slo.At(time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC))

func targets(probe string) (kind, target string, ok bool) {
	kind, _, _ = strings.Cut(probe, "-")
	switch kind {
	case "http":
		return kind, "https://" + probe + ".example/", true
	case "tcp", "tls", "icmp", "dns":
		return kind, probe + ".example", true
	}
	return "", "", false
}

// open opens a store that is closed when the test ends.
func open(t testing.TB, dir string, o Options) *Store {
	t.Helper()
	if o.Target == nil {
		o.Target = targets
	}
	s, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	<-s.Ready()
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// measured is a journal entry of an http probe, received on time.
func measured(pos uint64, at slo.Instant, outcome slo.State) slo.Entry {
	return slo.Entry{Pos: pos, Received: at, Record: slo.Record{
		ID: slo.ID{Agent: "eu-1", Epoch: "e", Seq: pos},
		Measurement: &slo.Measurement{
			Probe: "http-web", Location: "eu", At: at, Outcome: outcome, Latency: 120 * time.Millisecond,
		},
	}}
}

func mustAppend(t testing.TB, s *Store, entries ...slo.Entry) {
	t.Helper()
	aside, err := s.Append(t.Context(), entries)
	if err != nil {
		t.Fatal(err)
	}
	if len(aside) > 0 {
		t.Fatalf("set aside: %v", aside[0].Err)
	}
}

// answer is the one number that a query answers, or "none" or "many".
func answer(t testing.TB, s *Store, expr string, at slo.Instant) string {
	t.Helper()
	r, err := s.Query(t.Context(), expr, at)
	if err != nil {
		t.Fatal(err)
	}
	switch len(r) {
	case 0:
		return "none"
	case 1:
		return fmt.Sprint(r[0].Points[0].Value)
	}
	return "many"
}

func expect(t testing.TB, s *Store, expr string, at slo.Instant, want string) {
	t.Helper()
	if got := answer(t, s, expr, at); got != want {
		t.Errorf("%s at %s = %s, want %s", expr, at, got, want)
	}
}

// counts are the entries by result, without those that are 0.
func counts(t testing.TB, s *Store) map[string]int {
	t.Helper()
	fs, err := s.Metrics().Gather()
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]int{}
	for _, f := range fs {
		if f.GetName() != "assay_tsdb_entries_total" {
			continue
		}
		for _, c := range f.GetMetric() {
			if v := c.GetCounter().GetValue(); v > 0 {
				m[c.GetLabel()[0].GetValue()] = int(v)
			}
		}
	}
	return m
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got):\n%s", path, d)
	}
}

func TestOptionsThatContradict(t *testing.T) {
	ok := Options{Target: targets}
	for name, c := range map[string]struct {
		change func(*Options)
		want   string // "" is no error
	}{
		"defaults":                    {func(*Options) {}, ""},
		"no target":                   {func(o *Options) { o.Target = nil }, "target is missing"},
		"window as long as the queue": {func(o *Options) { o.QueueAge, o.OutOfOrderWindow = 24*time.Hour, 24*time.Hour }, "out-of-order window of 24h0m0s must exceed the 24h0m0s"},
		"window of the default queue": {func(o *Options) { o.OutOfOrderWindow = time.Hour }, "must exceed the 168h0m0s"},
		"window long enough":          {func(o *Options) { o.QueueAge, o.OutOfOrderWindow = time.Hour, time.Hour+ahead }, ""},
		"negative retention":          {func(o *Options) { o.Retention = -1 }, "retention is negative"},
		"negative bytes":              {func(o *Options) { o.MaxBytes = -1 }, "byte bound is negative"},
		"foreign family":              {func(o *Options) { o.Families = []Family{{Name: "up"}} }, `family "up"`},
		"blocks of a week":            {func(o *Options) { o.BlockRange = 162 * time.Hour }, ""},
		"blocks of four hours":        {func(o *Options) { o.BlockRange = 4 * time.Hour }, "a block range of 4h0m0s is not 2h0m0s times a power of three"},
		"short blocks":                {func(o *Options) { o.BlockRange = 40 * time.Minute }, "a block range of 40m0s"},
		"negative blocks":             {func(o *Options) { o.BlockRange = -1 }, "a block range of -1ns"},
		"unknown detail":              {func(o *Options) { o.Series = 7 }, "neither essential nor all"},
	} {
		o := ok
		c.change(&o)
		_, err := o.withDefaults()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if _, err := Open(filepath.Join(t.TempDir(), "x"), Options{}); err == nil {
		t.Error("opened without a target function")
	}
}

func TestDetail(t *testing.T) {
	for _, want := range []Detail{Essential, All} {
		var d Detail
		if err := d.UnmarshalText([]byte(want.String())); err != nil || d != want {
			t.Errorf("%s reads as %s, %v", want, d, err)
		}
	}
	var d Detail
	if d.UnmarshalText([]byte("some")) == nil {
		t.Error("some is a detail")
	}
	if DetailFor(1000) != All || DetailFor(1001) != Essential {
		t.Error("the default does not change after 1,000 probes")
	}
}

func TestFolderInUse(t *testing.T) {
	dir := t.TempDir()
	open(t, dir, Options{})
	second, err := Open(dir, Options{Target: targets})
	if err != nil {
		t.Fatal(err)
	}
	<-second.Ready()
	if err := second.Err(); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("a second store in one folder: %v", err)
	}
	if _, err := second.Append(t.Context(), []slo.Entry{measured(1, t0, slo.Up)}); err == nil {
		t.Error("appended to a store that did not load")
	}
	if _, err := second.Query(t.Context(), "1", t0); err == nil {
		t.Error("queried a store that did not load")
	}
	if err := errors.Join(second.Sync(), second.Close()); err != nil {
		t.Error(err)
	}
}

// TestWhileLoading holds a store in the state before its database is there.
func TestWhileLoading(t *testing.T) {
	s := &Store{loaded: make(chan struct{})}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Append(ctx, []slo.Entry{measured(1, t0, slo.Up)}); !errors.Is(err, context.Canceled) {
		t.Errorf("Append: %v", err)
	}
	if _, err := s.Query(ctx, "1", t0); !errors.Is(err, context.Canceled) {
		t.Errorf("Query: %v", err)
	}
	if _, err := s.Querier(0, 1); !errors.Is(err, promtsdb.ErrNotReady) {
		t.Errorf("Querier: %v", err)
	}
	if err := s.Foreign().Appender(ctx).Commit(); !errors.Is(err, promtsdb.ErrNotReady) {
		t.Errorf("a foreign transaction: %v", err)
	}
	if err := errors.Join(s.Err(), s.Sync()); err != nil {
		t.Error(err)
	}
}

func TestCloseTwiceAndAfter(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	mustAppend(t, s, measured(1, t0, slo.Up))
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Append(t.Context(), []slo.Entry{measured(2, t0, slo.Up)}); !errors.Is(err, ErrClosed) {
		t.Errorf("Append: %v", err)
	}
	if err := s.AppendSamples(t.Context(), t0, []slo.Sample{{Name: "assay_x"}}); !errors.Is(err, ErrClosed) {
		t.Errorf("AppendSamples: %v", err)
	}
	if _, err := s.Query(t.Context(), "probe_success", t0); !errors.Is(err, ErrClosed) {
		t.Errorf("Query: %v", err)
	}
	if _, err := s.Metrics().Gather(); err != nil {
		t.Errorf("metrics: %v", err)
	}
}

func TestDrainWaitsForUsers(t *testing.T) {
	var u users
	if !u.enter() {
		t.Fatal("nobody may enter")
	}
	if u.drain(time.Millisecond) {
		t.Error("drained with a user inside")
	}
	if u.enter() {
		t.Error("entered while draining")
	}
	u.leave()
	if !u.drain(time.Minute) {
		t.Error("not drained though all have left")
	}
}

// TestConcurrentUse is for the race detector.
func TestConcurrentUse(t *testing.T) {
	s := open(t, t.TempDir(), Options{Series: All})
	var all sync.WaitGroup
	do := func(f func(i int) error) {
		all.Go(func() {
			for i := range 50 {
				if err := f(i); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	do(func(i int) error {
		_, err := s.Append(t.Context(), []slo.Entry{measured(uint64(i+1), t0.Add(time.Duration(i)*time.Second), slo.Up)})
		return err
	})
	do(func(i int) error {
		return s.AppendSamples(t.Context(), t0.Add(time.Duration(i)*time.Second), []slo.Sample{{Name: "assay_x", Value: 1}})
	})
	do(func(int) error { _, err := s.Query(t.Context(), "sum(probe_success)", t0); return err })
	do(func(int) error { return s.Sync() })
	do(func(int) error { s.Next(); return nil })
	all.Wait()
	expect(t, s, "count_over_time(probe_success[2m])", t0.Add(time.Minute), "50")
}
