package ledger

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

// grown is a log with some entries, and its folder.
func grown(t *testing.T) (*memory, string, *Log) {
	t.Helper()
	m, dir := newMemory(), t.TempDir()
	l, opened := openLog(t, m, dir, Options{})
	if opened.Began != BeganFirst || opened.Epoch != 1 || opened.Size != 1 {
		t.Fatalf("%+v", opened)
	}
	for _, s := range []string{"a", "b", "c", "d"} {
		say(t, l, m, s)
	}
	return m, dir, l
}

// A restored backup goes on in a new epoch that names what is lost, and never
// in silence; what was issued of the lost entries is not taken for genuine.
func TestRestoredBackup(t *testing.T) {
	m, dir, l := grown(t)
	old := m.backup(3) // the epoch, a and b
	if v := judged(t, old, dir, nil); v.OK() {
		t.Error("a restored backup is found whole before the start")
	}
	l2, opened := openLog(t, old, dir, Options{})
	if opened.Began != BeganBehind || opened.Epoch != 2 || opened.Size != 4 || opened.Previous != string(m.notes[5]) {
		t.Fatalf("%+v", opened)
	}
	e, err := Decode(old.records[3])
	must(t, err)
	if b := e.Body.(*Epoch); b.Lost == nil || *b.Lost != (Range{3, 4}) || b.Key != l.Key() {
		t.Errorf("%+v", b)
	}
	say(t, l2, old, "e", "f", "g")
	v := judged(t, old, dir, nil)
	if !v.OK() || v.Epochs != 2 || len(v.Declared) != 1 || !strings.Contains(v.Declared[0], "entries 3 to 4") {
		t.Errorf("%+v", v)
	}
	// What was issued before the loss is still part of it, what lies in it is not.
	for size, ok := range map[int64]bool{1: true, 2: true, 3: true, 4: false, 5: false} {
		c, err := PeekCheckpoint(m.notes[size])
		must(t, err)
		v := judged(t, old, dir, func(o *VerifyOptions) { o.Checkpoint = &Anchor{size, c.Root, m.notes[size]} })
		if v.OK() != ok {
			t.Errorf("against the checkpoint of %d entries: %v", size, v.Problems)
		}
		if !ok && !strings.Contains(v.Problems[0].What, "declared lost") {
			t.Errorf("it is not told as a loss: %v", v.Problems)
		}
	}
	if _, again := openLog(t, old, dir, Options{}); again.Began != "" {
		t.Errorf("the next start began another: %+v", again)
	}
}

// A kill between an epoch's entry and its checkpoint's file begins no other.
func TestKilledInANewEpoch(t *testing.T) {
	m, dir, _ := grown(t)
	before, err := os.ReadFile(anchorFile(dir))
	must(t, err)
	old := m.backup(2)
	openLog(t, old, dir, Options{})
	must(t, os.WriteFile(anchorFile(dir), before, 0o600))
	if _, opened := openLog(t, old, dir, Options{}); opened.Began != "" || opened.Epoch != 2 {
		t.Errorf("%+v", opened)
	}
}

// Records that contradict the checkpoint, its absence, another key and the
// operator begin epochs too, each under its name.
func TestEpochs(t *testing.T) {
	for _, x := range []struct {
		began   string
		options Options
		change  func(t *testing.T, m *memory, dir string) *memory
	}{
		{BeganOperator, Options{NewEpoch: true}, func(_ *testing.T, m *memory, _ string) *memory { return m }},
		{BeganMissing, Options{}, func(t *testing.T, m *memory, dir string) *memory {
			must(t, os.Remove(anchorFile(dir)))
			return m
		}},
		{BeganKey, Options{}, func(t *testing.T, m *memory, dir string) *memory {
			must(t, os.Remove(filepath.Join(dir, keyName)))
			return m
		}},
		{BeganOther, Options{}, func(t *testing.T, m *memory, dir string) *memory {
			// The restored records went on elsewhere, and came back.
			other := m.backup(2)
			elsewhere := t.TempDir()
			key, err := os.ReadFile(filepath.Join(dir, keyName))
			must(t, err)
			must(t, os.WriteFile(filepath.Join(elsewhere, keyName), key, 0o600))
			must(t, os.WriteFile(anchorFile(elsewhere), other.notes[2], 0o600))
			l, _ := openLog(t, other, elsewhere, Options{})
			say(t, l, other, "x", "y", "z", "w")
			return other
		}},
	} {
		m, dir, _ := grown(t)
		m = x.change(t, m, dir)
		_, opened := openLog(t, m, dir, x.options)
		if opened.Began != x.began || opened.Epoch != 2 {
			t.Errorf("%s: %+v", x.began, opened)
		}
		if v := judged(t, m, dir, nil); !v.OK() || len(v.Declared) != 1 {
			t.Errorf("%s: %v, declared %v", x.began, v.Problems, v.Declared)
		}
	}
}

// A fork shows to whoever has a checkpoint of the other branch.
func TestFork(t *testing.T) {
	m, dir, l := grown(t)
	fork := m.backup(3)
	must(t, os.WriteFile(anchorFile(dir), fork.notes[3], 0o600))
	branch, _ := openLog(t, fork, dir, Options{})
	say(t, branch, fork, "x")
	say(t, branch, fork, "y")
	if v := judged(t, fork, dir, func(o *VerifyOptions) { o.Key = l.Key() }); !v.OK() || v.Anchor != AnchoredKey {
		t.Errorf("whoever holds the key can fork: %+v", v)
	}
	for size := int64(1); size <= 5; size++ {
		c, err := OpenCheckpoint(m.notes[size], l.Key())
		must(t, err)
		for _, note := range [][]byte{m.notes[size], nil} {
			v := judged(t, fork, dir, func(o *VerifyOptions) { o.Checkpoint = &Anchor{size, c.Root, note} })
			if v.OK() != (size <= 3) {
				t.Errorf("against the checkpoint of %d entries: %v", size, v.Problems)
			}
		}
	}
	v := judged(t, fork, dir, func(o *VerifyOptions) { o.Checkpoint = &Anchor{9, tlog.Hash{}, nil} })
	if v.OK() {
		t.Error("a checkpoint of more entries than there are is taken")
	}
	v = judged(t, fork, dir, func(o *VerifyOptions) { o.Key = "assay/main/00000000+00000000+AAAA" })
	if v.OK() {
		t.Error("another key is taken")
	}
}
