package collector

import (
	"context"
	"errors"

	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// maxPlannedWorks bounds the maintenance that changes carry at one time, which
// bounds the cost of every figure.
const maxPlannedWorks = 5000

// plannedWorks are the changes that carry maintenance which figures of kept
// measurements may have.
func plannedWorks(ctx context.Context, store *sqlstore.Store, at slo.Instant) ([]slo.ChangeRecord, error) {
	return store.Changes(ctx, sqlstore.ChangeFilter{Planning: true, Counting: true, Overlap: &slo.Interval{From: at.Add(-archiveKeep), To: slo.MaxInstant}})
}

// planning is a catalogue with the maintenance that changes carry.
func (l *ledgerSide) planning(ctx context.Context, cat *slo.Catalog, at slo.Instant) (*slo.Catalog, error) {
	list, err := plannedWorks(ctx, l.store, at)
	return cat.Planning(list), err
}

// replan puts the maintenance that changes carry in force, after that of a
// change was added or withdrawn. Whoever calls it holds the lock of what is in
// force.
func (x *changes) replan(ctx context.Context, of *slo.ChangeRecord, at slo.Instant) error {
	list, err := plannedWorks(ctx, x.store, at)
	if err != nil {
		return err
	}
	x.plan(x.catalog().Planning(list), of.Services)
	x.log.Info("the planned work of changes has changed", "change", of.ID, "services", of.Services, "works", len(list))
	return nil
}

// ReadChanges reads the changes that carry planned work on record in a data
// folder, or in a copy of one. A collector may run on it meanwhile.
func ReadChanges(ctx context.Context, file string) ([]slo.ChangeRecord, error) {
	store, err := sqlstore.OpenReader(ctx, file)
	if err != nil {
		return nil, err
	}
	list, err := store.Changes(ctx, sqlstore.ChangeFilter{Planning: true, Counting: true})
	return list, errors.Join(err, store.Close())
}
