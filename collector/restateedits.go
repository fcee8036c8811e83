package collector

import (
	"context"
	"fmt"

	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/internal/archive"
	"github.com/assay-sla/assay/slo"
	"github.com/assay-sla/assay/slo/catalog"
)

// restateEdits restates the sealed figures that the catalogue in force has
// otherwise because it edits terms that were in force in their windows. The
// figure as it was sealed stays. It does nothing where the sources of the
// catalogue are not kept: nobody could compute the figure again.
func (s *sealer) restateEdits(ctx context.Context, at slo.Instant) error {
	cat := s.catalog().Excluding(nil, 0) // decisions restate for themselves, and are no edits
	revision, actor := s.ledger.inForce()
	if revision != cat.Revision || !s.ledger.keeps(revision) || s.edited == revision {
		return nil
	}
	if s.edited == "" {
		b, err := s.store.Get(ctx, editsKey)
		if err != nil {
			return err
		}
		s.edited = string(b)
	}
	if s.edited != "" && s.edited != revision {
		before, err := s.ledger.revisionKept(ctx, s.edited)
		if err != nil {
			return fmt.Errorf("reading the catalogue whose terms were edited: %w", err)
		}
		if err := s.restateSince(ctx, before, cat, actor, at); err != nil {
			return err
		}
	}
	if err := s.store.Set(ctx, editsKey, []byte(revision)); err != nil {
		return err
	}
	s.edited = revision
	return nil
}

// restateSince restates what a catalogue has otherwise than the one before it,
// agreement by agreement. What was restated before a failure differs no more.
func (s *sealer) restateSince(ctx context.Context, before, cat *slo.Catalog, actor string, at slo.Instant) error {
	measured, err := s.reader().Snapshot()
	if err != nil {
		return err
	}
	compared := catalog.Compare(before, cat)
	for _, a := range cat.Agreements {
		edited := compared.Edits(a.Name, at)
		if edited == nil {
			if !returned(before, a.Name) {
				continue
			}
			if edited, err = s.editedSinceSealed(ctx, cat, a, at); err != nil {
				return err
			}
		}
		if edited == nil {
			continue
		}
		if err := s.restateEdited(ctx, measured, cat, a, edited, actor, at); err != nil {
			return fmt.Errorf("restating %s, whose terms were edited: %w", a.Name, err)
		}
	}
	return nil
}

// returned reports whether an agreement is one that a catalogue lacks.
func returned(before *slo.Catalog, agreement string) bool {
	for _, a := range before.Agreements {
		if a.Name == agreement {
			return false
		}
	}
	return true
}

// editedSinceSealed lists the terms of an agreement that are other ones than when
// its newest window was sealed: it may have left the catalogue in between.
func (s *sealer) editedSinceSealed(ctx context.Context, cat *slo.Catalog, a *slo.Agreement, at slo.Instant) ([]string, error) {
	for _, o := range a.Objectives {
		newest, sealed, err := s.ledger.lastSealed(ctx, ledger.Promise{Agreement: a.Name, Objective: o.Name}.Name())
		if err != nil {
			return nil, err
		}
		if !sealed {
			continue
		}
		was, err := s.ledger.revisionKept(ctx, newest.Revision)
		if err != nil {
			return nil, err
		}
		return catalog.Compare(was, cat).Edits(a.Name, at), nil
	}
	return nil, nil
}

// restateEdited restates the sealed windows of one agreement, together.
func (s *sealer) restateEdited(ctx context.Context, measured *archive.Snapshot, cat *slo.Catalog, a *slo.Agreement, edited []string, actor string, at slo.Instant) error {
	var drafts []ledger.Draft
	for i := range a.Objectives {
		o := &a.Objectives[i]
		sealed, err := s.ledger.sealed(ctx, ledger.Promise{Agreement: a.Name, Objective: o.Name}.Name())
		if err != nil {
			return err
		}
		for _, w := range sealed {
			d, err := s.restateUnder(ctx, measured, cat, a, o, w, edited, actor, at)
			if err != nil {
				return err
			}
			if d != nil {
				drafts = append(drafts, *d)
			}
		}
	}
	if len(drafts) == 0 {
		return nil
	}
	_, err := s.ledger.append(ctx, at, appendTo(s.store), drafts...)
	if err == nil {
		s.log.Warn("edited terms change sealed figures: they are restated", "agreement", a.Name, "edited", edited, "figures", len(drafts))
	}
	return err
}

// restateUnder computes a sealed window again under the terms of a catalogue,
// from what the archive was searched for; nil where the figure is what it was,
// where the objective has other windows now, or where retention removed what it
// rests on.
func (s *sealer) restateUnder(ctx context.Context, measured *archive.Snapshot, cat *slo.Catalog, a *slo.Agreement, o *slo.Objective, w slo.Interval, edited []string, actor string, at slo.Instant) (*ledger.Draft, error) {
	if o.Window.Rolling > 0 || o.Window.At(w.To, a.Zone) != w {
		return nil, nil
	}
	known, err := s.ledger.history(ctx, ledger.Promise{Agreement: a.Name, Objective: o.Name, Window: w})
	if err != nil || len(known) == 0 {
		return nil, err
	}
	newest := known[len(known)-1]
	if newest.Revision == cat.Revision || newest.Evidence.GoneBefore(measured.Begins()) {
		return nil, nil
	}
	if cat, err = s.ledger.decidedBy(ctx, cat, newest.Decided); err != nil {
		return nil, err
	}
	c, err := ledger.ComputeFor(ctx, measured, cat, s.ledger.revisions(), a.Name, w, max(newest.Evidence.Next, s.searched), measured.Begins())
	if err != nil {
		return nil, err
	}
	return restated(c, newest, newest.Decided, ledger.Cause{Reason: ledger.ReasonTerms, Edited: edited}, actor, at)
}

// restated is the entry that a computation corrects a figure by; nil where that
// is what it was. decided is the entry of the newest decision on an exclusion
// that it counts.
func restated(c *ledger.Computation, newest figureEntry, decided int64, why ledger.Cause, actor string, at slo.Instant) (*ledger.Draft, error) {
	r, err := c.Result(newest.Objective)
	if err != nil {
		return nil, err
	}
	r.Decided = decided
	body, err := r.Restate(newest.Index, newest.Figure, why)
	if err != nil || body == nil {
		return nil, err
	}
	return &ledger.Draft{At: at, Actor: actor, Body: body}, nil
}
