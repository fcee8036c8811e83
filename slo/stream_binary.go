package slo

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// streamVersion is the first byte of a stored stream; docs/formats/records.md
// specifies the rest.
const streamVersion = 3

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
	numbers, judgings := s.inUse(points)
	b = binary.AppendUvarint(b, uint64(len(judgings)))
	for _, j := range judgings {
		b = binary.AppendUvarint(b, uint64(j.hold.Milliseconds()))
		b = binary.AppendUvarint(b, uint64(j.confirm))
	}
	b = appendRuns(b, len(points), func(i int) (Instant, State) { return points[i].at(), points[i].state() })
	if len(judgings) > 1 {
		for _, p := range points {
			b = binary.AppendUvarint(b, uint64(numbers[p.number()]))
		}
	}
	b = appendChanges(b, &s.timeline)
	if s.parted {
		b = appendChanges(b, &s.seen)
	}
	return b
}

// inUse lists what points are judged by, in order of first use, with the place
// in the list by number. Where there are no points it is the stream's own.
func (s *Stream) inUse(points []point) (places []int, list []judging) {
	places = make([]int, len(s.judgings))
	for i := range places {
		places[i] = -1
	}
	for _, p := range points {
		if n := p.number(); places[n] < 0 {
			places[n] = len(list)
			list = append(list, s.judgings[n])
		}
	}
	if list == nil {
		list = s.judgings[:1]
	}
	return places, list
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

// DecodeStream reads what AppendBinary wrote. Versions 1 and 2 do not say what
// their measurements are judged by: hold and confirm do, under which they were
// written. Damaged bytes are an error, never a panic and never a stream out of
// order. Version 1 lacks what was seen, so it is read only where that is the
// timeline.
func DecodeStream(b []byte, hold time.Duration, confirm int) (*Stream, error) {
	s := NewStream(hold, confirm)
	if len(b) == 0 || b[0] == 0 || b[0] > streamVersion || b[0] == 1 && s.parted {
		return nil, fmt.Errorf("stored stream: not of version %d", streamVersion)
	}
	version := b[0]
	floor, n := binary.Varint(b[1:])
	if n <= 0 || Instant(floor) < MinInstant || Instant(floor) > MaxInstant {
		return nil, errors.New("stored stream: bad floor")
	}
	s.floor = Instant(floor)
	b = b[1+n:]
	var err error
	if version == streamVersion {
		if b, err = s.decodeJudgings(b); err != nil {
			return nil, fmt.Errorf("stored stream: %w", err)
		}
	}
	if b, err = s.decodePoints(b); err != nil {
		return nil, fmt.Errorf("stored stream: points: %w", err)
	}
	b, err = decodeChanges(b, &s.timeline)
	s.parted = s.parted || version == streamVersion && len(b) > 0
	if err == nil && s.parted {
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

// Bounds of what a stored measurement is judged by: those of the catalogue,
// with room.
const (
	maxStoredHold    = 20 * 366 * 24 * time.Hour
	maxStoredConfirm = 1 << 20
)

// decodeJudgings reads what the measurements are judged by, in place of the
// stream's own.
func (s *Stream) decodeJudgings(b []byte) ([]byte, error) {
	count, n := binary.Uvarint(b)
	if n <= 0 || count == 0 || count > maxJudgings {
		return nil, errors.New("bad number of confirmations")
	}
	b = b[n:]
	s.judgings, s.most, s.parted = s.judgings[:0], 0, false
	for i := range int(count) {
		hold, n := binary.Uvarint(b)
		if n <= 0 || hold > uint64(maxStoredHold.Milliseconds()) {
			return nil, errors.New("bad hold")
		}
		confirm, k := binary.Uvarint(b[n:])
		if k <= 0 || confirm == 0 || confirm > maxStoredConfirm {
			return nil, errors.New("bad confirmation")
		}
		if s.number(judging{time.Duration(hold) * time.Millisecond, int(confirm)}) != i {
			return nil, errors.New("a hold and confirmation twice")
		}
		b = b[n+k:]
	}
	return b, nil
}

// decodePoints reads the measurements, and by which of several they are judged.
func (s *Stream) decodePoints(b []byte) ([]byte, error) {
	b, err := decodeRuns(b, func(at Instant, st State) { s.points = append(s.points, pointOf(at, st, 0)) })
	if err != nil || len(s.judgings) == 1 {
		return b, err
	}
	for i, p := range s.points {
		number, n := binary.Uvarint(b)
		if n <= 0 || number >= uint64(len(s.judgings)) {
			return nil, errors.New("judged by nothing")
		}
		s.points[i] = pointOf(p.at(), p.state(), int(number))
		b = b[n:]
	}
	return b, nil
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
