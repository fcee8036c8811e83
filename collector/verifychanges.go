package collector

import (
	"context"
	"errors"
	"fmt"

	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// change is the change, or of the event of one, that an entry has.
func (r *ledgerRows) change(ctx context.Context, id string, entry int64) (ledger.Line, error) {
	got, err := r.store.Change(ctx, id)
	if errors.Is(err, sqlstore.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if got.Entry == entry {
		return ledger.ChangeLine(&got, slo.ChangeEvent{}), nil
	}
	for _, e := range got.Events {
		if e.Entry == entry {
			return ledger.ChangeLine(&got, e), nil
		}
	}
	return nil, nil
}

// changes lists changes and events of them that have no entry, and states that
// are not what the events left.
func (r *ledgerRows) changes(ctx context.Context) ([]string, error) {
	list, err := r.store.Changes(ctx, sqlstore.ChangeFilter{})
	if err != nil {
		return nil, err
	}
	counting, err := r.store.Changes(ctx, sqlstore.ChangeFilter{Counting: true})
	if err != nil {
		return nil, err
	}
	counts := map[string]bool{}
	for i := range counting {
		counts[counting[i].ID] = true
	}
	var strays []string
	for i := range list {
		c := &list[i]
		if counts[c.ID] == c.Withdrawn() {
			strays = append(strays, "the state of the change "+c.ID)
		}
		if !r.has(ctx, c.Entry, ledger.KindChange, c.ID) {
			strays = append(strays, "the change "+c.ID)
		}
		for _, e := range c.Events {
			if !r.has(ctx, e.Entry, ledger.KindChange, c.ID) {
				strays = append(strays, fmt.Sprintf("what was said (%s) of the change %s", e.Act, c.ID))
			}
		}
	}
	return strays, nil
}
