package report

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// event is a change of what a probe says.
type event struct {
	at    string // RFC 3339
	state slo.State
}

// world is a service of one probe whose measurements speak until the next one,
// so that a few of them make a year.
type world struct {
	catalog *slo.Catalog
	history *slo.History
}

func newWorld(a *slo.Agreement, ms ...*slo.Maintenance) *world {
	c := &slo.Catalog{
		Revision:     "3f9ac41b77d0",
		Probes:       []*slo.Probe{{Name: "shop-web", Every: 30 * time.Second, Hold: 600 * 24 * time.Hour, Confirm: 1, Locations: slo.Locations{Min: 1}}},
		Services:     []*slo.Service{{Name: a.Service, Up: slo.Expr{Probe: "shop-web"}}},
		Maintenances: ms,
		Agreements:   []*slo.Agreement{a},
	}
	return &world{catalog: c, history: slo.NewHistory(c)}
}

func (w *world) say(at slo.Instant, s slo.State) {
	w.history.Add("eu-1", &slo.Measurement{Probe: "shop-web", Location: "eu", At: at, Outcome: s})
}

func (w *world) measure(p Period, at slo.Instant) Measured {
	w.history.Settle()
	a := w.catalog.Agreements[0]
	acc := slo.NewAccount(a, slo.LaidOver(Cover(a, p), w.catalog.Maintenances), w.history)
	return Measure(acc, w.history.Service(a.Service).Timeline(), w.catalog.Maintenances, p, at)
}

