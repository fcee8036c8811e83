package web

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// requestsExplained is a figure by requests, of ten minutes of which one was
// over the workload limit and two held bad requests.
func requestsExplained(limit int) *slo.Explanation {
	c := explainedCatalogue()
	a := c.Agreements[0]
	a.Hours, a.Workload = nil, &slo.WorkloadLimit{Probe: "shop-requests", Above: 1000, Per: time.Minute}
	a.Objectives = []slo.Objective{{Name: "good", Target: percent("99.9"), Window: slo.Window{Rolling: 10 * time.Minute}, Method: slo.ByRequests, Requests: slo.RequestRule{Probe: "shop-requests"}}}
	c.Probes = append(c.Probes, &slo.Probe{Name: "shop-requests", Every: time.Minute, Locations: slo.Locations{Min: 1}, Spec: &slo.PromQL{}})
	end := october("02 10:10")
	var records []slo.Record
	for i, bad := range []int64{0, 0, 30, 0, 0, 700, 0, 5, 0, 0} {
		from := end.Add(time.Duration(i-10) * time.Minute)
		q := &slo.Requests{Interval: slo.Interval{From: from, To: from.Add(time.Minute)}, Good: (1000 - bad) * slo.PerRequest, Total: 1000 * slo.PerRequest}
		if bad == 700 {
			q.Total += slo.PerRequest
		}
		records = append(records, slo.Record{ID: slo.ID{Agent: "lagos-1", Epoch: "e", Seq: uint64(i + 1)},
			Measurement: &slo.Measurement{Probe: "shop-requests", Location: "lagos", At: q.To, Outcome: slo.Up, Requests: q}})
	}
	r := slo.NewReplay(c, end.Add(time.Minute))
	for _, rec := range records {
		r.Add(rec)
	}
	x := r.Explain(a, &a.Objectives[0], end, limit)
	w := slo.NewWitness(x)
	for _, rec := range records {
		w.Add(rec)
	}
	w.Finish(slo.MinInstant)
	return x
}

// A figure by requests is a fraction of requests and has its own budget, and its
// page shows which increments were bad and what was over the limit.
func TestExplainRequestsPage(t *testing.T) {
	o, _ := options(t)
	limit := 20
	o.Explain = func(context.Context, ExplainQuery) (*slo.Explanation, error) { return requestsExplained(limit), nil }
	h := build(t, o)
	page := get(t, h, "/services/shop/explain").Body.String()
	for _, want := range []string{
		"− 1m", "more than 1000 requests in 1m, as probe shop-requests counted them", `class="m-work"`,
		"8965000 ÷ 9000000 thousandths of a request", "known increments ÷ those due", "overspent by 26 bad requests",
		"30 bad, 970 good", "5 bad, 995 good", "lagos · lagos-1",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing in\n%s", want, page)
		}
	}
	limit = 1
	if page := get(t, h, "/services/shop/explain").Body.String(); !strings.Contains(page, "and 1 other one, 5 bad") || strings.Contains(page, "5 bad, 995") {
		t.Errorf("what is left out is not told in\n%s", page)
	}
}
