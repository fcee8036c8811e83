package rules

import (
	"flag"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/assay-sla/assay/slo"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// fleet has an objective of each way to be exported, and names that mean
// something to PromQL, YAML and templates.
func fleet() *slo.Catalog {
	month, day := slo.Window{Period: slo.Month}, 24*time.Hour
	nines := slo.One / 1000 * 999
	from := slo.At(time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC))
	work := slo.Interval{From: from, To: from.Add(time.Hour)}
	c := &slo.Catalog{
		Probes: []*slo.Probe{{Name: "web", Every: 30 * time.Second}},
		Services: []*slo.Service{{Name: "desk", Up: slo.Expr{Probe: "web"}}, {Name: "network", Up: slo.Expr{Probe: "web"}},
			{Name: "shop", Up: slo.Expr{Probe: "web"}}},
		Maintenances: []*slo.Maintenance{{Name: "move", Services: []string{"network"}, Once: &work}},
		Agreements: []*slo.Agreement{
			{Name: "gold", Service: "shop", BudgetPolicy: []slo.BudgetStep{{At: slo.One / 2}, {At: slo.One, Action: slo.Freeze}}, Objectives: []slo.Objective{
				{Name: "availability", Target: nines, Window: month},
				{Name: `own {{ "x" }} \ 中文`, Target: slo.One / 100 * 99, Window: month, Alerts: []slo.BurnPair{{Long: 2 * time.Hour, Short: 10 * time.Minute, Rate: 2.5, Severity: slo.Page}}},
				{Name: "perfect", Target: slo.One, Window: slo.Window{Rolling: 90 * day}},
				{Name: "a week", Target: nines, Window: slo.Window{Period: slo.Week}},
				{Name: "waits", Target: nines, Window: month, Alerts: []slo.BurnPair{{Long: time.Hour, Short: time.Hour, Rate: 2, Severity: slo.Page, For: 5 * time.Minute, Notify: "chat,mail"}}},
				{Name: "quiet", Target: nines, Window: month, Alerts: []slo.BurnPair{}},
				{Name: "few", Window: month, Method: slo.ByOutages},
				{Name: "slices", Target: nines, Window: month, Method: slo.BySlices},
				{Name: "both", Target: nines, Window: month, Method: slo.Composite, Parts: []slo.Part{{Service: "shop", Weight: 1}, {Service: "network", Weight: 1}}},
				{Name: "a minute", Target: nines, Window: slo.Window{Rolling: time.Minute}},
			}},
			{Name: "helpdesk", Service: "desk", Hours: office(), Objectives: []slo.Objective{{Name: "availability", Target: nines, Window: month}}},
			{Name: "carrier", Service: "network", MinCoverage: 1, Objectives: []slo.Objective{{Name: "availability", Target: nines, Window: month}}},
			{Name: "blind", Service: "shop", Unknown: slo.UnknownDown, Objectives: []slo.Objective{{Name: "availability", Target: nines, Window: month}}},
			{Name: "coming", Service: "shop", From: &from, Objectives: []slo.Objective{{Name: "availability", Target: nines, Window: month}}},
			{Name: "lenient", Service: "shop", MinimumOutage: time.Minute, Objectives: []slo.Objective{{Name: "availability", Target: nines, Window: month}}},
			{Name: "none", Service: "shop", Objectives: []slo.Objective{{Name: "few", Window: month, Method: slo.ByOutages}}},
		},
	}
	for _, a := range c.Agreements {
		if a.Zone = time.UTC; a.MinCoverage == 0 && a.Name != "none" {
			a.MinCoverage = slo.One / 10 * 9
		}
	}
	return c
}

// TestExport holds the rule files as people read them, and what Prometheus
// says of them.
func TestExport(t *testing.T) {
	for _, f := range Export(fleet()) {
		t.Run(f.Agreement, func(t *testing.T) {
			got, err := YAML(f)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", f.Agreement+".yaml")
			if *update {
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Error(diff)
			}
			groups, errs := rulefmt.Parse(got, false, model.LegacyValidation, parser.NewParser(parser.Options{}), slog.New(slog.DiscardHandler))
			if len(errs) > 0 {
				t.Fatal(errs)
			}
			if diff := cmp.Diff(f.Groups, groups.Groups); diff != "" && len(f.Groups) > 0 {
				t.Errorf("it is read as something else: %s", diff)
			}
		})
	}
}

func TestNotes(t *testing.T) {
	got := map[string]string{}
	for _, f := range Export(fleet()) {
		for _, n := range f.Notes {
			got[f.Agreement+"/"+n.Objective] = n.String()
		}
	}
	const states, reads, left = "computed from the states of its service", "over the burn rates that the collector writes, because ", "no burn conditions, because "
	want := map[string]string{
		"gold/availability":       states,
		`gold/own {{ "x" }} \ 中文`: states,
		"gold/perfect":            states,
		"gold/a week":             reads + "samples every 15s do not fill its window of 1m10s",
		"gold/quiet":              left + "the catalogue wants none that fits its window",
		"gold/few":                left + "a number of outages burns at no rate; the collector tells when it is broken",
		"gold/waits":              "computed from the states of its service",
		"gold/slices":             reads + "it counts by slices",
		"gold/both":               reads + "it is made of several services",
		"gold/a minute":           left + "its window is too short for what its probes can show",
		"helpdesk/availability":   reads + "service hours stop its clock",
		"carrier/availability":    reads + "maintenance stops its clock",
		"blind/availability":      states,
		"coming/availability":     reads + "its terms begin or end",
		"lenient/availability":    reads + "short outages are forgiven",
		"none/few":                left + "a number of outages burns at no rate; the collector tells when it is broken",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestPromtool lets Prometheus' own tool check the files.
func TestPromtool(t *testing.T) {
	tool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("left out: promtool (package prometheus)")
	}
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	out, err := exec.Command(tool, append([]string{"check", "rules", "--lint-fatal"}, files...)...).CombinedOutput()
	if err != nil || strings.Contains(string(out), "FAILED") {
		t.Errorf("%v\n%s", err, out)
	}
}
