package slo

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// streamVersion is the first byte of a stored stream; docs/formats/records.md
// specifies the rest.
const streamVersion = 2

// maxStored bounds the changes and the points of a stored stream.
const maxStored = 1 << 24

// AppendBinary appends the stream to b: its timeline whole, and of its
// measurements the newest keep and what else it takes to judge the next. A
// stream read back refuses older measurements; see Floor.
func (s *Stream) AppendBinary(b []byte, keep int) []byte {
	first, floor := s.context(max(0, len(s.points)-keep))
	points := s.points[first:]
	b = append(b, streamVersion)
	b = binary.AppendVarint(b, int64(floor))
	b = appendRuns(b, len(points), func(i int) (Instant, State) { return points[i].at(), points[i].state() })
	b = appendChanges(b, &s.timeline)
	if s.confirm > 1 {
		b = appendChanges(b, &s.seen)
	}
	return b
}

func appendChanges(b []byte, t *Timeline) []byte {
	cs := t.changes
	return appendRuns(b, len(cs), func(i int) (Instant, State) { return cs[i].At(), cs[i].State() })
}

// appendRuns writes a sorted list of (instant, state): a count, then for each
// the time since the one before, shifted left by two, with the state below.
func appendRuns(b []byte, n int, item func(int) (Instant, State)) []byte {
	b = binary.AppendUvarint(b, uint64(n))
	before := MinInstant
	for i := range n {
		at, s := item(i)
		b = binary.AppendUvarint(b, uint64(at-before)<<2|uint64(s))
		before = at
	}
	return b
}

// DecodeStream reads what AppendBinary wrote, under the probe's hold and
// confirmation, which must be those that it was written under. Damaged bytes
// are an error, never a panic and never a stream out of order. Version 1 lacks
// what was seen, so it is read only where that is the timeline.
func DecodeStream(b []byte, hold time.Duration, confirm int) (*Stream, error) {
	s := NewStream(hold, confirm)
	if len(b) == 0 || b[0] != streamVersion && (b[0] != 1 || s.confirm > 1) {
		return nil, errors.New("stored stream: not of version 2")
	}
	floor, n := binary.Varint(b[1:])
	if n <= 0 || Instant(floor) < MinInstant || Instant(floor) > MaxInstant {
		return nil, errors.New("stored stream: bad floor")
	}
	s.floor = Instant(floor)
	b = b[1+n:]
	b, err := decodeRuns(b, func(at Instant, st State) { s.points = append(s.points, pointOf(at, st)) })
	if err != nil {
		return nil, fmt.Errorf("stored stream: points: %w", err)
	}
	b, err = decodeChanges(b, &s.timeline)
	if err == nil && s.confirm > 1 {
		b, err = decodeChanges(b, &s.seen)
	}
	if err != nil {
		return nil, fmt.Errorf("stored stream: changes: %w", err)
	}
	if len(b) != 0 {
		return nil, fmt.Errorf("stored stream: %d bytes too many", len(b))
	}
	s.open = s.openRun()
	return s, nil
}

// decodeChanges reads a timeline, which must be empty before.
func decodeChanges(b []byte, t *Timeline) ([]byte, error) {
	b, err := decodeRuns(b, func(at Instant, st State) { t.changes = append(t.changes, changeTo(at, st)) })
	if err != nil {
		return nil, err
	}
	before := Unknown
	for _, c := range t.changes {
		if c.State() == before {
			return nil, errors.New("a change that changes nothing")
		}
		before = c.State()
	}
	return b, nil
}

func decodeRuns(b []byte, take func(Instant, State)) ([]byte, error) {
	count, n := binary.Uvarint(b)
	if n <= 0 || count > maxStored || count > uint64(len(b)) {
		return nil, errors.New("bad count")
	}
	b = b[n:]
	before := MinInstant
	for i := range count {
		v, n := binary.Uvarint(b)
		step := v >> 2
		if n <= 0 || State(v&3) > Down || step > uint64(MaxInstant-before) || step == 0 && i > 0 {
			return nil, fmt.Errorf("bad item %d", i)
		}
		b = b[n:]
		before += Instant(step)
		take(before, State(v&3))
	}
	return b, nil
}
