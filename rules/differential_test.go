package rules_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	promrules "github.com/prometheus/prometheus/rules"
	promtsdb "github.com/prometheus/prometheus/tsdb"
	"pgregory.net/rapid"

	"github.com/assay-sla/assay/collector/evaluate"
	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/rules"
	"github.com/assay-sla/assay/slo"
)

// The differential test says the same to the collector's evaluator and, as the
// series that the collector writes of it, to the exported rules in Prometheus'
// own rule engine. Both are asked at each step which alerts fire.

const step = rules.SampleEvery

var differentialStart = slo.At(time.Date(2026, 10, 5, 7, 0, 0, 0, time.UTC)) // a Monday

// ruler is the exported rules of a catalogue in the rule engine.
type ruler struct {
	t      *testing.T
	db     *promtsdb.DB
	groups []*promrules.Group
}

// newRuler loads the rules from a file in dir, as Prometheus does.
func newRuler(t *testing.T, dir string, c *slo.Catalog) *ruler {
	t.Helper()
	options := promtsdb.DefaultOptions()
	options.RetentionDuration = int64(1000 * 24 * time.Hour / time.Millisecond)
	db, err := promtsdb.Open(filepath.Join(dir, "series"), slog.New(slog.DiscardHandler), nil, options, nil)
	if err != nil {
		t.Fatal(err)
	}
	p := parser.NewParser(parser.Options{})
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 1_000_000, Timeout: time.Minute, Parser: p})
	m := promrules.NewManager(&promrules.ManagerOptions{
		NameValidationScheme: model.LegacyValidation, Appendable: db, Queryable: db, QueryFunc: promrules.EngineQueryFunc(engine, db),
		Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry(), Parser: p,
		NotifyFunc: func(context.Context, string, ...*promrules.Alert) {},
	})
	b, err := rules.YAML(rules.Export(c)...)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "assay.rules.yaml")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	groups, errs := m.LoadGroups(step, labels.EmptyLabels(), "", nil, false, file)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return &ruler{t, db, slices.Collect(maps.Values(groups))}
}

func (r *ruler) close() {
	if err := r.db.Close(); err != nil {
		r.t.Errorf("closing the series: %v", err)
	}
}

// firing writes what the collector does at an instant, evaluates the rules, and
// returns the alerts that fire.
func (r *ruler) firing(at slo.Instant, samples []slo.Sample) map[string]bool {
	app := r.db.Appender(r.t.Context())
	for _, s := range samples {
		set := labels.NewBuilder(labels.FromMap(s.Labels))
		set.Set(model.MetricNameLabel, s.Name)
		if _, err := app.Append(0, set.Labels(), int64(at), s.Value); err != nil {
			r.t.Fatal(err)
		}
	}
	if err := app.Commit(); err != nil {
		r.t.Fatal(err)
	}
	out := map[string]bool{}
	for _, g := range r.groups {
		g.Eval(r.t.Context(), at.Time())
		for _, rule := range g.Rules() {
			if err := rule.LastError(); err != nil {
				r.t.Fatalf("%s: %v", rule.Name(), err)
			}
			if alerting, ok := rule.(*promrules.AlertingRule); ok {
				for _, a := range alerting.ActiveAlerts() {
					if a.State == promrules.StateFiring { // else it waits
						out[identity(a.Labels.Map())] = true
					}
				}
			}
		}
	}
	return out
}

// evaluated are the same alerts by the evaluator.
func evaluated(e *evaluate.Engine, at slo.Instant) map[string]bool {
	out := map[string]bool{}
	for _, a := range e.Alerts(at) {
		if a.Name == notify.ErrorBudgetBurn || a.Name == notify.MissingData {
			set := maps.Clone(a.Labels)
			set[notify.LabelAlertname], set[notify.LabelSeverity] = a.Name, string(a.Severity)
			out[identity(set)] = true
		}
	}
	return out
}

// identity is a set of labels as one text.
func identity(labels map[string]string) string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		fmt.Fprintf(&b, "%s=%q,", k, labels[k])
	}
	return b.String()
}

// tale is what is measured at each step: of probe a, and of b one step behind.
// Silence is no measurement at all.
type tale []outcome

type outcome byte

const (
	good    outcome = '+'
	slow    outcome = '~' // good, but not by its latency
	bad     outcome = '-'
	unknown outcome = '?'
	silence outcome = ' '
)

func (o outcome) state() slo.State {
	return map[outcome]slo.State{good: slo.Up, slow: slo.Up, bad: slo.Down, unknown: slo.Unknown}[o]
}

