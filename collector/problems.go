package collector

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/assay-sla/assay/collector/incident"
	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/collector/web"
	"github.com/assay-sla/assay/slo"
)

const (
	problemsEvery = 15 * time.Second
	// maxActiveProblems bounds those that need somebody, of which proposals are
	// part.
	maxActiveProblems = 2000
	// maxFailures bounds the incidents that one round looks at, the latest first.
	maxFailures = 20_000
)

// problems proposes problems and keeps them, with what people do to them. It
// alone writes them, and so has all of them in memory.
type problems struct {
	store   *sqlstore.Store
	ledger  *ledgerSide
	catalog func() *slo.Catalog
	now     func() slo.Instant
	log     *slog.Logger
	asked   asked

	mu    sync.Mutex // held while one changes
	known []slo.Problem
}

// openProblems takes up the problems on record.
func (c *Collector) openProblems(ctx context.Context, _ *slo.Catalog) error {
	known, err := c.store.Problems(ctx, sqlstore.ProblemFilter{})
	c.problems = &problems{store: c.store, ledger: c.ledger, catalog: c.catalog.current, now: c.now, log: c.log, asked: make(asked), known: known}
	return err
}

// run makes a round now and then, until ctx ends.
func (p *problems) run(ctx context.Context) error {
	p.asked.every(ctx, problemsEvery, func() {
		if err := p.round(ctx, p.now()); err != nil && ctx.Err() == nil {
			p.log.Error("looking for problems failed; the next round tries again", "error", err)
		}
	})
	return nil
}

// round does what happens to problems by itself at an instant.
func (p *problems) round(ctx context.Context, at slo.Instant) error {
	rule := p.catalog().Policy().Problem
	list, err := p.store.Failures(ctx, slo.Interval{From: at.Add(-rule.Within), To: at + 1}, maxFailures)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for _, n := range incident.Propose(list, p.known, rule, at) {
		if n.Event.Act == slo.ProposeProblem && p.active() >= maxActiveProblems {
			continue // people work on those that there are
		}
		got, err := p.save(ctx, n.Problem, n.Event)
		if err != nil {
			errs = append(errs, fmt.Errorf("the problem %s: %w", n.Problem.ID, err)) // the others go on
			continue
		}
		if n.Event.Act == slo.ProposeProblem {
			p.log.Info("a problem is proposed", "problem", got.ID, "title", got.Title, "incidents", len(got.Incidents))
		}
	}
	return errors.Join(errs...)
}

func (p *problems) active() (n int) {
	for i := range p.known {
		if p.known[i].State.Active() {
			n++
		}
	}
	return n
}

// save adds an event to a problem, with its entry in the ledger in one
// transaction. head is the problem without events where it is new.
func (p *problems) save(ctx context.Context, head slo.Problem, e slo.ProblemEvent) (slo.Problem, error) {
	k := slices.IndexFunc(p.known, func(q slo.Problem) bool { return q.ID == head.ID })
	was := slo.Problem{ID: head.ID, Service: head.Service, Mode: head.Mode}
	if k >= 0 {
		was = p.known[k]
	}
	next, err := was.Add(e)
	if err != nil {
		return was, err
	}
	_, err = p.ledger.append(ctx, e.At, func(ctx context.Context, b ledger.Batch) (err error) {
		next, err = p.store.SaveProblem(ctx, head.ID, sqlstore.LogBatch(b), func(on slo.Problem) (slo.Problem, error) {
			if len(on.Events) != len(was.Events) {
				return on, fmt.Errorf("the problem %s is another on record than in memory", head.ID)
			}
			return was.Add(e)
		})
		return err
	}, ledger.Draft{At: e.At, Actor: e.Actor, Body: ledger.ProblemOf(&was, next.Events[len(was.Events)])})
	if err != nil {
		return was, err
	}
	if k < 0 {
		p.known = append(p.known, next)
	} else {
		p.known[k] = next
	}
	return next, nil
}

// List returns problems, the newest first.
func (p *problems) List(ctx context.Context, f web.ProblemFilter) ([]slo.Problem, error) {
	q := sqlstore.ProblemFilter{Service: f.Service, Offset: f.Offset, Limit: f.Limit}
	switch f.State {
	case "":
	case web.ActiveProblem:
		for _, s := range slo.ProblemStates() {
			if s.Active() {
				q.States = append(q.States, s)
			}
		}
	default:
		q.States = []slo.ProblemState{slo.ProblemState(f.State)}
	}
	return p.store.Problems(ctx, q)
}

