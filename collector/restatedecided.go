package collector

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/internal/archive"
	"github.com/assay-sla/assay/slo"
)

// decidedKey is the setting of the ledger's entry up to which decisions on
// exclusions were followed into sealed windows.
const decidedKey = "ledger decided"

// decidedOn are the requests that were ever approved, and the newest entry of
// the ledger with an approval or its revocation, 0 where there is none.
func (l *ledgerSide) decidedOn(ctx context.Context) (list []slo.ExclusionRequest, until int64, err error) {
	list, err = l.store.Exclusions(ctx, sqlstore.ExclusionFilter{States: []slo.ExclusionState{slo.ExclusionApproved, slo.ExclusionRevoked}})
	for i := range list {
		for _, d := range list[i].Decisions {
			until = max(until, d.Entry)
		}
	}
	return list, until, err
}

// excluding is a catalogue with every decision there is, and the newest of them.
func (l *ledgerSide) excluding(ctx context.Context, cat *slo.Catalog) (*slo.Catalog, int64, error) {
	list, until, err := l.decidedOn(ctx)
	return cat.Excluding(list, until), until, err
}

// decidedBy is a catalogue with the decisions up to an entry.
func (l *ledgerSide) decidedBy(ctx context.Context, cat *slo.Catalog, until int64) (*slo.Catalog, error) {
	list, _, err := l.decidedOn(ctx)
	return cat.Excluding(list, until), err
}

// soon has the next tick do what is due, as far as it can.
func (s *sealer) soon() { s.asked.Store(true) }

// decision is one that may have touched sealed windows.
type decision struct {
	request slo.ExclusionRequest
	entry   int64
}

// restateDecided follows decisions on exclusions into the sealed windows that
// they touch, one after the other, so that each restatement has one cause. How
// far it came is one transaction with the restatements.
func (s *sealer) restateDecided(ctx context.Context, at slo.Instant) error {
	followed, err := s.followed(ctx)
	if err != nil {
		return err
	}
	list, until, err := s.ledger.decidedOn(ctx)
	if err != nil || until <= followed {
		return err
	}
	standing, err := s.standing(ctx, at)
	if err != nil {
		return err
	}
	for _, d := range decisionsAfter(list, followed) {
		if err := s.follow(ctx, standing, d, at); err != nil {
			return fmt.Errorf("restating what the exclusion %s touches: %w", d.request.ID, err)
		}
	}
	return nil
}

// followed reads up to which entry decisions were followed.
func (s *sealer) followed(ctx context.Context) (int64, error) {
	b, err := s.store.Get(ctx, decidedKey)
	if err != nil || b == nil {
		return 0, err
	}
	n, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil {
		return 0, nil // followed again: what was restated knows of its decisions
	}
	return n, nil
}

func decisionsAfter(list []slo.ExclusionRequest, entry int64) []decision {
	var out []decision
	for _, r := range list {
		for _, d := range r.Decisions {
			if d.Entry > entry && d.Act.Moves() {
				out = append(out, decision{r, d.Entry})
			}
		}
	}
	slices.SortFunc(out, func(a, b decision) int { return cmp.Compare(a.entry, b.entry) })
	return out
}

// follow restates the sealed windows that one decision touches.
func (s *sealer) follow(ctx context.Context, standing []standing, d decision, at slo.Instant) error {
	measured, err := s.reader().Snapshot()
	if err != nil {
		return err
	}
	var drafts []ledger.Draft
	for _, p := range standing {
		if !slices.Contains(d.request.Agreements, p.agreement.Name) {
			continue
		}
		for _, w := range p.moved(&d.request) {
			draft, err := s.restateAfter(ctx, measured, p, w, d, at)
			if err != nil {
				return err
			}
			if draft != nil {
				drafts = append(drafts, *draft)
			}
		}
	}
	mark := []byte(strconv.FormatInt(d.entry, 10))
	if len(drafts) == 0 {
		return s.store.Set(ctx, decidedKey, mark)
	}
	_, err = s.ledger.append(ctx, at, func(ctx context.Context, b ledger.Batch) error {
		return s.store.AppendLogAnd(ctx, sqlstore.LogBatch(b), decidedKey, mark)
	}, drafts...)
	return err
}

// moved lists the sealed windows of a promise whose figure an exclusion can
// move: those that it touches, and those behind it that share a cap with them.
func (p standing) moved(r *slo.ExclusionRequest) []slo.Interval {
	a, o, end := p.agreement, p.objective, r.To
	if c := a.Credits; c != nil && c.Cap != nil && c.Objective == o.Name {
		end = max(end, c.Cap.Per.Holding(r.To-1, a.Zone).To)
	}
	if c := a.MaintenanceCap; c != nil && r.Cause == slo.LateMaintenance {
		end = max(end, c.Per.Holding(r.To-1, a.Zone).To)
	}
	var out []slo.Interval
	for w := o.Window.At(r.From+1, a.Zone); w.To <= p.last && w.From < end; w = o.Window.At(w.To+1, a.Zone) {
		out = append(out, w)
	}
	return out
}

// restateAfter computes a sealed window again, from the measurements that it
// rests on, with the decisions up to one; nil where the figure is what it was,
// where it knew of the decision, or where the window was never sealed.
func (s *sealer) restateAfter(ctx context.Context, measured *archive.Snapshot, of standing, window slo.Interval, d decision, at slo.Instant) (*ledger.Draft, error) {
	p := ledger.Promise{Agreement: of.agreement.Name, Objective: of.objective.Name, Window: window}
	known, err := s.ledger.history(ctx, p)
	if err != nil || len(known) == 0 {
		return nil, err
	}
	newest := known[len(known)-1]
	if newest.Decided >= d.entry {
		return nil, nil
	}
	cat, err := s.termsOf(ctx, of, newest, d.entry)
	if err != nil {
		return nil, err
	}
	e := newest.Evidence
	e.Days = nil
	c, err := ledger.Compute(ctx, measured, cat, s.ledger.revisions(), newest.Agreement, newest.Window.To, e)
	if err != nil {
		return nil, err
	}
	if !c.RestsOn(newest.Evidence) {
		s.log.Error("an exclusion touches a sealed figure whose measurements are not all kept any more: it is not restated",
			"exclusion", d.request.ID, "agreement", p.Agreement, "objective", p.Objective, "from", p.Window.From)
		return nil, nil
	}
	draft, err := restated(c, newest, d.entry, ledger.Cause{Reason: ledger.ReasonExclusion(d.request.ID)}, ledger.Self, at)
	if err != nil || draft == nil {
		return nil, err
	}
	s.log.Warn("an exclusion changes a sealed figure: it is restated", "exclusion", d.request.ID,
		"agreement", p.Agreement, "objective", p.Objective, "from", p.Window.From, "to", p.Window.To)
	return draft, nil
}
