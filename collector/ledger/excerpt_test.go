package ledger

import (
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

// excerptOf takes entries and the checkpoints at sizes out of a log.
func excerptOf(t *testing.T, l *Log, m *memory, entries, sizes []int64) (Excerpt, *[]ProvenEntry, *[]ProvenCheckpoint) {
	t.Helper()
	head, note, err := l.Checkpoint(t.Context())
	must(t, err)
	var es []ProvenEntry
	for _, n := range entries {
		proof, err := l.ProveEntry(t.Context(), head.Size, n)
		must(t, err)
		p := ProvenEntry{Index: n, Record: m.records[n], Proof: proof}
		if e, err := Decode(p.Record); err == nil && e.Body.Kind() == KindAudit {
			p.Line = testLine(e.Body.Subject())
		}
		es = append(es, p)
	}
	var cs []ProvenCheckpoint
	for _, size := range sizes {
		proof, err := l.ProveGrowth(t.Context(), head.Size, size)
		must(t, err)
		cs = append(cs, ProvenCheckpoint{Note: m.notes[size], Proof: proof})
	}
	return Excerpt{Head: note, Entries: each(&es), Checkpoints: each(&cs)}, &es, &cs
}

func each[T any](list *[]T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, v := range *list {
			if !yield(v, nil) {
				return
			}
		}
	}
}

func TestExcerpt(t *testing.T) {
	m := newMemory()
	l, _ := openLog(t, m, t.TempDir(), Options{})
	for i := range 20 {
		say(t, l, m, fmt.Sprint("line ", i))
	}
	x, _, _ := excerptOf(t, l, m, []int64{0, 3, 7, 20}, []int64{1, 8, 21})
	x.Key = l.Key()
	v, err := VerifyExcerpt(t.Context(), x)
	must(t, err)
	if !v.OK() || v.Entries != 4 || v.Checkpoints != 3 || v.Anchor != AnchoredKey {
		t.Fatalf("%+v", v)
	}
	x.Key, x.Checkpoint = "", &Anchor{Size: 8, Root: root(t, l, 8)}
	if v, err := VerifyExcerpt(t.Context(), x); err != nil || !v.OK() || v.Anchor != AnchoredCheckpoint {
		t.Fatalf("%+v, %v", v, err)
	}
	x.Checkpoint = nil
	if v, err := VerifyExcerpt(t.Context(), x); err != nil || !v.OK() || v.Anchor != NotAnchored {
		t.Fatalf("%+v, %v", v, err)
	}
}

func root(t *testing.T, l *Log, size int64) tlog.Hash {
	t.Helper()
	h, err := l.Root(t.Context(), size)
	must(t, err)
	return h
}

// TestExcerptForged: nothing of an excerpt can be changed, left out of the chain
// of epochs, or be of another log.
func TestExcerptForged(t *testing.T) {
	m := newMemory()
	l, _ := openLog(t, m, t.TempDir(), Options{})
	other := newMemory()
	foreign, _ := openLog(t, other, t.TempDir(), Options{})
	for i := range 9 {
		say(t, l, m, fmt.Sprint("line ", i))
		say(t, foreign, other, fmt.Sprint("line ", i))
	}
	for name, c := range map[string]struct {
		forge func(x *Excerpt, es *[]ProvenEntry, cs *[]ProvenCheckpoint)
		want  string
	}{
		"a record changed": {func(_ *Excerpt, es *[]ProvenEntry, _ *[]ProvenCheckpoint) {
			(*es)[1].Record = []byte(strings.Replace(string((*es)[1].Record), `"ada"`, `"eve"`, 1))
		}, "the proof does not hold"},
		"a row changed": {func(_ *Excerpt, es *[]ProvenEntry, _ *[]ProvenCheckpoint) {
			(*es)[1].Line = testLine("another")
		}, "what is shown of it is not what it was"},
		"a row left out": {func(_ *Excerpt, es *[]ProvenEntry, _ *[]ProvenCheckpoint) {
			(*es)[1].Line = nil
		}, "what it speaks of is not shown"},
		"an entry twice": {func(_ *Excerpt, es *[]ProvenEntry, _ *[]ProvenCheckpoint) {
			*es = append(*es, (*es)[1])
		}, "it comes behind entry"},
		"an entry in another's place": {func(_ *Excerpt, es *[]ProvenEntry, _ *[]ProvenCheckpoint) {
			(*es)[1].Index = 4
		}, "the proof does not hold"},
		"no epoch": {func(_ *Excerpt, es *[]ProvenEntry, _ *[]ProvenCheckpoint) {
			*es = (*es)[1:]
		}, "the entries up to it are of epoch 0"},
		"a checkpoint of another log": {func(_ *Excerpt, _ *[]ProvenEntry, cs *[]ProvenCheckpoint) {
			(*cs)[0].Note = other.notes[4]
		}, "the log forked"},
		"a head of another log": {func(x *Excerpt, _ *[]ProvenEntry, _ *[]ProvenCheckpoint) {
			x.Head = other.notes[10]
		}, "the proof does not hold"},
		"a head that nobody signed": {func(x *Excerpt, _ *[]ProvenEntry, _ *[]ProvenCheckpoint) {
			x.Head = []byte(strings.Replace(string(x.Head), "at 20", "at 19", 1))
		}, "signature"},
		"no head": {func(x *Excerpt, _ *[]ProvenEntry, _ *[]ProvenCheckpoint) { x.Head = nil }, "no signed note"},
		"another key": {func(x *Excerpt, _ *[]ProvenEntry, _ *[]ProvenCheckpoint) {
			x.Key = foreign.Key()
		}, "signed with another key"},
		"another checkpoint": {func(x *Excerpt, _ *[]ProvenEntry, _ *[]ProvenCheckpoint) {
			x.Checkpoint = &Anchor{Size: 4, Root: root(t, foreign, 4)}
		}, "no proof that its ledger goes on from there"},
		"another head from outside": {func(x *Excerpt, _ *[]ProvenEntry, _ *[]ProvenCheckpoint) {
			x.Checkpoint = &Anchor{Size: 10, Root: root(t, foreign, 10)}
		}, "the log forked"},
	} {
		x, es, cs := excerptOf(t, l, m, []int64{0, 3, 7}, []int64{4})
		c.forge(&x, es, cs)
		v, err := VerifyExcerpt(t.Context(), x)
		must(t, err)
		if !slices.ContainsFunc(v.Problems, func(p Problem) bool { return strings.Contains(p.What, c.want) }) {
			t.Errorf("%s: %+v, want %q", name, v.Problems, c.want)
		}
	}
}

