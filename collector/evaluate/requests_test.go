package evaluate

import (
	"slices"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// counted is what was counted of a minute: 1000 requests, or as many as total
// says.
func counted(minute int, bad, total int64) slo.Entry {
	end := at(60 * minute)
	m := &slo.Measurement{Probe: "requests", Location: "eu", At: end.Add(65 * time.Second), Outcome: slo.Up,
		Requests: &slo.Requests{Interval: slo.Interval{From: end.Add(-time.Minute), To: end}, Good: (total - bad) * slo.PerRequest, Total: total * slo.PerRequest}}
	return slo.Entry{Received: m.At, Record: slo.Record{ID: slo.ID{Agent: "eu-1"}, Measurement: m}}
}

// requested is a service whose requests are promised, up to 50 a second.
func requested() *slo.Catalog {
	o := slo.Objective{Name: "good", Target: slo.One / 1000 * 999, Window: slo.Window{Rolling: 30 * 24 * time.Hour}, Method: slo.ByRequests, Requests: slo.RequestRule{Probe: "requests"}}
	c := single(o)
	a := c.Agreements[0]
	a.Workload = &slo.WorkloadLimit{Probe: "requests", Above: 50, Per: time.Second}
	a.BudgetPolicy = []slo.BudgetStep{{At: slo.One / 10, Action: slo.Freeze, Severity: slo.Ticket}}
	c.Probes = append(c.Probes, &slo.Probe{Name: "requests", Every: time.Minute, Timeout: 10 * time.Second, Hold: time.Hour, Confirm: 1, Locations: slo.Locations{Min: 1}, Spec: &slo.PromQL{}})
	slices.SortFunc(c.Probes, func(a, b *slo.Probe) int { return map[bool]int{true: -1, false: 1}[a.Name < b.Name] })
	return c
}

// A share of bad requests burns the budget and alerts, as downs do, and the
// budget policy goes by their number.
func TestRequestsAlert(t *testing.T) {
	now := at(60 * 180)
	e := New(requested(), now)
	var entries []slo.Entry
	for minute := -3 * 24 * 60; minute < 178; minute++ {
		bad := int64(0)
		if minute >= 60 {
			bad = 50
		}
		entries = append(entries, counted(minute, bad, 1000))
	}
	e.Apply(entries)
	var names []string
	for _, a := range e.Alerts(now) {
		names = append(names, a.Name+" "+string(a.Severity))
	}
	for _, want := range []string{"ErrorBudgetBurn page", "ChangesFrozen ticket"} {
		if !slices.Contains(names, want) {
			t.Errorf("no %s among %v", want, names)
		}
	}
}

// Time over the workload limit is taken out when its count comes, and is after
// a restart as well.
func TestWorkloadLive(t *testing.T) {
	now := at(60 * 40)
	e := New(requested(), now)
	var all []slo.Entry
	add := func(list ...slo.Entry) {
		for _, x := range list {
			all = append(all, x)
			e.Apply([]slo.Entry{x})
		}
	}
	for minute := 1; minute <= 30; minute++ {
		if minute != 12 {
			add(counted(minute, 0, map[bool]int64{true: 3001, false: 3000}[minute == 10 || minute == 11]))
		}
	}
	exempt := func(e *Engine) time.Duration {
		return e.objectives(e.account(e.catalog.Agreements[0].Name), now)[0].Exempt
	}
	if got := exempt(e); got != 2*time.Minute {
		t.Errorf("%v over the limit", got)
	}
	add(counted(12, 3000, 3500)) // late
	if got := exempt(e); got != 3*time.Minute {
		t.Errorf("%v over the limit with a late count", got)
	}
	st := e.objectives(e.account(e.catalog.Agreements[0].Name), now)[0]
	if st.Requests.Bad != 0 || st.Requests.Increments != 27 {
		t.Errorf("%+v", st.Requests)
	}
	next := e.Next(requested(), nil, now)
	if got := next.Counted(); !slices.Equal(got, []string{"requests"}) {
		t.Errorf("counted are %v", got)
	}
	next.Recount([]string{"requests"}, ofProbe(all, "requests"))
	if got := exempt(next); got != 3*time.Minute {
		t.Errorf("%v over the limit after a reload", got)
	}
}
