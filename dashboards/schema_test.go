package dashboards_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/assay-sla/assay/dashboards"
)

// TestGeneratedIsUpToDate compares the committed files with what is generated.
func TestGeneratedIsUpToDate(t *testing.T) {
	want := dashboards.Generate()
	files, err := os.ReadDir("generated")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if want[f.Name()] == nil {
			t.Errorf("generated/%s is no dashboard any more; remove it", f.Name())
		}
	}
	for name, data := range want {
		got, err := os.ReadFile(filepath.Join("generated", name))
		if err != nil || string(got) != string(data) {
			t.Errorf("generated/%s is not what the code makes (%v); run go generate ./dashboards", name, err)
		}
	}
}

// TestShape holds the dashboards to what Grafana expects of any: an id of at
// most 40 characters, panels with ids of their own that lie in the grid and
// not on one another, only panels that every Grafana has.
func TestShape(t *testing.T) {
	uid := regexp.MustCompile(`^[a-zA-Z0-9_-]{8,40}$`)
	builtIn := []string{"row", "stat", "bargauge", "state-timeline", "timeseries", "table"}
	all := read(t)
	if len(all) != 4 {
		t.Errorf("there are %d dashboards", len(all))
	}
	for _, d := range all {
		if !uid.MatchString(d.UID) || d.Title == "" || d.Description == "" || d.SchemaVersion != 39 {
			t.Errorf("%s: head is %q, %q, version %d", d.UID, d.Title, d.Description, d.SchemaVersion)
		}
		ids, cells := map[int]bool{}, map[[2]int]string{}
		for _, p := range d.Panels {
			if p.ID < 1 || ids[p.ID] {
				t.Errorf("%s: panel %q has the id %d, which is taken or none", d.UID, p.Title, p.ID)
			}
			ids[p.ID] = true
			if !slices.Contains(builtIn, p.Type) {
				t.Errorf("%s: panel %q is of type %q", d.UID, p.Title, p.Type)
			}
			for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
				for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
					if other, taken := cells[[2]int{x, y}]; taken || x >= 24 {
						t.Fatalf("%s: panel %q lies outside the grid or on %q", d.UID, p.Title, other)
					}
					cells[[2]int{x, y}] = p.Title
				}
			}
		}
	}
}

// TestPanelsExplainThemselves tells that every panel has a title, a
// description, a unit or words for its values, and names for its series.
func TestPanelsExplainThemselves(t *testing.T) {
	for _, d := range read(t) {
		for _, p := range d.Panels {
			if p.Title == "" {
				t.Errorf("%s: panel %d has no title", d.UID, p.ID)
			}
			if p.Type == "row" {
				continue
			}
			f := p.FieldConfig.Defaults
			if !strings.HasSuffix(p.Description, ".") {
				t.Errorf("%s: panel %q is described as %q", d.UID, p.Title, p.Description)
			}
			if p.Type != "table" && p.Type != "state-timeline" && f.Unit == "" && len(f.Mappings) == 0 {
				t.Errorf("%s: panel %q has neither a unit nor words", d.UID, p.Title)
			}
			if len(f.Thresholds.Steps) == 0 || f.Thresholds.Steps[0].Value != nil {
				t.Errorf("%s: panel %q has no colour to begin with", d.UID, p.Title)
			}
			if len(p.Targets) == 0 {
				t.Errorf("%s: panel %q asks nothing", d.UID, p.Title)
			}
			for _, q := range p.Targets {
				if p.Type != "table" && q.LegendFormat == "" {
					t.Errorf("%s: panel %q has a query without a legend", d.UID, p.Title)
				}
				if q.Instant == q.Range || q.Instant != (p.Type == "stat" || p.Type == "table" || p.Type == "bargauge") {
					t.Errorf("%s: panel %q asks at an instant: %v, over a range: %v", d.UID, p.Title, q.Instant, q.Range)
				}
			}
		}
	}
}

