package collector

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/collector/report"
	"github.com/assay-sla/assay/slo"
)

// TestRecordedOf: a report has what belongs to its customer and service, and
// nothing that is another's or stays in the house.
func TestRecordedOf(t *testing.T) {
	october := report.Period{Label: "2026-10", Interval: slo.Month.Holding(noon, time.UTC)}
	uc := &slo.Agreement{Name: "power", Party: "Volt"}
	in := &report.Input{Agreement: &slo.Agreement{Name: "gold", Service: "shop", Party: "Acme", Zone: time.UTC}, Period: october, At: october.To.Add(24 * time.Hour)}
	in.Suppliers = []slo.ObjectiveStatus{{Agreement: uc}}
	var list []slo.RegisterItem
	add := func(register, id, state string, at slo.Instant, pairs ...string) {
		values := map[string]string{"title": id, "name": id}
		for k := 0; k < len(pairs); k += 2 {
			values[pairs[k]] = pairs[k+1]
		}
		list = append(list, slo.RegisterItem{Register: register, ID: id}.Add(slo.RegisterEvent{Act: slo.CreateItem, At: at, State: state, Set: values}))
	}
	before, within := october.From.Add(-time.Hour), october.From.Add(time.Hour)
	add("customers", "c-acme", "active", before, "name", "Acme")
	add("customers", "c-zeta", "active", before, "name", "Zeta")
	mine := []string{"customer", "c-acme", "received", "2026-10-03"}
	add("complaints", "mine", "received", within, mine...)
	add("complaints", "of the service", "closed", within, append(mine, "service", "shop")...)
	add("complaints", "of another service", "received", within, append(mine, "service", "mail")...)
	add("complaints", "another's", "received", within, "customer", "c-zeta", "received", "2026-10-03")
	add("complaints", "later", "received", within, "customer", "c-acme", "received", "2026-11-01")
	add("complaints", "over before", "closed", before, "customer", "c-acme", "received", "2026-09-01")
	add("complaints", "still open", "received", before, "customer", "c-acme", "received", "2026-09-01")
	add("complaints", "withdrawn", slo.RegisterWithdrawn, within, mine...)
	yes := []string{"in_reports", "yes", "due", "2026-10-31"}
	add("actions", "agreed", "agreed", before, yes...)
	add("actions", "in the house", "agreed", before, "in_reports", "no")
	add("actions", "proposed", "proposed", before, yes...)
	add("actions", "helped", "effective", within, append(yes, "service", "shop")...)
	add("actions", "helped long ago", "effective", before, yes...)
	add("actions", "of another service", "agreed", within, append(yes, "service", "mail")...)
	add("decisions", "wanted of all", "wanted", within, yes...)
	add("decisions", "wanted of Acme", "wanted", within, append(yes, "customer", "c-acme")...)
	add("decisions", "wanted of Zeta", "wanted", within, append(yes, "customer", "c-zeta")...)
	add("decisions", "decided", "decided", within, yes...)
	add("suppliers", "Volt", "active", before, append(yes, "evaluation", "4")...)
	add("suppliers", "Net", "active", before, append(yes, "evaluation", "4")...)
	got := recordedOf(list, in)
	var told []string
	for _, c := range got.Complaints {
		told = append(told, c.ID)
	}
	for _, a := range got.Actions {
		told = append(told, fmt.Sprint(a.ID, " ", a.Overdue))
	}
	for _, d := range got.Decisions {
		told = append(told, d.Subject)
	}
	for _, s := range got.Suppliers {
		told = append(told, s.Supplier)
	}
	if s := strings.Join(told, ", "); s != "still open, mine, of the service, agreed true, helped false, wanted of Acme, wanted of all, Volt" {
		t.Error(s)
	}
	in.Agreement.Party = ""
	if got := recordedOf(list, in); len(got.Complaints) != 0 || len(got.Decisions) != 1 {
		t.Errorf("%+v", got)
	}
}

// TestReportHasRegisters: what is written down stands in the report of the month.
func TestReportHasRegisters(t *testing.T) {
	w := newWorld(t, strings.Replace(worldCatalogue, "spec:\n  service: shop\n  timezone", "spec:\n  customer: Acme\n  service: shop\n  timezone", 1))
	w.run()
	w.asks("POST", "/api/v1/registers/customers", `{"id": "acme", "values": {"name": "Acme"}}`, http.StatusCreated, nil)
	w.asks("POST", "/api/v1/registers/complaints", `{"values": {"title": "Slow", "customer": "acme", "received": "2026-10-14"}}`, http.StatusCreated, nil)
	w.asks("POST", "/api/v1/registers/decisions", `{"values": {"title": "A second site", "wanted_of": "Acme", "in_reports": "yes"}}`, http.StatusCreated, nil)
	w.asks("POST", "/api/v1/registers/actions", `{"state": "agreed", "values": {"title": "A second line", "owner": "Ola", "due": "2026-10-01", "in_reports": "yes"}}`, http.StatusCreated, nil)
	var r report.Report
	for _, path := range []string{"/api/v1/reports/gold/2026-10?format=json", "/api/v1/scoped-reports/customer/2026-10?name=Acme&format=json"} {
		w.asks("GET", path, "", http.StatusOK, &r)
		if len(r.Complaints) != 1 || len(r.Actions) != 1 || !r.Actions[0].Overdue {
			t.Errorf("%s: %+v %+v", path, r.Complaints, r.Actions)
		}
		if n := len(r.Decisions); n == 0 || r.Decisions[n-1].Kind != report.DecideRecorded || r.Decisions[n-1].Title != "A second site" {
			t.Errorf("%s: %+v", path, r.Decisions)
		}
		r = report.Report{}
	}
	w.asks("GET", "/api/v1/reports/store/2026-10?format=json", "", http.StatusOK, &r)
}
