package collector

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/assay-sla/assay/collector/report"
	"github.com/assay-sla/assay/collector/web"
	"github.com/assay-sla/assay/slo"
)

// scopedReportsPath is where reports on several agreements are, by kind of scope
// and period.
const scopedReportsPath = "/api/v1/scoped-reports/"

// scopedReport makes the report of a scope on a period with what is known at an
// instant: from the report of each agreement in it, or the only one.
func (c *Collector) scopedReport(ctx context.Context, of report.Scope, period string, at slo.Instant) (report.Report, error) {
	if of.Kind == report.AgreementScope {
		return c.report(ctx, of.Name, period, at)
	}
	agreements := of.Of(c.engine().Catalog())
	if len(agreements) == 0 {
		return report.Report{}, &web.ReportError{Err: fmt.Errorf("%w: %w", errNoAgreement, noAgreement(of))}
	}
	zone := commonZone(agreements)
	p, err := report.ParsePeriod(period, zone)
	if err != nil {
		return report.Report{}, &web.ReportError{Err: err}
	}
	var list []report.Report
	for _, a := range agreements {
		if err := ctx.Err(); err != nil {
			return report.Report{}, fmt.Errorf("making the report of %s: %w", period, err)
		}
		made, err := c.report(ctx, a.Name, period, at)
		if err != nil {
			return report.Report{}, err
		}
		list = append(list, made)
	}
	combined := report.Combine(of, p, zone, at, list)
	combined.Identity.Letterhead = c.letterheadOf(map[report.ScopeKind]string{report.CustomerScope: of.Name}[of.Kind])
	asked, err := c.store.SurveysIn(ctx, of.String(), p.Interval)
	if err != nil {
		return report.Report{}, err
	}
	combined.Survey(asked)
	combined.Amends, err = c.amends(ctx, &combined)
	return combined, err
}

// zoneOf is the time zone of the periods of a scope.
func (c *Collector) zoneOf(of report.Scope) *time.Location {
	if list := of.Of(c.catalog.current()); len(list) > 0 {
		return commonZone(list)
	}
	return time.UTC
}

// commonZone is the time zone that agreements share, and UTC where they have
// several.
func commonZone(list []*slo.Agreement) *time.Location {
	zone := list[0].Zone
	for _, a := range list {
		if a.Zone.String() != zone.String() {
			return time.UTC
		}
	}
	return zone
}

// showScopedReport answers the report of a scope.
func (c *Collector) showScopedReport(w http.ResponseWriter, r *http.Request) {
	of, err := report.ParseScope(r.PathValue("scope"), r.URL.Query().Get("name"))
	if err != nil {
		c.answerReportError(w, &web.ReportError{Err: err})
		return
	}
	c.answerReport(w, r, of)
}
