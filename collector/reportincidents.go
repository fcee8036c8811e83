package collector

import (
	"context"
	"errors"

	"github.com/assay-sla/assay/collector/report"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// maxReported bounds the incidents that a report is given.
const maxReported = 10_000

// reportIncidents gives a report the incidents of its service, whatever opened
// them, and those that they are part of.
func (c *Collector) reportIncidents(ctx context.Context, in *report.Input, at slo.Instant) error {
	var err error
	in.Incidents, err = c.store.Incidents(ctx, sqlstore.IncidentFilter{Service: in.Agreement.Service, Overlap: &in.Period.Interval, Limit: maxReported})
	if err != nil {
		return err
	}
	soFar(in.Incidents, func() []slo.Outage { return c.evaluator.down(at) })
	known := map[string]bool{}
	for _, i := range in.Incidents {
		known[i.ID] = true
	}
	for _, i := range in.Incidents {
		if i.Work.Parent == "" || known[i.Work.Parent] {
			continue
		}
		known[i.Work.Parent] = true
		whole, err := c.store.Incident(ctx, i.Work.Parent)
		if err != nil && !errors.Is(err, sqlstore.ErrNotFound) {
			return err
		}
		if err == nil {
			in.Wholes = append(in.Wholes, whole)
		}
	}
	return nil
}
