package slo

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// A stream that was stored and read back goes on as the one that was not.
func TestStoredStreamGoesOn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hold, confirm := time.Duration(rapid.IntRange(5, 30).Draw(t, "hold"))*time.Second, rapid.IntRange(1, 4).Draw(t, "confirm")
		kept, stored := NewStream(hold, confirm), NewStream(hold, confirm)
		at := 0
		for range rapid.IntRange(1, 60).Draw(t, "n") {
			at += rapid.SampledFrom([]int{1, 5, 10, 10, 40}).Draw(t, "step")
			s := rapid.SampledFrom([]State{Up, Up, Down, Down, Unknown}).Draw(t, "state")
			kept.Add(second(at), s)
			stored.Add(second(at), s)
			late := second(at - rapid.IntRange(0, 40).Draw(t, "late"))
			if _, ok := stored.Add(late, s); ok {
				kept.Add(late, s)
			}
			if rapid.IntRange(0, 5).Draw(t, "store") == 0 {
				back, err := DecodeStream(stored.AppendBinary(nil, rapid.IntRange(0, 5).Draw(t, "keep")), hold, confirm)
				if err != nil {
					t.Fatal(err)
				}
				stored = back
			}
			if rapid.IntRange(0, 9).Draw(t, "forget") == 0 {
				stored.Forget(second(at - rapid.IntRange(0, 50).Draw(t, "age")))
			}
		}
		if a, b := kept.Timeline().Changes(), stored.Timeline().Changes(); !slices.Equal(a, b) {
			t.Fatalf("timelines differ (-kept +stored):\n%s", cmp.Diff(a, b))
		}
	})
}

func FuzzDecodeStream(f *testing.F) {
	s := NewStream(time.Minute, 2)
	for i, st := range []State{Up, Down, Down, Unknown, Up} {
		s.Add(second(30*i), st)
	}
	f.Add(s.AppendBinary(nil, 3))
	for i, st := range []State{Up, Down, Down, Unknown, Up} {
		s.AddUnder(second(200+30*i), st, time.Hour, 1+i%2)
	}
	f.Add(s.AppendBinary(nil, 30))
	f.Add([]byte{1, 0, 0, 0})
	f.Add([]byte{2, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := DecodeStream(b, time.Minute, 2)
		if err != nil {
			return
		}
		again, err := DecodeStream(s.AppendBinary(nil, 1<<30), time.Minute, 2)
		if err != nil {
			t.Fatalf("what was read cannot be written and read again: %v", err)
		}
		if a, b := s.Timeline().Changes(), again.Timeline().Changes(); !slices.Equal(a, b) {
			t.Fatal(cmp.Diff(a, b))
		}
		if a, b := s.Seen().Changes(), again.Seen().Changes(); !slices.Equal(a, b) {
			t.Fatal(cmp.Diff(a, b))
		}
		s.AddUnder(second(100), Up, time.Second, 3)
		s.Add(MaxInstant-1, Down)
	})
}

// A stream of version 2 is judged by what it was stored under, and written
// again as one of version 3.
func TestStreamOfVersion2(t *testing.T) {
	const confirm = 2
	s := NewStream(70*time.Second, confirm)
	for i, st := range []State{Up, Down, Down, Up} {
		s.Add(second(30*i), st)
	}
	stored := s.AppendBinary(nil, 2)
	const version, floor, judgings = 1, 6, 5
	old := slices.Concat([]byte{2}, stored[version:version+floor], stored[version+floor+judgings:])
	back, err := DecodeStream(old, 70*time.Second, confirm)
	if err != nil {
		t.Fatal(err)
	}
	if got := back.AppendBinary(nil, 2); !slices.Equal(got, stored) {
		t.Errorf("it is written\n% x, not\n% x", got, stored)
	}
	if _, err := DecodeStream(append(old, 0), 70*time.Second, confirm); err == nil {
		t.Error("what follows its end is taken")
	}
}
