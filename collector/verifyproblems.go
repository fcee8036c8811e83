package collector

import (
	"context"
	"errors"
	"fmt"

	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/sqlstore"
)

// problem is the event of a problem that an entry has.
func (r *ledgerRows) problem(ctx context.Context, id string, entry int64) (ledger.Line, error) {
	got, err := r.store.Problem(ctx, id)
	if errors.Is(err, sqlstore.ErrNotFound) {
		return nil, nil
	}
	for _, e := range got.Events {
		if e.Entry == entry {
			return ledger.ProblemLine(&got, e), err
		}
	}
	return nil, err
}

// problems lists events of problems that have no entry, and what the records say
// of problems that is not what the events left.
func (r *ledgerRows) problems(ctx context.Context) ([]string, error) {
	list, err := r.store.Problems(ctx, sqlstore.ProblemFilter{})
	if err != nil {
		return nil, err
	}
	var strays []string
	for n := range list {
		p := &list[n]
		state, err := r.store.ProblemState(ctx, p.ID)
		if err != nil {
			return nil, err
		}
		if state != p.State {
			strays = append(strays, "the state of the problem "+p.ID)
		}
		for _, e := range p.Events {
			if !r.has(ctx, e.Entry, ledger.KindProblem, p.ID) {
				strays = append(strays, fmt.Sprintf("event %d of the problem %s", e.N, p.ID))
			}
		}
	}
	return strays, nil
}
