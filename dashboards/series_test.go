package dashboards_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	promql "github.com/prometheus/prometheus/promql/parser"

	"github.com/assay-sla/assay/dashboards"
)

// TestSeriesAreInOrder holds the list to its form.
func TestSeriesAreInOrder(t *testing.T) {
	list := dashboards.Series()
	if !slices.IsSortedFunc(list, func(a, b dashboards.Family) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("the list is not sorted by name")
	}
	for i, f := range list {
		if i > 0 && list[i-1].Name == f.Name {
			t.Errorf("%s is there twice", f.Name)
		}
		if !regexp.MustCompile(`^assay_[a-z]+(_[a-z]+)*$`).MatchString(f.Name) {
			t.Errorf("%q is not a name of ours", f.Name)
		}
		if unit := suffixUnit(f.Name); unit != f.Unit {
			t.Errorf("%s has the unit %q, its name says %q", f.Name, f.Unit, unit)
		}
		if !strings.HasSuffix(f.Help, ".") || len(f.Labels) == 0 || !slices.IsSorted(f.Labels) {
			t.Errorf("%s: help %q, labels %v", f.Name, f.Help, f.Labels)
		}
	}
}

func suffixUnit(name string) string {
	for _, u := range []string{"seconds", "ratio"} {
		if strings.HasSuffix(name, "_"+u) {
			return u
		}
	}
	return ""
}

// TestFiguresAreTheSeries tells that the tests' own data is what the list
// describes: the same names with the same labels.
func TestFiguresAreTheSeries(t *testing.T) {
	got := map[string][]string{}
	for _, s := range figures(scenes()[0], begin) {
		got[s.Name] = slices.Sorted(maps.Keys(s.Labels))
	}
	for _, f := range dashboards.Series() {
		if !slices.Equal(got[f.Name], f.Labels) {
			t.Errorf("%s is written with the labels %v and described with %v", f.Name, got[f.Name], f.Labels)
		}
		delete(got, f.Name)
	}
	for name := range got {
		t.Errorf("%s is written and not described", name)
	}
}

// TestCollectorWritesTheSeries reads the names out of the code that writes
// them.
func TestCollectorWritesTheSeries(t *testing.T) {
	written := map[string]bool{}
	for _, path := range []string{"../collector/series.go", "../collector/evaluate/series.go", "../collector/changemarks.go", "../collector/drillmarks.go",
		"../collector/incidentseries.go", "../collector/problemseries.go", "../collector/changeseries.go", "../collector/planseries.go", "../collector/servicerequestseries.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if s, err := strconv.Unquote(lit.Value); err == nil && strings.HasPrefix(s, "assay_") {
					written[s] = true
				}
			}
			return true
		})
	}
	for _, f := range dashboards.Series() {
		if !written[f.Name] {
			t.Errorf("the collector does not write %s", f.Name)
		}
		delete(written, f.Name)
	}
	for name := range written {
		t.Errorf("the collector writes %s, which is not described", name)
	}
}

// selectors returns every selector of the queries, with their metrics' names.
func selectors(t *testing.T) []*promql.VectorSelector {
	t.Helper()
	var out []*promql.VectorSelector
	fill := regexp.MustCompile(`\$__\w+`)
	ask := func(where, expr string) {
		e, err := promql.NewParser(promql.Options{}).ParseExpr(fill.ReplaceAllString(expr, "1m"))
		if err != nil {
			t.Fatalf("%s: %v", where, err)
		}
		promql.Inspect(e, func(n promql.Node, _ []promql.Node) error {
			if s, ok := n.(*promql.VectorSelector); ok {
				out = append(out, s)
			}
			return nil
		})
	}
	for _, d := range read(t) {
		for _, a := range d.Annotations.List {
			ask(d.UID+", annotation "+a.Name, a.Expr)
		}
		for _, p := range d.Panels {
			for _, q := range p.Targets {
				ask(d.UID+", panel "+p.Title, q.Expr)
			}
		}
	}
	return out
}

// TestQueriesUseSeriesThatExist tells that no query is about a metric or a
// label that nobody writes, and that every series of the list is drawn.
func TestQueriesUseSeriesThatExist(t *testing.T) {
	_, store := tell(t, scenes()[0])
	probe := []string{"agent", "instance", "job", "location", "phase", "probe"}
	known := map[string][]string{"cpu_usage_idle": {"cpu"}, "mem_used_percent": nil, "disk_used_percent": {"path"}}
	for name := range store.Metadata() {
		known[name] = probe
	}
	drawn := map[string]bool{}
	for _, f := range dashboards.Series() {
		known[f.Name] = f.Labels
		drawn[f.Name] = false
	}
	for _, s := range selectors(t) {
		with, ok := known[s.Name]
		if !ok {
			t.Errorf("nobody writes %s", s.Name)
		}
		for _, m := range s.LabelMatchers {
			if m.Name != model.MetricNameLabel && !slices.Contains(with, m.Name) {
				t.Errorf("%s has no label %s", s.Name, m.Name)
			}
		}
		drawn[s.Name] = true
	}
	for _, d := range read(t) {
		for _, v := range d.Templating.List { // a variable offers values of it
			for name := range drawn {
				drawn[name] = drawn[name] || strings.HasPrefix(v.Definition, "label_values("+name)
			}
		}
	}
	for _, f := range dashboards.Series() {
		if !drawn[f.Name] {
			t.Errorf("no dashboard draws %s", f.Name)
		}
	}
}

// TestFiguresAreNotComputedAgain tells that no query counts samples over time
// to get an availability: the collector's figures are drawn as they are.
func TestFiguresAreNotComputedAgain(t *testing.T) {
	counting := regexp.MustCompile(`\b(avg|sum|count)_over_time\b`)
	for _, d := range read(t) {
		for _, p := range d.Panels {
			for _, q := range p.Targets {
				if counting.MatchString(q.Expr) {
					t.Errorf("%s, panel %q counts samples: %s", d.UID, p.Title, q.Expr)
				}
			}
		}
	}
}

// TestSeriesAreDocumented tells that the documentation has every series.
func TestSeriesAreDocumented(t *testing.T) {
	b, err := os.ReadFile("../docs/grafana.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range dashboards.Series() {
		if !strings.Contains(string(b), "`"+f.Name+"`") {
			t.Errorf("docs/grafana.md does not tell of %s", f.Name)
		}
	}
}
