package web

import (
	"net/http"
	"time"

	"github.com/assay-sla/assay/slo"
)

type capacityJSON struct {
	At        slo.Instant    `json:"at"`
	Resources []resourceJSON `json:"resources"`
	Next      *int           `json:"next_offset"`
}

type resourceJSON struct {
	Resource   string            `json:"resource"`
	Service    string            `json:"service"`
	Unit       string            `json:"unit"`
	Labels     map[string]string `json:"labels"`
	Exhaustion slo.Exhaustion    `json:"exhaustion"`
	Lack       *slo.Lack         `json:"lack"`
	Problem    *string           `json:"problem"`
	MadeAt     slo.Instant       `json:"made_at"`
	Used       *slo.Quantity     `json:"used"`
	Limit      *slo.Quantity     `json:"limit"`
	Promised   *slo.Quantity     `json:"promised"`
	Threshold  *slo.Ratio        `json:"threshold_passed"`
	PerDay     slo.Quantity      `json:"per_day"`
	SeasonMS   int64             `json:"season_ms"`
	Shifts     int               `json:"level_shifts"`
	LookAhead  int64             `json:"look_ahead_ms"`
	ExpectedAt *slo.Instant      `json:"expected_at"`
	EarlyAt    *slo.Instant      `json:"early_at"`
	OrderByAt  *slo.Instant      `json:"order_by_at"`
	LeadTimeMS int64             `json:"lead_time_ms"`
	Idle       slo.Quantity      `json:"idle"`
	Horizons   []horizonJSON     `json:"horizons"`
	Demand     []loadJSON        `json:"demand"`
	Scores     []scoreJSON       `json:"scores"`
}

type loadJSON struct {
	From      slo.Ratio  `json:"load_from"`
	To        *slo.Ratio `json:"load_to"`
	Hours     int        `json:"hours"`
	LatencyMS *float64   `json:"latency_ms"`
	DownMS    int64      `json:"down_ms"`
}

type horizonJSON struct {
	AheadMS  int64        `json:"ahead_ms"`
	Low      slo.Quantity `json:"low"`
	Expected slo.Quantity `json:"expected"`
	High     slo.Quantity `json:"high"`
}

type scoreJSON struct {
	AheadMS    int64        `json:"ahead_ms"`
	Count      int64        `json:"count"`
	Inside     int64        `json:"inside"`
	Error      slo.Quantity `json:"error"`
	ErrorShare slo.Quantity `json:"error_share"`
}

func (s *site) capacityAPI(v *visit) error {
	q, err := query(v.r, "offset", "limit")
	if err != nil {
		return err
	}
	list, scores, err := s.foreseen(v)
	if err != nil {
		return err
	}
	part, next, err := window(q, list)
	if err != nil {
		return err
	}
	out := capacityJSON{At: v.at, Resources: []resourceJSON{}, Next: next}
	for _, f := range part {
		out.Resources = append(out.Resources, resourceOf(f, scores))
	}
	writeJSON(v.w, http.StatusOK, out)
	return nil
}

func resourceOf(f slo.ResourceForecast, scores []slo.ForecastScore) resourceJSON {
	out := resourceJSON{
		Resource: f.Resource.Name, Service: f.Resource.Service, Unit: f.Resource.Unit, Labels: labels(f.Labels),
		Exhaustion: f.Exhaustion, MadeAt: f.At, Promised: f.Resource.Promised, PerDay: f.PerDay,
		SeasonMS: f.Season.Milliseconds(), Shifts: f.Shifts, LookAhead: f.LookAhead.Milliseconds(),
		ExpectedAt: known(f.Expected), EarlyAt: known(f.Early), OrderByAt: known(f.OrderBy()),
		LeadTimeMS: f.Resource.LeadTime.Milliseconds(), Idle: f.Idle(), Horizons: []horizonJSON{}, Demand: []loadJSON{}, Scores: []scoreJSON{},
	}
	if f.Lack != "" {
		out.Lack = &f.Lack
	}
	if f.Problem != "" {
		problem := clean(f.Problem, 1000)
		out.Problem = &problem
	}
	if f.Known() {
		out.Used = &f.Now
	}
	if f.Limit.Float() > 0 {
		out.Limit = &f.Limit
	}
	if t := f.Passed(); t > 0 {
		out.Threshold = &t
	}
	for _, h := range f.Horizons {
		out.Horizons = append(out.Horizons, horizonJSON{h.In.Milliseconds(), h.Low, h.Expected, h.High})
	}
	for _, b := range f.Demand {
		l := loadJSON{From: b.From, Hours: b.Hours, DownMS: b.Down.Milliseconds()}
		if b.To > 0 {
			l.To = &b.To
		}
		if ms := fineMS(b.Latency); b.Latency > 0 {
			l.LatencyMS = &ms
		}
		out.Demand = append(out.Demand, l)
	}
	for _, c := range scores {
		if c.Resource == f.Resource.Name && c.Series == f.Series() {
			out.Scores = append(out.Scores, scoreJSON{int64(c.Ahead / time.Millisecond), c.Count, c.Inside, c.Error, c.ErrorShare})
		}
	}
	return out
}
