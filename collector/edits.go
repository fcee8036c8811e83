package collector

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/assay-sla/assay/collector/evaluate"
	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/slo"
	"github.com/assay-sla/assay/slo/catalog"
)

// edit is terms in force that a catalogue edits.
type edit struct {
	agreement *slo.Agreement // as it was
	edited    []string
	gone      bool // the catalogue lacks the agreement
}

// editsOf lists the agreements whose terms in force a catalogue edits, or that
// leave it before their terms ended, as the catalogue before had them.
func editsOf(before, after *slo.Catalog, at slo.Instant) []edit {
	if before == nil || before.Revision == after.Revision {
		return nil
	}
	var out []edit
	compared := catalog.Compare(before, after)
	for _, a := range before.Agreements {
		if !slices.ContainsFunc(after.Agreements, func(b *slo.Agreement) bool { return b.Name == a.Name }) {
			if a.From == nil || *a.From < at {
				out = append(out, edit{a, []string{ledger.EditedAway}, true})
			}
			continue
		}
		if edited := compared.Edits(a.Name, at); edited != nil {
			out = append(out, edit{a, edited, false})
		}
	}
	return out
}

// editDrafts are the entries of edits: of each window that is not sealed, its
// figure under the terms before and after, with what is known at an instant.
func (c *Collector) editDrafts(ctx context.Context, t *taking, edits []edit, old, next *evaluate.Engine, actor string, at slo.Instant) ([]ledger.Draft, error) {
	var out []ledger.Draft
	for _, e := range edits {
		for i := range e.agreement.Objectives {
			o := &e.agreement.Objectives[i]
			windows, err := c.ledger.unsealed(ctx, e.agreement, o, at)
			if err != nil {
				return nil, err
			}
			for _, w := range windows {
				body, err := editOf(e, o, w, old, next, at)
				if err != nil {
					return nil, err
				}
				body.Before, body.Revision = t.before.Revision, t.catalog.Revision
				out = append(out, ledger.Draft{At: at, Actor: actor, Body: body})
			}
			if len(windows) > 0 {
				c.log.Warn("terms in force are edited: the ledger has the figures before and after", "agreement", e.agreement.Name, "objective", o.Name, "edited", e.edited)
			}
		}
	}
	return out, nil
}

// editOf is the entry of an edit for one window of an objective.
func editOf(e edit, o *slo.Objective, w slo.Interval, old, next *evaluate.Engine, at slo.Instant) (*ledger.Edit, error) {
	holds := min(w.To, at) // the window is the one that holds the instant before it
	before, err := figureAt(old, e.agreement.Name, o.Name, at, holds)
	if err != nil {
		return nil, err
	}
	after, err := figureAt(next, e.agreement.Name, o.Name, at, holds)
	if err != nil {
		return nil, err
	}
	out := &ledger.Edit{
		Promise: ledger.Promise{Agreement: e.agreement.Name, Objective: o.Name, Service: e.agreement.Service, Window: w},
		Edited:  e.edited, FigureBefore: before, FigureAfter: after, Difference: []ledger.Change{},
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
