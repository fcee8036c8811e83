package report

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/slo"
)

func TestRoundTrip(t *testing.T) {
	for name, r := range map[string]Report{"gold": Build(goldInput(t)), "empty": Build(Input{Agreement: goldAgreement(t), Period: month(t, "2026-10", zone(t, "Europe/Berlin"))})} {
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var back Report
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(r, back); diff != "" {
			t.Errorf("%s: the JSON does not give the report back (-made +read):\n%s", name, diff)
		}
	}
}

func TestBuildIsPure(t *testing.T) {
	in, again := goldInput(t), goldInput(t)
	first, second := Build(in), Build(in)
	if !reflect.DeepEqual(first, second) {
		t.Error("two reports of one input differ")
	}
	if !reflect.DeepEqual(in, again) {
		t.Error("building a report changed its input")
	}
}

func TestStanding(t *testing.T) {
	in := goldInput(t)
	if got := Build(in).Identity.Standing; got != Provisional {
		t.Errorf("a month that is not closed is %s", got)
	}
	in.Final = true
	if got := Build(in).Identity.Standing; got != Final {
		t.Errorf("a closed month is %s", got)
	}
	in.At = in.Period.To - 1
	if got := Build(in).Identity.Standing; got != Provisional {
		t.Errorf("a month that is not over is %s", got)
	}
}

// A month in progress: what is still to come is not said to be anything.
func TestInProgress(t *testing.T) {
	a := goldAgreement(t)
	w := newWorld(a)
	w.say(instant(t, "2026-09-01T00:00:00Z"), slo.Up)
	w.say(instant(t, "2026-10-14T10:00:00Z"), slo.Down)
	at := instant(t, "2026-10-14T10:10:00Z")
	p := month(t, "2026-10", a.Zone)
	cause := slo.Cause{Probe: "shop-web", Location: "eu", Reason: slo.ConnectRefused}
	r := Build(Input{Agreement: a, Period: p, At: at, Measured: w.measure(p, at), Final: true, Incidents: []slo.Incident{
		{ID: "i", Service: "shop", Trigger: slo.ServiceDown, Began: instant(t, "2026-10-14T10:00:00Z"), Detected: instant(t, "2026-10-14T10:00:30Z"), Causes: []slo.Cause{cause}},
		{ID: "later", Service: "shop", Trigger: slo.ServiceDown, Began: at.Add(1e9), Detected: at.Add(2e9)},
		{ID: "other", Service: "mail", Trigger: slo.ServiceDown, Began: at - 1000, Detected: at},
	}})
	if len(r.Outages) != 1 || !r.Outages[0].Lasts || r.Outages[0].Length != 600_000 || !r.Summary.StillDown {
		t.Errorf("the outages are %+v", r.Outages)
	}
	if len(r.Incidents) != 1 || !r.Incidents[0].Open || !r.Incidents[0].Counted || r.Incidents[0].ToRestore != nil {
		t.Errorf("the incidents are %+v", r.Incidents)
	}
	if !r.Summary.SoFar || !r.Objectives[0].SoFar || r.Objectives[2].Windows == nil || len(r.Objectives[2].Windows.List) != 14 {
		t.Errorf("the objectives are %+v", r.Objectives)
	}
	if d := r.Days[20]; d.State != "ahead" {
		t.Errorf("21 October is %s", d.State)
	}
	text, _ := faces(t, r, English)
	for _, want := range []string{"Provisional: the period is not over. Figures are up to Wed 14 Oct, 12:10:00 +02:00.", "met so far", "not ended", "not restored yet"} {
		if !contains(text, want) {
			t.Errorf("the text does not say %q:\n%s", want, text)
		}
	}
}

