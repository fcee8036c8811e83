package archive

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"pgregory.net/rapid"

	"github.com/assay-sla/assay/slo"
)

// meant is Query by its definition.
func meant(q Query, e slo.Entry) bool {
	k := keyOf(&e)
	kind := map[string]Kinds{kindMeasurement: Measurements, kindReadings: Readings, kindGap: Gaps}[k.kind]
	return (q.From == 0 || e.At() >= q.From) && (q.To == 0 || e.At() < q.To) &&
		(q.Probe == "" || k.probe == q.Probe) && (q.Location == "" || k.location == q.Location) &&
		(q.Agent == "" || e.Agent == q.Agent) && (q.Kinds == 0 || q.Kinds&kind != 0) &&
		e.Pos >= q.Since && (q.Before == 0 || e.Pos < q.Before)
}

// TestQueries holds pruned reading against a filter over everything, on
// several pages, row groups, chunks and days, merged and not.
func TestQueries(t *testing.T) {
	a := open(t, t.TempDir(), Options{FlushRows: 8_000})
	es := append(zoo(), fleet(8, 18_000, 70, t0+hour, 300_000)...)
	must(t, a.Append(es))
	must(t, a.Flush())
	must(t, a.Append(fleet(a.Next(), 500, 70, t0+3*hour, 120_000)))
	must(t, a.Flush())
	_, err := a.Compact(context.Background(), t0+40*hour) // the first day; others stay in chunks
	must(t, err)
	all := read(t, a.Reader(), Query{})
	if len(all) != 18_507 {
		t.Fatalf("%d entries", len(all))
	}
	rapid.Check(t, func(t *rapid.T) {
		instant := func(name string) slo.Instant {
			return slo.Instant(rapid.SampledFrom([]int64{0, int64(t0), int64(t0 + hour), int64(t0 + 20*hour + 7), int64(t0 + 30*hour), int64(t0 + 99*hour)}).Draw(t, name))
		}
		q := Query{
			From: instant("from"), To: instant("to"),
			Probe:    rapid.SampledFrom([]string{"", "probe-0000", "probe-0042", "web", "none"}).Draw(t, "probe"),
			Location: rapid.SampledFrom([]string{"", "", "eu", "us", "mars"}).Draw(t, "location"),
			Agent:    rapid.SampledFrom([]string{"", "", "agent-1", "eu-2"}).Draw(t, "agent"),
			Kinds:    Kinds(rapid.IntRange(0, 7).Draw(t, "kinds")),
			Since:    uint64(rapid.SampledFrom([]int{0, 0, 1, 9_000, 18_200}).Draw(t, "since")),
			Before:   uint64(rapid.SampledFrom([]int{0, 0, 1, 9_100, 18_300}).Draw(t, "before")),
		}
		var want, got []uint64
		for _, e := range all {
			if meant(q, e) {
				want = append(want, e.Pos)
			}
		}
		for e, err := range a.Reader().Entries(context.Background(), q) {
			must2(t, err)
			got = append(got, e.Pos)
		}
		slices.Sort(want)
		slices.Sort(got)
		if d := gocmp.Diff(want, got); d != "" {
			t.Fatalf("%+v (-want +got):\n%s", q, d)
		}
	})
}

// One probe of many costs few rows: the others are not decoded.
func TestPruning(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir, Options{})
	must(t, a.Append(fleet(1, 50_000, 1000, t0, 60_000)))
	must(t, a.Flush())
	files, _, err := a.Reader().Files("2026-10-01")
	must(t, err)
	f, err := openFile(filepath.Join(dir, "2026-10-01", files[0].name()), files[0])
	must(t, err)
	defer f.close()
	var rows int64
	for _, g := range f.pq.RowGroups() {
		spans, err := Query{Probe: "probe-0500"}.spans(g)
		must(t, err)
		for _, s := range spans {
			rows += s.to - s.from
		}
	}
	if rows != 50 {
		t.Errorf("%d rows are decoded for 50", rows)
	}
}

