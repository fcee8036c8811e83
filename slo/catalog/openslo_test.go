package catalog_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo"
)

// openSLOExamples returns the examples of the page on OpenSLO: the same
// catalogue in its kinds and in ours.
func openSLOExamples(t testing.TB) (theirs, ours string) {
	t.Helper()
	doc, err := os.ReadFile(openSLODocPath)
	if err != nil {
		t.Fatal(err)
	}
	blocks := yamlBlock.FindAllStringSubmatch(string(doc), -1)
	if len(blocks) != 2 {
		t.Fatalf("%d examples", len(blocks))
	}
	return blocks[0][1], blocks[1][1]
}

// TestOpenSLOExample reads the same catalogue from documents of OpenSLO and
// from our own.
func TestOpenSLOExample(t *testing.T) {
	theirs, ours := openSLOExamples(t)
	for _, text := range []string{theirs, ours, inOrder(theirs, func(d []string) { reverse(d) })} {
		c, problems := parse(text)
		if len(problems) > 0 {
			t.Fatalf("%s", problems)
		}
		if want := mustParse(t, ours).Revision; c.Revision != want {
			t.Errorf("the revision is %s, that of our kinds %s", c.Revision, want)
		}
	}
}

// TestOpenSLOCounters reads the selectors of which an increase can be taken.
func TestOpenSLOCounters(t *testing.T) {
	for query, want := range map[string]string{
		"requests_total":                   "sum(increase(requests_total[${window}]))",
		" sum ( a:b_total ) ":              "sum(increase(a:b_total[${window}]))",
		`{__name__="x", code=~"5..$",}`:    `sum(increase({__name__="x", code=~"5..$$",}[${window}]))`,
		`sum(x{a!="}", b!~'\'', c="\""})`:  `sum(increase(x{a!="}", b!~'\'', c="\""}[${window}]))`,
		"x{}":                              "sum(increase(x{}[${window}]))",
		"sum(x) / 2":                       "",
		"rate(x[5m])":                      "",
		"sum by (job) (x)":                 "",
		"x offset 5m":                      "",
		`x{a="b"`:                          "",
		`sum(x{a="b"})[5m] or vector(0) #`: "",
		`x{a="b"}) or sum(y`:               "",
	} {
		text := strings.NewReplacer("GOOD", query).Replace(openSLOCounted)
		c, problems := parse(text)
		switch {
		case want == "" && c != nil:
			t.Errorf("%s is taken: %+v", query, c.Probes)
		case want == "":
		case c == nil:
			t.Errorf("%s: %s", query, problems)
		default:
			if got := c.Probes[0].Spec.(*slo.PromQL).Good; got != want {
				t.Errorf("%s becomes %s, want %s", query, got, want)
			}
		}
	}
}

const openSLOCounted = `apiVersion: openslo/v1
kind: DataSource
metadata: {name: there}
spec: {type: Prometheus, connectionDetails: {url: "https://p.example"}}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: counted}
spec:
  service: shop
  timeWindow: [{duration: 1d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.99}]
  indicator:
    spec:
      ratioMetric:
        good:
          metricSource:
            metricSourceRef: there
            spec:
              query: |-
                GOOD
        total: {metricSource: {metricSourceRef: there, spec: {query: all_total}}}
---
apiVersion: assay/v1
kind: Probe
metadata: {name: web}
spec: {every: 30s, tcp: {address: "web.example:443"}}
---
apiVersion: assay/v1
kind: Service
metadata: {name: shop}
spec: {up: web}
`

// inOrder writes the documents of a text in another order.
func inOrder(text string, sort func([]string)) string {
	docs := strings.Split(text, "---\n")
	sort(docs)
	return strings.Join(docs, "---\n")
}

func reverse(list []string) {
	for i, k := 0, len(list)-1; i < k; i, k = i+1, k-1 {
		list[i], list[k] = list[k], list[i]
	}
}

