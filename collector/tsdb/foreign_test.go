package tsdb

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/metadata"
	"github.com/prometheus/prometheus/storage"

	"github.com/assay-sla/assay/slo"
)

// write appends one number through either interface, and commits.
func write(t *testing.T, f Foreign, version int, l labels.Labels, at int64) error {
	t.Helper()
	if version == 1 {
		a := f.Appender(t.Context())
		if _, err := a.Append(0, l, at, 1); err != nil {
			return errors.Join(err, a.Rollback())
		}
		return a.Commit()
	}
	a := f.AppenderV2(t.Context())
	if _, err := a.Append(0, l, 0, at, 1, nil, nil, storage.AppendV2Options{}); err != nil {
		return errors.Join(err, a.Rollback())
	}
	return a.Commit()
}

func TestForeign(t *testing.T) {
	wide := labels.NewScratchBuilder(0)
	wide.Add("__name__", "wide")
	for i := range maxLabels + 1 {
		wide.Add(fmt.Sprintf("l%03d", i), "x")
	}
	for version := 1; version <= 2; version++ {
		s := open(t, t.TempDir(), Options{MaxSeries: 2})
		mustAppend(t, s, measured(1, t0, slo.Up)) // three series: no room for others
		roomy := open(t, t.TempDir(), Options{})
		for _, c := range []struct {
			store *Store
			set   labels.Labels
			want  string
		}{
			{roomy, labels.FromStrings("__name__", "fine", "probe", "http-web"), ""},
			{roomy, labels.FromStrings("__name__", "probe_success", "probe", "http-web"), "is refused"},
			{roomy, labels.FromStrings("__name__", "assay_objective"), "is refused"},
			{roomy, wide.Labels(), "more than 64 labels"},
			{roomy, labels.FromStrings("__name__", "long", "l", strings.Repeat("x", maxSetBytes)), "labels of more than"},
			{s, labels.FromStrings("__name__", "fine"), "new series beyond the bound"},
		} {
			err := write(t, c.store.Foreign(), version, c.set, int64(t0))
			if c.want == "" {
				if err != nil || answer(t, roomy, "fine", t0) != "1" {
					t.Errorf("version %d: %v", version, err)
				}
				continue
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || !errors.Is(err, storage.ErrOutOfBounds) {
				t.Errorf("version %d: %.200v, want %q", version, err, c.want)
			}
		}
		if err := errors.Join(s.Close(), roomy.Close()); err != nil { // nobody is left inside
			t.Error(err)
		}
		if err := write(t, s.Foreign(), version, labels.FromStrings("__name__", "x"), int64(t0)); !errors.Is(err, ErrClosed) {
			t.Errorf("version %d after Close: %v", version, err)
		}
	}
}

func TestForeignHistograms(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	h := &histogram.Histogram{Count: 1, Sum: 1, ZeroCount: 1, ZeroThreshold: 0.1}
	a := s.Foreign().Appender(t.Context())
	a.SetOptions(&storage.AppendOptions{})
	if _, err := a.AppendHistogram(0, labels.FromStrings("__name__", "probe_hist"), int64(t0), h, nil); err == nil {
		t.Error("a histogram passed for a measurement")
	}
	if _, err := a.AppendHistogram(0, labels.FromStrings("__name__", "hist"), int64(t0), h, nil); err != nil {
		t.Error(err)
	}
	if err := a.Commit(); err != nil {
		t.Fatal(err)
	}
	expect(t, s, "histogram_count(hist)", t0, "1")
	for _, expr := range []string{"hist", "hist[1m]"} {
		if _, err := s.Query(t.Context(), expr, t0); err == nil || !strings.Contains(err.Error(), "native histograms") {
			t.Errorf("%s: %v", expr, err)
		}
	}
	if _, err := s.QueryRange(t.Context(), "hist", t0, t0, time.Second); err == nil {
		t.Error("a range of histograms was answered")
	}
}

// TestForeignSideDoors: what is no sample makes no series.
func TestForeignSideDoors(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	name := labels.FromStrings("__name__", "probe_success")
	a := s.Foreign().Appender(t.Context())
	_, e1 := a.AppendExemplar(0, name, exemplar.Exemplar{Ts: int64(t0)})
	_, e2 := a.AppendSTZeroSample(0, name, int64(t0), int64(t0)-1)
	_, e3 := a.AppendHistogramSTZeroSample(0, name, int64(t0), int64(t0)-1, &histogram.Histogram{}, nil)
	_, e4 := a.UpdateMetadata(0, name, metadata.Metadata{Help: "x"})
	if err := errors.Join(e1, e2, e3, e4, a.Commit()); err != nil {
		t.Fatal(err)
	}
	if n := s.db.Head().NumSeries(); n != 0 {
		t.Errorf("%d series were made", n)
	}
}

func TestChunksAndExemplars(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	mustAppend(t, s, measured(1, t0, slo.Up))
	q, err := s.ChunkQuerier(int64(t0), int64(t0))
	if err != nil {
		t.Fatal(err)
	}
	if set := q.Select(t.Context(), false, nil, labels.MustNewMatcher(labels.MatchEqual, "__name__", "probe_success")); !set.Next() {
		t.Error("no chunks")
	}
	e, err := s.ExemplarQuerier(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if r, err := e.Select(int64(t0), int64(t0)); err != nil || len(r) > 0 {
		t.Errorf("exemplars: %v, %v", r, err)
	}
	if err := q.Close(); err != nil {
		t.Error(err)
	}
}
