package collector

import (
	"context"
	"fmt"

	"github.com/assay-sla/assay/collector/evaluate"
	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/slo"
)

// maxToReview bounds the major incidents whose review is looked at, and alerted
// on, the oldest first.
const maxToReview = 100

// lateReviews alerts on each major incident whose review is due and not closed.
// The incident itself may be closed long since.
func (c *Collector) lateReviews(ctx context.Context, at slo.Instant) ([]evaluate.Alert, error) {
	list, err := c.store.ToReview(ctx, maxToReview)
	var out []evaluate.Alert
	for i := range list {
		if m := list[i].Work.Major; m.ReviewDue != 0 && m.ReviewDue <= at {
			out = append(out, reviewAlert(&list[i]))
		}
	}
	return out, err
}

func reviewAlert(i *slo.Incident) evaluate.Alert {
	m := i.Work.Major
	a := evaluate.Alert{
		Name: notify.IncidentReviewLate, Severity: slo.Ticket, Since: m.ReviewDue, Path: "/incidents/" + i.ID,
		Labels: map[string]string{notify.LabelIncident: i.ID},
		Words: evaluate.Words{
			Summary:     fmt.Sprintf("The review of the major incident %s was due on %s", i.ID, m.ReviewDue),
			Description: fmt.Sprintf("%s leads it. It began at %s.", m.Owner, i.Began),
		},
	}
	if i.Service != "" {
		a.Labels[notify.LabelService] = i.Service
	}
	return a
}
