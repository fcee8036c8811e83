package collector

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/collector/web"
	"github.com/assay-sla/assay/slo"
)

// serviceRequests keeps the counts of service requests that come from elsewhere.
type serviceRequests struct {
	store   *sqlstore.Store
	catalog func() *slo.Catalog
	now     func() slo.Instant
}

// List returns counts, the latest period first.
func (s serviceRequests) List(ctx context.Context, f web.ServiceRequestFilter) ([]slo.ServiceRequests, error) {
	return s.store.ServiceRequests(ctx, sqlstore.ServiceRequestFilter{Service: f.Service, Versions: f.Versions, Offset: f.Offset, Limit: f.Limit})
}

// Take keeps counts, all of them or none. Each is of a service of the catalogue,
// or of an agreement about it, and of no period that is to come.
func (s serviceRequests) Take(ctx context.Context, list []slo.ServiceRequests) (web.Taken, error) {
	cat := s.catalog()
	// A day has begun somewhere once it has in the first zone, 14 hours ahead.
	today := s.now().Time().Add(14 * time.Hour).Format(time.DateOnly)
	var refused web.RowsRefused
	seen := map[[3]string]bool{}
	for n := range list {
		key := [3]string{list[n].Service, list[n].Agreement, string(list[n].Period)}
		why := unknownCount(cat, &list[n], today)
		if seen[key] {
			why = "its service, agreement and period stand in another row"
		}
		if seen[key] = true; why != "" {
			refused.Problems = append(refused.Problems, web.RowProblem{Row: n + 1, Why: why})
		}
	}
	if len(refused.Problems) > 0 {
		return web.Taken{}, &refused
	}
	fresh, corrected, err := s.store.TakeServiceRequests(ctx, list)
	return web.Taken{New: fresh, Corrected: corrected, Unchanged: len(list) - fresh - corrected}, err
}

// unknownCount says why nobody can count what a row does, "" where he can.
func unknownCount(cat *slo.Catalog, r *slo.ServiceRequests, today string) string {
	if !slices.ContainsFunc(cat.Services, func(s *slo.Service) bool { return s.Name == r.Service }) {
		return fmt.Sprintf("service: the catalogue has no service %.40q", r.Service)
	}
	about := func(a *slo.Agreement) bool { return a.Name == r.Agreement && a.Service == r.Service }
	switch {
	case r.Agreement != "" && !slices.ContainsFunc(cat.Agreements, about):
		return fmt.Sprintf("agreement: the catalogue has no agreement %.40q about %s", r.Agreement, r.Service)
	case r.Period.First() > today:
		return fmt.Sprintf("period: %s is to come", r.Period)
	}
	return ""
}
