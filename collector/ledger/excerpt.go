package ledger

import (
	"context"
	"encoding/hex"
	"fmt"
	"iter"

	"golang.org/x/mod/sumdb/tlog"
)

// Excerpt is what is shown of a log away from its records: entries and
// checkpoints, each with the proof that it belongs to the log of one head.
type Excerpt struct {
	Head        []byte // the checkpoint that the proofs lead to
	Entries     iter.Seq2[ProvenEntry, error]
	Checkpoints iter.Seq2[ProvenCheckpoint, error]
	Key         string  // verifier key that the head must have been signed with; "" is any
	Checkpoint  *Anchor // that the log must begin with; nil is any
}

// ProvenEntry is an entry, the proof that the head's log has it, and the row
// that it speaks of.
type ProvenEntry struct {
	Index  int64
	Record []byte
	Proof  tlog.RecordProof
	Line   Line // nil where it speaks of none
}

// ProvenCheckpoint is an earlier checkpoint and the proof that the head's log
// begins with what it is over.
type ProvenCheckpoint struct {
	Note  []byte
	Proof tlog.TreeProof
}

// excerpted is the state of one VerifyExcerpt.
type excerpted struct {
	Excerpt
	*Verdict
	head   Checkpoint
	epochs verification // only its chain of epochs
	bound  bool         // the anchor was met
}

// VerifyExcerpt holds an excerpt of a log against the head's root and the signatures
// of its epochs, and the rows against the entries. Figures are proven to be
// those that were sealed; they are not computed again. The entries of every
// epoch must be among the entries, which come in order. An error is of reading;
// what does not fit is in the verdict.
func VerifyExcerpt(ctx context.Context, x Excerpt) (*Verdict, error) {
	v := &Verdict{Declared: []string{}, Problems: []Problem{}, Anchor: anchorOf(VerifyOptions{Key: x.Key, Checkpoint: x.Checkpoint})}
	s := &excerpted{Excerpt: x, Verdict: v, epochs: verification{Verdict: v}}
	head, err := PeekCheckpoint(x.Head)
	if err != nil {
		v.problem("the head", "%v", err)
		return v, nil
	}
	s.head, v.Root = head, head.Hash()
	v.Head = fmt.Sprintf("%d:%s", head.Size, head.Hash())
	for _, step := range []func(context.Context) error{s.entries, s.signatures, s.checkpoints, s.anchored} {
		if err := step(ctx); err != nil {
			return v, fmt.Errorf("verifying an excerpt of the ledger: %w", err)
		}
	}
	v.VerifierKey = plain(v.VerifierKey)
	return v, nil
}

// entries checks each entry by itself, its proof and its row.
func (s *excerpted) entries(ctx context.Context) error {
	last := int64(-1)
	for p, err := range s.Excerpt.Entries {
		if err != nil {
			return err
		}
		s.entry(p, last)
		last = p.Index
		s.Verdict.Entries++
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

func (s *excerpted) entry(p ProvenEntry, last int64) {
	where := fmt.Sprintf("entry %d", p.Index)
	e, err := Decode(p.Record)
	if err != nil {
		s.problem(where, "%v", err)
		return
	}
	where = entryName(p.Index, string(e.Body.Kind()), e.Body.Subject())
	if e.Index != p.Index || p.Index <= last {
		s.problem(where, "its record says entry %d, and it comes behind entry %d", e.Index, last)
	}
	if err := tlog.CheckRecord(p.Proof, s.head.Size, s.head.Root, p.Index, tlog.RecordHash(p.Record)); err != nil {
		s.problem(where, "the proof does not hold: the log of the head has no such entry")
		return
	}
	switch b := e.Body.(type) {
	case *Epoch:
		s.epochs.epoch(p.Index, where, b)
	case *Seal, *Restatement:
		s.Figures++
	}
	s.row(where, e, p.Line)
}

// row holds what is shown of a row against the entry's digest of it.
func (s *excerpted) row(where string, e Entry, shown Line) {
	switch want := RowOf(e.Body); {
	case want == "":
	case shown == nil:
		s.problem(where, "what it speaks of is not shown")
	case shown.Digest() != want:
		s.problem(where, "what is shown of it is not what it was: it hashes to %s, the entry says %s", shown.Digest(), want)
	}
}

// signatures checks the head's, now that the epochs are known.
func (s *excerpted) signatures(context.Context) error {
	if list := s.epochs.epochs; len(list) > 0 && list[0].index != 0 {
		s.problem("entry 0", "it is not shown: a ledger begins with an epoch")
	}
	s.signed("the head", s.Excerpt.Head, s.head)
	if s.Key != "" && s.Key != s.VerifierKey {
		s.problem("--key", "the newest epoch is signed with another key, %s", s.VerifierKey)
	}
	return nil
}

func (s *excerpted) signed(where string, note []byte, c Checkpoint) bool {
	epoch, found := s.epochs.epochAt(c.Size)
	if !found || epoch.Number != c.Epoch {
		s.problem(where, "it is of epoch %d, the entries up to it are of epoch %d", c.Epoch, epoch.numbered())
		return false
	}
	if _, err := OpenCheckpoint(note, epoch.Key); err != nil {
		s.problem(where, "%v", err)
		return false
	}
	return true
}

// checkpoints checks the earlier ones.
func (s *excerpted) checkpoints(ctx context.Context) error {
	for p, err := range s.Excerpt.Checkpoints {
		if err != nil {
			return err
		}
		s.Verdict.Checkpoints++
		c, err := PeekCheckpoint(p.Note)
		if err != nil {
			s.problem(fmt.Sprintf("checkpoint number %d", s.Verdict.Checkpoints), "%v", err)
			continue
		}
		where := fmt.Sprintf("checkpoint of %d entries", c.Size)
		if err := tlog.CheckTree(p.Proof, s.head.Size, s.head.Root, c.Size, c.Root); err != nil {
			s.problem(where, "the log forked: the head's log does not begin with it")
			continue
		}
		if s.signed(where, p.Note, c) && s.Checkpoint != nil && s.Checkpoint.Size == c.Size && s.Checkpoint.Root == c.Root {
			s.bound = true
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// anchored says whether the auditor's checkpoint was met.
func (s *excerpted) anchored(context.Context) error {
	a := s.Checkpoint
	if a == nil {
		return nil
	}
	where := fmt.Sprintf("--checkpoint of %d entries", a.Size)
	if s.bound || a.Size == s.head.Size && a.Root == s.head.Root {
		s.epochs.outgrown(where, a, s.Key)
		return nil
	}
	if a.Size == s.head.Size {
		s.problem(where, "the log forked: its root is %s, the head's is another", hex.EncodeToString(a.Root[:]))
		return nil
	}
	s.problem(where, "the pack has no proof that its ledger goes on from there: ask for one that was made later, or that holds this checkpoint")
	return nil
}
