package ledger

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
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
		forger := &Log{storage: m, key: key, anchor: anchorFile(dir), epoch: 2}
		_, err = forger.Append(t.Context(), t0, m.commit, Draft{t0, Self, &Epoch{Number: 2, Key: key.Verifier, Reason: reason}})
		if err != nil {
			continue // no record can say so
		}
		say(t, forger, m, "all is well")
		v := judged(t, m, dir, func(o *VerifyOptions) { o.Checkpoint = &Anchor{c.Size, c.Root, m.notes[5]} })
		told := strings.Join(v.Declared, "\n")
		if v.OK() && (!strings.Contains(told, l.Key()) || !strings.Contains(told, "another key")) {
			t.Errorf("an epoch of reason %q under another key is not told: %v", reason, v.Declared)
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
