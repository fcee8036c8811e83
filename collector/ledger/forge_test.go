package ledger

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Whoever can write to the folder and lacks the key can begin an epoch under a
// key of his own. A checkpoint from outside still holds, so the verdict has to
// say it, whatever reason the entry gives.
func TestEpochOfAForger(t *testing.T) {
	for _, reason := range []string{BeganFirst, "", "upgrade", "ledger is\x1b[2Kfine", BeganOperator, BeganKey} {
		m, dir, l := grown(t)
		c, err := PeekCheckpoint(m.notes[5])
		must(t, err)
		must(t, os.Remove(filepath.Join(dir, keyName)))
		key, _, err := loadKey(dir)
		must(t, err)
		forger := &Log{Prover: Prover{m}, key: key, anchor: anchorFile(dir), epoch: 2}
		_, err = forger.Append(t.Context(), t0, m.commit, Draft{t0, Self, &Epoch{Number: 2, Key: key.Verifier, Reason: reason}})
		if err != nil {
			continue // no record can say so
		}
		say(t, forger, m, "all is well")
		anchored := &Anchor{c.Size, c.Root, m.notes[5]}
		if v := judged(t, m, dir, func(o *VerifyOptions) { o.Checkpoint = anchored }); v.OK() {
			t.Errorf("an epoch of reason %q under another key is taken for the checkpoint's owner's", reason)
		}
		v := judged(t, m, dir, func(o *VerifyOptions) { o.Checkpoint, o.Key = anchored, key.Verifier })
		told := strings.Join(v.Declared, "\n")
		if v.OK() && (!strings.Contains(told, l.Key()) || !strings.Contains(told, "another key")) {
			t.Errorf("an epoch of reason %q under another key is not told: %v", reason, v.Declared)
		}
		if !v.OK() && reason == BeganKey {
			t.Errorf("the owner's new key is refused: %v", v.Problems)
		}
	}
}

// What a folder says of itself cannot draw on the auditor's terminal.
func TestVerdictIsPlain(t *testing.T) {
	const hostile = "x\x1b[2J\x1b[Heverything fits\r\n\u009b2J\u202e"
	m, dir, _ := grown(t)
	m.kinds[2], m.subjects[3] = hostile, hostile
	v := judged(t, m, dir, nil)
	if v.OK() {
		t.Error("other kinds and subjects than those of the records fit")
	}
	for _, p := range v.Problems {
		if strings.ContainsAny(p.String(), "\x1b\r\n\u009b\u202e") {
			t.Errorf("%q", p)
		}
	}
}

// A restatement corrects the newest figure of its window and tells what it
// changed: one that corrects an older figure hides what lies between, and a
// difference is what people read of it.
func TestRestatementsTellTheTruth(t *testing.T) {
	from := t0.Add(-2 * 24 * time.Hour)
	a := filled(t, from, t0.Add(time.Hour), func(int) slo.State { return slo.Up })
	m, dir := newMemory(), t.TempDir()
	l, _ := openLog(t, m, dir, Options{})
	sealYear(t, l, m, a, from, t0)
	e, err := Decode(m.records[2])
	must(t, err)
	seal := e.Body.(*Seal)
	for _, c := range []struct {
		name     string
		corrects []int64 // entries, restatement by restatement; -1 is the one before
		lie      bool
		want     string
	}{
		{"one after the other", []int64{2, -1}, false, ""},
		{"past the one before", []int64{2, 2}, false, "had corrected"},
		{"a false difference", []int64{2}, true, "the difference that it tells"},
	} {
		m, contents := m.backup(len(m.batches)), m.contents
		m.contents = contents
		l := &Log{Prover: Prover{m}, key: l.key, anchor: anchorFile(dir), epoch: 1}
		for _, corrects := range c.corrects {
			if corrects < 0 {
				corrects = int64(len(m.records)) - 1
			}
			r := &Restatement{seal.Promise, corrects, ReasonLate, nil, seal.Figure, seal.Spans, seal.Exclusions, []Change{}, seal.Basis}
			if c.lie {
				r.Difference = []Change{{"availability", json.RawMessage("1"), json.RawMessage("2")}}
			}
			_, err := l.Append(t.Context(), t0, m.commit, Draft{t0, Self, r})
			must(t, err)
		}
		v, err := Verify(t.Context(), VerifyOptions{Records: m, Rows: nothing{}, Archive: a.Reader(), Dir: dir})
		must(t, err)
		if told := fmt.Sprint(v.Problems); v.OK() != (c.want == "") || !strings.Contains(told, c.want) {
			t.Errorf("%s: %s", c.name, told)
		}
	}
}

// Two revisions that differ in nothing but what is masked are two all the same:
// maintenance that the first carried and the second does again was taken back
// between them.
func TestCataloguesOfOneDigest(t *testing.T) {
	c, sources := parsed(t)
	one, contents, err := KeepCatalogue(c, sources, nil, nil)
	must(t, err)
	two := *one
	two.Revision = "with another secret"
	lies := two
	lies.Kept = "other"
	m := newMemory()
	m.contents[one.Digest] = contents
	w := &recomputation{verification: &verification{VerifyOptions: VerifyOptions{Records: m}, Verdict: &Verdict{}}, catalogs: map[keptAs]*slo.Catalog{}}
	for _, b := range []*Catalogue{one, &two} {
		if c := w.catalogue(t.Context(), "here", b); c == nil || c.Revision != b.Revision {
			t.Errorf("the catalogue %s is read as %+v: %v", b.Revision, c, w.Problems)
		}
	}
	if w.catalogue(t.Context(), "here", &lies); w.OK() {
		t.Error("an entry that tells another kept revision is taken")
	}
}
