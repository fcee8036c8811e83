package dashboards_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/collector/tsdb"
	"github.com/assay-sla/assay/dashboards"
)

// exprOf is the only query of a panel, with variables put in and a step.
func exprOf(t *testing.T, uid, panel, step string) string {
	t.Helper()
	for _, p := range read(t)[uid].Panels {
		if p.Title != panel {
			continue
		}
		if len(p.Targets) != 1 {
			t.Fatalf("%s has %d queries", panel, len(p.Targets))
		}
		return strings.NewReplacer("$__interval", step, "$service", "shop", "$agreement", "gold", "$objective", "month",
			"$probe", ".*", "$location", ".*").Replace(p.Targets[0].Expr)
	}
	t.Fatalf("%s has no panel %q", uid, panel)
	return ""
}

// valuesOf are the values of a range query, by the value of a label.
func valuesOf(t *testing.T, s *tsdb.Store, expr, label string, step time.Duration) map[string][]float64 {
	t.Helper()
	series, err := s.QueryRange(t.Context(), expr, begin.Add(step), end, step)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]float64{}
	for _, l := range series {
		for _, p := range l.Points {
			out[l.Labels[label]] = append(out[l.Labels[label]], p.Value)
		}
	}
	return out
}

// TestShortOutageShowsInLongRange looks at an outage of ten minutes in steps
// of half an hour: it is drawn, once, and as down.
func TestShortOutageShowsInLongRange(t *testing.T) {
	_, store := tell(t, scenes()[1])
	const step = 40 * time.Minute
	for _, c := range []struct{ uid, panel, label, name string }{
		{dashboards.FleetUID, "State of services", "service", "shop"},
		{dashboards.ServiceUID, "State of $service", "service", "shop"},
		{dashboards.AgreementUID, "State of the service", "service", "shop"},
		{dashboards.ServiceUID, "Outcomes of measurements", "probe", "web"},
	} {
		got := valuesOf(t, store, exprOf(t, c.uid, c.panel, "40m"), c.label, step)[c.name]
		down := 0
		for _, v := range got {
			if v == 0 {
				down++
			} else if v != 1 {
				t.Errorf("%s: %s has the value %v", c.uid, c.panel, v)
			}
		}
		perSeries := 1
		if c.label == "probe" {
			perSeries = len(agents)
		}
		if down != perSeries || len(got) != 3*perSeries {
			t.Errorf("%s: %s draws %v; want %d of %d down", c.uid, c.panel, got, perSeries, 3*perSeries)
		}
	}
}

// TestUnknownIsNotUp looks at a time of which nothing is known.
func TestUnknownIsNotUp(t *testing.T) {
	_, store := tell(t, scenes()[3])
	for _, c := range []struct {
		uid, panel, label, name string
		want                    float64
	}{
		{dashboards.FleetUID, "State of services", "service", "shop", -1},
		{dashboards.ServiceUID, "Now", "service", "shop", -1},
		{dashboards.ServiceUID, "Outcomes of measurements", "probe", "web", -1},
		{dashboards.FleetUID, "Services up", "", "", 0},
		{dashboards.FleetUID, "Services down", "", "", 0},
		{dashboards.FleetUID, "Services unknown", "", "", 2},
		{dashboards.FleetUID, "Insufficient data", "", "", 2},
	} {
		got := valuesOf(t, store, exprOf(t, c.uid, c.panel, "30s"), c.label, time.Hour)[c.name]
		if len(got) == 0 || got[len(got)-1] != c.want {
			t.Errorf("%s: %s is %v, want %v", c.uid, c.panel, got, c.want)
		}
	}
}

// TestAgreementShowsItsOwnService tells that services that the agreement is
// not about are not drawn.
func TestAgreementShowsItsOwnService(t *testing.T) {
	_, store := tell(t, scenes()[0])
	got := valuesOf(t, store, exprOf(t, dashboards.AgreementUID, "State of the service", "30s"), "service", time.Hour)
	if len(got) != 1 || len(got["shop"]) == 0 {
		t.Errorf("it draws %v", got)
	}
}

// TestOperationsAreCounted tells that what people work on is added up as it is,
// and that what was never seen is 0 where the collector counts.
func TestOperationsAreCounted(t *testing.T) {
	_, store := tell(t, scenes()[0])
	for _, c := range []struct {
		panel, label, name string
		want               float64
	}{
		{"Open incidents", "", "", 2},
		{"Past a target", "clock", "response", 1},
		{"Problems", "", "", 4},
		{"Change-failure rate", "bound", "known", 1. / 6},
		{"Plans with a late test", "", "", 1},
		{"Resources that run out", "", "", 1},
		{"Open incidents, by priority", "priority", "2", 2},
		{"Targets of open incidents", "incident", "shop-20261001T110000.000Z", -60},
	} {
		got := valuesOf(t, store, exprOf(t, dashboards.OperationsUID, c.panel, "30s"), c.label, time.Hour)[c.name]
		if len(got) == 0 || got[len(got)-1] != c.want {
			t.Errorf("%s is %v, want %v", c.panel, got, c.want)
		}
	}
}

// saved is what the tests read of a dashboard.
type saved struct {
	UID           string   `json:"uid"`
	Title         string   `json:"title"`
	Description   string   `json:"description"`
	Tags          []string `json:"tags"`
	SchemaVersion int      `json:"schemaVersion"`
	Links         []struct {
		Type, URL string
		Tags      []string
	} `json:"links"`
	Annotations struct {
		List []struct {
			Name, Expr string
			Datasource ref
		}
	} `json:"annotations"`
	Templating struct {
		List []savedVariable
	} `json:"templating"`
	Panels []savedPanel `json:"panels"`
}

type savedVariable struct {
	Name, Label, Description, Type, Definition string
	Datasource                                 *ref
}

type ref struct{ Type, UID string }

type savedPanel struct {
	ID                       int
	Type, Title, Description string
	GridPos                  struct{ H, W, X, Y int }
	Datasource               *ref
	Targets                  []struct {
		RefID, Expr, LegendFormat, Format string
		Instant, Range                    bool
		Datasource                        ref
	}
	Transformations []struct {
		ID      string
		Options struct {
			IndexByName, RenameByName map[string]any
		}
	}
	FieldConfig struct {
		Defaults struct {
			Unit       string
			Mappings   []any
			Thresholds struct {
				Steps []struct {
					Value *float64
					Color string
				}
			}
		}
		Overrides []struct {
			Matcher    struct{ ID, Options string }
			Properties []struct{ ID string }
		}
	}
}

// read parses the dashboards by their uid.
func read(t *testing.T) map[string]saved {
	t.Helper()
	out := map[string]saved{}
	for name, data := range dashboards.Generate() {
		var s saved
		if err := json.Unmarshal(data, &s); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if name != s.UID+".json" {
			t.Errorf("%s holds the dashboard %s", name, s.UID)
		}
		out[s.UID] = s
	}
	return out
}
