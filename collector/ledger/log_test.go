package ledger

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// The log holds itself against a Merkle tree that is made anew each time: its
// roots, its proofs, and that a proof of something else does not pass.
func TestLogAgainstTree(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		m := newMemory()
		must(t, os.RemoveAll(anchorFile(dir)))
		l, _ := openLog(t, m, dir, Options{})
		for i := range rapid.IntRange(0, 12).Draw(rt, "appends") {
			var texts []string
			for k := range rapid.IntRange(1, 9).Draw(rt, "entries") {
				texts = append(texts, fmt.Sprint(i, k))
			}
			say(t, l, m, texts...)
		}
		ctx, size := context.Background(), int64(len(m.records))
		for n, note := range m.notes {
			c, err := OpenCheckpoint(note, l.Key())
			must(t, err)
			if want := merkle(m.records[:n]); c.Root != want || c.Size != n {
				rt.Fatalf("the checkpoint of %d entries is %s, want %s", n, c.Root, want)
			}
		}
		at := rapid.Int64Range(1, size).Draw(rt, "size")
		n := rapid.Int64Range(0, at-1).Draw(rt, "index")
		root := merkle(m.records[:at])
		p, err := l.ProveEntry(ctx, at, n)
		must(t, err)
		must(t, tlog.CheckRecord(p, at, root, n, tlog.RecordHash(m.records[n])))
		if tlog.CheckRecord(p, at, root, n, tlog.RecordHash([]byte("other"))) == nil {
			rt.Fatal("another record passes")
		}
		older := rapid.Int64Range(1, at).Draw(rt, "older")
		g, err := l.ProveGrowth(ctx, at, older)
		must(t, err)
		must(t, tlog.CheckTree(g, at, root, older, merkle(m.records[:older])))
		if older < at && tlog.CheckTree(g, at, root, older, tlog.RecordHash([]byte("other"))) == nil {
			rt.Fatal("another older log passes")
		}
		if v := judged(t, m, dir, nil); !v.OK() {
			rt.Fatalf("%v", v.Problems)
		}
	})
}

func TestProofsOfWhatIsNot(t *testing.T) {
	m := newMemory()
	l, _ := openLog(t, m, t.TempDir(), Options{})
	say(t, l, m, "a")
	for _, x := range [][2]int64{{3, 0}, {2, 2}, {2, -1}, {0, 0}, {-1, 0}} {
		if _, err := l.ProveEntry(t.Context(), x[0], x[1]); !errors.Is(err, ErrRange) {
			t.Errorf("entry %d of %d: %v", x[1], x[0], err)
		}
	}
	for _, x := range [][2]int64{{3, 1}, {2, 3}, {2, 0}} {
		if _, err := l.ProveGrowth(t.Context(), x[0], x[1]); !errors.Is(err, ErrRange) {
			t.Errorf("from %d to %d: %v", x[1], x[0], err)
		}
	}
}

// A commit that fails leaves the log where it was, and the next one goes on.
func TestFailedCommit(t *testing.T) {
	m, dir := newMemory(), t.TempDir()
	l, _ := openLog(t, m, dir, Options{})
	no := errors.New("no")
	draft := Draft{t0, "ada", &Audit{Row: testLine("").Digest()}}
	if _, err := l.Append(t.Context(), t0, func(context.Context, Batch) error { return no }, draft); !errors.Is(err, no) {
		t.Fatalf("%v", err)
	}
	// A commit that is done though it says otherwise is one that is done.
	if _, err := l.Append(t.Context(), t0, func(ctx context.Context, b Batch) error { return errors.Join(m.commit(ctx, b), no) }, draft); !errors.Is(err, no) {
		t.Fatalf("%v", err)
	}
	say(t, l, m, "after")
	if v := judged(t, m, dir, nil); !v.OK() || v.Entries != 3 {
		t.Errorf("%+v", v)
	}
}

// What a kill leaves between the commit and the checkpoint's file is made good
// by the next start, and is no new epoch.
func TestKilledBeforeTheCheckpoint(t *testing.T) {
	m, dir := newMemory(), t.TempDir()
	l, _ := openLog(t, m, dir, Options{})
	must(t, os.Remove(anchorFile(dir))) // killed at the very first one
	_, opened := openLog(t, m, dir, Options{})
	if opened.Began != "" || opened.Epoch != 1 {
		t.Fatalf("after the first: %+v", opened)
	}
	before, err := os.ReadFile(anchorFile(dir))
	must(t, err)
	say(t, l, m, "a")
	must(t, os.WriteFile(anchorFile(dir), before, 0o600))
	if v := judged(t, m, dir, nil); !v.OK() {
		t.Errorf("before the start: %v", v.Problems)
	}
	if _, opened = openLog(t, m, dir, Options{}); opened.Began != "" || opened.Size != 2 {
		t.Fatalf("after an append: %+v", opened)
	}
	after, err := os.ReadFile(anchorFile(dir))
	must(t, err)
	if string(after) != string(m.notes[2]) {
		t.Error("the checkpoint's file stayed behind")
	}
}

// A checkpoint that cannot be put beside the records is told of; the entry is
// in the log, and the next append makes good for it.
func TestUnanchored(t *testing.T) {
	m, dir := newMemory(), t.TempDir()
	l, _ := openLog(t, m, dir, Options{})
	l.anchor = filepath.Join(dir, "none", "checkpoint")
	_, err := l.Append(t.Context(), t0, m.commit, Draft{t0, "ada", &Audit{Row: testLine("").Digest()}})
	var behind *Unanchored
	if !errors.As(err, &behind) || len(m.records) != 2 {
		t.Fatalf("%v, %d entries", err, len(m.records))
	}
	l.anchor = anchorFile(dir)
	say(t, l, m, "next")
	if v := judged(t, m, dir, nil); !v.OK() {
		t.Errorf("%v", v.Problems)
	}
}

func TestKeyFile(t *testing.T) {
	m, dir := newMemory(), filepath.Join(t.TempDir(), Folder)
	l, _ := openLog(t, m, dir, Options{})
	info, err := os.Stat(filepath.Join(dir, keyName))
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the key's mode is %o", info.Mode().Perm())
	}
	got, err := VerifierKey(filepath.Dir(dir))
	must(t, err)
	if got != l.Key() {
		t.Errorf("the verifier key is %s, of the folder %s", l.Key(), got)
	}
	secret, err := os.ReadFile(filepath.Join(dir, keyName))
	must(t, err)
	for i := range secret {
		b := []byte(string(secret))
		b[i] ^= 0x20
		must(t, os.WriteFile(filepath.Join(dir, keyName), b, 0o600))
		_, _, err := Open(t.Context(), m, dir, t0, Options{Commit: m.commit})
		if err == nil {
			t.Fatalf("a key with byte %d changed was taken", i)
		}
		if strings.Contains(err.Error(), strings.Split(string(b), "+")[len(strings.Split(string(b), "+"))-1]) {
			t.Fatalf("the error holds the key: %v", err)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, n := range []int{1, 100} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			m := newMemory()
			l, _ := openLog(b, m, b.TempDir(), Options{})
			texts := make([]string, n)
			for b.Loop() {
				say(b, l, m, texts...)
			}
			b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "entries/s")
		})
	}
}
