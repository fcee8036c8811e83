package web

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/assay-sla/assay/slo"
)

// explainedCatalogue is of one service with a promise of each kind, and with
// everything that takes time out of agreed time.
func explainedCatalogue() *slo.Catalog {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	probe := func(name, url string) *slo.Probe {
		return &slo.Probe{Name: name, Every: 5 * time.Minute, Hold: 12 * time.Minute, Confirm: 1, Spec: &slo.HTTP{URL: url},
			Locations: slo.Locations{From: []string{"frankfurt", "lagos", "singapore"}, Min: 1, Quorum: slo.Any}}
	}
	month := slo.Window{Period: slo.Month}
	notice := 24 * time.Hour
	early, late := october("01 08:00"), october("19 17:00")
	timely, hasty := slo.Interval{From: october("06 20:00"), To: october("06 21:00")}, slo.Interval{From: october("19 20:00"), To: october("19 20:30")}
	below := func(s string) *slo.Ratio { r := percent(s); return &r }
	week := [7][]slo.DaySpan{}
	for d := range week {
		week[d] = []slo.DaySpan{{From: 2 * time.Hour, To: 24 * time.Hour}}
	}
	counter := &slo.Probe{Name: "shop-requests", Every: time.Minute, Timeout: 10 * time.Second, Hold: 3 * time.Minute, Confirm: 1, Spec: &slo.PromQL{},
		Locations: slo.Locations{From: []string{"frankfurt"}, Min: 1, Quorum: slo.Any}}
	return &slo.Catalog{
		Probes: []*slo.Probe{counter, probe("shop-pay", "https://monitor:hunter2@pay.example.com/"), probe("shop-web", "https://shop.example.com/")},
		Services: []*slo.Service{{Name: "payments", Up: slo.Expr{Op: slo.OpProbe, Probe: "shop-pay"}},
			{Name: "shop", Up: slo.Expr{Op: slo.OpProbe, Probe: "shop-web"}}},
		Maintenances: []*slo.Maintenance{
			{Name: "database", Services: []string{"shop"}, Once: &timely, Announced: &early}, {Name: "hasty", Services: []string{"shop"}, Once: &hasty, Announced: &late}},
		Agreements: []*slo.Agreement{{
			Name: "gold", Service: "shop", Zone: berlin, MinCoverage: percent("90"), MinimumOutage: 8 * time.Minute, MaintenanceNotice: &notice,
			Hours: &slo.Calendar{Name: "long-days", Zone: berlin, Week: week},
			Exclusions: []*slo.Exclusion{{Name: "flood", Cause: slo.ForceMajeure, Reason: "The river took the street, ticket 4711", RequestedBy: "ada", ApprovedBy: "wei",
				Interval: slo.Interval{From: october("05 09:20"), To: october("05 09:30")}}},
			Credits: &slo.Credits{Objective: "monthly", Tiers: []slo.Tier{{Percent: percent("10"), Below: below("99.9"), AtLeast: below("99")}, {Percent: percent("25"), Below: below("99")}}},
			Objectives: []slo.Objective{
				{Name: "monthly", Target: percent("99.9"), Window: month},
				{Name: "five-minutes", Target: percent("99.5"), Window: month, Method: slo.BySlices, Slice: slo.SliceRule{Length: 5 * time.Minute, Bad: percent("50")}},
				{Name: "quick", Target: percent("95"), Window: month, Method: slo.ByLatency, Latency: slo.LatencyRule{Within: 300 * time.Millisecond}},
				{Name: "each", Target: percent("99"), Window: month, Method: slo.ByOccurrences},
				{Name: "few", Window: month, Method: slo.ByOutages, Outages: slo.OutageRule{Longer: 20 * time.Minute, Most: 1}},
				{Name: "both", Target: percent("99"), Window: month, Method: slo.Composite, Parts: []slo.Part{{Service: "shop", Weight: 1}, {Service: "payments", Weight: 2}}},
			},
		}, {
			Name: "peak", Service: "shop", Zone: berlin, MinCoverage: percent("90"), Workload: &slo.WorkloadLimit{Probe: "shop-requests", Above: 1000, Per: time.Minute},
			Objectives: []slo.Objective{{Name: "answered", Target: percent("99.9"), Window: slo.Window{Period: slo.Day}, Method: slo.ByRequests, Requests: slo.RequestRule{Probe: "shop-requests"}}},
		}},
	}
}

