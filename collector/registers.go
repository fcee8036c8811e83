package collector

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/register"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/collector/web"
	"github.com/assay-sla/assay/slo"
)

// registers are the registers of the management system over the records.
type registers struct {
	store   *sqlstore.Store
	ledger  *ledgerSide
	catalog func() *slo.Catalog
	figures registerFigures

	mu sync.Mutex // held from reading an item to writing its next event
}

// openRegisters makes the registers ready.
func (c *Collector) openRegisters(context.Context, *slo.Catalog) error {
	c.registers = &registers{store: c.store, ledger: c.ledger, catalog: c.catalog.current, figures: c.registerFigures}
	return nil
}

// Shapes lists the registers.
func (r *registers) Shapes() []slo.Register { return register.All() }

// Counts counts items by register and state.
func (r *registers) Counts(ctx context.Context) (map[[2]string]int, error) {
	return r.store.CountRegisterItems(ctx)
}

// List returns items of one register, the newest first.
func (r *registers) List(ctx context.Context, f web.RegisterFilter) ([]slo.RegisterItem, error) {
	if register.Named(f.Register) == nil {
		return nil, web.ErrNoItem
	}
	return r.store.RegisterItems(ctx, registerFilter(f))
}

func registerFilter(f web.RegisterFilter) sqlstore.RegisterFilter {
	return sqlstore.RegisterFilter{Register: f.Register, States: f.States, Text: f.Text, Offset: f.Offset, Limit: f.Limit}
}

// Get returns one item.
func (r *registers) Get(ctx context.Context, name, id string) (slo.RegisterItem, error) {
	i, err := r.store.RegisterItem(ctx, name, id)
	if errors.Is(err, sqlstore.ErrNotFound) {
		err = web.ErrNoItem
	}
	return i, err
}

// known looks services up in the catalogue and items in the records. What cannot
// be read is kept in failed.
func (r *registers) known(ctx context.Context, failed *error) register.Known {
	return func(f *slo.RegisterField, value string) bool {
		if f.Kind == slo.FieldService {
			return slices.ContainsFunc(r.catalog().Services, func(s *slo.Service) bool { return s.Name == value })
		}
		i, err := r.store.RegisterItem(ctx, f.Of, value)
		if err != nil && !errors.Is(err, sqlstore.ErrNotFound) {
			*failed = errors.Join(*failed, err)
		}
		return err == nil && i.State != slo.RegisterWithdrawn
	}
}

