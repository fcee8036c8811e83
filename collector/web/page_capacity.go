package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Capacity is what is foreseen of resources.
type Capacity interface {
	// Forecasts returns the forecast of each series of each resource.
	Forecasts() []slo.ResourceForecast
	// Scores returns how forecasts of times in v were.
	Scores(ctx context.Context, v slo.Interval) ([]slo.ForecastScore, error)
}

// scoredOver is the past that scores are shown of.
const scoredOver = 90 * 24 * time.Hour

// capacityView is the page of the resources.
type capacityView struct {
	Rows []capacityRow
	More int // left out
}

// capacityRow is one series of a resource. Texts are "" where nothing is known.
type capacityRow struct {
	Resource, Service, Series string
	Mark                      mark
	Why                       string // there is no forecast
	Used, Limit, Share        string
	Passed                    string // the threshold, in percent
	Growth                    string
	Expected, Early, OrderBy  string // dates
	ExpectedIn, EarlyIn       string
	Late                      bool // more will not be there on the early date
	Idle, Promised            string
	Scores, Demand            []string
}

func (s *site) capacityPage(v *visit) error {
	list, scores, err := s.foreseen(v)
	if err != nil {
		return err
	}
	var page capacityView
	for _, f := range list {
		if len(page.Rows) == maxPage {
			page.More++
			continue
		}
		page.Rows = append(page.Rows, v.views.capacityRow(f, scores, v.at, s.Zone()))
	}
	return s.render(v, http.StatusOK, "capacity", v.views.t("capacity.title"), page, true)
}

// foreseen are all forecasts, the most urgent first, and their scores.
func (s *site) foreseen(v *visit) ([]slo.ResourceForecast, []slo.ForecastScore, error) {
	if s.Capacity == nil {
		return nil, nil, nil
	}
	scores, err := s.Capacity.Scores(v.r.Context(), slo.Interval{From: v.at.Add(-scoredOver), To: v.at})
	list := slices.Clone(s.Capacity.Forecasts())
	slices.SortStableFunc(list, func(a, b slo.ResourceForecast) int {
		return cmp.Or(cmp.Compare(exhaustionOrder(a), exhaustionOrder(b)), cmp.Compare(a.OrderBy(), b.OrderBy()),
			cmp.Compare(a.Resource.Name, b.Resource.Name), cmp.Compare(a.Series(), b.Series()))
	})
	return list, scores, err
}

// exhaustionOrder orders what forecasts say, the most urgent first.
func exhaustionOrder(f slo.ResourceForecast) int {
	order := []slo.Exhaustion{slo.LimitReached, slo.Exhausts, slo.NotEnoughData, slo.NoTrend}
	return slices.Index(order, f.Exhaustion)
}

func (w words) capacityRow(f slo.ResourceForecast, scores []slo.ForecastScore, at slo.Instant, zone *time.Location) capacityRow {
	r := capacityRow{
		Resource: clean(f.Resource.Name, maxName), Service: clean(f.Resource.Service, maxName), Series: clean(f.Series(), 4*maxName),
		Mark: w.capacityMark(f, at), Why: w.lack(f),
	}
	unit := " " + clean(f.Resource.Unit, maxName)
	if f.Limit.Float() > 0 {
		r.Limit = f.Limit.Short() + unit
	}
	if f.Known() {
		r.Used = f.Now.Short() + unit
		r.Share = share(f.Now, f.Limit)
		if p := f.Resource.Promised; p != nil {
			r.Promised = w.t("capacity.promised", share(f.Now, *p), p.Short()+unit)
		}
	}
	if t := f.Passed(); t > 0 {
		r.Passed = w.t("capacity.passed", t.Percent())
	}
	if f.PerDay.Float() != 0 {
		r.Growth = w.t("capacity.per_day", signedQuantity(f.PerDay)+unit)
	}
	if f.Exhaustion == slo.Exhausts {
		date := func(i slo.Instant) string { return i.In(zone).Format(time.DateOnly) }
		r.Expected, r.Early, r.OrderBy = date(f.Expected), date(f.Early), date(f.OrderBy())
		r.ExpectedIn, r.EarlyIn = w.ago(at, f.Expected), w.ago(at, f.Early)
		r.Late = f.OrderBy() <= at
	}
	if idle := f.Idle(); idle.Float() > 0 {
		r.Idle = w.t("capacity.idle", idle.Short()+unit)
	}
	for _, b := range f.Demand {
		r.Demand = append(r.Demand, w.loadBand(b))
	}
	for _, s := range scores {
		if s.Resource == f.Resource.Name && s.Series == f.Series() && s.Count > 0 {
			r.Scores = append(r.Scores, w.t("capacity.score", w.dur(s.Ahead), s.Inside, s.Count, percentOf(s.ErrorShare.Float())))
		}
	}
	return r
}

// loadBand says how the service was in a band of load.
func (w words) loadBand(b slo.LoadBand) string {
	load := w.t("capacity.load.from", b.From.Percent())
	if b.To > 0 {
		load = w.t("capacity.load.between", b.From.Percent(), b.To.Percent())
	}
	latency := "–"
	if b.Latency > 0 {
		latency = w.latency(b.Latency)
	}
	return w.t("capacity.load.was", load, latency, w.dur(b.Down), w.dur(time.Duration(b.Hours)*time.Hour))
}

// capacityMark is the state that a forecast comes to.
func (w words) capacityMark(f slo.ResourceForecast, at slo.Instant) mark {
	class := map[slo.Exhaustion]string{slo.LimitReached: "down", slo.Exhausts: "up", slo.NoTrend: "up", slo.NotEnoughData: "unknown"}[f.Exhaustion]
	if f.Exhaustion == slo.Exhausts && f.OrderBy() <= at {
		class = "work"
	}
	return mark{class, w.t("capacity.state." + string(f.Exhaustion))}
}

// lack is why there is no forecast, or "".
func (w words) lack(f slo.ResourceForecast) string {
	switch {
	case f.Problem != "":
		return w.t("capacity.lack.query_failed") + ": " + clean(f.Problem, 300)
	case f.Lack != "":
		return w.t("capacity.lack." + string(f.Lack))
	}
	return ""
}

func signedQuantity(q slo.Quantity) string {
	if q.Float() > 0 {
		return "+" + q.Short()
	}
	return q.Short()
}

// share is a part of a whole in percent, "" where the whole is not above 0.
func share(part, whole slo.Quantity) string {
	if whole.Float() <= 0 {
		return ""
	}
	return percentOf(part.Float() / whole.Float())
}

func percentOf(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }
