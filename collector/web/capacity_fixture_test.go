package web

import (
	"context"
	"time"

	"github.com/assay-sla/assay/slo"
)

// resources is a Capacity with a forecast of each sort.
type resources struct{}

func amount(v float64) slo.Quantity {
	q, err := slo.NewQuantity(v)
	if err != nil {
		panic(err)
	}
	return q
}

func (resources) Forecasts() []slo.ResourceForecast {
	const day = 24 * time.Hour
	at := now().Add(-2 * time.Hour)
	promised := amount(250)
	disk := &slo.Resource{Name: "shop-disk", Service: "shop", Unit: "bytes", LeadTime: 30 * day, Thresholds: []slo.Ratio{percent("80"), percent("95")}}
	orders := &slo.Resource{Name: "shop-orders", Service: "shop", Unit: "orders/s", LeadTime: 14 * day, Promised: &promised}
	staff := &slo.Resource{Name: "support-staff", Service: "shop", Unit: "people", LeadTime: 90 * day}
	return []slo.ResourceForecast{
		{Resource: orders, Limit: amount(400), Demand: []slo.LoadBand{
			{From: percent("25"), To: percent("50"), Hours: 600, Latency: 42 * time.Millisecond},
			{From: percent("70"), To: percent("80"), Hours: 9, Latency: 310 * time.Millisecond, Down: 4 * time.Minute},
			{From: percent("100"), Hours: 1}}, Forecast: slo.Forecast{
			At: at, Exhaustion: slo.NoTrend, Now: amount(180.4), Season: 7 * day, LookAhead: 360 * day,
			Horizons: []slo.Horizon{{In: 7 * day, Low: amount(150), Expected: amount(182), High: amount(230)}}}},
		{Resource: disk, Labels: map[string]string{"host": "db1"}, Limit: amount(2e12), Forecast: slo.Forecast{
			At: at, Exhaustion: slo.Exhausts, Now: amount(1.712e12), PerDay: amount(9.8e9), Shifts: 2, LookAhead: 360 * day,
			Expected: at.Add(29 * day), Early: at.Add(24 * day), Horizons: []slo.Horizon{
				{In: 7 * day, Low: amount(1.77e12), Expected: amount(1.781e12), High: amount(1.8e12)},
				{In: 14 * day, Low: amount(1.82e12), Expected: amount(1.849e12), High: amount(1.88e12)}}}},
		{Resource: disk, Labels: map[string]string{"host": "db2"}, Limit: amount(2e12), Forecast: slo.Forecast{
			At: at, Exhaustion: slo.LimitReached, Now: amount(2e12), LookAhead: 20 * day}},
		{Resource: disk, Labels: map[string]string{"host": "db3"}, Limit: amount(2e12), Forecast: slo.Forecast{
			At: at, Exhaustion: slo.NotEnoughData, Lack: slo.LackHistory}},
		{Resource: &slo.Resource{Name: "odd", Service: "api", Unit: "bytes"}, Problem: "querying \"x\":\nmany-to-many", Forecast: slo.Forecast{
			At: at, Exhaustion: slo.NotEnoughData, Lack: slo.LackQuery}},
		{Resource: staff, Limit: amount(8), Forecast: slo.Forecast{At: at, Exhaustion: slo.NotEnoughData, Lack: slo.LackPlan, Now: amount(7)}},
	}
}

func (resources) Scores(context.Context, slo.Interval) ([]slo.ForecastScore, error) {
	return []slo.ForecastScore{
		{Resource: "shop-disk", Series: "host=db1", Ahead: 7 * 24 * time.Hour, Count: 50, Inside: 41, Error: amount(2.1e10), ErrorShare: amount(0.0105)},
		{Resource: "shop-disk", Series: "host=db1", Ahead: 14 * 24 * time.Hour, Count: 22, Inside: 19, Error: amount(4e10), ErrorShare: amount(0.02)},
	}, nil
}
