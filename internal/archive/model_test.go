package archive

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/assay-sla/assay/slo"
)

// TestEveryEntryExactlyOnce runs an archive against a plain slice, with kills,
// power cuts and full disks at any step, and merges and drops in between.
func TestEveryEntryExactlyOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newModel(t)
		defer m.close()
		t.Repeat(map[string]func(*rapid.T){
			"append":  m.append,
			"flush":   func(*rapid.T) { m.settle(m.a.Flush()) },
			"tick":    func(*rapid.T) { m.now += hour; m.settle(m.a.Tick(m.now)) },
			"compact": m.compact,
			"drop":    m.drop,
			"skip":    m.skip,
			"reopen":  func(*rapid.T) { m.settle(m.a.Close()); m.reopen() },
			"read":    func(*rapid.T) { m.check() },
			"crash":   m.arm,
		})
		m.reopen()
		m.check()
	})
}

type model struct {
	t       *rapid.T
	dir     string
	disk    *crashDisk
	a       *Archive
	now     slo.Instant
	journal []slo.Entry     // journal[i] is position i+1
	gone    map[uint64]bool // positions dropped or skipped
	dropped int64           // rows that were
	durable uint64          // Next as it was acknowledged
}

func newModel(t *rapid.T) *model {
	dir, err := os.MkdirTemp("", "archive")
	if err != nil {
		t.Fatal(err)
	}
	m := &model{t: t, dir: filepath.Join(dir, "archive"), now: t0, gone: map[uint64]bool{}, durable: 1}
	m.reopen()
	return m
}

func (m *model) close() {
	m.a.Close()
	os.RemoveAll(filepath.Dir(m.dir))
}

// reopen begins a new process, on a disk without faults.
func (m *model) reopen() {
	if m.a != nil {
		m.a.lock.Close() // as the end of a process does
	}
	m.disk = newCrashDisk(-1, rapid.Uint64().Draw(m.t, "seed"))
	a, err := Open(m.dir, Options{FlushRows: 6, FlushAge: 2 * 3_600_000_000_000, Grace: 3_600_000_000_000, disk: m.disk, fan: 2})
	if err != nil {
		m.t.Fatalf("opening again: %v", err)
	}
	m.a = a
	if err := a.Sweep(1); err != nil {
		m.t.Fatalf("sweeping: %v", err)
	}
	if a.Next() < m.durable {
		m.t.Fatalf("position %d was acknowledged, the archive is at %d", m.durable, a.Next())
	}
}

// arm lets the machine stop, or its disk fill up, after some more steps.
func (m *model) arm(t *rapid.T) {
	m.disk.full = rapid.Bool().Draw(t, "full")
	m.disk.steps = rapid.IntRange(0, 60).Draw(t, "steps")
}

// settle takes the outcome of a call: after a crash the process starts again.
func (m *model) settle(err error) {
	if err == nil {
		m.durable = max(m.durable, m.a.Next())
		return
	}
	if !errors.Is(err, errCrash) {
		m.t.Fatalf("not a crash: %v", err)
	}
	if m.disk.full && m.a.broken == nil && rapid.Bool().Draw(m.t, "space again") {
		m.disk.steps, m.disk.full = -1, false
		return
	}
	if rapid.Bool().Draw(m.t, "power cut") {
		m.disk.lose()
	}
	m.reopen()
}

func (m *model) append(t *rapid.T) {
	next := m.a.Next() + uint64(len(m.a.buf))
	from := rapid.Uint64Range(max(1, next-min(next-1, 3)), next).Draw(t, "from")
	to := next + rapid.Uint64Range(0, 9).Draw(t, "new")
	for uint64(len(m.journal)) < to {
		m.journal = append(m.journal, drawEntry(t, uint64(len(m.journal)+1), m.now))
	}
	m.settle(m.a.Append(slices.Clone(m.journal[from-1 : to])))
}