// An incident that late measurements disproved is told, and counts nowhere.
func TestDisproved(t *testing.T) {
	in := goldInput(t)
	began := instant(t, "2026-10-09T10:00:00Z")
	in.Incidents = append(in.Incidents, slo.Incident{ID: "ghost", Service: "shop", Trigger: slo.ServiceDown, Began: began, Detected: began + 1000, Restored: began, Resolved: began + 9000})
	r := Build(in)
	i := r.Incidents[3]
	if i.ID != "ghost" || !i.Disproved || i.Counted || i.ToRestore != nil || r.Summary.Disproved != 1 {
		t.Errorf("the incident is %+v, the summary %+v", i, r.Summary)
	}
	if want := Build(goldInput(t)).KPIs; !reflect.DeepEqual(r.KPIs, want) {
		t.Errorf("the key figures changed: %+v", r.KPIs)
	}
}

// Not enough data: words, never a percentage in place of the figure; the least
// credit that is owed, where even the best misses the target.
func TestInsufficient(t *testing.T) {
	for _, c := range []struct {
		name          string
		down          string // until then the service is down; from then nothing is known
		verdict       Verdict
		credit        string
		least, settle bool
	}{
		{"unknown", "2026-10-01T00:00:00+02:00", Insufficient, "", false, false},
		{"missed whatever the rest was", "2026-10-02T00:00:00+02:00", Missed, "10", true, true},
	} {
		a := goldAgreement(t)
		a.Objectives = a.Objectives[:1]
		a.Credits.Tiers = a.Credits.Tiers[:1]
		w := newWorld(a)
		w.say(instant(t, "2026-09-30T00:00:00+02:00"), slo.Up)
		if begin := instant(t, "2026-10-01T00:00:00+02:00"); begin < instant(t, c.down) {
			w.say(begin, slo.Down)
		}
		w.say(instant(t, c.down), slo.Unknown)
		p, at := month(t, "2026-10", a.Zone), instant(t, "2026-11-01T07:00:00+01:00")
		r := Build(Input{Agreement: a, Period: p, At: at, Measured: w.measure(p, at), Step: 30e9})
		o := r.Objectives[0]
		if o.Verdict != c.verdict || o.Delivered != nil {
			t.Errorf("%s: %s, delivered %v", c.name, o.Verdict, o.Delivered)
		}
		if c.settle != (len(o.Credits) == 1) || c.settle && (o.Credits[0].Percent != c.credit || o.Credits[0].Least != c.least) {
			t.Errorf("%s: the credits are %+v", c.name, o.Credits)
		}
		if r.Summary.Unsettled == c.settle {
			t.Errorf("%s: unsettled is %v", c.name, r.Summary.Unsettled)
		}
		text, html := faces(t, r, English)
		if html["objective.0.delivered"] != "insufficient data" || !contains(text, "Delivered insufficient data") {
			t.Errorf("%s: delivered is %q in the HTML:\n%s", c.name, html["objective.0.delivered"], text)
		}
		if c.settle && html["fact.credit"] != "at least 10 %" || !c.settle && html["fact.credit"] != "not settled" {
			t.Errorf("%s: the credit is %q", c.name, html["fact.credit"])
		}
	}
}

// What lasts at the end of the figures is said to, and nothing else is.
func TestLasts(t *testing.T) {
	in := goldInput(t)
	in.Outages = []slo.Interval{{From: in.Period.To - 90_000, To: in.Period.To}}
	for _, c := range []struct {
		name     string
		restored slo.Instant
		known    bool
		want     bool
	}{
		{"restored at the end", in.Period.To, true, false},
		{"restored later", in.Period.To + 1, true, true},
		{"not restored", 0, true, true},
		{"not on record", 0, false, false},
	} {
		in.Incidents = nil
		if c.known {
			in.Incidents = []slo.Incident{{ID: "i", Service: "shop", Trigger: slo.ServiceDown, Began: in.Period.To - 90_000, Detected: in.Period.To - 80_000, Restored: c.restored, Resolved: c.restored, Downtime: 90e9}}
		}
		if got := Build(in).Outages[0].Lasts; got != c.want {
			t.Errorf("%s: lasts is %v", c.name, got)
		}
	}
}
