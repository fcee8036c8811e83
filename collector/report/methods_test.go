package report

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Objectives that are not of time say what they promise and what they counted,
// in every face.
func TestFurtherMethods(t *testing.T) {
	in := goldInput(t)
	a := in.Agreement
	a.Objectives = []slo.Objective{
		{Name: "fast", Target: ratio(t, "99"), Window: slo.Window{Period: slo.Month}, Method: slo.ByLatency, Latency: slo.LatencyRule{Within: 300 * time.Millisecond}},
		{Name: "calm", Window: slo.Window{Period: slo.Month}, Method: slo.ByOutages, Outages: slo.OutageRule{Most: 1, Longer: 10 * time.Minute}},
		{Name: "whole", Target: ratio(t, "99.5"), Window: slo.Window{Period: slo.Month}, Method: slo.Composite, Parts: []slo.Part{{Service: "shop", Weight: 3}}},
	}
	a.Credits = nil
	w := newWorld(a)
	for i := range 1000 { // one each 40 minutes: 28 days
		s, d := slo.Up, 120*time.Millisecond
		switch {
		case i%100 == 99:
			s = slo.Down
		case i%100 == 98:
			d = 700 * time.Millisecond
		}
		at := in.Period.From.Add(time.Duration(i) * 40 * time.Minute)
		w.history.Add("eu-1", &slo.Measurement{Probe: "shop-web", Location: "eu", At: at, Outcome: s, Latency: d})
	}
	in.Measured = w.measure(in.Period, in.At)
	r := Build(in)
	var html, text bytes.Buffer
	if err := HTML(&html, r, English); err != nil {
		t.Fatal(err)
	}
	if err := Text(&text, r, English); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"of the measurements within 300 ms", "980 within, 10 slower, 0 unknown", "99 % of them took at most 705 ms",
		"at most 1 outage", "10 outages", "longer than 10 min", "of the agreed time of shop ×3",
	} {
		for face, got := range map[string]string{"html": html.String(), "text": text.String()} {
			plain := strings.Join(strings.Fields(strings.ReplaceAll(strings.ReplaceAll(got, "\u00a0", " "), "&nbsp;", " ")), " ")
			if !strings.Contains(plain, want) {
				t.Errorf("%s lacks %q", face, want)
			}
		}
	}
	if o := r.Objectives[1]; o.LongOutages.Longer != 10 || o.Verdict != Missed || o.Target != "" {
		t.Errorf("%+v", o)
	}
	if strings.Count(html.String(), "data:image/png") != 2 {
		t.Error("a number of outages is drawn among percentages, or another objective is not")
	}
	if testing.Verbose() {
		t.Log(text.String())
	}
}

// A credit of an agreed fee is an amount, and has a day by which to claim it.
func TestCreditInMoney(t *testing.T) {
	in := goldInput(t)
	fee, claim := slo.Money{Amount: 1250_00, Currency: "EUR", Decimals: 2}, 30*24*time.Hour
	in.Agreement.Credits.Fee, in.Agreement.Credits.ClaimWithin = &fee, &claim
	for i := range in.Objectives {
		if st := &in.Objectives[i]; st.Credit != nil {
			owed, due := fee.Share(*st.Credit), st.Window.To.Add(claim)
			st.Owed, st.ClaimBy = &owed, &due
		}
	}
	var text bytes.Buffer
	if err := Text(&text, Build(in), English); err != nil {
		t.Fatal(err)
	}
	plain := strings.Join(strings.Fields(strings.ReplaceAll(text.String(), "\u00a0", " ")), " ")
	for _, want := range []string{"Credit due 10 % = 125.00 EUR", "to be claimed by Tue 1 Dec, 00:00:00 +01:00"} {
		if !strings.Contains(plain, want) {
			t.Errorf("the report lacks %q:\n%s", want, plain[:min(len(plain), 3000)])
		}
	}
}

// Requests and the time over a workload limit stand in the report, in every
// face.
func TestRequestsInTheReport(t *testing.T) {
	in := goldInput(t)
	a := in.Agreement
	a.Objectives = []slo.Objective{{Name: "good", Target: ratio(t, "99"), Window: slo.Window{Period: slo.Month}, Method: slo.ByRequests, Requests: slo.RequestRule{Probe: "shop-web"}}}
	a.Workload = &slo.WorkloadLimit{Probe: "shop-web", Above: 100, Per: time.Second}
	a.Credits, a.Hours = nil, nil
	w := newWorld(a)
	for i := range 31 * 24 {
		from := in.Period.From.Add(time.Duration(i) * time.Hour)
		n := int64(1000)
		if i == 100 {
			n = 400_000
		}
		w.history.Add("eu-1", &slo.Measurement{Probe: "shop-web", Location: "eu", At: from.Add(time.Hour + time.Minute), Outcome: slo.Up,
			Requests: &slo.Requests{Interval: slo.Interval{From: from, To: from.Add(time.Hour)}, Good: n * 990, Total: n * 1000}})
	}
	in.Measured = w.measure(in.Period, in.At)
	r := Build(in)
	var html, text bytes.Buffer
	if err := HTML(&html, r, English); err != nil {
		t.Fatal(err)
	}
	if err := Text(&text, r, English); err != nil {
		t.Fatal(err)
	}
	o := r.Objectives[0]
	if c := o.Requests; o.Verdict != Met || c == nil || o.Times.Exempt != Milliseconds(time.Hour/time.Millisecond) {
		t.Fatalf("%+v, requests %+v", o, c)
	}
	for _, want := range []string{"of the requests", o.Requests.Good + " good, " + o.Requests.Bad + " bad", "Overload", "there were more requests than are promised for"} {
		for face, got := range map[string]string{"html": html.String(), "text": text.String()} {
			plain := strings.Join(strings.Fields(strings.ReplaceAll(strings.ReplaceAll(got, "\u00a0", " "), "&nbsp;", " ")), " ")
			if !strings.Contains(plain, want) {
				t.Errorf("%s lacks %q", face, want)
			}
		}
	}
}

