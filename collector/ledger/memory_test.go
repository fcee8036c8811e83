package ledger

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/assay-sla/assay/internal/archive"
	"github.com/assay-sla/assay/slo"
)

var t0 = slo.At(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC))

// memory is a storage that forgets when it ends.
type memory struct {
	batches  []Batch
	records  [][]byte
	kinds    []string
	subjects []string
	hashes   [][]byte
	notes    map[int64][]byte
	contents map[string][]byte
}

func newMemory() *memory {
	return &memory{notes: map[int64][]byte{}, contents: map[string][]byte{}}
}

func (m *memory) commit(_ context.Context, b Batch) error {
	if b.Size != int64(len(m.records)) {
		return errors.New("made for another size")
	}
	m.batches = append(m.batches, b)
	m.records, m.kinds, m.subjects = append(m.records, b.Records...), append(m.kinds, b.Kinds...), append(m.subjects, b.Subjects...)
	m.hashes = append(m.hashes, b.Hashes...)
	m.notes[int64(len(m.records))] = b.Checkpoint
	return nil
}

// backup is the storage as it was when it had so many batches.
func (m *memory) backup(batches int) *memory {
	out := newMemory()
	for _, b := range m.batches[:batches] {
		if err := out.commit(context.Background(), b); err != nil {
			panic(err)
		}
	}
	return out
}

func (m *memory) LogHead(context.Context) (int64, []byte, error) {
	return int64(len(m.records)), m.notes[int64(len(m.records))], nil
}

func (m *memory) LogHashes(_ context.Context, indexes []int64) ([][]byte, error) {
	out := make([][]byte, len(indexes))
	for i, n := range indexes {
		if n >= int64(len(m.hashes)) {
			return nil, fmt.Errorf("no hash %d", n)
		}
		out[i] = m.hashes[n]
	}
	return out, nil
}

func (m *memory) EachLogEntry(_ context.Context, f func(int64, string, string, []byte) error) error {
	for n, r := range m.records {
		if err := f(int64(n), m.kinds[n], m.subjects[n], r); err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) EachLogHash(_ context.Context, f func(int64, []byte) error) error {
	for n, h := range m.hashes {
		if err := f(int64(n), h); err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) EachLogCheckpoint(_ context.Context, f func(int64, []byte) error) error {
	for size := range int64(len(m.records)) {
		if note := m.notes[size+1]; note != nil {
			if err := f(size+1, note); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *memory) LogContents(_ context.Context, digest string) ([]byte, error) {
	if b, ok := m.contents[digest]; ok {
		return b, nil
	}
	return nil, errors.New("not there")
}

// nothing is an archive without measurements and records without rows.
type nothing struct{}

func (nothing) EachDay(context.Context, archive.Query, func(archive.DayRead) error, func(slo.Entry) error) error {
	return nil
}
func (nothing) State() (archive.State, error) { return archive.State{}, nil }
func (nothing) Files(archive.Day) ([]archive.File, []archive.Superseded, error) {
	return nil, nil, nil
}
func (nothing) Verify(context.Context) ([]archive.Problem, error) { return nil, nil }
func (nothing) Strays(context.Context) ([]string, error)          { return nil, nil }

// Line is the row that testLine made for an entry.
func (nothing) Line(_ context.Context, e Entry) (Line, error) { return testLine(e.Body.Subject()), nil }

func testLine(action string) Line { return Line{"test", action} }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// openLog opens a log over a storage.
func openLog(t testing.TB, m *memory, dir string, o Options) (*Log, Opened) {
	t.Helper()
	o.Commit = m.commit
	l, opened, err := Open(context.Background(), m, dir, t0, o)
	must(t, err)
	return l, opened
}

// say appends an audit entry for each text.
func say(t testing.TB, l *Log, m *memory, texts ...string) {
	t.Helper()
	var drafts []Draft
	for _, s := range texts {
		drafts = append(drafts, Draft{t0, "ada", &Audit{Row: testLine("test").Digest(), Action: "test", Object: s, Outcome: "allowed"}})
	}
	_, err := l.Append(context.Background(), t0, m.commit, drafts...)
	must(t, err)
}

// judged verifies a log.
func judged(t testing.TB, m *memory, dir string, change func(*VerifyOptions)) *Verdict {
	t.Helper()
	o := VerifyOptions{Records: m, Rows: nothing{}, Archive: nothing{}, Dir: dir}
	if change != nil {
		change(&o)
	}
	v, err := Verify(context.Background(), o)
	must(t, err)
	return v
}

// merkle is the tree of RFC 6962, section 2.1, by its definition.
func merkle(records [][]byte) tlog.Hash {
	if len(records) == 1 {
		return tlog.RecordHash(records[0])
	}
	k := 1
	for k*2 < len(records) {
		k *= 2
	}
	return tlog.NodeHash(merkle(records[:k]), merkle(records[k:]))
}
