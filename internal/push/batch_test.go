package push

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
)

func hostileBatches() (names []string, batches [][]byte) {
	add := func(name string, v any) {
		b, ok := v.([]byte)
		if !ok {
			b = raw(v)
		}
		names, batches = append(names, name), append(batches, b)
	}
	rec := func(seq any) any { return []any{seq, []byte{1}} }
	batch := func(changes m) m {
		out := m{1: 1, 2: "eu-1", 3: "e1", 4: []any{rec(1)}}
		for k, v := range changes {
			out[k] = v
		}
		return out
	}
	add("nothing", []byte{})
	add("text", []byte("hello"))
	add("no version", batch(m{1: 0}))
	add("a newer version", batch(m{1: 2}))
	add("no agent", batch(m{2: ""}))
	add("an agent with a blank", batch(m{2: "eu 1"}))
	add("no epoch", batch(m{3: ""}))
	add("an epoch too long", batch(m{3: strings.Repeat("e", MaxEpoch+1)}))
	add("an epoch with a slash", batch(m{3: "a/b"}))
	add("no records", batch(m{4: []any{}}))
	add("number 0", batch(m{4: []any{rec(0)}}))
	add("a negative number", batch(m{4: []any{rec(-1)}}))
	add("a number twice", batch(m{4: []any{rec(3), rec(3)}}))
	add("numbers backwards", batch(m{4: []any{rec(3), rec(2)}}))
	add("a number too large", batch(m{4: []any{rec(uint64(math.MaxUint64))}}))
	add("a record that is text", batch(m{4: []any{[]any{1, "x"}}}))
	add("a record of three", batch(m{4: []any{[]any{1, []byte{1}, 2}}}))
	add("too many records", append(raw(m{1: 1, 2: "eu-1", 3: "e1"})[:0], 0xa1, 0x04, 0x9a, 0x00, 0x00, 0x4e, 0x21))
	add("too large", make([]byte, MaxBatch+1))
	add("cut off", raw(batch(nil))[:12])
	return names, batches
}

func TestHostileBatches(t *testing.T) {
	names, batches := hostileBatches()
	var text strings.Builder
	for i, b := range batches {
		got, err := DecodeBatch(b)
		if err == nil {
			t.Errorf("%s was taken as %+v", names[i], got)
			continue
		}
		fmt.Fprintf(&text, "%s\n\t%v\n", names[i], err)
	}
	golden(t, "batches.golden", text.String())
}

func TestBatchRoundTrip(t *testing.T) {
	want := Batch{Agent: "eu-1", Epoch: "e1", Records: []BatchRecord{{Seq: 3, Record: []byte{1, 2}}, {Seq: 9, Record: []byte{3}}}}
	b, err := EncodeBatch(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeBatch(b)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

// FuzzDecodeBatch: what is taken keeps the bounds, and is the same again.
func FuzzDecodeBatch(f *testing.F) {
	_, batches := hostileBatches()
	for _, b := range batches {
		if len(b) < 2000 {
			f.Add(b)
		}
	}
	good, err := EncodeBatch(Batch{Agent: "eu-1", Epoch: "e1", Records: []BatchRecord{{Seq: 3, Record: []byte{1, 2}}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := DecodeBatch(b)
		if err != nil {
			return
		}
		before := uint64(0)
		for _, r := range got.Records {
			if r.Seq <= before || r.Seq > maxSeq {
				t.Fatalf("number %d after %d", r.Seq, before)
			}
			before = r.Seq
		}
		again, err := EncodeBatch(got)
		if err != nil {
			t.Fatal(err)
		}
		if twice, err := DecodeBatch(again); err != nil || !reflect.DeepEqual(twice, got) {
			t.Fatalf("%+v became %+v, %v", got, twice, err)
		}
	})
}
