package collector

import (
	"context"
	"time"

	"github.com/assay-sla/assay/collector/register"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// registerFigures gathers what candidates and inputs are made of at an instant.
type registerFigures func(ctx context.Context, at slo.Instant) (register.Figures, error)

// reviewedOver is the past whose incidents a management review is told of.
const reviewedOver = 90 * 24 * time.Hour

func (c *Collector) registerFigures(ctx context.Context, at slo.Instant) (register.Figures, error) {
	e := c.engine()
	f := register.Figures{At: at, Catalog: e.Catalog(), Services: e.Services(at), Forecasts: c.forecasts.current()}
	for _, a := range f.Catalog.Agreements {
		for i := range a.Objectives {
			o := &a.Objectives[i]
			if o.Window.Rolling != 0 {
				continue
			}
			for _, list := range e.StatusAt(a.Name, at, o.Window.At(at, a.Zone).From) {
				if i < len(list) {
					f.Closed = append(f.Closed, list[i])
				}
			}
		}
	}
	var err error
	if f.Items, err = c.store.RegisterItems(ctx, sqlstore.RegisterFilter{}); err != nil {
		return f, err
	}
	v := slo.Interval{From: at.Add(-reviewedOver), To: at}
	f.Incidents, err = c.store.Incidents(ctx, sqlstore.IncidentFilter{Overlap: &v, Limit: 10_000})
	return f, err
}

// Candidates lists the items that the figures propose for a register.
func (r *registers) Candidates(ctx context.Context, name string, at slo.Instant) ([]slo.RegisterCandidate, error) {
	if !register.Proposed(name) {
		return nil, nil
	}
	f, err := r.figures(ctx, at)
	if err != nil {
		return nil, err
	}
	return register.Candidates(name, f), nil
}

// Inputs is what a management review is given.
func (r *registers) Inputs(ctx context.Context, at slo.Instant) ([]slo.ReviewInput, error) {
	f, err := r.figures(ctx, at)
	if err != nil {
		return nil, err
	}
	return register.Inputs(f), nil
}
