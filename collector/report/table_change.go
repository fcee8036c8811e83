package report

import "github.com/assay-sla/assay/slo"

// changes are the changes of the service, one row for each and, of releases, for
// each objective around it.
func (t tabler) changes() table {
	out := t.of("changes", "change.title", "change kind summary by from to major during_freeze outcome incidents candidate_of objective before_percent after_percent")
	for i := range t.r.Changes {
		c := &t.r.Changes[i]
		row := append([]datum{said(c.ID), coded(string(c.Kind), t.T("change.kind."+string(c.Kind))), said(c.Summary), said(c.By)}, t.span(c.Interval)...)
		row = append(row, flagged(c.Major), flagged(c.DuringFreeze), coded(string(c.Outcome), t.T("change.outcome."+string(c.Outcome))), said(t.w.list(c.Incidents)), said(t.w.list(c.CandidateOf)))
		if len(c.Effects) == 0 {
			out.rows = append(out.rows, append(row, datum{}, datum{}, datum{}))
		}
		for _, e := range c.Effects {
			out.rows = append(out.rows, append(append([]datum{}, row...), said(e.Objective), percentOf(&e.Before), percentOf(&e.After)))
		}
	}
	return out
}

// percentOf is a figure around a change; empty where nothing is known.
func percentOf(f *slo.ChangeFigure) datum {
	if f.Availability == nil {
		return datum{}
	}
	return decimalOf(percentValue, f.Availability.String())
}
