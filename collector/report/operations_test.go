package report

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// worked adds to a report's input problems and service requests: a fixed problem
// of two of its incidents, a proposal, one of another service, and counts of
// which a day is in its month.
func worked(t testing.TB, in Input) Input {
	t.Helper()
	in.ProblemRule = slo.ProblemRule{Incidents: 3, Within: 30 * 24 * time.Hour}
	at := func(s string) slo.Instant { return instant(t, s) }
	made := func(id, service string, events ...slo.ProblemEvent) slo.Problem {
		p := slo.Problem{ID: id, Service: service}
		for _, e := range events {
			e.Actor = "Ada"
			var err error
			if p, err = p.Add(e); err != nil {
				t.Fatal(err)
			}
		}
		return p
	}
	var joined []slo.ProblemIncident
	for _, k := range in.Incidents[:min(2, len(in.Incidents))] {
		joined = append(joined, slo.ProblemIncident{ID: k.ID, Began: k.Began})
	}
	begin := at("2026-10-06T12:00:00+02:00")
	in.Problems = []slo.Problem{
		made("PRB-a", "shop", slo.ProblemEvent{At: begin, Act: slo.OpenProblem, Value: "The pool of connections runs dry", Joined: joined},
			slo.ProblemEvent{At: begin + 1, Act: slo.AssignProblem, Value: "Wei"},
			slo.ProblemEvent{At: begin + 2, Act: slo.SetRootCause, Text: "A leak in the\nlogin."}, slo.ProblemEvent{At: begin + 3, Act: slo.SetWorkaround, Text: "Restart the shop."},
			slo.ProblemEvent{At: at("2026-10-20T10:00:00+02:00"), Act: slo.FixProblem, Value: "CHG-1042", When: at("2026-10-20T09:00:00+02:00")},
			slo.ProblemEvent{At: at("2026-11-02T10:00:00+01:00"), Act: slo.CloseProblem, Text: "after the report"}),
		made("PRB-b", "shop", slo.ProblemEvent{At: begin, Act: slo.ProposeProblem, Text: "shop: connect_refused", Value: slo.ProposedRepeated}),
		made("PRB-c", "mail", slo.ProblemEvent{At: begin, Act: slo.OpenProblem, Value: "Another service"}),
	}
	count := func(agreement string, p slo.CountedPeriod, n int64) slo.ServiceRequests {
		return slo.ServiceRequests{Service: "shop", Agreement: agreement, Period: p, Received: n + 2, Completed: n, InTarget: n - 1, TotalS: 5400 * n, Version: 1}
	}
	in.ServiceRequests = []slo.ServiceRequests{count(in.Agreement.Name, "2026-11", 99), count(in.Agreement.Name, "2026-10", 40), count(in.Agreement.Name, "2026-10-03", 7), count("", "2026-10-31", 1), count("", "2026-09-30", 50)}
	return in
}

func TestOperations(t *testing.T) {
	r := Build(worked(t, goldInput(t)))
	for _, l := range Languages() {
		sameFigures(t, r, l)
		sameTables(t, r, l)
		var b bytes.Buffer
		if err := Text(&b, r, l); err != nil {
			t.Fatal(err)
		}
		golden(t, "operations-2026-10."+string(l)+".txt", b.Bytes())
	}
	if len(r.Problems) != 1 || r.Problems[0].State != slo.ProblemFixed || r.Problems[0].Incidents != 2 || r.Problems[0].Verdict != slo.FixTooRecent {
		t.Errorf("%+v", r.Problems)
	}
	if k := r.KPIs.Recurring; k == nil || k.Incidents != 1 || k.Of < 2 {
		t.Errorf("%+v", k)
	}
	if q := r.ServiceRequests; len(q) != 2 || q[0].Completed != 40 || q[1].Completed != 1 || q[0].Total != 216_000_000 || len(q[0].Counts) != 1 {
		t.Errorf("%+v", q)
	}
	if rows := csvOf(t, r, "service_requests"); len(rows) != 2 || rows[0]["counted_in"] != "2026-10" || rows[0]["total_s"] != "216000" {
		t.Errorf("%v", rows)
	}
	if rows := csvOf(t, r, "problems"); len(rows) != 1 || rows[0]["verdict"] != "too_recent" {
		t.Errorf("%v", rows)
	}
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var again Report
	if err := json.Unmarshal(b, &again); err != nil || !reflect.DeepEqual(again, r) {
		t.Errorf("read back it differs: %v", err)
	}
}

// Before anybody opened a problem there is no key figure of them, and hostile
// texts stay texts.
func TestOperationsOfOthers(t *testing.T) {
	in := worked(t, goldInput(t))
	in.Problems = in.Problems[1:]
	if r := Build(in); r.Problems != nil || r.KPIs.Recurring != nil {
		t.Errorf("%+v", r.Problems)
	}
	evil := "=cmd()<script>\u202e"
	in = worked(t, goldInput(t))
	in.Problems[0].Events[0].Value, in.Problems[0].Events[2].Text, in.Problems[0].Events[1].Value = evil, evil, evil
	r := Build(in)
	var b bytes.Buffer
	if err := HTML(&b, r, English); err != nil || strings.Contains(b.String(), "<script>") || strings.Contains(b.String(), "\u202e") {
		t.Errorf("%v", err)
	}
	if rows := csvOf(t, r, "problems"); !strings.HasPrefix(rows[0]["title"], "'=") || !strings.HasPrefix(rows[0]["owner"], "'=") {
		t.Errorf("%v", rows)
	}
}