// countedRecords are the requests of a day: some are bad in two minutes, too
// many in a third, and three minutes are missing.
func countedRecords() []slo.Record {
	var out []slo.Record
	for n := range 24 * 60 {
		end := october("04 22:01").Add(time.Duration(n) * time.Minute) // 5 October in Berlin
		requests := slo.Requests{Interval: slo.Interval{From: end.Add(-time.Minute), To: end}, Good: 600 * slo.PerRequest, Total: 600 * slo.PerRequest}
		switch {
		case n == 500 || n == 900:
			requests.Good -= int64(n) / 100 * slo.PerRequest
		case n == 700:
			requests.Total, requests.Good = 1200*slo.PerRequest, 1100*slo.PerRequest
		case n >= 1000 && n < 1003:
			continue
		}
		out = append(out, slo.Record{ID: slo.ID{Agent: "frankfurt-1", Epoch: "b1946ac92492d234", Seq: uint64(50_000 + n)},
			Measurement: &slo.Measurement{Probe: "shop-requests", Location: "frankfurt", At: end.Add(65 * time.Second), Outcome: slo.Up, Latency: 7 * time.Millisecond, Requests: &requests}})
	}
	return out
}

// october is an instant of 2026-10 in UTC.
func october(text string) slo.Instant {
	t, err := time.Parse("2006-01-02 15:04", "2026-10-"+text)
	if err != nil {
		panic(err)
	}
	return slo.At(t)
}

// explainedRecords is three weeks of measurements, with an outage, a shorter
// one, one that lasts, agents that fall silent and declare a loss, and half an
// hour of slow answers.
func explainedRecords() []slo.Record {
	down := []slo.Interval{{From: october("05 09:10"), To: october("05 09:50")}, {From: october("14 20:00"), To: october("14 20:04")}, {From: october("21 14:12"), To: october("31 00:00")}}
	silent := slo.Interval{From: october("17 00:00"), To: october("17 06:00")}
	slow := slo.Interval{From: october("12 12:00"), To: october("12 12:30")}
	var out []slo.Record
	for n, probe := range []string{"shop-pay", "shop-web"} {
		for i, location := range []string{"frankfurt", "singapore"} {
			id := slo.ID{Agent: location + "-1", Epoch: "b1946ac92492d234", Seq: uint64(10_000 * n)}
			for at := october("01 00:00").Add(time.Duration(i) * 7 * time.Second); at < now(); at = at.Add(5 * time.Minute) {
				if id.Seq++; silent.Contains(at) {
					continue
				}
				m := slo.Measurement{Probe: probe, Location: location, At: at, Outcome: slo.Up, Status: 200, Latency: time.Duration(80+40*i+int(at/300_000)%23) * time.Millisecond}
				for _, v := range down {
					if probe == "shop-web" && v.Contains(at) {
						m.Outcome, m.Reason, m.Latency, m.Evidence = slo.Down, slo.ConnectRefused, 2*time.Millisecond, "dial tcp 192.0.2.10:443: connect: connection refused"
					}
				}
				if slow.Contains(at) {
					m.Latency += time.Duration(at/60_000%7) * 100 * time.Millisecond
				}
				if location == "singapore" {
					m.Offset = 12300 * time.Millisecond
				}
				out = append(out, slo.Record{ID: id, Measurement: &m})
			}
			if i == 0 {
				lost := uint64(10_000*n + 16*24*12 + 1) // the first of the 17th
				out = append(out, slo.Record{ID: slo.ID{Agent: id.Agent, Epoch: id.Epoch, Seq: id.Seq + 1}, Gap: &slo.Gap{From: lost, To: lost + 71, At: october("17 06:00"), Reason: slo.GapDiskFull}})
			}
		}
	}
	return out
}

