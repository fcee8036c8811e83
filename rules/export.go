package rules

import (
	"bytes"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo"
)

// SampleEvery is how often the collector writes the series that exported rules
// read; they are to be evaluated as often.
const SampleEvery = 15 * time.Second

// File is the conditions of one agreement as rules of Prometheus.
type File struct {
	Agreement string
	Groups    []rulefmt.RuleGroup // one for each objective
	Notes     []Note              // one for each objective, in their order
	Steps     int                 // of its budget policy, which no rule carries
}

// Note says how an objective was exported.
type Note struct {
	Objective string
	// Reads is why its burn rates are those that the collector writes, where
	// they cannot be computed from the states of its service; "" where they are.
	Reads string
	// Left is why it has no burn conditions; "" where it has.
	Left string
}

// Export writes the conditions of every objective of a catalogue as rules.
func Export(c *slo.Catalog) []File {
	var out []File
	intervals := IntervalsOf(c)
	for _, a := range c.Agreements {
		f := File{Agreement: a.Name, Steps: len(a.BudgetPolicy)}
		for i := range a.Objectives {
			e := exported{catalog: c, agreement: a, objective: &a.Objectives[i]}
			e.conditions = intervals.Of(a, e.objective)
			f.Notes = append(f.Notes, e.note())
			if g := e.group(); len(g.Rules) > 0 {
				f.Groups = append(f.Groups, g)
			}
		}
		out = append(out, f)
	}
	return out
}

// heading says, at the head of each file, what no rule in it carries.
const heading = `# By assay rules export. Do not edit: change the catalogue and export again.
# The collector alone tells of services down, budget policies, agreements breached and certificates.
# It counts late and confirmed measurements when they were made; rules keep what was known at the time.
`

// YAML writes files as one that Prometheus, promtool and the rulers of Thanos
// and Mimir read, with what was not exported as comments before the rules.
func YAML(files ...File) ([]byte, error) {
	b := bytes.NewBufferString(heading)
	all := rulefmt.RuleGroups{Groups: []rulefmt.RuleGroup{}}
	for _, f := range files {
		for _, n := range f.Notes {
			fmt.Fprintf(b, "# %s/%s: %s.\n", f.Agreement, n.Objective, n)
		}
		if f.Steps > 0 {
			fmt.Fprintf(b, "# %s: the steps of its budget policy, %d, are left to the collector.\n", f.Agreement, f.Steps)
		}
		all.Groups = append(all.Groups, f.Groups...)
	}
	e := yaml.NewEncoder(b)
	e.SetIndent(2)
	if err := e.Encode(all); err != nil {
		return nil, fmt.Errorf("writing rules: %w", err)
	}
	return b.Bytes(), nil
}

// String says how the objective was exported, in words.
func (n Note) String() string {
	switch {
	case n.Left != "":
		return "no burn conditions, because " + n.Left
	case n.Reads != "":
		return "over the burn rates that the collector writes, because " + n.Reads
	}
	return "computed from the states of its service"
}

// exported is an objective on its way into rules.
type exported struct {
	catalog    *slo.Catalog
	agreement  *slo.Agreement
	objective  *slo.Objective
	conditions Conditions
}

// note says how the objective is exported.
func (e exported) note() Note {
	n := Note{Objective: e.objective.Name}
	switch {
	case e.objective.Method == slo.ByOutages:
		n.Left = "a number of outages burns at no rate; the collector tells when it is broken"
	case len(e.conditions.Pairs) == 0 && e.objective.Alerts != nil:
		n.Left = "the catalogue wants none that fits its window"
	case len(e.conditions.Pairs) == 0:
		n.Left = "its window is too short for what its probes can show"
	default:
		n.Reads = e.reads()
	}
	return n
}

// reads is why the burn rates cannot be computed from states: what PromQL sees
// of a service is its state at each sample, over ranges of clock time. It is ""
// where they can.
func (e exported) reads() string {
	a, o := e.agreement, e.objective
	switch {
	case o.Method == slo.Composite:
		return "it is made of several services"
	case o.Method != slo.ByTime:
		return "it counts by " + o.Method.String()
	case a.Hours != nil:
		return "service hours stop its clock"
	case e.maintained():
		return "maintenance stops its clock"
	case a.From != nil || a.To != nil:
		return "its terms begin or end"
	case a.Workload != nil:
		return "time over its workload limit stops its clock"
	case a.MinimumOutage > 0:
		return "short outages are forgiven"
	}
	for _, w := range Windows(e.conditions.Pairs) {
		if w%SampleEvery != 0 {
			return fmt.Sprintf("samples every %s do not fill its window of %s", model.Duration(SampleEvery), model.Duration(w))
		}
	}
	return ""
}

func (e exported) maintained() bool {
	for _, m := range e.catalog.Maintenances {
		if m.Covers(e.agreement.Service) {
			return true
		}
	}
	return false
}

