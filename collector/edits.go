package collector

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/assay-sla/assay/collector/evaluate"
	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/slo"
	"github.com/assay-sla/assay/slo/catalog"
)

// editsOf lists the agreements whose terms in force a catalogue edits. before is
// nil where nobody knows what was in force.
func editsOf(before, after *slo.Catalog, at slo.Instant) []catalog.Edited {
	if before == nil || before.Revision == after.Revision {
		return nil
	}
	return catalog.Compare(before, after).Edited(at)
}

// editDrafts are the entries of edits: of each window that is not sealed, its
// figure under the terms before and after, with what is known at an instant.
func (c *Collector) editDrafts(ctx context.Context, t *taking, edits []catalog.Edited, old, next *evaluate.Engine, actor string, at slo.Instant) ([]ledger.Draft, error) {
	var out []ledger.Draft
	for _, e := range edits {
		for i := range e.Agreement.Objectives {
			o := &e.Agreement.Objectives[i]
			windows, err := c.ledger.unsealed(ctx, e.Agreement, o, at)
			if err != nil {
				return nil, err
			}
			for _, w := range windows {
				if a := e.Agreement; a.To != nil && *a.To <= w.From || a.From != nil && *a.From >= w.To {
					continue // the terms say nothing of it
				}
				body, err := editOf(e, o, w, old, next, at)
				if err != nil {
					return nil, err
				}
				body.Before, body.Revision = t.before.Revision, t.catalog.Revision
				out = append(out, ledger.Draft{At: at, Actor: actor, Body: body})
			}
			if len(windows) > 0 {
				c.log.Warn("terms in force are edited: the ledger has the figures before and after", "agreement", e.Agreement.Name, "objective", o.Name, "edited", e.Fields)
			}
		}
	}
	return out, nil
}

// editOf is the entry of an edit for one window of an objective.
func editOf(e catalog.Edited, o *slo.Objective, w slo.Interval, old, next *evaluate.Engine, at slo.Instant) (*ledger.Edit, error) {
	holds := min(w.To, at) // the window is the one that holds the instant before it
	before, err := figureAt(old, e.Agreement.Name, o.Name, at, holds)
	if err != nil {
		return nil, err
	}
	after, err := figureAt(next, e.Agreement.Name, o.Name, at, holds)
	if err != nil {
		return nil, err
	}
	out := &ledger.Edit{
		Promise: ledger.Promise{Agreement: e.Agreement.Name, Objective: o.Name, Service: e.Agreement.Service, Window: w},
		Edited:  e.Fields, FigureBefore: before, FigureAfter: after, Difference: []ledger.Change{},
	}
	if e.Fields == nil {
		out.Edited = []string{ledger.EditedAway}
	}
	if string(before) != "null" && string(after) != "null" {
		out.Difference, err = ledger.Differences(before, after)
	}
	return out, err
}

// figureAt is an objective's figure as the ledger has figures; null where the
// engine's catalogue lacks the objective.
func figureAt(e *evaluate.Engine, agreement, objective string, at, w slo.Instant) (json.RawMessage, error) {
	for _, list := range e.StatusAt(agreement, at, w) {
		for i := range list {
			if list[i].Objective.Name != objective {
				continue
			}
			b, err := json.Marshal(list[i])
			if err != nil {
				return nil, fmt.Errorf("writing the figure of %s/%s: %w", agreement, objective, err)
			}
			return b, nil
		}
	}
	return json.RawMessage("null"), nil
}