// Whoever has read a pack can go on with its log under a key of his own: the
// auditor's checkpoint alone does not vouch for that key.
func TestExcerptOfAForger(t *testing.T) {
	m, dir := newMemory(), t.TempDir()
	l, _ := openLog(t, m, dir, Options{})
	say(t, l, m, "true")
	known := &Anchor{Size: 2, Root: root(t, l, 2)}
	must(t, os.Remove(filepath.Join(dir, keyName)))
	forger, _ := openLog(t, m, dir, Options{})
	say(t, forger, m, "forged")
	for key, want := range map[string]bool{"": false, l.Key(): false, forger.Key(): true} {
		x, _, _ := excerptOf(t, forger, m, []int64{0, 1, 2, 3}, []int64{2})
		x.Checkpoint, x.Key = known, key
		v, err := VerifyExcerpt(t.Context(), x)
		must(t, err)
		if v.OK() != want || len(v.Declared) == 0 {
			t.Errorf("with the key %q: %v, declared %v", key, v.Problems, v.Declared)
		}
	}
}

// Nobody can leave an epoch out of an excerpt in silence, such as the one in which
// entries were declared lost; one that was lost itself is told.
func TestExcerptWithoutAnEpoch(t *testing.T) {
	m, dir, l := grown(t)
	for range 3 {
		l, _ = openLog(t, m, dir, Options{NewEpoch: true})
		say(t, l, m, "more")
	}
	for _, left := range []int64{0, 5, 7, 9} {
		shown := slices.DeleteFunc([]int64{0, 5, 7, 9, 10}, func(n int64) bool { return n == left })
		x, _, _ := excerptOf(t, l, m, shown, nil)
		v, err := VerifyExcerpt(t.Context(), x)
		must(t, err)
		if v.OK() {
			t.Errorf("without entry %d, an epoch: %+v", left, v)
		}
	}
	old := m.backup(3) // of before the second epoch
	restored, _ := openLog(t, old, dir, Options{})
	x, _, _ := excerptOf(t, restored, old, []int64{0, 3}, nil)
	v, err := VerifyExcerpt(t.Context(), x)
	must(t, err)
	if !v.OK() || !slices.ContainsFunc(v.Declared, func(d string) bool { return strings.Contains(d, "no entry of epochs 2 to 4") }) {
		t.Errorf("epochs that were lost: %v, declared %v", v.Problems, v.Declared)
	}
	if v := judged(t, old, dir, nil); !v.OK() {
		t.Errorf("of the whole: %v", v.Problems)
	}
}

func TestSignedText(t *testing.T) {
	k, _, err := loadKey(t.TempDir())
	must(t, err)
	signed, err := k.SignText("manifest", "abc", "def")
	must(t, err)
	must(t, OpenText(signed, k.Verifier, "manifest", "abc", "def"))
	for _, err := range []error{
		OpenText(signed, k.Verifier, "manifest", "abc", "deg"),
		OpenText(signed, k.Verifier, "report", "abc", "def"),
		OpenText(append([]byte("x"), signed...), k.Verifier, "manifest", "abc", "def"),
		OpenText(signed, "nonsense", "manifest", "abc", "def"),
	} {
		if err == nil {
			t.Error("another text, kind or key was taken")
		}
	}
	if _, err := PeekCheckpoint(signed); err == nil {
		t.Error("a signed manifest was taken for a checkpoint")
	}
}
