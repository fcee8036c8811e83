package collector

import (
	"strings"
	"testing"

	"github.com/assay-sla/assay/collector/web"
)

// TestServiceRequests takes counts once, corrects them as a new version, and
// refuses what the catalogue does not know, all or nothing.
func TestServiceRequests(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	w.run()
	const path = "/api/v1/service-requests"
	row := func(service, agreement, period string, received string) string {
		return `{"service": "` + service + `", "agreement": "` + agreement + `", "period": "` + period + `", "received": ` + received + `, "completed": 4, "in_target": 3, "total_s": 7200}`
	}
	rows := func(list ...string) string { return `{"service_requests": [` + strings.Join(list, ",") + `]}` }
	take := func(body string, want web.Taken) {
		t.Helper()
		var got web.Taken
		if w.asks("POST", path, body, 200, &got); got != want {
			t.Errorf("%s: %+v, want %+v", body, got, want)
		}
	}
	take(rows(row("shop", "gold", "2026-10", "5"), row("shop", "", "2026-09-30", "5")), web.Taken{New: 2})
	take(rows(row("shop", "gold", "2026-10", "5")), web.Taken{Unchanged: 1})
	take(rows(row("shop", "gold", "2026-10", "6"), row("store", "", "2026-10-15", "5")), web.Taken{New: 1, Corrected: 1})
	for _, bad := range []string{
		row("nothing", "", "2026-10", "5"), row("shop", "store", "2026-10", "5"), row("shop", "", "2026-11", "5"), row("shop", "", "2026-10-17", "5"),
		row("shop", "", "2026-10-02", "5") + "," + row("shop", "", "2026-10-02", "6"),
	} {
		w.asks("POST", path, rows(row("shop", "gold", "2026-10", "9"), bad), 400, nil)
	}
	var got struct {
		Requests []struct {
			Version, Received int
			Actor             string
		} `json:"service_requests"`
	}
	w.get(path+"?service=shop&versions=all", &got)
	if len(got.Requests) != 3 || got.Requests[0].Version != 2 || got.Requests[0].Received != 6 || got.Requests[0].Actor != "local" {
		t.Errorf("%+v", got)
	}
}