// Get returns one problem.
func (p *problems) Get(ctx context.Context, id string) (slo.Problem, error) {
	got, err := p.store.Problem(ctx, id)
	if errors.Is(err, sqlstore.ErrNotFound) {
		err = web.ErrNoProblem
	}
	return got, err
}

// Of returns the problems that an incident is of, and those that it fails the
// same way as, the newest first. Of what is part of another incident that one's
// are meant.
func (p *problems) Of(ctx context.Context, i *slo.Incident) ([]slo.Problem, error) {
	if i.Work.Parent != "" {
		whole, err := p.store.Incident(ctx, i.Work.Parent)
		if err != nil {
			return nil, err
		}
		i = &whole
	}
	out, err := p.store.Problems(ctx, sqlstore.ProblemFilter{Incident: i.ID})
	mode := slo.ModeOf(i)
	if err != nil || mode == "" {
		return out, err
	}
	same, err := p.store.Problems(ctx, sqlstore.ProblemFilter{Mode: mode})
	for _, q := range same {
		if q.State != slo.ProblemRejected && !q.Keeps(i.ID) && len(out) == 0 {
			out = append(out, q)
		}
	}
	return out, err
}

// Rule is when repeated failures are a problem, under the catalogue in force.
func (p *problems) Rule() slo.ProblemRule { return p.catalog().Policy().Problem }

// Open opens a problem for people. The same incident once more is the problem
// that it has begun.
func (p *problems) Open(ctx context.Context, o web.NewProblem, e slo.ProblemEvent) (got slo.Problem, fresh bool, err error) {
	head := slo.Problem{Service: o.Service, ID: slo.ProblemOfService(o.Service, e.At)}
	e.Act, e.Value, e.Text = slo.OpenProblem, o.Title, o.Text
	p.mu.Lock()
	defer p.mu.Unlock()
	if o.Incident != "" {
		i, err := p.free(ctx, o.Incident, slo.ProblemOfIncident(o.Incident))
		if err != nil {
			return got, false, err
		}
		head = slo.Problem{ID: slo.ProblemOfIncident(i.ID), Service: i.Service, Mode: slo.ModeOf(&i)}
		e.Joined = []slo.ProblemIncident{{ID: i.ID, Began: i.Began}}
		if e.Value == "" {
			e.Value = incident.ProblemTitle(&i)
		}
	} else if o.Service != "" && !slices.ContainsFunc(p.catalog().Services, func(s *slo.Service) bool { return s.Name == o.Service }) {
		return got, false, slo.ProblemNoService
	}
	if known, err := p.store.Problem(ctx, head.ID); err == nil || !errors.Is(err, sqlstore.ErrNotFound) {
		return known, false, err
	}
	if p.active() >= maxActiveProblems {
		return got, false, slo.ProblemTooMany
	}
	got, err = p.save(ctx, head, e)
	return got, err == nil, err
}

// Act adds an event of people to a problem. Where version is not 0 no
// other people may have done anything since.
func (p *problems) Act(ctx context.Context, id string, version int, e slo.ProblemEvent) (slo.Problem, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	was, err := p.Get(ctx, id)
	if err != nil {
		return was, err
	}
	if version != 0 && was.ChangedSince(version) {
		return was, slo.ProblemChanged
	}
	if e.Act == slo.LinkIncident {
		for n := range e.Joined {
			i, err := p.free(ctx, e.Joined[n].ID, id)
			if err != nil {
				return was, err
			}
			e.Joined[n].Began = i.Began
		}
	}
	return p.save(ctx, was, e)
}

// free is an incident that no problem has but one, or that was rejected.
func (p *problems) free(ctx context.Context, id, but string) (slo.Incident, error) {
	i, err := p.store.Incident(ctx, id)
	if errors.Is(err, sqlstore.ErrNotFound) {
		return i, slo.ProblemNoIncident
	}
	if err != nil {
		return i, err
	}
	for n := range p.known {
		if q := &p.known[n]; q.Has(id) && q.State != slo.ProblemRejected && q.ID != but {
			return i, slo.ProblemElsewhere
		}
	}
	return i, nil
}
