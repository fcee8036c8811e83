package collector

import (
	"context"

	"github.com/assay-sla/assay/collector/report"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// maxNearIncidents bounds the incidents that changes are judged by at once.
const maxNearIncidents = 10_000

// Candidates are the changes near an incident, the likeliest first.
func (x *changes) Candidates(ctx context.Context, i *slo.Incident) ([]slo.ChangeCandidate, error) {
	near := slo.NearChanges(i.Began)
	list, err := x.store.Changes(ctx, sqlstore.ChangeFilter{Overlap: &near, Counting: true, Limit: maxNearIncidents})
	if err != nil {
		return nil, err
	}
	return x.catalog().ChangeCandidates(i, list), nil
}

// Judge says at an instant how each of some changes went, in their order.
func (x *changes) Judge(ctx context.Context, list []slo.ChangeRecord, at slo.Instant) ([]slo.ChangeJudgement, error) {
	if len(list) == 0 {
		return nil, nil
	}
	over := slo.Interval{From: at, To: slo.MaxInstant} // what people tie may have begun long after
	for i := range list {
		over.From = min(over.From, list[i].Near().From)
	}
	incidents, err := x.store.Incidents(ctx, sqlstore.IncidentFilter{Overlap: &over, Limit: maxNearIncidents})
	if err != nil {
		return nil, err
	}
	out := make([]slo.ChangeJudgement, len(list))
	for i := range list {
		out[i] = x.catalog().JudgeChange(&list[i], incidents, at)
	}
	return out, nil
}

// Around is what the objectives about a change's services were like before and
// after it.
func (x *changes) Around(c *slo.ChangeRecord, at slo.Instant) []slo.ChangeEffect {
	return x.around(c, at)
}

// judged are the changes of a service in a stretch of time, with how they went
// and what its objectives were like around them.
func (x *changes) judged(ctx context.Context, service string, in slo.Interval, at slo.Instant) ([]report.JudgedChange, error) {
	list, err := x.store.Changes(ctx, sqlstore.ChangeFilter{Services: []string{service}, Overlap: &in, Counting: true, Limit: maxNearIncidents})
	if err != nil {
		return nil, err
	}
	went, err := x.Judge(ctx, list, at)
	if err != nil {
		return nil, err
	}
	var out []report.JudgedChange
	for i := range list {
		out = append(out, report.JudgedChange{ChangeRecord: list[i], ChangeJudgement: went[i], Effects: x.around(&list[i], at)})
	}
	return out, nil
}