// group is the objective's rules. Those of one group are evaluated one after
// the other, so that each sees what those before it recorded.
func (e exported) group() rulefmt.RuleGroup {
	g := rulefmt.RuleGroup{
		Name:     "assay " + e.agreement.Name + "/" + e.objective.Name,
		Interval: model.Duration(SampleEvery),
	}
	rates := "assay_objective_burn_rate"
	clock := fmt.Sprintf("\nand ignoring(window)\nassay_objective_agreed%s == 1", e.selector())
	if len(e.conditions.Pairs) > 0 && e.reads() == "" {
		rates, clock = recordedRate, "" // it never stops
		g.Rules = e.recordings()
	}
	for _, p := range e.conditions.Pairs {
		g.Rules = append(g.Rules, e.burn(rates, clock, p))
	}
	if e.agreement.MinCoverage > 0 {
		g.Rules = append(g.Rules, e.missing())
	}
	return g
}

// Names of what rules record.
const (
	recordedBad  = "assay:objective_bad"
	recordedRate = "assay:objective_burn_rate"
)

// recordings are the rules that compute the burn rates of every window from
// the states of the service.
func (e exported) recordings() []rulefmt.Rule {
	state := fmt.Sprintf("assay_service_state{service=%q}", e.agreement.Service)
	bad := state + " == bool 0"
	if e.agreement.Unknown == slo.UnknownDown {
		bad = state + " <= bool 0"
	}
	out := []rulefmt.Rule{{Record: recordedBad, Expr: bad, Labels: e.labels()}}
	budget := strconv.FormatFloat((slo.One - e.objective.Target).Float(), 'g', -1, 64)
	for _, w := range Windows(e.conditions.Pairs) {
		// Samples that are missing are not bad: the divisor is how many the
		// window has when none is.
		out = append(out, rulefmt.Rule{
			Record: recordedRate,
			Expr:   fmt.Sprintf("sum_over_time(%s%s[%s]) / %d / %s", recordedBad, e.selector(), model.Duration(w), w/SampleEvery, budget),
			Labels: e.labels("window", model.Duration(w).String()),
		})
	}
	return out
}

// labels are those of what is recorded of the objective, with more as names and
// values.
func (e exported) labels(more ...string) map[string]string {
	out := map[string]string{"agreement": e.agreement.Name, "objective": e.objective.Name, "service": e.agreement.Service}
	for i := 0; i < len(more); i += 2 {
		out[more[i]] = more[i+1]
	}
	return out
}

// alertLabels are the same for an alert, whose labels are templates.
func (e exported) alertLabels(more ...string) map[string]string {
	out := e.labels(more...)
	for name, value := range out {
		out[name] = strings.ReplaceAll(value, "{{", `{{ "{{" }}`)
	}
	return out
}

// selector selects the objective's series.
func (e exported) selector(more ...string) string {
	pairs := append([]string{fmt.Sprintf("agreement=%q", e.agreement.Name), fmt.Sprintf("objective=%q", e.objective.Name)}, more...)
	return "{" + strings.Join(pairs, ",") + "}"
}

// burn is the alert of one pair, over series of burn rates. Names come into its
// texts by its labels, for texts are templates.
func (e exported) burn(rates, clock string, p slo.BurnPair) rulefmt.Rule {
	reaches := func(w time.Duration) string {
		return fmt.Sprintf("%s%s >= %s", rates, e.selector(fmt.Sprintf("window=%q", model.Duration(w))), strconv.FormatFloat(p.Rate, 'f', -1, 64))
	}
	holds := reaches(p.Long)
	if p.Short != p.Long {
		holds += "\nand ignoring(window)\n" + reaches(p.Short)
	}
	labels := e.alertLabels("severity", string(p.Severity))
	maps.Copy(labels, Labels(p))
	return rulefmt.Rule{
		Alert:  "ErrorBudgetBurn",
		Expr:   holds + clock,
		For:    model.Duration(p.For),
		Labels: labels,
		Annotations: map[string]string{
			"summary":     `{{ $labels.agreement }}/{{ $labels.objective }} burns its error budget {{ printf "%.1f" $value }} times too fast, over {{ $labels.window }}`,
			"description": Tell(p, e.agreement, e.objective),
		},
	}
}

// missing is the alert that too little is known.
func (e exported) missing() rulefmt.Rule {
	return rulefmt.Rule{
		Alert: "MissingData",
		Expr: fmt.Sprintf("assay_objective_recent_coverage_ratio%s < %s\nand\nassay_objective_agreed%s == 1", e.selector(),
			strconv.FormatFloat(e.agreement.MinCoverage.Float(), 'g', -1, 64), e.selector()),
		Labels: e.alertLabels("severity", string(slo.Ticket)),
		Annotations: map[string]string{
			"summary": fmt.Sprintf("Too little is known of {{ $labels.agreement }}/{{ $labels.objective }}: {{ $value | humanizePercentage }} of the last %s", model.Duration(e.conditions.Recent)),
			"description": fmt.Sprintf("The agreement asks for %s %%. Look at the agents that probe {{ $labels.service }}.",
				e.agreement.MinCoverage.Percent()),
		},
	}
}