// openSLOProbes are what the documents of the tests below measure.
const openSLOProbes = `
---
apiVersion: assay/v1
kind: Probe
metadata: {name: web}
spec: {every: 30s, tcp: {address: "web.example:443"}}
---
apiVersion: assay/v1
kind: Probe
metadata: {name: api}
spec: {every: 30s, tcp: {address: "api.example:443"}}
`

// openSLO is an SLO over an indicator, with a window, a method and objectives.
func openSLO(indicator, window, rest string) string {
	return "apiVersion: openslo/v1\nkind: Service\nmetadata: {name: shop}\nspec: {}\n---\n" +
		"apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: s}\nspec:\n  service: shop\n  indicator: {spec: " + indicator + "}\n" +
		"  timeWindow: [" + window + "]\n  " + strings.ReplaceAll(rest, "\n", "\n  ") + openSLOProbes
}

const (
	goodOfWeb  = "{ratioMetric: {good: {metricSource: {type: assay, spec: {probe: web}}}, total: {metricSource: {type: assay, spec: {probe: web}}}}}"
	badOfWeb   = "{ratioMetric: {bad: {metricSource: {type: assay, spec: {probe: web}}}, total: {metricSource: {type: assay, spec: {probe: web}}}}}"
	rawOfWeb   = "{ratioMetric: {counter: false, rawType: failure, raw: {metricSource: {type: assay, spec: {probe: web}}}}}"
	aDay       = "{duration: 1d, isRolling: true}"
	byCount    = "budgetingMethod: Occurrences\nobjectives: [{target: 0.99}]"
	speedOfWeb = "{thresholdMetric: {metricSource: {type: assay, spec: {probe: web, unit: s}}}}"
)

// TestOpenSLOForms reads one thing in the ways in which OpenSLO writes it.
func TestOpenSLOForms(t *testing.T) {
	calendar := func(d, start string) string {
		return "{duration: " + d + ", calendar: {startTime: " + start + ", timeZone: Asia/Shanghai}}"
	}
	for name, c := range map[string]struct {
		text string
		want slo.Objective
	}{
		"good":        {openSLO(goodOfWeb, aDay, byCount), slo.Objective{Window: slo.Window{Rolling: 24 * hour}, Method: slo.ByOccurrences}},
		"bad":         {openSLO(badOfWeb, aDay, byCount), slo.Objective{Window: slo.Window{Rolling: 24 * hour}, Method: slo.ByOccurrences}},
		"raw":         {openSLO(rawOfWeb, aDay, byCount), slo.Objective{Window: slo.Window{Rolling: 24 * hour}, Method: slo.ByOccurrences}},
		"percent":     {openSLO(goodOfWeb, aDay, strings.Replace(byCount, "target: 0.99", "targetPercent: 99.0", 1)), slo.Objective{Window: slo.Window{Rolling: 24 * hour}, Method: slo.ByOccurrences}},
		"90m":         {openSLO(goodOfWeb, "{duration: 90m, isRolling: true}", byCount), slo.Objective{Window: slo.Window{Rolling: 90 * hour / 60}, Method: slo.ByOccurrences}},
		"a day":       {openSLO(goodOfWeb, calendar("1d", "2026-03-05 00:00:00"), byCount), slo.Objective{Window: slo.Window{Period: slo.Day}, Method: slo.ByOccurrences}},
		"a week":      {openSLO(goodOfWeb, calendar("1w", "2026-03-02 00:00:00"), byCount), slo.Objective{Window: slo.Window{Period: slo.Week}, Method: slo.ByOccurrences}},
		"a month":     {openSLO(goodOfWeb, calendar("1M", "2026-03-01 00:00:00"), byCount), slo.Objective{Window: slo.Window{Period: slo.Month}, Method: slo.ByOccurrences}},
		"a quarter":   {openSLO(goodOfWeb, calendar("1Q", "2026-04-01 00:00:00"), byCount), slo.Objective{Window: slo.Window{Period: slo.Quarter}, Method: slo.ByOccurrences}},
		"a year":      {openSLO(goodOfWeb, calendar("1Y", "2026-01-01 00:00:00"), byCount), slo.Objective{Window: slo.Window{Period: slo.Year}, Method: slo.ByOccurrences}},
		"slices":      {openSLO(goodOfWeb, aDay, "budgetingMethod: Timeslices\nobjectives: [{target: 0.99, timeSliceTarget: 0.9, timeSliceWindow: 5}]"), slo.Objective{Window: slo.Window{Rolling: 24 * hour}, Method: slo.BySlices, Slice: slo.SliceRule{Length: hour / 12, Bad: slo.One / 10}}},
		"all or none": {openSLO(goodOfWeb, aDay, "budgetingMethod: Timeslices\nobjectives: [{target: 0.99, timeSliceTarget: 1, timeSliceWindow: 1h}]"), slo.Objective{Window: slo.Window{Rolling: 24 * hour}, Method: slo.BySlices, Slice: slo.SliceRule{Length: hour}}},
		"latency":     {openSLO(speedOfWeb, aDay, "budgetingMethod: Occurrences\nobjectives: [{target: 0.99, op: lte, value: 0.25}]"), slo.Objective{Window: slo.Window{Rolling: 24 * hour}, Method: slo.ByLatency, Latency: slo.LatencyRule{Within: hour / 14400}}},
	} {
		t.Run(name, func(t *testing.T) {
			got := mustParse(t, c.text).Agreements[0]
			c.want.Name, c.want.Target = "objective 1", slo.One*99/100
			if o := got.Objectives[0]; o.Name != c.want.Name || o.Target != c.want.Target || o.Window != c.want.Window || o.Method != c.want.Method || o.Slice != c.want.Slice || o.Latency != c.want.Latency {
				t.Errorf("%+v, want %+v", o, c.want)
			}
			if got.Type != slo.OLA || got.Service != "shop" {
				t.Errorf("%+v", got)
			}
		})
	}
}

