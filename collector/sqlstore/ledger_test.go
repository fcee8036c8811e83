package sqlstore

import (
	"errors"
	"path/filepath"
	"testing"
)

// batch is a batch of n entries that carry nothing.
func batch(size int64, n int, subjects ...string) LogBatch {
	b := LogBatch{Size: size, Checkpoint: []byte("note")}
	for i := range n {
		b.Kinds, b.Records = append(b.Kinds, "seal"), append(b.Records, []byte{byte(size), byte(i)})
		b.Subjects, b.Hashes = append(b.Subjects, subjects[i]), append(b.Hashes, make([]byte, 32))
	}
	return b
}

func TestLog(t *testing.T) {
	each(t, func(t *testing.T, s *Store, reopen func() *Store) {
		ctx := t.Context()
		size, note, err := s.LogHead(ctx)
		must(t, err)
		if size != 0 || note != nil {
			t.Fatalf("an empty ledger has %d entries and the checkpoint %q", size, note)
		}
		must(t, s.AppendLogAnd(ctx, batch(0, 2, "a/m/2026-09", "a/m/2026-10"), "k", []byte("v"), LogContent{"d", []byte("content")}))
		must(t, s.AppendLog(ctx, batch(2, 1, "a/month/2026-10")))
		if err := s.AppendLogAnd(ctx, batch(2, 1, "late"), "k", []byte("w")); !errors.Is(err, ErrLogMoved) {
			t.Errorf("a batch for another size: %v", err)
		}
		s = reopen()
		size, note, err = s.LogHead(ctx)
		must(t, err)
		if size != 3 || string(note) != "note" {
			t.Errorf("%d entries, checkpoint %q", size, note)
		}
		v, err := s.Get(ctx, "k")
		must(t, err)
		same(t, "v", string(v)) // not that of the batch that was refused
		last, err := s.LastLogRow(ctx, "seal", "a/m/")
		must(t, err)
		same(t, LogRow{1, "seal", "a/m/2026-10", []byte{0, 1}}, last)
		if _, err := s.LastLogRow(ctx, "seal", "b/"); !errors.Is(err, ErrNotFound) {
			t.Errorf("a subject that is not there: %v", err)
		}
		rows, err := s.LogRows(ctx, "", "a/m/", 1, 9)
		must(t, err)
		same(t, []LogRow{last}, rows)
		rows, err = s.LogRows(ctx, "seal", "a/m", 0, 2)
		must(t, err)
		same(t, []LogRow{{0, "seal", "a/m/2026-09", []byte{0, 0}}, last}, rows) // in order of their numbers
		rows, err = s.LogRows(ctx, "seal", "a/m", 1, 9)
		must(t, err)
		same(t, []LogRow{last, {2, "seal", "a/month/2026-10", []byte{2, 0}}}, rows)
		b, err := s.LogContents(ctx, "d")
		must(t, err)
		same(t, "content", string(b))
		if _, err := s.LogHashes(ctx, []int64{2, 3}); err == nil {
			t.Error("a hash that is not there")
		}
	})
}

// A reader sees what is committed while the writer has the file open, and makes
// no table where there is none.
func TestReader(t *testing.T) {
	file := filepath.Join(t.TempDir(), "records.db")
	if _, err := OpenReader(t.Context(), file); err == nil {
		t.Error("a file that is not there was opened")
	}
	s := openFile(t, file)
	must(t, s.AppendLog(t.Context(), batch(0, 1, "a")))
	r, err := OpenReader(t.Context(), file)
	must(t, err)
	defer r.Close()
	size, _, err := r.LogHead(t.Context())
	must(t, err)
	same(t, int64(1), size)
	if err := r.Set(t.Context(), "k", nil); err == nil {
		t.Error("a reader wrote")
	}
}