func instant(t testing.TB, s string) slo.Instant {
	t.Helper()
	i, err := slo.ParseInstant(s)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func ratio(t testing.TB, s string) slo.Ratio {
	t.Helper()
	r, err := slo.ParsePercent(s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func month(t testing.TB, label string, z *time.Location) Period {
	t.Helper()
	p, err := ParsePeriod(label, z)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func goldAgreement(t testing.TB) *slo.Agreement {
	tier := func(percent, below string) slo.Tier {
		b := ratio(t, below)
		return slo.Tier{Percent: ratio(t, percent), Below: &b}
	}
	return &slo.Agreement{
		Name: "gold", Party: "Contoso Retail", Service: "shop", Zone: zone(t, "Europe/Berlin"), MinCoverage: ratio(t, "90"), MinimumOutage: time.Minute,
		Objectives: []slo.Objective{
			{Name: "availability", Target: ratio(t, "99.9"), Window: slo.Window{Period: slo.Month}},
			{Name: "slices", Target: ratio(t, "99"), Window: slo.Window{Period: slo.Month}, Method: slo.BySlices, Slice: slo.SliceRule{Length: 5 * time.Minute, Bad: ratio(t, "10")}},
			{Name: "each-day", Target: ratio(t, "97"), Window: slo.Window{Period: slo.Day}},
		},
		Targets: []slo.IncidentTarget{
			{Priority: 1, Response: 15 * time.Minute, Restoration: 45 * time.Minute}, {Priority: 3, Response: time.Hour, Restoration: 4 * time.Hour},
		},
		Credits: &slo.Credits{Objective: "availability", Tiers: []slo.Tier{tier("10", "99.9"), tier("25", "99")}},
	}
}

// goldInput is a month as they are: four outages, one of them long, an agent
// away for a night, a maintenance, a year with a breach and a month of which
// too little is known, and a change of the clock.
func goldInput(t testing.TB) Input { return goldInputOf(t, "2026-10") }

// goldInputOf is the same service in another period.
func goldInputOf(t testing.TB, period string) Input {
	a := goldAgreement(t)
	work := &slo.Maintenance{Name: "database-upgrade", Services: []string{"shop"}, Once: &slo.Interval{From: instant(t, "2026-10-18T01:00:00+02:00"), To: instant(t, "2026-10-18T04:30:00+02:00")}}
	w := newWorld(a, work)
	for _, e := range []event{
		{"2025-12-01T00:00:00+01:00", slo.Up},
		{"2026-02-11T08:14:00Z", slo.Down}, {"2026-02-11T08:26:30Z", slo.Up},
		{"2026-03-03T00:00:00Z", slo.Unknown}, {"2026-03-19T00:00:00Z", slo.Up},
		{"2026-05-20T17:02:00Z", slo.Down}, {"2026-05-20T20:41:00Z", slo.Up},
		{"2026-06-09T02:00:00Z", slo.Down}, {"2026-06-09T02:31:00Z", slo.Up},
		{"2026-08-29T11:00:00Z", slo.Down}, {"2026-08-29T11:19:30Z", slo.Up},
		{"2026-10-02T14:20:00+02:00", slo.Down}, {"2026-10-02T14:20:30+02:00", slo.Up},
		{"2026-10-06T09:12:30+02:00", slo.Down}, {"2026-10-06T10:10:45+02:00", slo.Up},
		{"2026-10-14T03:05:00+02:00", slo.Down}, {"2026-10-14T03:07:26+02:00", slo.Up},
		{"2026-10-18T01:10:00+02:00", slo.Down}, {"2026-10-18T02:55:00+02:00", slo.Up},
		{"2026-10-21T22:00:00+02:00", slo.Unknown}, {"2026-10-22T03:40:00+02:00", slo.Up},
		{"2026-10-25T02:40:00+02:00", slo.Down}, {"2026-10-25T02:11:30+01:00", slo.Up},
		{"2026-10-29T16:44:30+01:00", slo.Down}, {"2026-10-29T16:53:00+01:00", slo.Up},
	} {
		w.say(instant(t, e.at), e.state)
	}
	p := month(t, period, a.Zone)
	at := instant(t, "2026-11-01T07:00:00+01:00")
	return Input{
		Agreement: a, Title: "Webshop for Contoso Retail", Period: p, At: at, Revision: w.catalog.Revision, Step: 30 * time.Second,
		Measured: w.measure(p, at), Incidents: goldIncidents(t), Changes: goldChanges(t), Ledger: goldLedger(t, p),
		Waiting: []slo.ExclusionRequest{{
			ID: "x-1f38", Agreements: []string{"gold", "silver"}, Cause: slo.ForceMajeure, Reason: "Cable cut by the city's roadworks", RequestedBy: "m.keller",
			Interval: slo.Interval{From: instant(t, "2026-10-29T16:44:30+01:00"), To: instant(t, "2026-10-29T16:53:00+01:00")},
		}},
		Recorded: goldRecorded(), Continuity: goldContinuity(t), Resources: goldResources(t, at), Scores: []slo.ForecastScore{
			{Resource: "shop-disk", Series: "host=db1", Ahead: 7 * 24 * time.Hour, Count: 50, Inside: 41, ErrorShare: amount(t, 0.0105)},
		},
	}
}

// goldRecorded is what the registers have of the month.
func goldRecorded() Recorded {
	return Recorded{
		Complaints: []Complaint{
			{ID: "c-16", Title: "The basket was empty after signing in", State: "closed", Received: "2026-10-02", Due: "2026-10-16", Answered: "2026-10-09", Resolution: "The session is kept over the sign-in since release 4813."},
			{ID: "c-17", Title: "Slow on Monday morning", State: "investigating", Received: "2026-10-06", Due: "2026-11-06"},
		},
		Actions: []Action{
			{ID: "a-1", Title: "Alert on the connection pool of the order database", State: "agreed", Owner: "M. Keller", Due: "2026-10-30", Overdue: true, Measure: "gold/availability %", Before: "99.774", Goal: "99.9"},
			{ID: "a-2", Title: "Renew certificates by themselves", State: "effective", Owner: "J. Okafor", Due: "2026-11-30", Before: "2", Goal: "0", After: "0", Result: "None ran out since."},
		},
		Decisions: []Decision{{Kind: DecideRecorded, Subject: "d-1", Title: "A second database in another building", WantedOf: "Contoso Retail", Due: "2026-11-15", Text: "It would have saved the outage of 6 October."}},
		Suppliers: []SupplierRecord{{Supplier: "Northwind Hosting", Evaluation: "4", Evaluated: "2026-09-01", ContractEnds: "2027-06-30"}, {Supplier: "Tailspin Networks"}},
	}
}

func amount(t testing.TB, v float64) slo.Quantity {
	t.Helper()
	q, err := slo.NewQuantity(v)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// goldChanges are a release that took the shop down, one with an incident near
// it, a change in peace, one of which it is too early to say, one of another
// service and one of another month.
func goldChanges(t testing.TB) []JudgedChange {
	t.Helper()
	change := func(id, from string, took time.Duration, j slo.ChangeJudgement, edit func(*JudgedChange)) JudgedChange {
		at := instant(t, from)
		c := JudgedChange{ChangeRecord: slo.ChangeRecord{ID: id, ChangeTerms: slo.ChangeTerms{
			Kind: slo.Release, Services: []string{"shop"}, Interval: slo.Interval{From: at, To: at.Add(took)}, Summary: "shop 1." + id[2:], By: "deploy-bot",
		}}, ChangeJudgement: j}
		edit(&c)
		return c
	}
	percent := func(s string) *json.Number { n := json.Number(s); return &n }
	effects := func(before, after *json.Number, hours int) []slo.ChangeEffect {
		e := slo.ChangeEffect{Agreement: "gold", Objective: "availability", Service: "shop", Before: slo.ChangeFigure{Availability: before}, After: slo.ChangeFigure{Availability: after}}
		e.After.To = e.After.From.Add(time.Duration(hours) * time.Hour)
		other := e
		other.Agreement = "silver"
		return []slo.ChangeEffect{other, e}
	}
	return []JudgedChange{
		change("c-4", "2026-10-29T16:30:00+01:00", 5*time.Minute, slo.ChangeJudgement{Outcome: slo.ChangeUnsettled, Candidate: []string{"shop-20261029T154430.000Z"}}, func(c *JudgedChange) {
			c.Effects = effects(percent("100"), percent("99.4"), 24)
		}),
		change("c-1", "2026-10-06T09:10:00+02:00", 3*time.Minute, slo.ChangeJudgement{Outcome: slo.ChangeFailed, Tied: []string{"shop-20261006T071230.000Z"}}, func(c *JudgedChange) {
			c.Effects, c.Freezes = effects(nil, percent("95.9"), 24), []slo.ChangeFreeze{{Agreement: "gold"}}
		}),
		change("c-2", "2026-10-12T22:00:00+02:00", 0, slo.ChangeJudgement{Outcome: slo.ChangeSucceeded}, func(c *JudgedChange) {
			c.Kind, c.Summary, c.By, c.Major = slo.PlainChange, "=Database moved to new disks", "Ada Byron", true
		}),
		change("c-5", "2026-10-31T23:30:00+01:00", 0, slo.ChangeJudgement{Outcome: slo.ChangePending}, func(*JudgedChange) {}),
		change("c-6", "2026-10-13T22:00:00+02:00", 0, slo.ChangeJudgement{Outcome: slo.ChangeFailed}, func(c *JudgedChange) { c.Services = []string{"mail"} }),
		change("c-7", "2026-09-13T22:00:00+02:00", 0, slo.ChangeJudgement{Outcome: slo.ChangeFailed}, func(*JudgedChange) {}),
	}
}

// goldResources are a disk that runs out, orders that do not, staff that nobody
// plans, and a resource of another service.
func goldResources(t testing.TB, at slo.Instant) []slo.ResourceForecast {
	const day = 24 * time.Hour
	promised := amount(t, 250)
	disk := &slo.Resource{Name: "shop-disk", Service: "shop", Unit: "bytes", LeadTime: 30 * day}
	orders := &slo.Resource{Name: "shop-orders", Service: "shop", Unit: "orders/s", Promised: &promised}
	return []slo.ResourceForecast{
		{Resource: disk, Labels: map[string]string{"host": "db1"}, Limit: amount(t, 2e12), Forecast: slo.Forecast{
			At: at, Exhaustion: slo.Exhausts, Now: amount(t, 1.712e12), Expected: at.Add(40 * day), Early: at.Add(33 * day)}},
		{Resource: disk, Labels: map[string]string{"host": "db2"}, Limit: amount(t, 2e12), Forecast: slo.Forecast{
			At: at, Exhaustion: slo.LimitReached, Now: amount(t, 2e12)}},
		{Resource: &slo.Resource{Name: "mail-disk", Service: "mail", Unit: "bytes"}},
		{Resource: orders, Limit: amount(t, 400), Forecast: slo.Forecast{
			At: at, Exhaustion: slo.NoTrend, Now: amount(t, 180.4), Horizons: []slo.Horizon{{In: 7 * day, High: amount(t, 230)}}}},
		{Resource: &slo.Resource{Name: "staff", Service: "shop", Unit: "people"}, Forecast: slo.Forecast{
			At: at, Exhaustion: slo.NotEnoughData, Lack: slo.LackReadings}},
	}
}

// goldLedger is a month of which one figure is sealed, and one was restated.
func goldLedger(t testing.TB, p Period) *Ledger {
	number := func(s string) *json.Number { n := json.Number(s); return &n }
	day := slo.Interval{From: p.From, To: p.From.Add(24 * time.Hour)}
	return &Ledger{
		Checkpoint: Checkpoint{
			Size: 42, Root: "24c3c1995023edcb139700d9dff7a656074ead61216a76f3ee9ab0fe0bd7247e", At: instant(t, "2026-11-01T05:00:00Z"), Epoch: 1,
			Key: "assay/main/db250c90+8e5fae4d+Acda0K0uDnhEh7ImeZauuKfOXJjsbxPDq0ycHTwenzkU", Note: "assay/main/db250c90\n42\n...",
		},
		Standing: "waiting", Waiting: []string{"ap-1"},
		Sealed: []Sealed{
			{Objective: "availability", Of: p.Interval, Entry: 17, At: instant(t, "2026-11-01T00:05:00Z"), Availability: number("99.773652"), Restated: []Restated{
				{Entry: 23, At: instant(t, "2026-11-01T04:05:00Z"), Reason: "late_measurements", Availability: number("99.771")},
			}},
			{Objective: "daily", Of: day, Entry: 9, At: instant(t, "2026-10-02T00:05:00Z"), Restated: []Restated{}, Differs: true},
		},
		Unsealed: []string{"slices"},
	}
}

func goldIncidents(t testing.TB) []slo.Incident {
	cause := func(location, at string, r slo.Reason, evidence string) slo.Cause {
		return slo.Cause{Probe: "shop-web", Target: "https://shop.contoso.example/health", Location: location, Agent: location + "-1", At: instant(t, at), Reason: r, Evidence: evidence}
	}
	incident := func(began, detected, acked, restored string, causes ...slo.Cause) slo.Incident {
		i := slo.Incident{
			Service: "shop", Trigger: slo.ServiceDown, Began: instant(t, began), Detected: instant(t, detected), Restored: instant(t, restored),
			Causes: causes, Agreements: []string{"gold"},
		}
		i.ID = "shop-" + i.Began.Time().Format("20060102T150405.000Z")
		i.Resolved = i.Restored.Add(31 * time.Second)
		i.Downtime = i.Restored.Sub(i.Began)
		if acked != "" {
			i.Acknowledged, i.AckedBy = instant(t, acked), "m.keller"
		}
		return i
	}
	long := incident("2026-10-06T09:12:30+02:00", "2026-10-06T09:13:02+02:00", "2026-10-06T09:16:40+02:00", "2026-10-06T10:10:45+02:00",
		cause("eu", "2026-10-06T09:12:30+02:00", slo.StatusUnexpected, "HTTP 503, wanted 200-299; body begins \"upstream connect error or disconnect/reset before headers\""),
		cause("us", "2026-10-06T09:12:41+02:00", slo.StatusUnexpected, "HTTP 503, wanted 200-299"),
		cause("ap", "2026-10-06T09:13:10+02:00", slo.FirstByteTimeout, "no answer within 10s, connected to 192.0.2.17:443"))
	long.Events = []slo.IncidentEvent{
		{At: instant(t, "2026-10-06T09:31:00+02:00"), Kind: slo.EventCommented, Actor: "m.keller", Text: "Rolled back release 4812; connection pool of the order database was exhausted."},
		{At: instant(t, "2026-10-06T15:02:00+02:00"), Kind: slo.EventCommented, Actor: "j.okafor", Text: "Pool limits raised and alerted on. Change CHG-2231."},
	}
	long.Work = slo.Work{Priority: 1, Responded: instant(t, "2026-10-06T09:20:00+02:00"), Major: &slo.Major{At: long.Detected, Owner: "m.keller"}}
	short := incident("2026-10-29T16:44:30+01:00", "2026-10-29T16:45:04+01:00", "2026-10-29T16:47:00+01:00", "2026-10-29T16:53:00+01:00",
		cause("us", "2026-10-29T16:44:30+01:00", slo.ResolveFailed, "SERVFAIL for shop.contoso.example from 198.51.100.53"))
	short.Work.Priority = 3
	burns := slo.Incident{
		ID: "burn_rate-gold-availability-20261006T072000.000Z", Service: "shop", Trigger: slo.BurnRate, Summary: "gold/availability burns its error budget at 14.4 times the pace", Agreements: []string{"gold"},
		Began: instant(t, "2026-10-06T09:20:00+02:00"), Detected: instant(t, "2026-10-06T09:20:02+02:00"), Restored: instant(t, "2026-10-06T11:05:00+02:00"), Resolved: instant(t, "2026-10-06T11:10:00+02:00"),
		Work: slo.Work{Parent: long.ID},
	}
	full := slo.Incident{
		ID: "exhausted-shop-disk-20261031T180000.000Z", Service: "shop", Trigger: slo.Exhausted, Summary: "shop-disk is at its limit",
		Began: instant(t, "2026-10-31T18:00:00+01:00"), Detected: instant(t, "2026-10-31T18:00:05+01:00"), Work: slo.Work{Priority: 3},
	}
	silver := burns
	silver.ID, silver.Agreements, silver.Work = "burn_rate-silver-availability-20261006T072000.000Z", []string{"silver"}, slo.Work{}
	return []slo.Incident{
		burns, full, silver,
		incident("2026-10-02T14:20:00+02:00", "2026-10-02T14:20:05+02:00", "", "2026-10-02T14:20:30+02:00",
			cause("us", "2026-10-02T14:20:00+02:00", slo.ConnectReset, "connection reset by peer after 41 ms")),
		long,
		incident("2026-10-14T03:05:00+02:00", "2026-10-14T03:05:33+02:00", "", "2026-10-14T03:07:26+02:00",
			cause("eu", "2026-10-14T03:05:00+02:00", slo.ConnectRefused, "192.0.2.17:443 refused the connection"),
			cause("us", "2026-10-14T03:05:11+02:00", slo.ConnectRefused, "192.0.2.17:443 refused the connection")),
		incident("2026-10-18T01:10:00+02:00", "2026-10-18T01:10:31+02:00", "", "2026-10-18T02:55:00+02:00",
			cause("eu", "2026-10-18T01:10:00+02:00", slo.ConnectRefused, "192.0.2.17:443 refused the connection")),
		incident("2026-10-25T02:40:00+02:00", "2026-10-25T02:40:35+02:00", "2026-10-25T02:52:00+02:00", "2026-10-25T02:11:30+01:00",
			cause("eu", "2026-10-25T02:40:00+02:00", slo.TLSExpired, "certificate of shop.contoso.example expired 2026-10-25T00:39:59Z"),
			cause("ap", "2026-10-25T02:40:09+02:00", slo.TLSExpired, "certificate of shop.contoso.example expired 2026-10-25T00:39:59Z")),
		short,
	}
}
