package collector

import (
	"context"
	"time"

	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// maxCountedRequests bounds the counts of service requests that are added up
// for the series, the latest first.
const maxCountedRequests = 10_000

// samples are the service requests of the month that runs, in UTC, and of the
// one before: some tools count a month once it is over.
func (s serviceRequests) samples(ctx context.Context, at slo.Instant) ([]slo.Sample, error) {
	t := at.Time()
	this := time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
	months := []time.Time{this.AddDate(0, -1, 0), this}
	list, err := s.store.ServiceRequests(ctx, sqlstore.ServiceRequestFilter{Since: months[0].Format(monthName), Limit: maxCountedRequests})
	if err != nil {
		return nil, err
	}
	var out []slo.Sample
	for _, m := range months {
		out = append(out, requestSamples(list, m)...)
	}
	return out, nil
}

// monthName is how a month is written.
const monthName = "2006-01"

// requestSamples are the counts of one month, which begins at m, added up for
// each service and agreement.
func requestSamples(list []slo.ServiceRequests, m time.Time) []slo.Sample {
	type group struct{ service, agreement string }
	groups := map[group][]slo.ServiceRequests{}
	for _, r := range list {
		g := group{r.Service, r.Agreement}
		groups[g] = append(groups[g], r)
	}
	var out []slo.Sample
	for g, list := range groups {
		sum, used := slo.SumServiceRequests(list, m.Format(time.DateOnly), m.AddDate(0, 1, 0).Format(time.DateOnly))
		if len(used) == 0 {
			continue
		}
		labels := map[string]string{"agreement": g.agreement, "month": m.Format(monthName), "service": g.service}
		add := func(name string, value float64) {
			out = append(out, slo.Sample{Name: name, Value: value, Labels: labels})
		}
		add("assay_service_requests_received", float64(sum.Received))
		add("assay_service_requests_completed", float64(sum.Completed))
		add("assay_service_requests_in_target", float64(sum.InTarget))
		if mean, ok := sum.MeanTime(); ok {
			add("assay_service_requests_mean_seconds", mean.Seconds())
		}
	}
	return out
}
