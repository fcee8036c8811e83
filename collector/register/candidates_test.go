package register

import (
	"encoding/json"
	"flag"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/slo"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name string, v any) {
	t.Helper()
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	path := "testdata/" + name
	if *update {
		if err := os.WriteFile(path, append(b, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(b)+"\n"); diff != "" {
		t.Errorf("%s differs (-want +got), rewrite it with -update:\n%s", name, diff)
	}
}

func probe(name string) slo.Expr { return slo.Expr{Op: slo.OpProbe, Probe: name} }

func expr(op slo.Op, k int, args ...slo.Expr) slo.Expr { return slo.Expr{Op: op, K: k, Args: args} }

// busy is a world in which everything is proposed.
func busy(t *testing.T) Figures {
	t.Helper()
	at := slo.At(time.Date(2026, 10, 15, 12, 0, 0, 0, time.UTC))
	soon := at.Add(30 * 24 * time.Hour)
	gold := &slo.Agreement{Name: "gold", Type: slo.SLA, Party: "Acme", Service: "shop", Zone: time.UTC, To: &soon,
		Objectives: []slo.Objective{{Name: "month", Target: percent(t, "99.9"), Window: slo.Window{Period: slo.Month}}, {Name: "days", Target: percent(t, "99"), Window: slo.Window{Rolling: 30 * 24 * time.Hour}}}}
	power := &slo.Agreement{Name: "power", Type: slo.UC, Party: "Volt", Service: "db", Zone: time.UTC}
	web := &slo.Probe{Name: "web"}
	f := Figures{At: at, Catalog: &slo.Catalog{
		Probes: []*slo.Probe{{Name: "lb"}, web, {Name: "web-2"}},
		Services: []*slo.Service{
			{Name: "api", Up: expr(slo.OpAll, 0, probe("lb"), expr(slo.OpAny, 0, probe("web"), probe("web-2"))), DependsOn: []string{"db"}},
			{Name: "db", Up: probe("db")},
			{Name: "mail", Up: expr(slo.OpAtLeast, 2, probe("web"), probe("web-2"), probe("lb"))},
			{Name: "shop", Up: expr(slo.OpAll, 0, probe("lb"), probe("web")), DependsOn: []string{"api"}},
		},
		Agreements: []*slo.Agreement{gold, power},
	}}
	f.Services = []slo.ServiceStatus{{Service: f.Catalog.Services[3], Probes: []slo.ProbeStatus{{Probe: web, Locations: []slo.LocationStatus{{Agents: []slo.AgentReport{
		{Last: slo.Measurement{CertExpiry: at.Add(5 * 24 * time.Hour)}}, {Last: slo.Measurement{CertExpiry: at.Add(80 * 24 * time.Hour)}},
	}}}}}, Objectives: []slo.ObjectiveStatus{
		{Agreement: gold, Objective: &gold.Objectives[0], Window: slo.Month.Holding(at, time.UTC), Verdict: slo.Met},
		{Agreement: gold, Objective: &gold.Objectives[1], Verdict: slo.Missed},
	}}}
	f.Closed = []slo.ObjectiveStatus{{Agreement: gold, Objective: &gold.Objectives[0], Window: slo.Month.Holding(at.Add(-30*24*time.Hour), time.UTC), Verdict: slo.Missed, Availability: slo.Fraction{Part: 997, Whole: 1000}}}
	disk := &slo.Resource{Name: "disk", Service: "db", LeadTime: 14 * 24 * time.Hour}
	f.Forecasts = []slo.ResourceForecast{
		{Resource: disk, Labels: map[string]string{"path": "/srv"}, Forecast: slo.Forecast{Exhaustion: slo.Exhausts, Early: at.Add(10 * 24 * time.Hour)}},
		{Resource: disk, Labels: map[string]string{"path": "/tmp"}, Forecast: slo.Forecast{Exhaustion: slo.Exhausts, Early: at.Add(90 * 24 * time.Hour)}},
		{Resource: &slo.Resource{Name: "seats", Service: "shop"}, Forecast: slo.Forecast{Exhaustion: slo.LimitReached}},
	}
	f.Incidents = []slo.Incident{{Service: "shop", Work: slo.Work{Major: &slo.Major{}}}, {Service: "api", Work: slo.Work{Parent: "x"}}, {Service: "db"}}
	f.Items = []slo.RegisterItem{
		{Register: Suppliers, ID: "s-1", State: "active", Values: map[string]string{"name": "Net", "contract_ends": "2026-11-30", "evaluation": "2"}},
		{Register: Suppliers, ID: "s-2", State: "former", Values: map[string]string{"name": "Old", "contract_ends": "2026-11-30", "evaluation": "5"}},
		{Register: Complaints, ID: "c-1", State: "received", Values: map[string]string{"title": "Slow"}},
		{Register: Complaints, ID: "c-2", State: "closed", Values: map[string]string{"title": "Gone"}},
		{Register: Risks, ID: "r-1", State: "treated", Values: map[string]string{"title": "Flood", "likelihood": "3", "impact": "4"}},
		{Register: Risks, ID: "r-2", State: "identified", Values: map[string]string{"title": "Frost"}},
		{Register: Actions, ID: "a-1", State: "agreed", Values: map[string]string{"title": "Second line", "due": "2026-10-01"}},
		{Register: Actions, ID: "a-2", State: slo.RegisterWithdrawn, Values: map[string]string{"title": "Mistake"}},
		{Register: Audits, ID: "au-1", State: "held", Values: map[string]string{"title": "Spring", "planned": "2026-04-01", "held": "2026-04-02"}},
		{Register: Decisions, ID: "d-1", State: "wanted", Values: map[string]string{"title": "A second site"}},
	}
	return f
}

func percent(t *testing.T, s string) slo.Ratio {
	t.Helper()
	r, err := slo.ParsePercent(s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestCandidates(t *testing.T) {
	f := busy(t)
	all := map[string][]slo.RegisterCandidate{}
	reasons := map[slo.CandidateReason]bool{}
	for _, g := range All() {
		list := Candidates(g.Name, f)
		for _, c := range list {
			reasons[c.Reason] = true
			change := slo.RegisterChange{ID: c.ID, Values: map[string]string{g.Title(): "x"}}
			for name, v := range c.Values {
				change.Values[name] = v
			}
			i, err := Create(&g, change, func(*slo.RegisterField, string) bool { return true }, ada)
			if err != nil {
				t.Errorf("%+v cannot be an item: %v", c, err)
			}
			f.Items = append(f.Items, i)
		}
		if len(list) > 0 {
			all[g.Name] = list
		}
		if Proposed(g.Name) != (len(list) > 0) {
			t.Errorf("%d items are proposed for %s", len(list), g.Name)
		}
		if again := Candidates(g.Name, f); len(again) > 0 {
			t.Errorf("proposed again: %+v", again)
		}
	}
	golden(t, "candidates.json", all)
	for _, r := range slo.CandidateReasons() {
		if !reasons[r] {
			t.Errorf("nothing is proposed for %s", r)
		}
	}
}

func TestInputs(t *testing.T) {
	golden(t, "inputs.json", Inputs(busy(t)))
	if list := Inputs(Figures{Catalog: &slo.Catalog{}}); len(list) != len(Inputs(busy(t))) {
		t.Error("what counts nothing is left out")
	}
}
