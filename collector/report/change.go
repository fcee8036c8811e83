package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// JudgedChange is a change with how it went and what the agreement's objectives
// were like around it.
type JudgedChange struct {
	slo.ChangeRecord
	slo.ChangeJudgement
	Effects []slo.ChangeEffect // of any agreement; those of the report's are taken
}

// Change is a change or release of the service.
type Change struct {
	ID      string         `json:"id"`
	Kind    slo.ChangeKind `json:"kind"`
	Summary string         `json:"summary"`
	By      string         `json:"by"`
	slo.Interval
	Major        bool               `json:"major"`
	DuringFreeze bool               `json:"during_freeze"`
	Outcome      slo.ChangeOutcome  `json:"outcome"`
	Incidents    []string           `json:"incidents"`    // that people tied to it
	CandidateOf  []string           `json:"candidate_of"` // incidents that it is near, and that nobody tied to it
	Effects      []slo.ChangeEffect `json:"effects"`      // before and after, of a release
}

// ChangeKPI is how many changes of the period failed.
type ChangeKPI struct {
	Changes        int          `json:"changes"` // less those of which it is too early to say
	Failed         int          `json:"failed"`
	Unsettled      int          `json:"unsettled"`
	FailurePercent *json.Number `json:"failure_percent"` // null without a change
	WorstPercent   *json.Number `json:"worst_percent"`   // if all that is unsettled had failed
}

// changes are those of the service that began in the period, oldest first.
func changes(in Input) []Change {
	var out []Change
	for i := range in.Changes {
		x := &in.Changes[i]
		if !x.Touches(in.Agreement.Service) || !in.Period.Contains(x.From) || x.From >= in.At || x.Withdrawn() {
			continue
		}
		c := Change{
			ID: x.ID, Kind: x.Kind, Summary: x.Summary, By: x.By, Interval: x.Interval, Major: x.Major, DuringFreeze: len(x.Freezes) > 0,
			Outcome: x.Outcome, Incidents: listed(x.Tied), CandidateOf: listed(x.Candidate), Effects: []slo.ChangeEffect{},
		}
		for _, e := range x.Effects {
			if e.Agreement == in.Agreement.Name && x.Kind == slo.Release {
				c.Effects = append(c.Effects, e)
			}
		}
		out = append(out, c)
	}
	slices.SortStableFunc(out, func(a, b Change) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.ID, b.ID)) })
	return out
}

// changeKPI is the change-failure rate (slo.ChangeRate) of some changes; nil of
// none.
func changeKPI(list []Change) *ChangeKPI {
	if len(list) == 0 {
		return nil
	}
	var r slo.ChangeRate
	for i := range list {
		r.Count(&slo.ChangeRecord{}, list[i].Outcome)
	}
	k := &ChangeKPI{Changes: r.Changes, Failed: r.Failed, Unsettled: r.Unsettled}
	if rate, worst := r.Rate(); rate.Valid() {
		failure, most := json.Number(rate.Percent(1)), json.Number(worst.Percent(1))
		k.FailurePercent, k.WorstPercent = &failure, &most
	}
	return k
}

// changeFailures says how many changes failed.
func (w words) changeFailures(k *ChangeKPI) string {
	if k.FailurePercent == nil || k.WorstPercent == nil {
		return w.t("kpi.change_failures.early")
	}
	return w.t("kpi.change_failures.of", k.FailurePercent.String(), k.Failed, k.Changes, k.WorstPercent.String())
}

// changeRow is a change in words.
type changeRow struct {
	Key, When, Name string
	Lines           []string
}

// maxChanges bounds the changes that the faces list.
const maxChanges = 40

func (p *page) changes() {
	list := p.r.Changes
	most := min(maxChanges, 2*p.limits.planned)
	keep := shortlist(len(list), most, func(a, b int) int {
		return cmp.Or(cmp.Compare(changeRank(&list[a]), changeRank(&list[b])), cmp.Compare(list[b].From, list[a].From))
	})
	for i := range list {
		if keep[i] {
			p.Changes = append(p.Changes, p.change(fmt.Sprintf("change.%d", i), &list[i]))
		}
	}
	if n := len(list) - len(p.Changes); n > 0 {
		p.ChangesOmitted = p.w.n("omitted", n)
	}
}

// changeRank puts what failed before what is unsettled, and that before others.
func changeRank(c *Change) int {
	switch c.Outcome {
	case slo.ChangeFailed:
		return 0
	case slo.ChangeUnsettled:
		return 1
	}
	return 2
}

func (p *page) change(key string, c *Change) changeRow {
	w := p.w
	row := changeRow{Key: key, When: p.clock.moment(c.From), Name: clean(c.Summary, p.evidence)}
	about := []string{w.t("change.kind." + string(c.Kind)), w.t("change.by", clean(c.By, p.name)), w.t("change.outcome." + string(c.Outcome))}
	if c.To > c.From {
		about = append(about, w.length(millis(c.Length())))
	}
	if c.Major {
		about = append(about, w.t("change.major"))
	}
	if c.DuringFreeze {
		about = append(about, w.t("change.freeze"))
	}
	row.Lines = append(row.Lines, strings.Join(about, w.t("list.apart")))
	if len(c.Incidents) > 0 {
		row.Lines = append(row.Lines, w.t("change.tied", w.list(p.someOf(c.Incidents))))
	}
	if len(c.CandidateOf) > 0 {
		row.Lines = append(row.Lines, w.t("change.candidate", w.list(p.someOf(c.CandidateOf))))
	}
	for i := range c.Effects[:min(len(c.Effects), p.causes)] {
		row.Lines = append(row.Lines, p.changeEffect(&c.Effects[i]))
	}
	return row
}

// someOf are the first of some IDs, cleaned.
func (p *page) someOf(ids []string) []string {
	var out []string
	for _, id := range ids[:min(len(ids), p.places)] {
		out = append(out, clean(id, 2*p.name))
	}
	return out
}

// changeEffect is an objective before and after a release.
func (p *page) changeEffect(e *slo.ChangeEffect) string {
	say := func(f *slo.ChangeFigure) string {
		if f.Availability == nil {
			return p.w.t("change.unknown")
		}
		return p.w.t("percent", cmp.Or(f.Shown, f.Availability.String())) // reports of before had none
	}
	return p.w.t("change.around", clean(e.Objective, p.name), say(&e.Before), say(&e.After), p.w.length(millis(e.After.Length())))
}
