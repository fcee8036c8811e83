package remote

import (
	"errors"
	"testing"

	"github.com/prometheus/prometheus/prompb"
	writev2 "github.com/prometheus/prometheus/prompb/io/prometheus/write/v2"
	"pgregory.net/rapid"
)

func TestScale(t *testing.T) {
	b, err := (&writev2.Request{
		Symbols: []string{"", "__name__", "x"},
		Timeseries: []writev2.TimeSeries{
			{LabelsRefs: []uint32{1, 2}, Samples: make([]writev2.Sample, 3), Exemplars: []writev2.Exemplar{{LabelsRefs: []uint32{1, 99}}}},
			{LabelsRefs: []uint32{1, 2}},
		},
	}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	var s scale
	if err := errors.Join(s.count(b), s.spell(b)); err != nil {
		t.Fatal(err)
	}
	// Symbols 3, series 2; in them references 2, samples 3, an exemplar, and
	// metadata 2, which is always there.
	if s.items != 13 {
		t.Errorf("%d items", s.items)
	}
	if want := (8 + 1 + 2) + (8 + 2) + (8 + 1 + 2); s.labels != want {
		t.Errorf("%d bytes of labels, want %d", s.labels, want)
	}
}

// TestCountIsAtLeastWhatIsDecoded: nothing is decoded that was not counted.
func TestCountIsAtLeastWhatIsDecoded(t *testing.T) {
	part := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 2, 8, 10, 18, 26, 34, 42, 0x80, 0xff}), 0, 60)
	rapid.Check(t, func(t *rapid.T) {
		b := part.Draw(t, "message")
		var s scale
		refused := errors.Join(s.count(b), s.spell(b))
		var one prompb.WriteRequest
		if one.Unmarshal(b) == nil && refused == nil {
			n := len(one.Timeseries)
			for _, ts := range one.Timeseries {
				n += len(ts.Labels) + len(ts.Samples) + len(ts.Histograms) + len(ts.Exemplars)
			}
			if n > s.items {
				t.Fatalf("%d parts of version 1, %d counted", n, s.items)
			}
		}
		var two writev2.Request
		if two.Unmarshal(b) == nil && refused == nil {
			n, spelled := len(two.Timeseries)+len(two.Symbols), 0
			spell := func(refs []uint32) {
				for _, r := range refs {
					if int(r) < len(two.Symbols) {
						spelled += len(two.Symbols[r])
					}
				}
			}
			for _, ts := range two.Timeseries {
				n += len(ts.Samples) + len(ts.Histograms) + len(ts.Exemplars)
				spell(ts.LabelsRefs)
				for _, e := range ts.Exemplars {
					spell(e.LabelsRefs)
				}
			}
			if n > s.items || spelled > s.labels {
				t.Fatalf("%d parts and %d bytes of version 2, %d and %d counted", n, spelled, s.items, s.labels)
			}
		}
	})
}

func FuzzWeighMessage(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{10, 0})
	f.Add([]byte{42, 4, 10, 2, 0, 1, 34, 1, 'x'})
	f.Add([]byte{42, 6, 34, 4, 10, 2, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := weighMessage(b); err != nil && !errors.Is(err, errMessage) && !errors.Is(err, ErrTooMuch) {
			t.Errorf("an error of no kind: %v", err)
		}
	})
}

func FuzzWeighWrite(f *testing.F) {
	f.Add([]byte{0})
	f.Add([]byte{2, 4, 10, 0})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Fuzz(func(_ *testing.T, b []byte) { _ = weighWrite("snappy", b) })
}
