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
	around  func(c *slo.ChangeRecord, at slo.Instant) []slo.ChangeEffect
	mark    func(context.Context, *slo.ChangeRecord) // in the series, for graphs
	log     *slog.Logger

	plan    func(c *slo.Catalog, services []string) // puts the catalogue with planned work into force
	inForce *sync.Mutex                             // held while what is in force changes
	works   []slo.ChangeRecord                      // that carry planned work; nil before they are read

	mu sync.Mutex // held while one is added to what is on record
}

// openChanges makes ready what people and pipelines tell of.
func (c *Collector) openChanges(context.Context, *slo.Catalog) error {
	c.changes = &changes{
		store: c.store, ledger: c.ledger, catalog: c.catalog.current, log: c.log, mark: c.markChange,
		freezes: func(at slo.Instant) []slo.ChangeFreeze { return c.engine().Freezes(at) },
		inForce: &c.exclusions.mu,
		plan: func(cat *slo.Catalog, services []string) {
			c.evaluator.plan(cat, services)
			c.catalog.exclude(cat)
		},
		around: func(x *slo.ChangeRecord, at slo.Instant) []slo.ChangeEffect { return c.engine().AroundChange(x, at) },
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
	if names := lackedServices(x.catalog(), c.Services); len(names) > 0 {
		return c, false, &slo.Lacking{Refusal: slo.ChangeUnknownService, Names: names}
	}
	if c.Maintenance {
		x.inForce.Lock()
		defer x.inForce.Unlock()
		list, err := x.planned(ctx, e.At)
		if err != nil {
			return c, false, err
		}
		if len(list) >= maxPlannedWorks {
			return c, false, slo.ChangeManyWorks
		}
	}
	c.Freezes = frozen(x.freezes(e.At), c.Services)
	e.Object = c.ID
	row, audit := auditRow(e)
	_, err = x.ledger.append(ctx, e.At, func(ctx context.Context, b ledger.Batch) (err error) {
		got, err = x.store.AddChange(ctx, c, row, sqlstore.LogBatch(b))
		return err
	}, ledger.Draft{At: e.At, Actor: e.Actor, Body: audit}, ledger.Draft{At: e.At, Actor: e.Actor, Body: ledger.ChangeOf(&c, slo.ChangeEvent{})})
	if err != nil {
		if c.Maintenance {
			x.works = nil // it may be on record all the same
		}
		return c, false, err
	}
	x.log.Info("a change was told of", "change", got.ID, "kind", got.Kind, "services", got.Services, "frozen", len(got.Freezes) > 0)
	x.mark(ctx, &got)
	if got.Maintenance {
		err = x.replan(ctx, &got, e.At)
	}
	return got, true, err
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

// lackedServices are those of some services that the catalogue lacks.
func lackedServices(c *slo.Catalog, services []string) (out []string) {
	for _, name := range services {
		if !slices.ContainsFunc(c.Services, func(s *slo.Service) bool { return s.Name == name }) {
			out = append(out, name)
		}
	}
	return out
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
	if c.Maintenance {
		x.inForce.Lock()
		defer x.inForce.Unlock()
		if _, err := x.planned(ctx, e.At); err != nil {
			return c, err // what is withdrawn must not stay in force
		}
	}
	row, audit := auditRow(e)
	_, err = x.ledger.append(ctx, e.At, func(ctx context.Context, b ledger.Batch) error {
		got, err := x.store.AddChangeEvent(ctx, id, row, sqlstore.LogBatch(b), func(known slo.ChangeRecord) (slo.ChangeRecord, error) { return known.Add(said) })
		if err == nil {
			c = got
		}
		return err
	}, ledger.Draft{At: e.At, Actor: e.Actor, Body: audit}, ledger.Draft{At: e.At, Actor: e.Actor, Body: ledger.ChangeOf(&c, said)})
	if err == nil && c.Maintenance && said.Act == slo.WithdrawChange {
		err = x.replan(ctx, &c, e.At)
	}
	return c, err
}