// TestOpenSLOBesideOurs lets documents of both kinds refer to each other.
func TestOpenSLOBesideOurs(t *testing.T) {
	const slices = "budgetingMethod: Timeslices\nobjectives: [{target: 0.99, timeSliceTarget: 0.9, timeSliceWindow: 5m}]"
	ofShop := strings.ReplaceAll(goodOfWeb, "probe: web", "service: shop")
	ours := "---\napiVersion: assay/v1\nkind: Service\nmetadata: {name: shop}\nspec: {up: \"all(web, api)\"}\n"
	c := mustParse(t, openSLO(ofShop, aDay, slices)+ours)
	if s := c.Services; len(s) != 1 || s[0].Up.Op != slo.OpAll {
		t.Errorf("%+v", s)
	}
	c = mustParse(t, openSLO(goodOfWeb, aDay, byCount)+`---
apiVersion: assay/v1
kind: Maintenance
metadata: {name: move}
spec: {services: [shop], from: 2026-10-01T00:00:00Z, to: 2026-10-02T00:00:00Z}
---
apiVersion: assay/v1
kind: Agreement
metadata: {name: gold}
spec: {service: shop, objectives: [{name: o, target: 99, window: day, method: occurrences}]}
---
apiVersion: assay/v1
kind: Exclusion
metadata: {name: x}
spec: {agreements: [s], from: 2026-10-01T00:00:00Z, to: 2026-10-02T00:00:00Z, cause: customer, reason: r, requestedBy: a, approvedBy: b}
`)
	if len(c.Services) != 1 || len(c.Agreements) != 2 || len(c.Agreements[1].Exclusions) != 1 {
		t.Errorf("%+v", c)
	}
}

// openSLOAlerts has every field of the kinds that alerts are made of.
const openSLOAlerts = `apiVersion: openslo/v1
kind: AlertPolicy
metadata: {name: p, labels: {team: [a, b], tier: one}, annotations: {example.com/x: y, z: "1"}}
spec:
  description: d
  alertWhenNoData: true
  alertWhenResolved: false
  alertWhenBreaching: true
  conditions: [{conditionRef: fast}]
  notificationTargets: [{targetRef: mail}, {kind: AlertNotificationTarget, metadata: {name: inline}, spec: {target: slack}}]
---
apiVersion: openslo/v1
kind: AlertCondition
metadata: {name: fast}
spec: {severity: page, condition: {kind: burnrate, op: gte, threshold: 14.4, lookbackWindow: 1h, alertAfter: 5m}}
---
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata: {name: mail}
spec: {target: email, description: The people on call}
`

