package web

import (
	"slices"
	"time"

	"github.com/assay-sla/assay/slo"
)

// candidateJSON is a change near an incident.
type candidateJSON struct {
	Change   string         `json:"change"`
	Kind     slo.ChangeKind `json:"kind"`
	Summary  string         `json:"summary"`
	Service  string         `json:"service"` // that it touches, nearest to the incident's
	Hops     int            `json:"hops"`
	From     slo.Instant    `json:"from"`
	BeforeMS int64          `json:"before_ms"`
	Tied     bool           `json:"tied"`
}

// candidatesJSON are the changes near an incident, as the API writes them.
func (s *site) candidatesJSON(v *visit, i *slo.Incident) ([]candidateJSON, error) {
	out := []candidateJSON{}
	if s.Changes == nil {
		return out, nil
	}
	list, err := s.Changes.Candidates(v.r.Context(), i)
	for _, c := range list {
		out = append(out, candidateJSON{c.ID, c.Kind, c.Summary, c.Service, c.Hops, c.From, c.Before.Milliseconds(), tiedTo(i, c.ChangeRecord)})
	}
	return out, err
}

// tiedTo reports whether people tied an incident to a change.
func tiedTo(i *slo.Incident, c *slo.ChangeRecord) bool {
	return slices.ContainsFunc(i.Work.Links, func(l slo.IncidentLink) bool { return l.Names(c) })
}

// candidateRow is a change near an incident, in words.
type candidateRow struct {
	changeRow
	Service, Away string
	Tied          bool
}

// candidates are the changes near an incident, in words. A part of another has
// none: the other one has them.
func (s *site) candidates(v *visit, i *slo.Incident) ([]candidateRow, error) {
	if s.Changes == nil {
		return nil, nil
	}
	list, err := s.Changes.Candidates(v.r.Context(), i)
	var out []candidateRow
	for _, c := range list {
		out = append(out, v.views.candidateRow(&c, i, s.Zone()))
	}
	return out, err
}

func (w words) candidateRow(c *slo.ChangeCandidate, i *slo.Incident, zone *time.Location) candidateRow {
	row := candidateRow{changeRow: w.changeRow(c.ChangeRecord, slo.ChangeJudgement{Outcome: slo.ChangePending}, zone), Service: c.Service, Tied: tiedTo(i, c.ChangeRecord)}
	row.Away = w.t("candidate.before", w.dur(c.Before.Abs()))
	if c.Before < 0 {
		row.Away = w.t("candidate.late", w.dur(-c.Before))
	}
	if c.Hops > 0 {
		row.Service = w.t("candidate.dependency", c.Service)
	}
	return row
}