// compare tells a tale to both and holds what they fire against each other.
// It returns the alerts that fired at some time.
func compare(t *testing.T, c *slo.Catalog, told tale) map[string]bool {
	r := newRuler(t, t.TempDir(), c)
	defer r.close()
	e := evaluate.New(c, differentialStart)
	var ours, theirs []map[string]bool
	seen := map[string]bool{}
	for k, o := range told {
		at := differentialStart.Add(time.Duration(k) * step)
		e.Apply(append(measured("a", at, o), measured("b", at, told[max(0, k-1)])...))
		ours = append(ours, evaluated(e, at))
		theirs = append(theirs, r.firing(at, e.Samples(at)))
		maps.Copy(seen, ours[k])
		maps.Copy(seen, theirs[k])
	}
	for _, name := range slices.Sorted(maps.Keys(seen)) {
		from := 0
		if strings.Contains(name, `agreement="blind"`) {
			from = int(20 * time.Minute / step) // what was before the first sample is unknown and down, and no sample says so
		}
		within(t, told, from, name, "the evaluator", ours, "the rules", theirs)
		within(t, told, from, name, "the rules", theirs, "the evaluator", ours)
	}
	return seen
}

// within holds each step at which one fires to the steps beside it of the
// other. The last step has no neighbour yet.
func within(t *testing.T, told tale, from int, alert, who string, one []map[string]bool, whom string, other []map[string]bool) {
	t.Helper()
	for k := from; k < len(one)-1; k++ {
		if one[k][alert] && !other[max(0, k-1)][alert] && !other[k][alert] && !other[k+1][alert] {
			t.Errorf("at step %d, behind %q, %s fires %s and %s does not within a step", k, told[max(0, k-40):k+1], who, alert, whom)
			return
		}
	}
}

func measured(probe string, at slo.Instant, o outcome) []slo.Entry {
	if o == silence {
		return nil
	}
	m := &slo.Measurement{Probe: probe, Location: "eu", At: at, Outcome: o.state(), Latency: time.Second}
	if o == slow {
		m.Latency = 3 * time.Second
	}
	return []slo.Entry{{Received: at, Record: slo.Record{ID: slo.ID{Agent: "eu-1"}, Measurement: m}}}
}

// promises has agreements of each way to be exported. Their windows are short,
// so that a tale of hours has seen them go by.
func promises() *slo.Catalog {
	const day = 24 * time.Hour
	pairs := []slo.BurnPair{
		{Long: 20 * time.Minute, Short: 2*time.Minute + 30*time.Second, Rate: 6, Severity: slo.Page},
		{Long: 10 * time.Minute, Short: 10 * time.Minute, Rate: 8.75, Severity: slo.Ticket},
	}
	waiting := append(slices.Clone(pairs), slo.BurnPair{Long: 5 * time.Minute, Short: 5 * time.Minute, Rate: 3, Severity: slo.Ticket, For: 3*time.Minute + 20*time.Second, Notify: "chat,mail"})
	of := func(percent int, method slo.Method) slo.Objective {
		return slo.Objective{Name: fmt.Sprint(method, " ", percent), Target: slo.One / 1000 * slo.Ratio(percent), Window: slo.Window{Rolling: 30 * day}, Method: method, Alerts: pairs}
	}
	latency, composite, bySlices, counted := of(950, slo.ByLatency), of(990, slo.Composite), of(980, slo.BySlices), of(980, slo.ByOccurrences)
	latency.Latency.Within, bySlices.Slice.Length = 2*time.Second, time.Minute
	composite.Parts = []slo.Part{{Service: "shop", Weight: 2}, {Service: "desk", Weight: 1}}
	few := slo.Objective{Name: "few", Window: slo.Window{Period: slo.Month}, Method: slo.ByOutages, Outages: slo.OutageRule{Most: 2}}
	workbook := slo.Objective{Name: "workbook", Target: slo.One / 1000 * 999, Window: slo.Window{Rolling: 30 * day}}

	hours := &slo.Calendar{Name: "mornings", Zone: time.UTC}
	for d := range hours.Week {
		hours.Week[d] = []slo.DaySpan{{From: 7*time.Hour + 10*time.Minute, To: 7*time.Hour + 30*time.Minute}, {From: 7*time.Hour + 40*time.Minute, To: 14 * time.Hour}}
	}
	work := slo.Interval{From: differentialStart.Add(25 * time.Minute), To: differentialStart.Add(35 * time.Minute)}
	term, turn := differentialStart.Add(15*time.Minute), differentialStart.Add(28*time.Minute)
	probe := func(name string) *slo.Probe {
		return &slo.Probe{Name: name, Every: step, Hold: 2 * step, Confirm: 1, Locations: slo.Locations{Min: 1}}
	}
	wait := func(o slo.Objective) slo.Objective { o.Alerts = waiting; return o }
	return &slo.Catalog{
		Probes:       []*slo.Probe{probe("a"), probe("b")},
		Services:     []*slo.Service{{Name: "desk", Up: slo.Expr{Probe: "b"}}, {Name: "shop", Up: slo.Expr{Probe: "a"}}},
		Maintenances: []*slo.Maintenance{{Name: "move", Services: []string{"desk"}, Once: &work}},
		Agreements: []*slo.Agreement{
			{Name: "blind", Service: "shop", Zone: time.UTC, Unknown: slo.UnknownDown, MinCoverage: slo.One / 2, Objectives: []slo.Objective{of(970, slo.ByTime)}},
			{Name: "gold", Service: "shop", Zone: time.UTC, MinCoverage: slo.One / 10 * 9, Objectives: []slo.Objective{wait(of(970, slo.ByTime)), of(1000, slo.ByTime), workbook, wait(latency), composite, bySlices, counted, few}},
			{Name: "lenient", Service: "shop", Zone: time.UTC, MinimumOutage: 2 * time.Minute, MinCoverage: slo.One / 10 * 9, Objectives: []slo.Objective{of(990, slo.ByTime)}},
			{Name: "moved", Service: "desk", Zone: time.UTC, MinCoverage: slo.One / 10 * 9, Objectives: []slo.Objective{of(990, slo.ByTime)}},
			{Name: "new terms", Service: "shop", Zone: time.UTC, From: &turn, MinCoverage: slo.One / 10 * 9, Objectives: []slo.Objective{of(980, slo.ByTime), latency}},
			{Name: "office", Service: "shop", Zone: time.UTC, Hours: hours, MinCoverage: slo.One / 10 * 9, Objectives: []slo.Objective{wait(of(990, slo.ByTime)), latency, counted, few}},
			{Name: "old terms", Service: "shop", Zone: time.UTC, To: &turn, MinCoverage: slo.One / 10 * 9, Objectives: []slo.Objective{of(990, slo.ByTime), latency, few}},
			{Name: "term", Service: "shop", Zone: time.UTC, From: &term, MinCoverage: slo.One / 10 * 9, Objectives: []slo.Objective{of(990, slo.ByTime)}},
		},
	}
}