// explain is the source of explanations of the fixtures.
func explain(_ context.Context, q ExplainQuery) (*slo.Explanation, error) {
	c := explainedCatalogue()
	for _, a := range c.Agreements {
		for i := range a.Objectives {
			o := &a.Objectives[i]
			if q.Service == a.Service && q.Agreement == a.Name && q.Objective == o.Name {
				return explainOf(c, a, o, q)
			}
		}
	}
	return nil, fmt.Errorf("explaining: %w", ErrNoObjective)
}

func explainOf(c *slo.Catalog, a *slo.Agreement, o *slo.Objective, q ExplainQuery) (*slo.Explanation, error) {
	at, err := o.Window.Asked(q.Window, a.Zone, q.At)
	if err != nil {
		return nil, &WindowError{err}
	}
	records := slices.Concat(explainedRecords(), countedRecords())
	r := slo.NewReplay(c, q.At)
	for _, rec := range records {
		r.Add(rec)
	}
	x := r.Explain(a, o, at, q.Limit)
	w := slo.NewWitness(x)
	for _, rec := range records {
		w.Add(rec)
	}
	since := slo.MinInstant
	if q.Window == "2026-10-21T14:30:07Z" { // the fixture that was cut short
		since = october("12 00:00")
	}
	w.Finish(since)
	return x, nil
}

// spoilExplanation puts a string in every field that is not a checked name.
func spoilExplanation(x *slo.Explanation, s string) {
	spoilt := map[*slo.Said]bool{}
	said := func(m *slo.Said) {
		if m != nil && !spoilt[m] {
			spoilt[m] = true
			m.Agent, m.Location, m.Reason, m.Evidence, m.Epoch = s, s, slo.Reason(s), s, s
		}
	}
	stretch := func(v *slo.ExplainedStretch) {
		for p := range v.Probes {
			probe := *v.Probes[p].Probe
			probe.Spec = &slo.HTTP{URL: s}
			v.Probes[p].Probe = &probe
			for l := range v.Probes[p].Locations {
				at := &v.Probes[p].Locations[l]
				at.Location = s
				for i := range at.Words {
					at.Words[i].Agent = s
					if e := at.Words[i].Edges; e != nil {
						for _, m := range []*slo.Said{e.Before, e.First, e.Worst, e.Last, e.After} {
							said(m)
						}
						for g := range e.Gaps {
							e.Gaps[g].Reason = slo.Reason(s)
						}
					}
				}
			}
		}
	}
	for i := range x.Services {
		service := &x.Services[i]
		for _, list := range []*slo.ExplainedStretches{&service.Down, &service.Unknown, &service.Forgiven} {
			for k := range list.Listed {
				stretch(&list.Listed[k])
			}
		}
		for k := range service.TakenOut {
			if e := service.TakenOut[k].Exclusion; e != nil {
				service.TakenOut[k].Exclusion = &slo.Exclusion{Name: e.Name, Cause: e.Cause, Interval: e.Interval, Reason: s, RequestedBy: s, ApprovedBy: s}
			}
		}
	}
	if x.Slices != nil {
		for i := range x.Slices.Listed {
			stretch(&x.Slices.Listed[i].ExplainedStretch)
		}
	}
	if x.Latency != nil {
		for i := range x.Latency.Slow.Listed {
			said(x.Latency.Slow.Listed[i].Said)
		}
	}
	if x.Requests != nil {
		for i := range x.Requests.Bad {
			said(x.Requests.Bad[i].Said)
		}
	}
}