// What was excluded after the fact stands in the report, with the figure
// before.
func TestExclusionsInTheReport(t *testing.T) {
	in := goldInput(t)
	a := in.Agreement
	a.Exclusions = []*slo.Exclusion{{
		Name: "flood", Interval: slo.Interval{From: instant(t, "2026-10-06T09:00:00+02:00"), To: instant(t, "2026-10-06T11:00:00+02:00")},
		Cause: slo.ForceMajeure, Reason: "The river took the street", RequestedBy: "Ada Byron", ApprovedBy: "Charles Babbage",
	}}
	asked, approved := instant(t, "2026-10-07T08:00:00Z"), instant(t, "2026-10-08T09:30:00Z")
	a.Exclusions = append(a.Exclusions, &slo.Exclusion{
		Name: "x-1f38", Interval: slo.Interval{From: instant(t, "2026-10-06T11:00:00+02:00"), To: instant(t, "2026-10-06T11:05:00+02:00")},
		Cause: slo.CausedByCustomer, Reason: "The customer's firewall", RequestedBy: "ola", ApprovedBy: "ada", RequestedAt: &asked, ApprovedAt: &approved,
	})
	in.Ledger.Sealed[0].Restated[0].Exclusion = "x-1f38"
	w := newWorld(a)
	w.say(instant(t, "2026-09-01T00:00:00Z"), slo.Up)
	w.say(instant(t, "2026-10-06T09:12:30+02:00"), slo.Down)
	w.say(instant(t, "2026-10-06T10:10:45+02:00"), slo.Up)
	in.Measured = w.measure(in.Period, in.At)
	r := Build(in)
	if o := r.Objectives[0]; o.Before == nil || o.Before.Verdict != Missed || o.Verdict != Met || len(o.Exclusions) != 2 {
		t.Errorf("%+v", o)
	}
	var text bytes.Buffer
	if err := Text(&text, r, English); err != nil {
		t.Fatal(err)
	}
	plain := strings.Join(strings.Fields(strings.ReplaceAll(text.String(), "\u00a0", " ")), " ")
	for _, want := range []string{
		"Before 99.87 % (without what was excluded after the fact: missed)",
		"force majeure: The river took the street; asked for by Ada Byron, approved by Charles Babbage",
		"caused by the customer: The customer's firewall; asked for by ola (Wed 7 Oct, 10:00:00 +02:00), approved by ada (Thu 8 Oct, 11:30:00 +02:00)",
		"entry 23; exclusion x-1f38",
	} {
		if !strings.Contains(plain, want) {
			t.Errorf("the report lacks %q:\n%s", want, plain[:min(len(plain), 4000)])
		}
	}
}

// What suppliers promised stands beside what was promised to the customer, and
// the down time is divided among them.
func TestSuppliersInTheReport(t *testing.T) {
	in := goldInput(t)
	for i := range in.Objectives {
		if st := &in.Objectives[i]; st.Objective.Method.Timed() {
			st.Attribution = &slo.Attribution{Own: 10 * time.Minute, Shared: time.Minute, Suppliers: []slo.SupplierShare{{Supplier: "Example Networks", Down: time.Hour}}}
		}
	}
	below := ratio(t, "99.9")
	uc := &slo.Agreement{
		Name: "carrier", Type: slo.UC, Party: "Example Networks", Service: "network", Zone: time.UTC,
		Objectives: []slo.Objective{{Name: "link", Target: below, Window: slo.Window{Period: slo.Month}}},
		Credits:    &slo.Credits{Objective: "link", Tiers: []slo.Tier{{Percent: ratio(t, "5"), Below: &below}}},
	}
	w := newWorld(uc)
	w.say(instant(t, "2026-09-01T00:00:00Z"), slo.Up)
	w.say(instant(t, "2026-10-06T09:00:00Z"), slo.Down)
	w.say(instant(t, "2026-10-06T10:00:00Z"), slo.Up)
	w.history.Settle()
	in.Suppliers = Underpinned(slo.NewAccount(uc, slo.LaidOver(Cover(uc, in.Period), nil), w.history), in.Period, in.At)
	r := Build(in)
	if len(r.Suppliers) != 1 || r.Suppliers[0].Verdict != Missed || r.Suppliers[0].Supplier != "Example Networks" {
		t.Fatalf("%+v", r.Suppliers)
	}
	var html, text bytes.Buffer
	if err := HTML(&html, r, English); err != nil {
		t.Fatal(err)
	}
	if err := Text(&text, r, English); err != nil {
		t.Fatal(err)
	}
	for face, got := range map[string]string{"html": html.String(), "text": text.String()} {
		plain := strings.Join(strings.Fields(strings.ReplaceAll(got, "\u00a0", " ")), " ")
		for _, want := range []string{"Example Networks", "carrier / link, about network", "To be recovered: 5 %", "own 10 min", "of several suppliers at once 1 min"} {
			if !strings.Contains(plain, want) {
				t.Errorf("the %s lacks %q", face, want)
			}
		}
	}
}
