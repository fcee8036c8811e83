package report

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/assay-sla/assay/slo"
)

// ServiceRequests are the service requests of the period, of the agreement or of
// its service without one.
type ServiceRequests struct {
	Agreement string                `json:"agreement"` // "" where they are of no agreement
	Service   string                `json:"service"`
	Received  int64                 `json:"received"`
	Completed int64                 `json:"completed"`
	InTarget  int64                 `json:"in_target"`
	Total     Milliseconds          `json:"total_ms"`
	Counts    []ServiceRequestCount `json:"counts"` // what was added, the latest period first
}

// ServiceRequestCount is what was counted in a day or a month.
type ServiceRequestCount struct {
	Period    string       `json:"period"`
	Version   int          `json:"version"` // more than 1 where it was corrected
	Received  int64        `json:"received"`
	Completed int64        `json:"completed"`
	InTarget  int64        `json:"in_target"`
	Total     Milliseconds `json:"total_ms"`
}

// serviceRequests adds up what was counted in the period.
func serviceRequests(in Input) []ServiceRequests {
	day := func(i slo.Instant) string { return i.In(in.Agreement.Zone).Format(time.DateOnly) }
	var out []ServiceRequests
	for _, agreement := range []string{in.Agreement.Name, ""} {
		var of []slo.ServiceRequests
		for _, r := range in.ServiceRequests {
			if r.Service == in.Agreement.Service && r.Agreement == agreement {
				of = append(of, r)
			}
		}
		sum, used := slo.SumServiceRequests(of, day(in.Period.From), day(in.Period.To))
		if len(used) == 0 {
			continue
		}
		x := ServiceRequests{Agreement: agreement, Service: in.Agreement.Service, Received: sum.Received, Completed: sum.Completed, InTarget: sum.InTarget, Total: Milliseconds(sum.TotalS * 1000), Counts: []ServiceRequestCount{}}
		for _, r := range used {
			x.Counts = append(x.Counts, ServiceRequestCount{string(r.Period), r.Version, r.Received, r.Completed, r.InTarget, Milliseconds(r.TotalS * 1000)})
		}
		out = append(out, x)
	}
	return out
}

func (p *page) serviceRequests() {
	for i := range p.r.ServiceRequests {
		x, w := &p.r.ServiceRequests[i], p.w
		row := noteRow{Key: fmt.Sprintf("fulfilment.%d", i), Name: clean(x.Agreement, p.name), Value: w.t("fulfilment.of", x.Received, x.Completed)}
		if x.Agreement == "" {
			row.Name = w.t("fulfilment.service", clean(x.Service, p.name))
		}
		if x.Completed > 0 {
			row.Lines = append(row.Lines, w.t("fulfilment.in_target", x.InTarget, shareOf(number(x.InTarget), number(x.Completed))), w.t("fulfilment.mean", w.length(x.Total/Milliseconds(x.Completed))))
		}
		p.Requests = append(p.Requests, row)
	}
}

func number(n int64) json.Number { return json.Number(fmt.Sprint(n)) }

// serviceRequests are the counts of service requests, a row each.
func (t tabler) serviceRequests() table {
	out := t.of("service_requests", "fulfilment.title", "agreement counted_in version received completed in_target total_s service")
	for i := range t.r.ServiceRequests {
		for _, c := range t.r.ServiceRequests[i].Counts {
			out.rows = append(out.rows, []datum{said(t.r.ServiceRequests[i].Agreement), coded(c.Period, c.Period), counted(int64(c.Version)), counted(c.Received), counted(c.Completed), counted(c.InTarget), lasting(c.Total), said(t.r.ServiceRequests[i].Service)})
		}
	}
	return out
}
