package ledger

import (
	"context"
	"errors"

	"golang.org/x/mod/sumdb/tlog"
)

// Prover proves from a storage's hashes what is in the log, and that it only
// grew. It needs no key.
type Prover struct{ Storage Storage }

// ErrRange is the error of a proof about entries that the log does not have.
var ErrRange = errors.New("the ledger has no such entries")

// ProveEntry is the proof that entry n is in the log of size entries.
func (p Prover) ProveEntry(ctx context.Context, size, n int64) (tlog.RecordProof, error) {
	if err := p.inside(ctx, size); err != nil || n < 0 || n >= size {
		return nil, errors.Join(err, ErrRange)
	}
	proof, err := tlog.ProveRecord(size, n, storedHashes(ctx, p.Storage, nil))
	return proof, wrap("proving an entry", err)
}

// ProveGrowth is the proof that the log of size entries begins with the log of
// older entries.
func (p Prover) ProveGrowth(ctx context.Context, size, older int64) (tlog.TreeProof, error) {
	if err := p.inside(ctx, size); err != nil || older < 1 || older > size {
		return nil, errors.Join(err, ErrRange)
	}
	proof, err := tlog.ProveTree(size, older, storedHashes(ctx, p.Storage, nil))
	return proof, wrap("proving the ledger's growth", err)
}

// Root is the hash of the tree over the first size entries.
func (p Prover) Root(ctx context.Context, size int64) (tlog.Hash, error) {
	if err := p.inside(ctx, size); err != nil {
		return tlog.Hash{}, err
	}
	h, err := tlog.TreeHash(size, storedHashes(ctx, p.Storage, nil))
	return h, wrap("hashing the ledger", err)
}

func (p Prover) inside(ctx context.Context, size int64) error {
	have, _, err := p.Storage.LogHead(ctx)
	if err == nil && (size < 1 || size > have) {
		err = ErrRange
	}
	return err
}
