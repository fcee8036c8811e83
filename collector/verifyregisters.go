package collector

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// item is the event of an item of a register that an entry has.
func (r *ledgerRows) item(ctx context.Context, b *ledger.Register, entry int64) (ledger.Line, error) {
	got, err := r.store.RegisterItem(ctx, b.Register, b.Item)
	if errors.Is(err, sqlstore.ErrNotFound) {
		return nil, nil
	}
	if err != nil || b.N > len(got.Events) || got.Events[b.N-1].Entry != entry {
		return nil, err
	}
	return ledger.RegisterLine(&got, b.N), nil
}

// items lists events of items of registers that have no entry, and items that are
// not what their events left.
func (r *ledgerRows) items(ctx context.Context) ([]string, error) {
	list, err := r.store.RegisterItems(ctx, sqlstore.RegisterFilter{})
	if err != nil {
		return nil, err
	}
	var strays []string
	for _, i := range list {
		left := slo.RegisterItem{}
		for n, e := range i.Events {
			left = left.Add(e)
			if !r.has(ctx, e.Entry, ledger.KindRegister, i.Register+"/"+i.ID) {
				strays = append(strays, fmt.Sprintf("event %d of the item %s of the register %s", n+1, i.ID, i.Register))
			}
		}
		if left.State != i.State || !maps.Equal(left.Values, i.Values) {
			strays = append(strays, fmt.Sprintf("how the item %s of the register %s stands", i.ID, i.Register))
		}
	}
	return strays, nil
}