// stretch is an outcome for so many minutes.
func stretch(o outcome, minutes float64) tale {
	return slices.Repeat(tale{o}, int(minutes*float64(time.Minute/step)))
}

func TestRulesFireAsTheEvaluatorDoes(t *testing.T) {
	fired := map[string]bool{}
	for name, told := range map[string]tale{
		"an outage":           slices.Concat(stretch(good, 20), stretch(bad, 12), stretch(good, 30)),
		"flapping":            slices.Concat(stretch(good, 5), slices.Repeat(tale("+-++-+++++-?"), 12), stretch(good, 20)),
		"a slow burn":         slices.Concat(stretch(good, 10), slices.Repeat(slices.Concat(stretch(good, 4.75), stretch(bad, 0.25)), 8)),
		"silence":             slices.Concat(stretch(good, 15), stretch(silence, 10), stretch(bad, 3), stretch(silence, 12), stretch(good, 15)),
		"unknown":             slices.Concat(stretch(good, 20), stretch(unknown, 20), stretch(good, 20)),
		"nothing at all":      stretch(silence, 32),
		"slow":                slices.Concat(stretch(good, 15), stretch(slow, 10), stretch(good, 15)),
		"slow over new terms": slices.Concat(stretch(good, 25), stretch(slow, 12), stretch(good, 10)),
		"an outage into work": slices.Concat(stretch(good, 15), stretch(bad, 22), stretch(good, 15)),
	} {
		t.Run(name, func(t *testing.T) {
			maps.Copy(fired, compare(t, promises(), told))
		})
	}
	c := promises()
	for _, a := range c.Agreements {
		for i := range a.Objectives {
			labels := map[string]string{notify.LabelAgreement: a.Name, notify.LabelObjective: a.Objectives[i].Name, notify.LabelService: a.Service}
			labels[notify.LabelAlertname], labels[notify.LabelSeverity] = notify.MissingData, notify.SeverityTicket
			never := func() {
				if !fired[identity(labels)] {
					t.Errorf("no tale fires %v", labels)
				}
			}
			never()
			labels[notify.LabelAlertname] = notify.ErrorBudgetBurn
			for _, p := range rules.Of(c, a, &a.Objectives[i]).Pairs {
				labels[notify.LabelSeverity] = string(p.Severity)
				delete(labels, notify.LabelNotify)
				maps.Copy(labels, rules.Labels(p))
				never()
			}
		}
	}
}

func TestRulesFireAsTheEvaluatorDoesAtRandom(t *testing.T) {
	tales := rapid.Custom(func(t *rapid.T) tale {
		var told tale
		for range rapid.IntRange(3, 12).Draw(t, "stretches") {
			o := rapid.SampledFrom([]outcome{good, good, good, slow, bad, bad, unknown, silence}).Draw(t, "outcome")
			told = append(told, slices.Repeat(tale{o}, rapid.SampledFrom([]int{1, 1, 2, 3, 5, 10, 40, 60}).Draw(t, "steps"))...)
		}
		return told
	})
	for seed := range 8 {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { compare(t, promises(), tales.Example(seed)) })
	}
}