func drawEntry(t *rapid.T, pos uint64, now slo.Instant) slo.Entry {
	shapes := zoo()
	e := shapes[rapid.IntRange(0, len(shapes)-1).Draw(t, "shape")]
	e.Pos, e.Seq, e.Received = pos, pos, now
	at := now - slo.Instant(rapid.SampledFrom([]int64{0, 1, 20 * 3_600_000, 50 * 3_600_000, 500 * 24 * 3_600_000, -7 * 24 * 3_600_000}).Draw(t, "late"))
	switch {
	case e.Measurement != nil:
		e.Measurement.At = at
		e.Measurement.Probe = rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "probe")
	case e.Readings != nil:
		e.Readings.At = at
	default:
		e.Gap.At = at
	}
	return e
}

func (m *model) compact(t *rapid.T) {
	m.now += slo.Instant(rapid.IntRange(0, 30).Draw(t, "hours")) * hour
	_, err := m.a.Compact(context.Background(), m.now)
	m.settle(err)
}

func (m *model) drop(t *rapid.T) {
	before := DayOf(m.now - slo.Instant(rapid.IntRange(0, 3).Draw(t, "days"))*24*hour)
	next := m.a.Next()
	_, err := m.a.Drop(before, m.now)
	m.settle(err)
	s, serr := m.a.Reader().State()
	must2(m.t, serr)
	var rows int64
	for _, d := range s.Dropped {
		rows += d.Rows
	}
	if rows == m.dropped { // nothing to drop, or stopped before the commit
		return
	}
	for i := range m.journal {
		e := &m.journal[i]
		if e.Pos < next && !m.gone[e.Pos] && dayNumbered(dayNumber(e)) < before {
			m.gone[e.Pos] = true
			m.dropped++
		}
	}
	if rows != m.dropped {
		m.t.Fatalf("%d rows are declared as dropped, %d were", rows, m.dropped)
	}
}

func (m *model) skip(t *rapid.T) {
	from := m.a.Next() + uint64(len(m.a.buf))
	to := from + rapid.Uint64Range(0, 3).Draw(t, "skip")
	for uint64(len(m.journal)) < to-1 {
		m.journal = append(m.journal, drawEntry(t, uint64(len(m.journal)+1), m.now))
	}
	m.settle(m.a.Skip(to, m.now, "journal_corrupt"))
	if m.a.Next() < to { // stopped before the commit: those come after all
		return
	}
	for pos := from; pos < to; pos++ {
		m.gone[pos] = true
	}
}

// check reads everything: each position before Next is there once, as it was,
// unless it is gone; and the folder holds nothing else.
func (m *model) check() {
	var want []slo.Entry
	for _, e := range m.journal[:m.a.Next()-1] {
		if !m.gone[e.Pos] {
			want = append(want, e)
		}
	}
	var got []slo.Entry
	for e, err := range m.a.Reader().Entries(context.Background(), Query{}) {
		must2(m.t, err)
		got = append(got, e)
	}
	slices.SortFunc(got, byPos)
	if d := gocmp.Diff(want, got); d != "" {
		m.t.Fatalf("the archive differs from the journal (-want +got):\n%s", d)
	}
	problems, err := m.a.Reader().Verify(context.Background())
	if err != nil || len(problems) > 0 {
		m.t.Fatalf("verify: %v %v", problems, err)
	}
	if m.disk.steps < 0 {
		m.checkFolder()
	}
}

// checkFolder finds what no manifest names.
func (m *model) checkFolder() {
	known := map[string]bool{headName: true, lockName: true}
	for _, i := range m.a.head.Days {
		day, err := readDay(m.dir, i)
		must2(m.t, err)
		known[filepath.Join(string(i.Day), i.Hash+daySuffix)] = true
		for _, f := range day.Files {
			known[filepath.Join(string(i.Day), f.name())] = true
		}
	}
	must2(m.t, filepath.WalkDir(m.dir, func(name string, d os.DirEntry, err error) error {
		rel, _ := filepath.Rel(m.dir, name)
		if err == nil && !d.IsDir() && !known[rel] {
			return fmt.Errorf("%s is left over", rel)
		}
		return err
	}))
}

func must2(t *rapid.T, err error) {
	if err != nil {
		t.Fatal(err)
	}
}