// Change makes a new item, or changes one.
func (r *registers) Change(ctx context.Context, c slo.RegisterChange, e web.AuditEvent) (slo.RegisterItem, bool, error) {
	g := register.Named(c.Register)
	if g == nil {
		return slo.RegisterItem{}, false, web.ErrNoItem
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var failed error
	known, by := r.known(ctx, &failed), register.By{Actor: e.Actor, At: e.At}
	if c.Version == 0 {
		return r.create(ctx, g, c, known, by, e, &failed)
	}
	was, err := r.Get(ctx, c.Register, c.ID)
	if err != nil {
		return was, false, err
	}
	now, changed, err := register.Change(g, was, c, known, by)
	if err = errors.Join(failed, err); err != nil || !changed {
		return was, false, err
	}
	err = r.keep(ctx, []slo.RegisterItem{now}, e)
	return now, err == nil, err
}

// create makes a new item, unless the same is there.
func (r *registers) create(ctx context.Context, g *slo.Register, c slo.RegisterChange, known register.Known, by register.By, e web.AuditEvent, failed *error) (slo.RegisterItem, bool, error) {
	i, err := register.Create(g, c, known, by)
	if err = errors.Join(*failed, err); err != nil {
		return i, false, err
	}
	switch there, err := r.Get(ctx, g.Name, i.ID); {
	case err == nil && !register.Same(&there, &i):
		return i, false, slo.ItemProblem(slo.ItemElsewhere)
	case err == nil:
		return there, false, nil
	case !errors.Is(err, web.ErrNoItem):
		return i, false, err
	}
	if err := r.room(ctx, g.Name, 1); err != nil {
		return i, false, err
	}
	list := []slo.RegisterItem{i}
	err = r.keep(ctx, list, e)
	return list[0], err == nil, err
}

// room says whether a register takes so many items more.
func (r *registers) room(ctx context.Context, name string, more int) error {
	counts, err := r.store.CountRegisterItems(ctx)
	if err != nil {
		return err
	}
	n := more
	for of, k := range counts {
		if of[0] == name {
			n += k
		}
	}
	if n > slo.MaxRegisterItems {
		return slo.ItemProblem(slo.ItemFull)
	}
	return nil
}

// Undo takes an event of an item back.
func (r *registers) Undo(ctx context.Context, c slo.RegisterChange, n int, e web.AuditEvent) (slo.RegisterItem, error) {
	g := register.Named(c.Register)
	if g == nil {
		return slo.RegisterItem{}, web.ErrNoItem
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	was, err := r.Get(ctx, c.Register, c.ID)
	if err != nil {
		return was, err
	}
	now, err := register.Undo(g, was, c.Version, n, c.Text, register.By{Actor: e.Actor, At: e.At})
	if err != nil {
		return was, err
	}
	list := []slo.RegisterItem{now}
	err = r.keep(ctx, list, e)
	return list[0], err
}

// keep keeps the newest event of each item, the line of the audit trail that tells
// of them, and their entries in the ledger, in one transaction.
func (r *registers) keep(ctx context.Context, items []slo.RegisterItem, e web.AuditEvent) error {
	e.Object = items[0].Register
	if len(items) == 1 {
		e.Object += "/" + items[0].ID
	}
	row, audit := auditRow(e)
	drafts := []ledger.Draft{{At: e.At, Actor: e.Actor, Body: audit}}
	for k := range items {
		drafts = append(drafts, ledger.Draft{At: e.At, Actor: e.Actor, Body: ledger.RegisterOf(&items[k])})
	}
	_, err := r.ledger.append(ctx, e.At, func(ctx context.Context, b ledger.Batch) error {
		return r.store.AddRegisterEvents(ctx, items, row, sqlstore.LogBatch(b))
	}, drafts...)
	if errors.Is(err, sqlstore.ErrVersion) {
		return slo.ItemProblem(slo.ItemConflict)
	}
	return err
}

// Import makes and changes items as the lines of a file say, all of them or none.
func (r *registers) Import(ctx context.Context, name string, csv []byte, dry bool, e web.AuditEvent) (slo.RegisterImport, error) {
	g := register.Named(name)
	if g == nil {
		return slo.RegisterImport{}, web.ErrNoItem
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	list, err := r.store.RegisterItems(ctx, sqlstore.RegisterFilter{Register: name})
	if err != nil {
		return slo.RegisterImport{}, err
	}
	var failed error
	plan, items := register.Plan(g, csv, list, r.known(ctx, &failed), register.By{Actor: e.Actor, At: e.At})
	if failed != nil || dry || len(plan.Problems) > 0 || len(items) == 0 {
		plan.Done = failed == nil && !dry && len(plan.Problems) == 0
		return plan, failed
	}
	if err := r.keep(ctx, items, e); err != nil {
		return plan, err
	}
	plan.Done = true
	return plan, nil
}

// Export writes a register as CSV.
func (r *registers) Export(ctx context.Context, name string, w io.Writer) error {
	g := register.Named(name)
	if g == nil {
		return web.ErrNoItem
	}
	list, err := r.store.RegisterItems(ctx, sqlstore.RegisterFilter{Register: name})
	if err != nil {
		return err
	}
	if err := register.WriteCSV(w, g, list); err != nil {
		return fmt.Errorf("writing the register of %s: %w", name, err)
	}
	return nil
}
