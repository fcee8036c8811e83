package collector

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/assay-sla/assay/collector/evaluate"
	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/collector/web"
	"github.com/assay-sla/assay/slo"
)

// Bounds of what can be asked for at one time, which bound the cost of every
// figure.
const (
	maxPendingExclusions  = 500
	maxApprovedExclusions = 5000
)

// exclusions are the requests for exclusions after the fact, with what people
// decide on them. What is approved is in force: in the catalogue that every
// figure is made under.
type exclusions struct {
	store   *sqlstore.Store
	ledger  *ledgerSide
	catalog *catalogState
	engine  func() *evaluate.Engine
	exclude func(*slo.Catalog) // puts the catalogue with them into the engine
	now     func() slo.Instant
	decided func() // a decision may have touched what is sealed
	log     *slog.Logger

	mu      sync.Mutex // held while what is in force changes
	looking sync.Mutex // held while effects are computed that somebody looks at
}

// openExclusions makes ready what people ask for and decide on.
func (c *Collector) openExclusions(context.Context, *slo.Catalog) error {
	c.exclusions = &exclusions{
		store: c.store, ledger: c.ledger, catalog: &c.catalog, engine: c.engine, log: c.log, now: c.now,
		exclude: func(cat *slo.Catalog) { c.evaluator.exclude(cat) }, decided: c.sealer.soon,
	}
	return nil
}

// over is a catalogue with what is approved, and with the maintenance that
// changes carry. Whoever puts it in force holds mu.
func (x *exclusions) over(ctx context.Context, cat *slo.Catalog) (*slo.Catalog, error) {
	list, err := x.approved(ctx)
	if err != nil {
		return nil, err
	}
	return x.ledger.planning(ctx, cat.Excluding(list, math.MaxInt64), x.now())
}

func (x *exclusions) approved(ctx context.Context) ([]slo.ExclusionRequest, error) {
	return x.store.Exclusions(ctx, sqlstore.ExclusionFilter{States: []slo.ExclusionState{slo.ExclusionApproved}})
}

// List returns requests, the newest first.
func (x *exclusions) List(ctx context.Context, f web.ExclusionFilter) ([]slo.ExclusionRequest, error) {
	q := sqlstore.ExclusionFilter{Agreements: f.Agreements, Offset: f.Offset, Limit: f.Limit}
	if f.State != "" {
		q.States = []slo.ExclusionState{f.State}
	}
	return x.store.Exclusions(ctx, q)
}

// Get returns one request.
func (x *exclusions) Get(ctx context.Context, id string) (slo.ExclusionRequest, error) {
	r, err := x.store.Exclusion(ctx, id)
	return r, unknownExclusion(err)
}

func unknownExclusion(err error) error {
	if errors.Is(err, sqlstore.ErrNotFound) {
		return web.ErrNoExclusion
	}
	return err
}

// Effects is what the decision that is next would do to figures. However many
// people look, one request is computed at a time: it may touch the figures of
// many agreements, and the evaluation waits meanwhile.
func (x *exclusions) Effects(r *slo.ExclusionRequest, at slo.Instant) ([]slo.ExclusionEffect, int) {
	x.looking.Lock()
	defer x.looking.Unlock()
	return x.effects(r, at)
}

func (x *exclusions) effects(r *slo.ExclusionRequest, at slo.Instant) ([]slo.ExclusionEffect, int) {
	return x.engine().Effects(r, at, slo.MaxExclusionEffects)
}

