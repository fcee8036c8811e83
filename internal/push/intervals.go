package push

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sort"
)

// maxSeq bounds a sequence number, so that sums of two never overflow.
const maxSeq = 1 << 62

// maxRuns bounds the runs of a set that is read.
const maxRuns = 1 << 17

// IntervalSet is a set of sequence numbers as sorted runs that neither overlap
// nor touch. The zero value is empty. It is not safe for concurrent use.
type IntervalSet struct{ runs []seqRun }

// seqRun is the numbers from first to last, both included.
type seqRun struct{ first, last uint64 }

// Add puts one number into the set.
func (s *IntervalSet) Add(n uint64) { s.AddRange(n, n) }

// AddRange puts the numbers from first to last into the set.
func (s *IntervalSet) AddRange(first, last uint64) {
	if last < first {
		return
	}
	if n := len(s.runs); n > 0 && s.runs[n-1].last+1 == first { // the next one, nearly always
		s.runs[n-1].last = last
		return
	}
	lo := sort.Search(len(s.runs), func(i int) bool { return s.runs[i].last+1 >= first })
	hi := lo
	for hi < len(s.runs) && s.runs[hi].first <= last+1 {
		first, last = min(first, s.runs[hi].first), max(last, s.runs[hi].last)
		hi++
	}
	s.runs = slices.Replace(s.runs, lo, hi, seqRun{first, last})
}

// Contains reports whether a number is in the set.
func (s *IntervalSet) Contains(n uint64) bool {
	i := sort.Search(len(s.runs), func(i int) bool { return s.runs[i].last >= n })
	return i < len(s.runs) && s.runs[i].first <= n
}

// Missing yields the maximal ranges of numbers from first to last that are not
// in the set.
func (s *IntervalSet) Missing(first, last uint64) iter.Seq2[uint64, uint64] {
	return func(yield func(uint64, uint64) bool) {
		i := sort.Search(len(s.runs), func(i int) bool { return s.runs[i].last >= first })
		for ; i < len(s.runs) && s.runs[i].first <= last; i++ {
			if first < s.runs[i].first && !yield(first, s.runs[i].first-1) {
				return
			}
			first = s.runs[i].last + 1
		}
		if first <= last {
			yield(first, last)
		}
	}
}

// Runs yields the runs of the set, in order, both ends included.
func (s *IntervalSet) Runs() iter.Seq2[uint64, uint64] {
	return func(yield func(uint64, uint64) bool) {
		for _, r := range s.runs {
			if !yield(r.first, r.last) {
				return
			}
		}
	}
}

// Max is the greatest number, 0 where the set is empty.
func (s *IntervalSet) Max() uint64 {
	if len(s.runs) == 0 {
		return 0
	}
	return s.runs[len(s.runs)-1].last
}

// Len is how many numbers the set holds.
func (s *IntervalSet) Len() uint64 {
	var n uint64
	for _, r := range s.runs {
		n += r.last - r.first + 1
	}
	return n
}

// Clone returns a set of its own with the same numbers.
func (s *IntervalSet) Clone() IntervalSet { return IntervalSet{slices.Clone(s.runs)} }

// AddSet puts the numbers of another set into this one.
func (s *IntervalSet) AddSet(o *IntervalSet) {
	for _, r := range o.runs {
		s.AddRange(r.first, r.last)
	}
}

// MarshalBinary writes the count of runs, and for each the distance of its
// first number from the last one before and its length less one, as varints.
func (s IntervalSet) MarshalBinary() ([]byte, error) {
	b := binary.AppendUvarint(nil, uint64(len(s.runs)))
	var before uint64
	for _, r := range s.runs {
		b = binary.AppendUvarint(b, r.first-before)
		b = binary.AppendUvarint(b, r.last-r.first)
		before = r.last
	}
	return b, nil
}

// UnmarshalBinary reads what MarshalBinary wrote.
func (s *IntervalSet) UnmarshalBinary(b []byte) error {
	count, n := binary.Uvarint(b)
	if n <= 0 || count > maxRuns || count > uint64(len(b)) {
		return errors.New("interval set: bad count")
	}
	b = b[n:]
	var runs []seqRun
	var before uint64
	for i := range count {
		step, n := binary.Uvarint(b)
		if n <= 0 {
			return fmt.Errorf("interval set: run %d is cut off", i)
		}
		length, m := binary.Uvarint(b[n:])
		if m <= 0 || step > maxSeq-before || length > maxSeq-before-step || i > 0 && step < 2 {
			return fmt.Errorf("interval set: run %d makes no sense", i)
		}
		b = b[n+m:]
		r := seqRun{before + step, before + step + length}
		runs = append(runs, r)
		before = r.last
	}
	if len(b) != 0 {
		return fmt.Errorf("interval set: %d bytes too many", len(b))
	}
	s.runs = runs
	return nil
}

// MarshalJSON writes the runs as [[first, last], ...].
func (s IntervalSet) MarshalJSON() ([]byte, error) {
	out := make([][2]uint64, len(s.runs))
	for i, r := range s.runs {
		out[i] = [2]uint64{r.first, r.last}
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON wrote: runs in order that do not touch.
func (s *IntervalSet) UnmarshalJSON(b []byte) error {
	var in [][2]uint64
	if err := json.Unmarshal(b, &in); err != nil {
		return fmt.Errorf("interval set: %w", err)
	}
	if len(in) > maxRuns {
		return fmt.Errorf("interval set: %d runs; at most %d are taken", len(in), maxRuns)
	}
	runs := make([]seqRun, len(in))
	for i, r := range in {
		if r[1] < r[0] || r[1] > maxSeq || i > 0 && r[0] < in[i-1][1]+2 {
			return fmt.Errorf("interval set: run %d makes no sense", i)
		}
		runs[i] = seqRun{r[0], r[1]}
	}
	s.runs = runs
	return nil
}