// TestOpenSLOAlerts reads every field of alerting, by names and in place.
func TestOpenSLOAlerts(t *testing.T) {
	const inPlace = `
- kind: AlertPolicy
  metadata: {name: slow}
  spec:
    alertWhenBreaching: true
    conditions: [{spec: {severity: ticket, condition: {threshold: 1.5, lookbackWindow: 1d}}}]
    notificationTargets: []`
	for name, c := range map[string]struct {
		policies string
		want     []slo.BurnPair
	}{
		"left out": {"", nil},
		"none":     {"\nalertPolicies: []", []slo.BurnPair{}},
		"by names and in place": {"\nalertPolicies:\n- alertPolicyRef: p" + inPlace, []slo.BurnPair{
			{Long: hour, Short: hour, Rate: 14.4, Severity: slo.Page, For: hour / 12, Notify: "inline,mail"},
			{Long: 24 * hour, Short: 24 * hour, Rate: 1.5, Severity: slo.Ticket},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			text := openSLO(goodOfWeb, aDay, byCount+c.policies) + "---\n" + openSLOAlerts
			for _, text := range []string{text, inOrder(text, reverse)} {
				o := mustParse(t, text).Agreements[0].Objectives[0]
				if !slices.Equal(o.Alerts, c.want) || (o.Alerts == nil) != (c.want == nil) {
					t.Errorf("%+v, want %+v", o.Alerts, c.want)
				}
			}
		})
	}
}

// TestOpenSLOAlertsUnused tells of policies that no SLO uses.
func TestOpenSLOAlertsUnused(t *testing.T) {
	c, problems := parse(openSLO(goodOfWeb, aDay, byCount) + "---\n" + openSLOAlerts)
	if c == nil {
		t.Fatalf("%s", problems)
	}
	var told []string
	for _, p := range problems {
		told = append(told, p.Message)
	}
	want := "no service uses the probe api; no SLO uses the alert policy p; whether the end of an alert is told is said by Alertmanager's receiver"
	if got := strings.Join(told, "; "); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestOpenSLOWrongTypes puts values of wrong types in every place of documents
// of OpenSLO: each is an error with a place, none a panic.
func TestOpenSLOWrongTypes(t *testing.T) {
	theirs, _ := openSLOExamples(t)
	docs := strings.Split(theirs+"---\n"+openSLOAlerts, "---\n")
	for i, text := range docs {
		var root yaml.Node
		if err := yaml.Unmarshal([]byte(text), &root); err != nil {
			t.Fatal(err)
		}
		rest := strings.Join(append(slices.Clone(docs[:i]), docs[i+1:]...), "---\n")
		for _, n := range valuesOf(&root) {
			for _, wrong := range []string{"[[x]]", "{x: [[y]]}", "~", "!!binary eA=="} {
				was := *n
				var value yaml.Node
				if err := yaml.Unmarshal([]byte(wrong), &value); err != nil {
					t.Fatal(err)
				}
				*n = *value.Content[0]
				bad, err := yaml.Marshal(&root)
				if err != nil {
					t.Fatal(err)
				}
				*n = was
				if c, problems := parse(rest + "---\n" + string(bad)); c != nil || problems[0].Line == 0 {
					t.Errorf("%s is taken in\n%s%s", wrong, bad, problems)
				}
			}
		}
	}
}

// valuesOf returns the values of all mappings and the items of all lists in n.
func valuesOf(n *yaml.Node) (out []*yaml.Node) {
	for i, c := range n.Content {
		if n.Kind != yaml.MappingNode || i%2 == 1 {
			out = append(out, c)
			out = append(out, valuesOf(c)...)
		}
	}
	return out
}

// hour is for durations written as its parts.
const hour = 3_600_000_000_000
