package collector

import (
	"context"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/assay-sla/assay/collector/ledger"
)

// Bounds of what is held of the ledger's hashes while a pack is made: some 20 MB.
const (
	hashesTogether = 256  // read in one go
	hashPages      = 1024 // of so many, held
)

// frozenLedger is the storage of a ledger as it was at a head, for proofs that
// lead to it. Proofs of neighbouring entries share most of their hashes, so it
// reads pages of them and holds these.
type frozenLedger struct {
	ledger.Storage
	size  int64 // entries
	pages map[int64][][]byte
}

// LogHead is the number of entries of the head.
func (f *frozenLedger) LogHead(context.Context) (int64, []byte, error) { return f.size, nil, nil }

// LogHashes returns stored hashes by their indexes.
func (f *frozenLedger) LogHashes(ctx context.Context, indexes []int64) ([][]byte, error) {
	out := make([][]byte, len(indexes))
	for i, n := range indexes {
		page, err := f.page(ctx, n/hashesTogether)
		if err != nil {
			return nil, err
		}
		if k := n % hashesTogether; k < int64(len(page)) {
			out[i] = page[k] // one that is not there has no bytes, which the prover refuses
		}
	}
	return out, nil
}

func (f *frozenLedger) page(ctx context.Context, n int64) ([][]byte, error) {
	if p, ok := f.pages[n]; ok {
		return p, nil
	}
	var indexes []int64
	for i := n * hashesTogether; i < min((n+1)*hashesTogether, tlog.StoredHashCount(f.size)); i++ {
		indexes = append(indexes, i)
	}
	if len(indexes) == 0 {
		return nil, nil
	}
	p, err := f.Storage.LogHashes(ctx, indexes)
	if err != nil {
		return nil, err
	}
	if len(f.pages) >= hashPages {
		clear(f.pages)
	}
	f.pages[n] = p
	return p, nil
}
