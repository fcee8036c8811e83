package collector

import (
	"context"

	"github.com/assay-sla/assay/collector/report"
	"github.com/assay-sla/assay/collector/sqlstore"
)

// reportOperations adds to a report's input what people did beside incidents:
// problems, and what was counted of service requests.
func (c *Collector) reportOperations(ctx context.Context, in *report.Input) (err error) {
	in.ProblemRule = c.problems.Rule()
	if in.Problems, err = c.store.Problems(ctx, sqlstore.ProblemFilter{Service: in.Agreement.Service}); err != nil {
		return err
	}
	in.ServiceRequests, err = c.store.ServiceRequests(ctx, sqlstore.ServiceRequestFilter{Service: in.Agreement.Service})
	return err
}
