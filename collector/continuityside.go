package collector

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/assay-sla/assay/collector/report"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/collector/web"
	"github.com/assay-sla/assay/slo"
)

// continuitySide shows the continuity plans and their drills to the pages, and
// takes what people do to them.
type continuitySide struct{ *drills }

func (s continuitySide) Plans(ctx context.Context, at slo.Instant) ([]web.PlanStanding, error) {
	list, err := s.standings(ctx, s.catalog(), at)
	if err != nil {
		return nil, err
	}
	out := make([]web.PlanStanding, len(list))
	for i, p := range list {
		out[i] = web.PlanStanding(p)
	}
	return out, nil
}

func (s continuitySide) Drill(ctx context.Context, id string) (slo.Drill, error) {
	d, err := s.store.Drill(ctx, id)
	return d, unknownDrill(err)
}

func (s continuitySide) Add(ctx context.Context, id string, e slo.DrillEvent) (slo.Drill, error) {
	d, err := s.drills.Add(ctx, id, e)
	return d, unknownDrill(err)
}

func unknownDrill(err error) error {
	if errors.Is(err, sqlstore.ErrNotFound) {
		return web.ErrNoDrill
	}
	return err
}

// OfService lists the drills of the plans that cover a service which touch v,
// the newest first.
func (s continuitySide) OfService(ctx context.Context, service string, v slo.Interval, limit int) ([]slo.Drill, error) {
	var out []slo.Drill
	for _, p := range s.catalog().Plans {
		if !slices.Contains(p.Services, service) {
			continue
		}
		list, err := s.store.Drills(ctx, sqlstore.DrillFilter{Plan: p.Name, Before: v.To})
		if err != nil {
			return nil, err
		}
		for _, d := range list {
			if ended := d.Ended(); ended == 0 || ended >= v.From {
				out = append(out, d)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b slo.Drill) int { return cmp.Compare(b.Declared, a.Declared) })
	return out[:min(len(out), limit)], nil
}

// reported are the plans with their tests, for a report.
func (d *drills) reported(ctx context.Context, at slo.Instant) ([]report.PlanTests, error) {
	list, err := d.standings(ctx, d.catalog(), at)
	if err != nil {
		return nil, err
	}
	out := make([]report.PlanTests, len(list))
	for i, p := range list {
		out[i] = report.PlanTests(p)
	}
	return out, nil
}