// TestTablesNameTheirColumns tells that each value of a table has a column
// with a name, and that what styles a column finds it.
func TestTablesNameTheirColumns(t *testing.T) {
	for _, d := range read(t) {
		for _, p := range d.Panels {
			if p.Type != "table" {
				continue
			}
			var titles []string
			for _, tr := range p.Transformations {
				for name, title := range tr.Options.RenameByName {
					titles = append(titles, title.(string))
					if _, placed := tr.Options.IndexByName[name]; !placed {
						t.Errorf("%s: %q: column %q has no place", d.UID, p.Title, name)
					}
				}
				for _, q := range p.Targets {
					name := "Value #" + q.RefID
					if len(p.Targets) == 1 {
						name = "Value"
					}
					if tr.ID == "organize" && tr.Options.RenameByName[name] == nil {
						t.Errorf("%s: %q: the value of query %s has no name", d.UID, p.Title, q.RefID)
					}
				}
			}
			for _, o := range p.FieldConfig.Overrides {
				if !slices.Contains(titles, o.Matcher.Options) {
					t.Errorf("%s: %q: there is no column %q to style", d.UID, p.Title, o.Matcher.Options)
				}
			}
		}
	}
}

// TestOverridesFindTheirSeries tells that what styles a series by name is
// written for one that the panel has.
func TestOverridesFindTheirSeries(t *testing.T) {
	for _, d := range read(t) {
		for _, p := range d.Panels {
			if p.Type == "table" {
				continue
			}
			for _, o := range p.FieldConfig.Overrides {
				found := false
				for _, q := range p.Targets {
					found = found || q.LegendFormat == o.Matcher.Options
				}
				if !found {
					t.Errorf("%s: %q has no series %q to style", d.UID, p.Title, o.Matcher.Options)
				}
			}
		}
	}
}

// TestEverythingGoesThroughTheVariable tells that no query is bound to a data
// source of one installation.
func TestEverythingGoesThroughTheVariable(t *testing.T) {
	want := ref{"prometheus", "${datasource}"}
	for _, d := range read(t) {
		if d.Templating.List[0].Name != "datasource" || d.Templating.List[0].Type != "datasource" {
			t.Errorf("%s does not begin with the choice of a data source", d.UID)
		}
		for _, v := range d.Templating.List {
			if v.Label == "" || v.Description == "" {
				t.Errorf("%s: variable %s does not explain itself", d.UID, v.Name)
			}
			if v.Type == "query" && (v.Datasource == nil || *v.Datasource != want) {
				t.Errorf("%s: variable %s asks %v", d.UID, v.Name, v.Datasource)
			}
		}
		for _, a := range d.Annotations.List {
			if a.Datasource != want {
				t.Errorf("%s: annotation %s asks %v", d.UID, a.Name, a.Datasource)
			}
		}
		for _, p := range d.Panels {
			for _, q := range p.Targets {
				if q.Datasource != want || p.Datasource == nil || *p.Datasource != want {
					t.Errorf("%s: panel %q asks %v", d.UID, p.Title, q.Datasource)
				}
			}
		}
	}
}

var (
	dashboardURL = regexp.MustCompile(`"url": "/d/([^?"]*)\?([^"]*)"`)
	pageLink     = regexp.MustCompile(`"url": "\$\{assay:raw\}(/[^"]*)"`)
	anyURL       = regexp.MustCompile(`"url": "[^"]+"`)
	variable     = regexp.MustCompile(`var-(\w+)=`)
)

// TestLinksLeadSomewhere tells that links lead to dashboards that exist and
// set variables that those have, and to pages that the collector has.
func TestLinksLeadSomewhere(t *testing.T) {
	all := read(t)
	for name, data := range dashboards.Generate() {
		known := 0
		for _, m := range dashboardURL.FindAllStringSubmatch(string(data), -1) {
			known++
			to, ok := all[m[1]]
			if !ok {
				t.Errorf("%s links the dashboard %q", name, m[1])
				continue
			}
			for _, v := range variable.FindAllStringSubmatch(m[2], -1) {
				if !slices.ContainsFunc(to.Templating.List, func(x savedVariable) bool { return x.Name == v[1] }) {
					t.Errorf("%s sets the variable %q, which %s does not have", name, v[1], to.UID)
				}
			}
		}
		for _, m := range pageLink.FindAllStringSubmatch(string(data), -1) {
			known++
			path := regexp.MustCompile(`\$\{[^}]*\}`).ReplaceAllString(m[1], "x")
			if !slices.Contains([]string{"/", "/services/x", "/incidents", "/incidents/x", "/agents", "/problems", "/changes", "/service-requests", "/capacity", "/continuity", "/continuity/plans/x"}, path) {
				t.Errorf("%s links the page %q", name, m[1])
			}
		}
		if n := len(anyURL.FindAllString(string(data), -1)); n != known || n == 0 {
			t.Errorf("%s has %d links, of which %d lead to a dashboard or a page", name, n, known)
		}
	}
}
