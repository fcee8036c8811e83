package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Computation is the figures of an agreement's windows that end at one instant,
// from archived measurements alone.
type Computation struct {
	catalog   *slo.Catalog
	revisions *slo.Revisions
	agreement *slo.Agreement
	account   *slo.Account
	services  []*slo.Timeline // that the agreement speaks of
	window    slo.Instant     // the windows that hold the instant just before it
	evidence  Evidence
}

// Compute reads the evidence and opens the books on it. The terms are those of
// c; r are the catalogues whose parameters judge the measurements, nil is c
// alone. window says which windows: those that hold the instant just before it.
// The days of e are filled in.
func Compute(ctx context.Context, a Archive, c *slo.Catalog, r *slo.Revisions, agreement string, window slo.Instant, e Evidence) (*Computation, error) {
	out := &Computation{window: window, revisions: r}
	if out.agreement = find(c, agreement); out.agreement == nil {
		return nil, fmt.Errorf("the catalogue %s has no agreement %q", c.Revision, agreement)
	}
	out.catalog = Part(c, out.agreement)
	replay := slo.NewReplayUnder(out.catalog, r, e.To)
	var err error
	if out.evidence, err = gather(ctx, a, e, replay); err != nil {
		return nil, err
	}
	out.account = replay.Account(out.agreement, window)
	for _, name := range out.agreement.Services() {
		out.services = append(out.services, replay.Service(name))
	}
	return out, nil
}

// ComputeFor is Compute for the windows of an agreement's objectives that are
// window: it chooses the evidence. next is the first position of the journal
// that is not to count; begins is where the archive does.
func ComputeFor(ctx context.Context, a Archive, c *slo.Catalog, r *slo.Revisions, agreement string, window slo.Interval, next uint64, begins slo.Instant) (*Computation, error) {
	ag := find(c, agreement)
	if ag == nil {
		return nil, fmt.Errorf("the catalogue %s has no agreement %q", c.Revision, agreement)
	}
	probes := ProbesOf(c, ag)
	e := Evidence{Next: next, Probes: []string{}}
	for _, p := range probes {
		e.Probes = append(e.Probes, p.Name)
	}
	accounted := accounted(ag, window)
	e.Interval = slo.Interval{From: accounted.From, To: KnownUntil(window, ag, probes, r)}
	for n := 0; ; n++ {
		settled := func() time.Duration { return settling(ag, probes, r, slo.Interval{From: e.From, To: window.To}) }
		e.From = max(slo.MinInstant, accounted.From.Add(-lead(settled(), n)))
		out, err := Compute(ctx, a, c, r, agreement, window.To, e)
		if err != nil || e.From <= begins || out.upIn(slo.Interval{From: e.From.Add(settled()), To: accounted.From}) {
			return out, err
		}
	}
}

// upIn reports whether each of the services was up at any instant of v.
func (c *Computation) upIn(v slo.Interval) bool {
	for _, service := range c.services {
		up := false
		for _, s := range service.Spans(v) {
			up = up || s == slo.Up
		}
		if !up {
			return false
		}
	}
	return true
}

// Result is one objective's part of a computation.
type Result struct {
	Promise
	Status     slo.ObjectiveStatus
	Figure     json.RawMessage
	Spans      []slo.CountedSpan
	Exclusions []Exclusion
	Basis
}

// Result returns an objective's part; an objective that the agreement lacks is
// an error.
func (c *Computation) Result(objective string) (Result, error) {
	i := slices.IndexFunc(c.agreement.Objectives, func(o slo.Objective) bool { return o.Name == objective })
	if i < 0 {
		return Result{}, fmt.Errorf("agreement %s has no objective %q", c.agreement.Name, objective)
	}
	st := c.account.Status(&c.agreement.Objectives[i], c.evidence.To, c.window)
	figure, err := json.Marshal(st)
	if err != nil {
		return Result{}, fmt.Errorf("writing the figure of %s/%s: %w", c.agreement.Name, objective, err)
	}
	return Result{
		Promise: Promise{c.agreement.Name, objective, c.agreement.Service, st.Window},
		Status:  st, Figure: figure,
		Spans: c.account.Counted(c.evidence.To, st.Window), Exclusions: c.exclusions(st.Window),
		Basis: Basis{Revision: c.catalog.Revision, Catalogues: c.inForce(), Formula: slo.Formula, Evidence: c.evidence},
	}, nil
}

// RestsOn reports whether the measurements that were read are those of an
// evidence: retention may have removed some since.
func (c *Computation) RestsOn(e Evidence) bool { return c.evidence.Same(e) }

// inForce lists the catalogues that were in force while the evidence was
// measured.
func (c *Computation) inForce() []slo.InForce {
	if c.revisions == nil {
		return nil
	}
	return c.revisions.During(c.evidence.Interval)
}

