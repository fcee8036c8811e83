package collector

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"

	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/collector/web"
	"github.com/assay-sla/assay/slo"
)

// changes are the changes and releases that people and pipelines tell of.
type changes struct {
	store   *sqlstore.Store
	ledger  *ledgerSide
	catalog func() *slo.Catalog
	freezes func(at slo.Instant) []slo.ChangeFreeze
	mark    func(context.Context, *slo.ChangeRecord) // in the series, for graphs
	log     *slog.Logger

	mu sync.Mutex // held while one is added to what is on record
}

// openChanges makes ready what people and pipelines tell of.
func (c *Collector) openChanges(context.Context, *slo.Catalog) error {
	c.changes = &changes{
		store: c.store, ledger: c.ledger, catalog: c.catalog.current, log: c.log, mark: c.markChange,
		freezes: func(at slo.Instant) []slo.ChangeFreeze { return c.engine().Freezes(at) },
	}
	return nil
}

// List returns changes, the latest to begin first.
func (x *changes) List(ctx context.Context, f web.ChangeFilter) ([]slo.ChangeRecord, error) {
	return x.store.Changes(ctx, sqlstore.ChangeFilter{Services: f.Services, Overlap: f.Overlap, Counting: f.Counting, Offset: f.Offset, Limit: f.Limit})
}

// Get returns one change.
func (x *changes) Get(ctx context.Context, id string) (slo.ChangeRecord, error) {
	c, err := x.store.Change(ctx, id)
	return c, unknownChange(err)
}

func unknownChange(err error) error {
	if errors.Is(err, sqlstore.ErrNotFound) {
		return web.ErrNoChange
	}
	return err
}

// Freezes are the steps of budget policies that have changes wait at an instant.
func (x *changes) Freezes(at slo.Instant) []slo.ChangeFreeze { return x.freezes(at) }

// Tell keeps a change with its line in the audit trail and their entries in the
// ledger, in one transaction. The same change once more is the one that is
// there; fresh is false then. Its error may be a slo.ChangeRefusal.
func (x *changes) Tell(ctx context.Context, c slo.ChangeRecord, e web.AuditEvent) (got slo.ChangeRecord, fresh bool, err error) {
	told := c.ChangeTerms
	x.complete(&c, e)
	told.Services, told.By = c.Services, c.By
	x.mu.Lock()
	defer x.mu.Unlock()
	switch known, err := x.store.Change(ctx, c.ID); {
	case err == nil && !known.Same(&told):
		return c, false, slo.ChangeElsewhere
	case err == nil:
		return known, false, nil
	case !errors.Is(err, sqlstore.ErrNotFound):
		return c, false, err
	}
	if err := c.Check(e.At); err != nil {
		return c, false, err
	}
	if !hasServices(x.catalog(), c.Services) {
		return c, false, slo.ChangeUnknownService
	}
	c.Freezes = frozen(x.freezes(e.At), c.Services)
	e.Object = c.ID
	row, audit := auditRow(e)
	_, err = x.ledger.append(ctx, e.At, func(ctx context.Context, b ledger.Batch) (err error) {
		got, err = x.store.AddChange(ctx, c, row, sqlstore.LogBatch(b))
		return err
	}, ledger.Draft{At: e.At, Actor: e.Actor, Body: audit}, ledger.Draft{At: e.At, Actor: e.Actor, Body: ledger.ChangeOf(&c, slo.ChangeEvent{})})
	if err != nil {
		return c, false, err
	}
	x.log.Info("a change was told of", "change", got.ID, "kind", got.Kind, "services", got.Services, "frozen", len(got.Freezes) > 0)
	x.mark(ctx, &got)
	return got, true, nil
}

// complete adds what the teller left out: the time is now, who made the change
// told of it, and a change ends when it began.
func (x *changes) complete(c *slo.ChangeRecord, e web.AuditEvent) {
	if c.From == 0 {
		c.From = e.At
		if c.To != 0 {
			c.From = min(c.To, e.At)
		}
	}
	if c.To == 0 {
		c.To = c.From
	}
	if c.By == "" {
		c.By = e.Actor
	}
	c.Services = slices.Compact(slices.Sorted(slices.Values(c.Services)))
	c.RecordedBy, c.RecordedAt = e.Actor, e.At
	c.ID = c.ChangeID()
}

// hasServices reports whether the catalogue has all of some services.
func hasServices(c *slo.Catalog, services []string) bool {
	for _, name := range services {
		if !slices.ContainsFunc(c.Services, func(s *slo.Service) bool { return s.Name == name }) {
			return false
		}
	}
	return true
}

// frozen are the freezes of some services.
func frozen(all []slo.ChangeFreeze, services []string) (out []slo.ChangeFreeze) {
	for _, f := range all {
		if slices.Contains(services, f.Service) {
			out = append(out, f)
		}
	}
	return out
}

// Say adds an event of the audit event's actor to a change, with its line in the
// audit trail and their entries in the ledger, in one transaction. What is so
// already changes nothing. Its error may be a slo.ChangeRefusal.
func (x *changes) Say(ctx context.Context, id string, said slo.ChangeEvent, e web.AuditEvent) (slo.ChangeRecord, error) {
	said.Actor, said.At = e.Actor, e.At
	x.mu.Lock()
	defer x.mu.Unlock()
	c, err := x.store.Change(ctx, id)
	if err != nil {
		return c, unknownChange(err)
	}
	_, err = c.Add(said)
	switch {
	case errors.Is(err, slo.ChangeAlreadySo), errors.Is(err, slo.ChangeIsWithdrawn) && said.Act == slo.WithdrawChange:
		return c, nil
	case err != nil:
		return c, err
	}
	row, audit := auditRow(e)
	_, err = x.ledger.append(ctx, e.At, func(ctx context.Context, b ledger.Batch) error {
		got, err := x.store.AddChangeEvent(ctx, id, row, sqlstore.LogBatch(b), func(known slo.ChangeRecord) (slo.ChangeRecord, error) { return known.Add(said) })
		if err == nil {
			c = got
		}
		return err
	}, ledger.Draft{At: e.At, Actor: e.Actor, Body: audit}, ledger.Draft{At: e.At, Actor: e.Actor, Body: ledger.ChangeOf(&c, said)})
	return c, err
}
