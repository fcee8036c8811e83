package push

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func setOf(ranges ...uint64) IntervalSet {
	var s IntervalSet
	for i := 0; i < len(ranges); i += 2 {
		s.AddRange(ranges[i], ranges[i+1])
	}
	return s
}

// runsOf is a set of numbers as maximal ranges, the slow way.
func runsOf(numbers map[uint64]bool) (out [][2]uint64) {
	for _, n := range slices.Sorted(maps.Keys(numbers)) {
		if k := len(out); k > 0 && out[k-1][1]+1 == n {
			out[k-1][1] = n
			continue
		}
		out = append(out, [2]uint64{n, n})
	}
	return out
}

func collect(ranges func(func(uint64, uint64) bool)) (out [][2]uint64) {
	for a, b := range ranges {
		out = append(out, [2]uint64{a, b})
	}
	return out
}

func TestIntervalSetAgainstMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s IntervalSet
		model := map[uint64]bool{}
		number := rapid.Uint64Range(0, 40)
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				n := number.Draw(t, "n")
				s.Add(n)
				model[n] = true
			},
			"range": func(t *rapid.T) {
				a, b := number.Draw(t, "a"), number.Draw(t, "b")
				s.AddRange(a, b)
				for n := a; n <= b; n++ {
					model[n] = true
				}
			},
			"set": func(t *rapid.T) {
				var o IntervalSet
				for range rapid.IntRange(0, 4).Draw(t, "size") {
					n := number.Draw(t, "n")
					o.Add(n)
					model[n] = true
				}
				s.AddSet(&o)
			},
			"marshal": func(t *rapid.T) {
				b, err := s.MarshalBinary()
				if err != nil {
					t.Fatal(err)
				}
				var back IntervalSet
				if err := back.UnmarshalBinary(b); err != nil || !slices.Equal(back.runs, s.runs) {
					t.Fatalf("binary: %v, %v, want %v", back.runs, err, s.runs)
				}
				if b, err = json.Marshal(s); err != nil {
					t.Fatal(err)
				}
				var text IntervalSet
				if err := json.Unmarshal(b, &text); err != nil || !slices.Equal(text.runs, s.runs) {
					t.Fatalf("JSON: %v, %v, want %v", text.runs, err, s.runs)
				}
			},
			"clone": func(t *rapid.T) {
				c := s.Clone()
				c.AddRange(0, 100)
			},
			"missing": func(t *rapid.T) {
				a, b := number.Draw(t, "a"), number.Draw(t, "b")
				lack := map[uint64]bool{}
				for n := a; n <= b; n++ {
					if !model[n] {
						lack[n] = true
					}
				}
				if got, want := collect(s.Missing(a, b)), runsOf(lack); !reflect.DeepEqual(got, want) {
					t.Fatalf("Missing(%d, %d) is %v, want %v", a, b, got, want)
				}
			},
			"": func(t *rapid.T) {
				if got, want := collect(s.Runs()), runsOf(model); !reflect.DeepEqual(got, want) {
					t.Fatalf("runs %v, want %v", got, want)
				}
				var most uint64
				for n := range uint64(43) {
					if s.Contains(n) != model[n] {
						t.Fatalf("Contains(%d) is %v", n, s.Contains(n))
					}
					if model[n] {
						most = n
					}
				}
				if s.Max() != most || s.Len() != uint64(len(model)) {
					t.Fatalf("Max %d, Len %d, want %d, %d", s.Max(), s.Len(), most, len(model))
				}
			},
		})
	})
}

func TestIntervalSetRefuses(t *testing.T) {
	binary := map[string][]byte{
		"":                          nil,
		"cut in a run":              {2, 1, 0},
		"more runs than bytes":      {200, 1, 0},
		"bytes behind":              {1, 1, 0, 7},
		"runs that touch":           {2, 1, 0, 1, 0},
		"a run beyond all numbers":  {1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0},
		"a count beyond all counts": {0xff, 0xff, 0xff, 0xff, 0x0f},
	}
	for name, b := range binary {
		s := setOf(7, 9)
		if err := s.UnmarshalBinary(b); err == nil || !slices.Equal(s.runs, setOf(7, 9).runs) {
			t.Errorf("%s: %v, set %v", name, err, s.runs)
		}
	}
	for _, text := range []string{`{}`, `[[2,1]]`, `[[1]]`, `[[1,2],[3,4]]`, `[[5,6],[1,2]]`, `[[1,99999999999999999999]]`, `[[1,18446744073709551615]]`, `[[-1,2]]`} {
		s := setOf(7, 9)
		if err := json.Unmarshal([]byte(text), &s); err == nil || !slices.Equal(s.runs, setOf(7, 9).runs) {
			t.Errorf("%s: %v, set %v", text, err, s.runs)
		}
	}
	var s IntervalSet
	if err := json.Unmarshal([]byte("["+strings.TrimSuffix(strings.Repeat("[1,1],", maxRuns+1), ",")+"]"), &s); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("too many runs: %v", err)
	}
}

// FuzzIntervalSet: what is taken is in order and apart, and is the same again.
func FuzzIntervalSet(f *testing.F) {
	for _, s := range []IntervalSet{{}, setOf(1, 1), setOf(1, 9, 20, 30, 1<<40, 1<<41), setOf(0, 0, 2, 2)} {
		b, err := s.MarshalBinary()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte{2, 1, 0, 1, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		var s IntervalSet
		if s.UnmarshalBinary(b) != nil {
			return
		}
		for i, r := range s.runs {
			if r.last < r.first || r.last > maxSeq || i > 0 && r.first < s.runs[i-1].last+2 {
				t.Fatalf("run %d of %v", i, s.runs)
			}
		}
		once, err := s.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var again IntervalSet
		if err := again.UnmarshalBinary(once); err != nil || !slices.Equal(again.runs, s.runs) {
			t.Fatalf("%v became %v, %v", s.runs, again.runs, err)
		}
		if twice, _ := again.MarshalBinary(); !bytes.Equal(once, twice) {
			t.Fatalf("%x became %x", once, twice)
		}
	})
}