// Request keeps a request with its line in the audit trail and their entries in
// the ledger, in one transaction. The same request once more is the one that is
// there; fresh is false then.
func (x *exclusions) Request(ctx context.Context, r slo.ExclusionRequest, e web.AuditEvent) (got slo.ExclusionRequest, fresh bool, err error) {
	r.RequestedBy, r.RequestedAt = e.Actor, e.At
	r.Agreements = slices.Compact(slices.Sorted(slices.Values(r.Agreements)))
	r.ID = r.ExclusionID()
	x.mu.Lock()
	defer x.mu.Unlock()
	switch known, err := x.store.Exclusion(ctx, r.ID); {
	case err == nil && !known.Same(&r):
		return r, false, slo.ExclusionElsewhere
	case err == nil:
		return known, false, nil
	case !errors.Is(err, sqlstore.ErrNotFound):
		return r, false, err
	}
	if err := r.Check(e.At, archiveKeep); err != nil {
		return r, false, err
	}
	if err := hasAll(x.catalog.current(), r.Agreements); err != nil {
		return r, false, err
	}
	e.Object = r.ID
	row, audit := auditRow(e)
	_, err = x.ledger.append(ctx, e.At, func(ctx context.Context, b ledger.Batch) (err error) {
		got, err = x.store.AddExclusion(ctx, r, row, sqlstore.LogBatch(b), room)
		return err
	}, ledger.Draft{At: e.At, Actor: e.Actor, Body: audit}, ledger.Draft{At: e.At, Actor: e.Actor, Body: ledger.RequestOf(&r)})
	return got, err == nil, err
}

// room says whether one request more is taken.
func room(pending, approved int) error {
	if pending >= maxPendingExclusions || approved >= maxApprovedExclusions {
		return slo.ExclusionTooMany
	}
	return nil
}

// hasAll says which agreements of a request the catalogue lacks; nil where it
// has all of them.
func hasAll(c *slo.Catalog, names []string) error {
	var lacked []string
	for _, name := range names {
		if _, found := slices.BinarySearchFunc(c.Agreements, name, func(a *slo.Agreement, n string) int { return strings.Compare(a.Name, n) }); !found {
			lacked = append(lacked, name)
		}
	}
	if len(lacked) > 0 {
		return &slo.Lacking{Refusal: slo.ExclusionNoPromise, Names: lacked}
	}
	return nil
}

// Decide adds a decision to a request, with the figures that it moves before and
// after, its line in the audit trail, and their entries in the ledger, in one
// transaction; then it puts what is approved in force. The same decision once
// more changes nothing.
func (x *exclusions) Decide(ctx context.Context, id string, d slo.ExclusionDecision, e web.AuditEvent) (slo.ExclusionRequest, error) {
	d.Actor, d.At = e.Actor, e.At
	x.mu.Lock()
	defer x.mu.Unlock()
	r, err := x.store.Exclusion(ctx, id)
	if err != nil || r.Has(d) {
		return r, unknownExclusion(err)
	}
	if _, err := r.Decide(d); err != nil {
		return r, err
	}
	inForce, err := x.approved(ctx)
	if err != nil {
		return r, err
	}
	if d.Act.Moves() {
		d.Effects, d.Omitted = x.effects(&r, e.At)
	}
	row, audit := auditRow(e)
	if _, err = x.ledger.append(ctx, e.At, func(ctx context.Context, b ledger.Batch) (err error) {
		r, err = x.store.DecideExclusion(ctx, id, row, sqlstore.LogBatch(b), func(r slo.ExclusionRequest) (slo.ExclusionRequest, error) { return r.Decide(d) })
		return err
	}, ledger.Draft{At: e.At, Actor: e.Actor, Body: audit}, ledger.Draft{At: e.At, Actor: e.Actor, Body: ledger.DecisionOf(id, d)}); err != nil {
		return r, err
	}
	if d.Act.Moves() {
		x.apply(append(slices.DeleteFunc(inForce, func(o slo.ExclusionRequest) bool { return o.ID == id }), r))
	}
	return r, nil
}

// apply puts requests in force. Whatever may fail was done before: what is on
// record is in force.
func (x *exclusions) apply(list []slo.ExclusionRequest) {
	cat := x.catalog.current().Excluding(list, math.MaxInt64)
	x.exclude(cat)
	x.catalog.exclude(cat)
	x.decided()
	x.log.Info("exclusions in force have changed", "approved", len(list))
}

// ReadExclusions reads the requests on record in a data folder, or in a copy of
// one. A collector may run on it meanwhile.
func ReadExclusions(ctx context.Context, file string) ([]slo.ExclusionRequest, error) {
	store, err := sqlstore.OpenReader(ctx, file)
	if err != nil {
		return nil, err
	}
	list, err := store.Exclusions(ctx, sqlstore.ExclusionFilter{})
	return list, errors.Join(err, store.Close())
}
