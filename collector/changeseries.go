package collector

import (
	"context"
	"time"

	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// changesCounted is the past whose changes are counted as series.
const changesCounted = 30 * 24 * time.Hour

// samples count the changes that touch the 30 days before an instant, by how
// they went: all of them, and those of each service.
func (x *changes) samples(ctx context.Context, at slo.Instant) ([]slo.Sample, error) {
	list, err := x.store.Changes(ctx, sqlstore.ChangeFilter{
		Overlap: &slo.Interval{From: at.Add(-changesCounted), To: at}, Counting: true, Limit: maxNearIncidents,
	})
	if err != nil {
		return nil, err
	}
	went, err := x.Judge(ctx, list, at)
	if err != nil {
		return nil, err
	}
	return countedChanges(list, went), nil
}

// countedChanges are the series of changes and of how they went, in one order.
func countedChanges(list []slo.ChangeRecord, went []slo.ChangeJudgement) []slo.Sample {
	type group struct {
		kind    slo.ChangeKind
		outcome slo.ChangeOutcome
	}
	type part struct {
		service string
		outcome slo.ChangeOutcome
	}
	counts, parts, rate := map[group]int{}, map[part]int{}, slo.ChangeRate{}
	for i := range list {
		counts[group{list[i].Kind, went[i].Outcome}]++
		rate.Count(&list[i], went[i].Outcome)
		for _, s := range list[i].Services {
			parts[part{s, went[i].Outcome}]++
		}
	}
	var out []slo.Sample
	add := func(name string, value float64, labels map[string]string) {
		out = append(out, slo.Sample{Name: name, Value: value, Labels: labels})
	}
	for _, kind := range slo.ChangeKinds() {
		for _, outcome := range slo.ChangeOutcomes() {
			add("assay_changes", float64(counts[group{kind, outcome}]), map[string]string{"kind": string(kind), "outcome": string(outcome)})
		}
	}
	for p, n := range parts {
		add("assay_service_changes", float64(n), map[string]string{"outcome": string(p.outcome), "service": p.service})
	}
	if failed, worst := rate.Rate(); failed.Valid() {
		add("assay_change_failure_ratio", failed.Float(), map[string]string{"bound": "known"})
		add("assay_change_failure_ratio", worst.Float(), map[string]string{"bound": "worst"})
	}
	return out
}
