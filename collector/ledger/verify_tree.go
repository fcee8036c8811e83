package ledger

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

// errEnough ends the reading of what was appended after Verify began.
var errEnough = errors.New("enough")

// begin takes the checkpoint beside the records before their size, so that a
// collector that runs meanwhile is never taken for one that lost something.
func (v *verification) begin(ctx context.Context) error {
	if v.Dir != "" {
		b, err := readSmall(anchorFile(v.Dir))
		switch {
		case err == nil:
			v.beside = b
		case !errors.Is(err, fs.ErrNotExist):
			return err
		}
	}
	var err error
	if v.size, _, err = v.Records.LogHead(ctx); err != nil {
		return err
	}
	v.Entries = v.size
	if v.size == 0 {
		v.problem("the ledger", "it is empty")
	}
	return nil
}

// tree reads every record and computes the tree over them.
func (v *verification) tree(ctx context.Context) error {
	next := int64(0)
	err := v.Records.EachLogEntry(ctx, func(n int64, kind, subject string, rec []byte) error {
		if n >= v.size {
			return errEnough
		}
		where := entryName(n, kind, subject)
		if n != next {
			v.problem(fmt.Sprintf("entry %d", next), "it is missing")
		}
		next = n + 1
		hashes, err := tlog.StoredHashes(n, rec, v.computed())
		if err != nil {
			v.problem(where, "the tree cannot be computed up to it")
			return errEnough
		}
		v.hashes = append(v.hashes, hashes...)
		v.entry(n, kind, subject, where, rec)
		v.Progress("entries", next, v.size)
		return ctx.Err()
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	if v.size > 0 && int64(len(v.hashes)) == tlog.StoredHashCount(v.size) {
		root, err := v.rootAt(v.size)
		if err != nil {
			return err
		}
		v.Root = hex.EncodeToString(root[:])
	}
	return nil
}

// entry looks at one record by itself, and remembers what later ones need.
func (v *verification) entry(n int64, kind, subject, where string, rec []byte) {
	e, err := Decode(rec)
	if err != nil {
		v.problem(where, "%v", err)
		return
	}
	if e.Index != n || string(e.Body.Kind()) != kind || e.Body.Subject() != subject {
		v.problem(where, "its record says entry %d (%s %s)", e.Index, e.Body.Kind(), e.Body.Subject())
	}
	v.issued[e.Batch] = false
	switch b := e.Body.(type) {
	case *Epoch:
		v.epoch(n, where, b)
	case *Catalogue:
		v.catalogues[b.Revision] = b
	case *Seal:
		if first, twice := v.sealed[subject]; twice {
			v.problem(where, "entry %d sealed the same window before", first)
		} else {
			v.sealed[subject] = n
		}
		v.Figures++
		v.entries[n], v.newest[subject] = b.Promise, n
	case *Restatement:
		v.Figures++
		switch newest := v.newest[subject]; {
		case v.entries[b.Seal] != b.Promise:
			v.problem(where, "it corrects entry %d, which is not of this window", b.Seal)
		case newest != b.Seal:
			v.problem(where, "it corrects entry %d, which entry %d had corrected", b.Seal, newest)
		}
		v.entries[n], v.newest[subject], v.corrected[b.Seal] = b.Promise, n, true
	}
	if n == 0 && e.Body.Kind() != KindEpoch {
		v.problem(where, "a ledger begins with an epoch")
	}
}

// epoch follows the chain of epochs. Each but the one that the log begins with is
// declared, whatever it says of itself: who lacks the key can begin one under a
// key of his own, and every checkpoint from before still holds.
func (v *verification) epoch(n int64, where string, b *Epoch) {
	v.Epochs++
	last := epochAt{}
	if len(v.epochs) > 0 {
		last = v.epochs[len(v.epochs)-1]
	}
	if b.Number <= last.numbered() {
		v.problem(where, "epoch %d follows epoch %d", b.Number, last.numbered())
	}
	v.skipped(where, last.numbered()+1, b)
	if n > 0 && b.Reason == BeganFirst {
		v.problem(where, "the log began before, and it says that it begins here")
	}
	if n > 0 || b.Reason != BeganFirst {
		text := fmt.Sprintf("epoch %d began with entry %d (%s)", b.Number, n, b.Reason)
		if b.Lost != nil {
			text += fmt.Sprintf("; entries %d to %d of the epoch before are lost", b.Lost.From, b.Lost.To)
		}
		if last.Epoch != nil && last.Key != b.Key {
			text += fmt.Sprintf("; it is signed with another key than the one before, which was %s: only its owner can say whether he made it", last.Key)
		}
		v.Declared = append(v.Declared, plain(text))
	}
	v.epochs = append(v.epochs, epochAt{n, b})
	v.VerifierKey = b.Key
}

// skipped tells of the epochs from one on that are missing before another. Only
// where entries were lost, or are others, can they be: the epochs were among
// those. Else somebody left them out of what he shows.
func (v *verification) skipped(where string, from int64, b *Epoch) {
	if b.Number <= from {
		return
	}
	which := fmt.Sprintf("epoch %d", from)
	if b.Number > from+1 {
		which = fmt.Sprintf("epochs %d to %d", from, b.Number-1)
	}
	if b.Lost == nil && b.Reason != BeganOther {
		v.problem(where, "%s before it: left out, for none of it was lost", which)
		return
	}
	v.Declared = append(v.Declared, fmt.Sprintf("before epoch %d there is no entry of %s: lost with the entries that it names, if not left out", b.Number, which))
}

// storedHashes holds the hashes in the records against those of the tree.
func (v *verification) storedHashes(ctx context.Context) error {
	next, want := int64(0), int64(len(v.hashes))
	err := v.Records.EachLogHash(ctx, func(n int64, h []byte) error {
		if n >= want {
			return v.beyond(ctx, fmt.Sprintf("stored hash %d", n), n, tlog.StoredHashCount)
		}
		if n != next {
			v.problem(fmt.Sprintf("stored hash %d", next), "it is missing")
		}
		next = n + 1
		if !bytes.Equal(h, v.hashes[n][:]) {
			level, of := tlog.SplitStoredHashIndex(n)
			v.problem(fmt.Sprintf("stored hash %d", n), "it is not the hash of the entries from %d on (level %d)", of<<level, level)
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	if next < want {
		v.problem(fmt.Sprintf("stored hash %d", next), "it is missing")
	}
	return nil
}

// rootAt is the root of the first size entries, as computed.
func (v *verification) rootAt(size int64) (tlog.Hash, error) {
	return tlog.TreeHash(size, v.computed())
}

// computed reads the hashes that were computed from the records.
func (v *verification) computed() tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, n := range indexes {
			if n >= int64(len(v.hashes)) {
				return nil, fmt.Errorf("no hash %d", n)
			}
			out[i] = v.hashes[n]
		}
		return out, nil
	})
}

// checkpoints checks every one that was issued.
func (v *verification) checkpoints(ctx context.Context) error {
	err := v.Records.EachLogCheckpoint(ctx, func(size int64, note []byte) error {
		where := fmt.Sprintf("checkpoint of %d entries", size)
		if size > v.size {
			return v.beyond(ctx, where, size-1, func(entries int64) int64 { return entries })
		}
		if _, due := v.issued[size]; !due {
			v.problem(where, "no entry says that it was issued")
		}
		v.issued[size] = true
		v.Checkpoints++
		c, ok := v.signed(where, note)
		if ok && c.Size != size {
			v.problem(where, "it says %d entries", c.Size)
		}
		v.Progress("checkpoints", size, v.size)
		return ctx.Err()
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	for _, size := range slices.Sorted(maps.Keys(v.issued)) {
		if !v.issued[size] {
			v.problem(fmt.Sprintf("checkpoint of %d entries", size), "it is missing")
		}
	}
	return nil
}

// beyond judges something behind the end of the log as it was when Verify
// began: it must have been appended since.
func (v *verification) beyond(ctx context.Context, where string, n int64, count func(entries int64) int64) error {
	size, _, err := v.Records.LogHead(ctx)
	if err != nil {
		return err
	}
	if n >= count(size) {
		v.problem(where, "there are no entries that it can be of")
	}
	return errEnough
}

// signed checks a checkpoint's signature by the key of its epoch, and its root
// by the tree.
func (v *verification) signed(where string, note []byte) (Checkpoint, bool) {
	peek, err := PeekCheckpoint(note)
	if err != nil {
		v.problem(where, "%v", err)
		return peek, false
	}
	if peek.Size > v.size {
		v.problem(where, "it is of %d entries, here are %d: a backup was restored, or entries were removed", peek.Size, v.size)
		return peek, false
	}
	epoch, found := v.epochAt(peek.Size)
	if !found || epoch.Number != peek.Epoch {
		v.problem(where, "it is of epoch %d, the entries up to it are of epoch %d", peek.Epoch, epoch.numbered())
		return peek, false
	}
	c, err := OpenCheckpoint(note, epoch.Key)
	if err != nil {
		v.problem(where, "%v", err)
		return peek, false
	}
	root, err := v.rootAt(c.Size)
	if err != nil || root != c.Root {
		v.problem(where, "the log forked: its root is %s, the entries up to it give another", c.Hash())
		return c, false
	}
	return c, true
}

func (e epochAt) numbered() int64 {
	if e.Epoch == nil {
		return 0
	}
	return e.Number
}

// epochAt is the epoch of a checkpoint over size entries.
func (v *verification) epochAt(size int64) (found epochAt, ok bool) {
	for _, e := range v.epochs {
		if e.index < size {
			found, ok = e, true
		}
	}
	return found, ok
}

// files looks at what lies beside the records.
func (v *verification) files(context.Context) error {
	if v.Dir == "" {
		return nil
	}
	if v.beside == nil {
		v.problem(checkpointName, "the file of the newest checkpoint is missing")
	} else if c, ok := v.signed("the file "+checkpointName, v.beside); ok {
		// Entries may be newer than the file only by what a kill or a running
		// collector left between the two.
		if e, _ := v.epochAt(v.size); e.numbered() != c.Epoch && e.index+1 != v.size {
			v.problem("the file "+checkpointName, "it is of epoch %d, the newest is %d", c.Epoch, e.numbered())
		}
	}
	key, err := readKey(filepath.Join(v.Dir, keyName))
	switch {
	case errors.Is(err, fs.ErrNotExist): // an auditor's copy has none
	case err != nil:
		v.problem("the file "+keyName, "%v", err)
	case key.Verifier != v.VerifierKey:
		v.problem("the file "+keyName, "its verifier key is %s, that of the newest epoch is %s", key.Verifier, v.VerifierKey)
	}
	return nil
}

// anchor holds the log against what the auditor brought.
func (v *verification) anchor(context.Context) error {
	if v.Key != "" && v.Key != v.VerifierKey {
		v.problem("--key", "the newest epoch is signed with another key, %s", v.VerifierKey)
	}
	a := v.Checkpoint
	if a == nil {
		return nil
	}
	where := fmt.Sprintf("--checkpoint of %d entries", a.Size)
	for _, e := range v.epochs {
		if e.Lost != nil && e.Lost.From < a.Size && a.Size <= e.Lost.To+1 && v.isLost(a, e) {
			v.problem(where, "entries %d to %d of its epoch were declared lost when epoch %d began", e.Lost.From, e.Lost.To, e.Number)
			return nil
		}
	}
	if a.Size > v.size {
		v.problem(where, "here are %d entries: a backup was restored, or entries were removed", v.size)
		return nil
	}
	if a.Note != nil {
		v.signed(where, a.Note)
	} else if root, err := v.rootAt(a.Size); err != nil || root != a.Root {
		v.problem(where, "the log forked: its root is %s, the entries up to it give another", hex.EncodeToString(a.Root[:]))
	}
	v.outgrown(where, a, v.Key)
	return nil
}

// outgrown says where an anchor is all the trust that was given, and the newest
// entries are signed with another key than it: whoever has read the log can go on
// with it under a key of his own.
func (v *verification) outgrown(where string, a *Anchor, key string) {
	at, found := v.epochAt(a.Size)
	if key == "" && found && at.Key != v.VerifierKey {
		v.problem(where, "it is of epoch %d, whose key was %s; the newest entries are signed with %s: give that by --key too where its owner says that it is his", at.Number, at.Key, v.VerifierKey)
	}
}

// isLost reports whether an anchor is of the epoch before e: of another root
// than the entries that are here.
func (v *verification) isLost(a *Anchor, e epochAt) bool {
	root, err := v.rootAt(a.Size)
	return a.Size > v.size || err != nil || root != a.Root
}