// Reading goes on while days are merged: each entry comes once.
func TestReadingBesideMerging(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir, Options{FlushRows: 25})
	const n = 300
	must(t, a.Append(fleet(1, n, 5, t0, hour)))
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() {
		for range 3 {
			if _, err := a.Compact(context.Background(), t0+10_000*hour); err != nil {
				t.Error(err)
			}
			if err := a.Append(fleet(a.Next(), 50, 5, t0, 24*hour)); err != nil { // late rows for ten days
				t.Error(err)
			}
		}
	})
	for range 5 {
		r, err := OpenReader(dir)
		must(t, err)
		seen := map[uint64]bool{}
		for e, err := range r.Entries(context.Background(), Query{}) {
			must(t, err)
			if seen[e.Pos] {
				t.Fatalf("position %d comes twice", e.Pos)
			}
			seen[e.Pos] = true
		}
		for pos := uint64(1); pos <= n; pos++ {
			if !seen[pos] {
				t.Fatalf("position %d is missing", pos)
			}
		}
		if p, err := r.Verify(context.Background()); err != nil || len(p) > 0 {
			t.Fatalf("verify: %v %v", p, err)
		}
	}
}

func TestReadingStops(t *testing.T) {
	a := open(t, t.TempDir(), Options{})
	must(t, a.Append(zoo()))
	must(t, a.Flush())
	for range a.Reader().Entries(context.Background(), Query{}) {
		break
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	n := 0
	for _, err := range a.Reader().Entries(ctx, Query{}) {
		n++
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	}
	if n != 1 {
		t.Errorf("%d results of a cancelled read", n)
	}
	if _, err := OpenReader(t.TempDir()); err == nil {
		t.Error("an empty folder is no archive")
	}
}

// decodeAll reads a Parquet file of any bytes as the archive does.
func decodeAll(b []byte) (rows int, err error) {
	pq, widen, err := openParquet(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return 0, err
	}
	for _, spans := range []func(parquet.RowGroup) ([]span, error){nil, Query{Probe: "web", From: t0}.spans} {
		c := newCursor(&reading{name: "x", pq: pq, widen: widen}, spans)
		defer c.close()
		var d decoder
		for {
			row, err := c.row()
			if err != nil {
				break
			}
			if _, err := d.decode(row); err != nil {
				return rows, err
			}
			rows++
		}
	}
	return rows, nil
}

// sampleFile is the bytes of a small file with every kind of row.
func sampleFile(t testing.TB) []byte {
	dir := t.TempDir()
	a := open(t, dir, Options{})
	must(t, a.Append(zoo()))
	must(t, a.Flush())
	b, err := readBounded(theOne(dir, chunkSuffix))
	must(t, err)
	return b
}

// A damaged file gives an error or other rows, never a panic.
func TestDamagedFilesDoNotPanic(t *testing.T) {
	whole := sampleFile(t)
	if n, err := decodeAll(whole); err != nil || n != 9 {
		t.Fatalf("%d rows, %v", n, err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		b := bytes.Clone(whole)
		for range 1 + rng.IntN(3) {
			b[rng.IntN(len(b))] = byte(rng.Uint32())
		}
		_, _ = decodeAll(b[:len(b)-rng.IntN(2)*rng.IntN(len(b))])
	}
}

func FuzzParquet(f *testing.F) {
	f.Add(sampleFile(f))
	f.Add([]byte("PAR1PAR1"))
	for _, schema := range []string{"testdata/schema-1", "testdata/schema-2"} {
		older, err := readBounded(theOne(schema, chunkSuffix))
		must(f, err)
		f.Add(older)
	}
	f.Fuzz(func(t *testing.T, b []byte) { _, _ = decodeAll(b) })
}

func FuzzManifest(f *testing.F) {
	h, err := encodeHead(head{Version: 1, Next: 4, Dropped: []Dropped{{From: "2026-10-01", To: "2026-10-01", Days: 1, Rows: 3}}})
	must(f, err)
	f.Add(h)
	f.Add([]byte(`{"sha256":"","manifest":null}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if h, err := decodeHead(b); err == nil {
			again, err := encodeHead(h)
			must(t, err)
			if _, err := decodeHead(again); err != nil {
				t.Errorf("a head that was read is not written so that it can be read: %v", err)
			}
		}
		_, _ = decodeDay(b, DayInfo{Hash: hashOf(b)})
	})
}