// exclusions lists the occurrences of maintenance that touch the window.
func (c *Computation) exclusions(window slo.Interval) []Exclusion {
	out := []Exclusion{}
	for _, m := range c.catalog.Maintenances {
		if !m.Covers(c.agreement.Service) {
			continue
		}
		for _, o := range m.Occurrences(window) {
			_, excluded := c.account.Agreed().In(o.Intersect(window))
			out = append(out, Exclusion{m.Name, o, m.Announced, excluded.Milliseconds()})
		}
	}
	slices.SortStableFunc(out, func(a, b Exclusion) int { return int(a.From - b.From) })
	return out
}

// Seal is the body of the entry that seals the result.
func (r Result) Seal(why Reason) *Seal {
	return &Seal{r.Promise, why, r.Figure, r.Spans, r.Exclusions, r.Basis}
}

// Cause is why a figure is restated.
type Cause struct {
	Reason string   // ReasonLate, ReasonTerms, or ReasonExclusion of one
	Edited []string // of ReasonTerms: the terms that were edited
}

// Restate is the body of the entry that corrects another one, nil where the
// figure is the same.
func (r Result) Restate(index int64, before json.RawMessage, why Cause) (*Restatement, error) {
	changes, err := Differences(before, r.Figure)
	if err != nil || len(changes) == 0 || why.Reason == ReasonTerms && len(changes) == 1 && changes[0].Field == "at" { // of which the terms are one
		return nil, err
	}
	return &Restatement{r.Promise, index, why.Reason, why.Edited, r.Figure, r.Spans, r.Exclusions, changes, r.Basis}, nil
}

// Differences lists the fields of a figure that another one has otherwise, by
// name. Fields that only the other one has do not count: a later version may
// say more.
func Differences(before, after json.RawMessage) ([]Change, error) {
	was, now := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	if err := json.Unmarshal(before, &was); err != nil {
		return nil, fmt.Errorf("reading a figure: %w", err)
	}
	if err := json.Unmarshal(after, &now); err != nil {
		return nil, fmt.Errorf("reading a figure: %w", err)
	}
	out := []Change{}
	for field, value := range was {
		if !bytes.Equal(value, now[field]) {
			after := now[field]
			if after == nil {
				after = json.RawMessage("null")
			}
			out = append(out, Change{field, value, after})
		}
	}
	slices.SortFunc(out, func(a, b Change) int { return bytes.Compare([]byte(a.Field), []byte(b.Field)) })
	return out, nil
}

// accounted is a window with what of the past its credit rests on: the windows
// of the period that a cap holds for.
func accounted(a *slo.Agreement, window slo.Interval) slo.Interval {
	if a.Credits != nil && a.Credits.Cap != nil {
		window.From = min(window.From, a.Credits.Cap.Per.Holding(window.From, a.Zone).From)
	}
	return window
}

// ProbesOf lists the probes of all services that an agreement speaks of, and
// those that count its requests, by name.
func ProbesOf(c *slo.Catalog, a *slo.Agreement) []*slo.Probe {
	var names []string
	for _, s := range servicesOf(c, a) {
		names = append(names, s.Up.Probes()...)
	}
	names = append(names, a.Counters()...)
	slices.Sort(names)
	var out []*slo.Probe
	for _, name := range slices.Compact(names) {
		if p := named(c.Probes, name, func(p *slo.Probe) string { return p.Name }); p != nil {
			out = append(out, p)
		}
	}
	return out
}

// servicesOf lists the services that an agreement speaks of, its own first.
func servicesOf(c *slo.Catalog, a *slo.Agreement) []*slo.Service {
	var out []*slo.Service
	for _, name := range a.Services() {
		if s := named(c.Services, name, func(s *slo.Service) string { return s.Name }); s != nil {
			out = append(out, s)
		}
	}
	return out
}

func find(c *slo.Catalog, agreement string) *slo.Agreement {
	return named(c.Agreements, agreement, func(a *slo.Agreement) string { return a.Name })
}

// named finds what has a name in a list of a catalogue, which is in order of
// names; nil where there is none.
func named[T any](list []*T, name string, of func(*T) string) *T {
	i, found := slices.BinarySearchFunc(list, name, func(x *T, n string) int { return strings.Compare(of(x), n) })
	if !found {
		return nil
	}
	return list[i]
}

// Part is what of a catalogue the figures of one agreement need.
func Part(c *slo.Catalog, a *slo.Agreement) *slo.Catalog {
	out := &slo.Catalog{Revision: c.Revision, Probes: ProbesOf(c, a), Services: servicesOf(c, a), Agreements: []*slo.Agreement{a}}
	for _, m := range c.Maintenances {
		if slices.ContainsFunc(a.Services(), m.Covers) {
			out.Maintenances = append(out.Maintenances, m)
		}
	}
	return out
}
