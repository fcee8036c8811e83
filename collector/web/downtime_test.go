package web

import (
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Only what is a service's downtime has one: of anything else the pages say
// what it is about, and never that it was down for no time.
func TestIncidentsWithoutDowntime(t *testing.T) {
	o, l := options(t)
	l.incidents = []slo.Incident{{
		ID: "drill_failed-1", Service: "shop", Trigger: slo.DrillFailed, Summary: "The drill switch did not pass",
		Began: o.Now().Add(-time.Hour), Detected: o.Now().Add(-time.Hour),
	}}
	h := build(t, o)
	for path, want := range map[string]string{
		"/incidents":                `data-label="Downtime">–</td>`,
		"/incidents/drill_failed-1": `<dt>Downtime</dt><dd class="fig">–</dd>`,
		"/services/shop":            `<span class="wrap">The drill switch did not pass</span> · open`,
	} {
		if body := get(t, h, path).Body.String(); !strings.Contains(body, want) {
			t.Errorf("%s lacks %s", path, want)
		}
	}
}
