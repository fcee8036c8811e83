package archive

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/assay-sla/assay/slo"
)

// dayReader is what Reader and Snapshot have in common.
type dayReader interface {
	EachDay(context.Context, Query, func(DayRead) error, func(slo.Entry) error) error
}

// readDays writes down what a reader says of a query: each day with its files,
// and under it its entries by position.
func readDays(t rapid.TB, r dayReader, q Query) []string {
	t.Helper()
	var out []string
	var positions []string
	end := func() {
		slices.Sort(positions) // files of a day come in no order
		out, positions = append(out, positions...), nil
	}
	err := r.EachDay(context.Background(), q, func(d DayRead) error {
		end()
		out = append(out, fmt.Sprint(d.Day, d.Files))
		return nil
	}, func(e slo.Entry) error {
		positions = append(positions, fmt.Sprintf("%06d %s %s %s", e.Pos, e.Agent, e.Measurement.Probe, e.At()))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	end()
	return out
}

// TestSnapshotReads holds what a snapshot says against the reader, with room for
// all days, for some of them and for none, on days that are merged and not.
func TestSnapshotReads(t *testing.T) {
	a := open(t, t.TempDir(), Options{FlushRows: 700})
	must(t, a.Append(append(zoo(), fleet(8, 4000, 40, t0+hour, 1_800_000)...)))
	must(t, a.Flush())
	_, err := a.Compact(context.Background(), t0+48*hour) // the later days stay in chunks
	must(t, err)
	must(t, a.Append(fleet(a.Next(), 100, 40, t0+3*hour, 3_600_000))) // late
	must(t, a.Flush())
	probe := rapid.SampledFrom([]string{"probe-0000", "probe-0039", "web", "none"})
	rapid.Check(t, func(t *rapid.T) {
		s, err := a.Reader().Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		s.room = rapid.SampledFrom([]int64{0, 2000, keptRows}).Draw(t, "room")
		for range 4 {
			q := Query{
				From:     t0 + slo.Instant(rapid.IntRange(-1, 60).Draw(t, "from"))*hour,
				To:       t0 + slo.Instant(rapid.IntRange(0, 70).Draw(t, "to"))*hour + 1,
				Probe:    probe.Draw(t, "probe"),
				Location: rapid.SampledFrom([]string{"", "", "eu", "us"}).Draw(t, "location"),
				Agent:    rapid.SampledFrom([]string{"", "", "agent-1"}).Draw(t, "agent"),
				Kinds:    rapid.SampledFrom([]Kinds{0, Measurements, Readings}).Draw(t, "kinds"),
				Since:    uint64(rapid.SampledFrom([]int{0, 0, 900, 4050}).Draw(t, "since")),
				Before:   uint64(rapid.SampledFrom([]int{0, 0, 950, 4060}).Draw(t, "before")),
			}
			if d := gocmp.Diff(readDays(t, a.Reader(), q), readDays(t, s, q)); d != "" {
				t.Fatalf("%+v with room for %d rows (-reader +snapshot):\n%s", q, s.room, d)
			}
		}
	})
}

// TestSnapshotBegins is where the archive does.
func TestSnapshotBegins(t *testing.T) {
	a := open(t, t.TempDir(), Options{})
	s, err := a.Reader().Snapshot()
	must(t, err)
	if s.Begins() != slo.MaxInstant {
		t.Errorf("an empty archive begins at %s", s.Begins())
	}
	must(t, a.Append(fleet(1, 90, 1, t0, hour)))
	must(t, a.Flush())
	s, err = a.Reader().Snapshot()
	must(t, err)
	if b := s.Begins(); b < t0 || b > t0+20 {
		t.Errorf("it begins at %s", b)
	}
}

// TestSnapshotOfOneCommit: what comes later is not in it, and a merge meanwhile
// does no harm.
func TestSnapshotOfOneCommit(t *testing.T) {
	a := open(t, t.TempDir(), Options{FlushRows: 50})
	must(t, a.Append(fleet(1, 400, 4, t0, 600_000)))
	must(t, a.Flush())
	q := Query{Probe: "probe-0001"}
	s, err := a.Reader().Snapshot()
	must(t, err)
	before := readDays(t, s, q)
	must(t, a.Append(fleet(401, 40, 4, t0, 600_000)))
	must(t, a.Flush())
	if d := gocmp.Diff(before, readDays(t, s, q)); d != "" {
		t.Errorf("another commit shows (-before +after):\n%s", d)
	}
	s, err = a.Reader().Snapshot()
	must(t, err)
	_, err = a.Compact(context.Background(), t0+1000*hour)
	must(t, err)
	if got := len(readDays(t, s, q)); got != 110+1 { // the day
		t.Errorf("%d lines after a merge", got)
	}
}

// TestSnapshotOfDamage: damage stops who needs what is damaged, as it does
// without a snapshot.
func TestSnapshotOfDamage(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir, Options{})
	must(t, a.Append(append(fleet(1, 10, 1, t0, hour), fleet(11, 10, 1, t0+48*hour, hour)...)))
	must(t, a.Flush())
	s, err := a.Reader().Snapshot()
	must(t, err)
	files, err := filepath.Glob(filepath.Join(dir, "2026-10-03", "*.parquet"))
	must(t, err)
	must(t, os.Truncate(files[0], 10))
	if got := readDays(t, s, Query{Probe: "probe-0000", To: t0 + 24*hour}); len(got) != 11 {
		t.Errorf("the whole day has %d lines", len(got))
	}
	err = s.EachDay(context.Background(), Query{Probe: "probe-0000"}, func(DayRead) error { return nil }, func(slo.Entry) error { return nil })
	if err == nil {
		t.Error("damage went unnoticed")
	}
}

// TestSnapshotOfLongEvidence: what agents say at length takes the room of several
// rows, and a day that is worth more than there is room for is read as ever.
func TestSnapshotOfLongEvidence(t *testing.T) {
	a := open(t, t.TempDir(), Options{})
	list := fleet(1, 900, 3, t0, 1000)
	for i := range list {
		list[i].Measurement.Evidence = fmt.Sprintf("%01000d", i)
	}
	must(t, a.Append(list))
	must(t, a.Flush())
	q := Query{Probe: "probe-0001"}
	for room, want := range map[int64]int64{2699: 0, 2700: 2700} { // three rows each
		s, err := a.Reader().Snapshot()
		must(t, err)
		s.room = room
		if d := gocmp.Diff(readDays(t, a.Reader(), q), readDays(t, s, q)); d != "" || s.rows != want {
			t.Errorf("with room for %d rows it keeps %d (-reader +snapshot):\n%s", room, s.rows, d)
		}
	}
}
