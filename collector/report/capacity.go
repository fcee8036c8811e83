package report

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Resource is something that the service uses up, and what is foreseen of it
// when the report is made. Numbers are in its unit.
type Resource struct {
	Resource   string         `json:"resource"`
	Series     string         `json:"series"`
	Unit       string         `json:"unit"`
	Exhaustion slo.Exhaustion `json:"exhaustion"`
	Used       json.Number    `json:"used,omitempty"`  // absent where it is not known
	Limit      json.Number    `json:"limit,omitempty"` // likewise
	Promised   json.Number    `json:"promised,omitempty"`
	Idle       json.Number    `json:"idle,omitempty"`
	Expected   *slo.Instant   `json:"expected_at"`
	Early      *slo.Instant   `json:"early_at"`
	OrderBy    *slo.Instant   `json:"order_by_at"`
	Scores     []Score        `json:"scores"`
}

// Score is how the forecasts were that spoke of times in the period.
type Score struct {
	Ahead      Milliseconds `json:"ahead_ms"`
	Count      int64        `json:"count"`
	Inside     int64        `json:"inside"`
	ErrorShare json.Number  `json:"error_share"` // mean absolute error, as a share of the limit
}

// resources are the forecasts of the service's resources.
func resources(in Input) []Resource {
	var out []Resource
	for _, f := range in.Resources {
		if f.Resource.Service != in.Agreement.Service {
			continue
		}
		r := Resource{
			Resource: f.Resource.Name, Series: f.Series(), Unit: f.Resource.Unit, Exhaustion: f.Exhaustion,
			Expected: foreseen(f.Expected), Early: foreseen(f.Early), OrderBy: foreseen(f.OrderBy()), Scores: []Score{},
		}
		if f.Limit.Float() > 0 && f.Known() {
			r.Used, r.Limit = json.Number(f.Now.String()), json.Number(f.Limit.String())
		}
		if p := f.Resource.Promised; p != nil {
			r.Promised = json.Number(p.String())
		}
		if idle := f.Idle(); idle.Float() > 0 {
			r.Idle = json.Number(idle.String())
		}
		for _, s := range in.Scores {
			if s.Resource == r.Resource && s.Series == r.Series {
				r.Scores = append(r.Scores, Score{millis(s.Ahead), s.Count, s.Inside, json.Number(s.ErrorShare.String())})
			}
		}
		out = append(out, r)
	}
	return out
}

// foreseen is an instant, nil where there is none.
func foreseen(i slo.Instant) *slo.Instant {
	if i == 0 {
		return nil
	}
	return &i
}

// resourceRow is a resource in words.
type resourceRow struct {
	Key, Name, Level string
	Lines            []string
}

func (p *page) resources() {
	list := p.r.Resources
	for i := range list[:min(p.limits.planned, len(list))] {
		p.Resources = append(p.Resources, p.resource(fmt.Sprintf("resource.%d", i), &list[i]))
	}
	if n := len(list) - p.limits.planned; n > 0 {
		p.ResourcesOmitted = p.w.n("omitted", n)
	}
}

func (p *page) resource(key string, r *Resource) resourceRow {
	unit := clean(r.Unit, p.name)
	row := resourceRow{Key: key, Name: clean(r.Resource, p.name), Level: p.w.t("resource.unknown")}
	if r.Series != "" {
		row.Name += " (" + clean(r.Series, p.name) + ")"
	}
	if r.Limit != "" {
		row.Level = p.w.t("resource.level", short(r.Used), short(r.Limit), unit, shareOf(r.Used, r.Limit))
	}
	day := func(i *slo.Instant) string { return i.In(p.clock.zone).Format(time.DateOnly) }
	if r.Expected != nil && r.Early != nil && r.OrderBy != nil {
		row.Lines = append(row.Lines, p.w.t("resource.exhausts", day(r.Expected), day(r.Early), day(r.OrderBy)))
	} else {
		row.Lines = append(row.Lines, p.w.t("resource."+string(r.Exhaustion)))
	}
	if r.Promised != "" && r.Used != "" {
		row.Lines = append(row.Lines, p.w.t("resource.promised", shareOf(r.Used, r.Promised), short(r.Promised), unit))
	}
	if r.Idle != "" {
		row.Lines = append(row.Lines, p.w.t("resource.idle", short(r.Idle), unit))
	}
	for _, s := range r.Scores {
		row.Lines = append(row.Lines, p.w.t("resource.score", p.w.length(s.Ahead), s.Inside, s.Count, shareOf(s.ErrorShare, "1")))
	}
	return row
}

// short is a number as people read it.
func short(n json.Number) string {
	q, err := slo.ParseQuantity(string(n))
	if err != nil {
		return "–"
	}
	return q.Short()
}

// shareOf is a part of a whole in percent.
func shareOf(part, whole json.Number) string {
	a, errA := part.Float64()
	b, errB := whole.Float64()
	if errA != nil || errB != nil || b <= 0 {
		return "–"
	}
	return strconv.FormatFloat(100*a/b, 'f', 1, 64)
}
