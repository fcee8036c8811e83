package wal

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// model is what a log must hold: the payload of every number that Append
// returned, and what may come back although Append failed.
type model struct {
	t     *rapid.T
	disk  *memDisk
	log   *Log
	acked map[uint64]string
	maybe map[uint64][]string // payloads whose Append failed, by the number they were tried at
	first uint64              // everything from here on must be there
	next  uint64
	n     int
}

func (m *model) options() Options {
	return Options{SegmentBytes: 400, MaxBytes: 4000, disk: m.disk}
}

func (m *model) open() {
	log, report, err := Open("mem", m.options())
	if err != nil {
		m.t.Fatalf("Open: %v", err)
	}
	m.log = log
	for _, lost := range report.Lost {
		for seq := lost.From; seq <= lost.To; seq++ {
			if _, ok := m.acked[seq]; ok && seq >= m.first {
				m.t.Fatalf("record %d, which was durable, is reported lost: %+v", seq, report)
			}
		}
	}
	m.adopt()
}

// adopt takes over the records that were never acknowledged and came back.
func (m *model) adopt() {
	if m.log.Next() < m.next {
		m.t.Fatalf("after a restart the next number is %d; %d was given before", m.log.Next(), m.next-1)
	}
	for seq := m.next; seq < m.log.Next(); seq++ {
		got, err := m.log.Read(seq, 1, 0)
		if errors.As(err, new(*MissingError)) {
			continue
		}
		if err != nil {
			m.t.Fatalf("Read(%d): %v", seq, err)
		}
		known := false
		for _, p := range m.maybe[seq] {
			known = known || p == string(got[0])
		}
		if !known {
			m.t.Fatalf("record %d is %q, which nobody appended there", seq, got[0])
		}
		m.acked[seq] = string(got[0])
	}
	m.next = m.log.Next()
}

func (m *model) append() {
	var payloads [][]byte
	for range rapid.IntRange(1, 4).Draw(m.t, "records") {
		m.n++
		pad := rapid.IntRange(0, 90).Draw(m.t, "pad")
		payloads = append(payloads, fmt.Appendf(nil, "%d:%0*d", m.n, pad, 0))
	}
	first, err := m.log.Append(payloads...)
	if err != nil {
		for i, p := range payloads {
			seq := m.next + uint64(i)
			m.maybe[seq] = append(m.maybe[seq], string(p))
		}
		return
	}
	if first != m.next {
		m.t.Fatalf("Append gave number %d, want %d", first, m.next)
	}
	for _, p := range payloads {
		m.acked[m.next] = string(p)
		m.next++
	}
}

func (m *model) drop() {
	_, oldest := m.log.Oldest()
	from, to, err := m.log.DropOldest()
	if err != nil { // it may be gone or not
		m.first = max(m.first, oldest+1)
		return
	}
	if to != oldest || m.acked[to] == "" && to != 0 || from > to {
		m.t.Fatalf("dropped %d to %d, the oldest segment ended at %d", from, to, oldest)
	}
	m.first = max(m.first, to+1)
}

func (m *model) truncate() {
	before := rapid.Uint64Range(1, m.next).Draw(m.t, "before")
	m.first = max(m.first, before)
	if err := m.log.Truncate(before); err != nil {
		m.t.Fatalf("Truncate(%d): %v", before, err)
	}
	if from, to := m.log.Oldest(); to != 0 && to < before && m.log.Next() > to+1 && m.log.segments[0].end() < before && len(m.log.segments) > 1 {
		m.t.Fatalf("Truncate(%d) left the segment of %d to %d", before, from, to)
	}
}

// die makes the disk fail at one of the next changes, appends until it does,
// and starts again from what a power failure left.
func (m *model) die() {
	m.disk.steps = rapid.IntRange(0, 12).Draw(m.t, "steps")
	for range 8 {
		switch rapid.IntRange(0, 5).Draw(m.t, "dying") {
		case 0:
			m.drop()
		default:
			m.append()
		}
	}
	m.crash()
}

func (m *model) crash() {
	m.disk = m.disk.crash(func() bool { return rapid.Bool().Draw(m.t, "kept") })
	m.open()
}

// check reads everything back.
func (m *model) check(t *rapid.T) {
	if m.log.Next() != m.next {
		t.Fatalf("Next is %d, want %d", m.log.Next(), m.next)
	}
	seen := map[uint64]bool{}
	for seq := m.log.First(); seq < m.next; {
		got, err := m.log.Read(seq, 1+int(seq%5), int(seq%7)*40)
		var missing *MissingError
		if errors.As(err, &missing) {
			if missing.From != seq || missing.To < seq {
				t.Fatalf("Read(%d): %v", seq, err)
			}
			seq = missing.To + 1
			continue
		}
		if err != nil || len(got) == 0 {
			t.Fatalf("Read(%d): %d records, %v", seq, len(got), err)
		}
		for _, p := range got {
			if m.acked[seq] != string(p) {
				t.Fatalf("record %d is %q, want %q", seq, p, m.acked[seq])
			}
			seen[seq] = true
			seq++
		}
	}
	for seq := range m.acked {
		if seq >= m.first && !seen[seq] {
			t.Fatalf("record %d was durable and is gone; the log begins at %d", seq, m.log.First())
		}
	}
	end := uint64(0)
	for from, to := range m.log.Runs() {
		if from <= end+1 && end > 0 || to < from {
			t.Fatalf("Runs yields %d to %d after %d", from, to, end)
		}
		for end = from; end <= to; end++ {
			if !seen[end] {
				t.Fatalf("Runs has %d, which cannot be read", end)
			}
			delete(seen, end)
		}
		end = to
	}
	if len(seen) > 0 {
		t.Fatalf("Runs leaves out %v, which can be read", seen)
	}
}

// Every record that Append returned for is there after any sequence of
// crashes, full disks and failing syncs, under its number, and no number is
// given twice.
func TestLogModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &model{t: t, disk: newMemDisk(), acked: map[uint64]string{}, maybe: map[uint64][]string{}, first: 1, next: 1}
		m.open()
		t.Repeat(map[string]func(*rapid.T){
			"append":   func(t *rapid.T) { m.t = t; m.append() },
			"again":    func(t *rapid.T) { m.t = t; m.append() },
			"truncate": func(t *rapid.T) { m.t = t; m.truncate() },
			"drop":     func(t *rapid.T) { m.t = t; m.drop() },
			"reopen":   func(t *rapid.T) { m.t = t; m.log.Close(); m.open() },
			"crash":    func(t *rapid.T) { m.t = t; m.crash() },
			"die":      func(t *rapid.T) { m.t = t; m.die() },
			"full": func(t *rapid.T) {
				m.t = t
				m.disk.room = int64(rapid.IntRange(0, 200).Draw(t, "room"))
				m.append()
				m.append()
				m.disk.room = -1
			},
			"badsync": func(t *rapid.T) {
				m.t = t
				m.disk.badSync = true
				m.append()
				m.disk.badSync = false
			},
			"": m.check,
		})
	})
}
