package dashboards

import "strings"

// datasource is the variable that every query goes through, so that a
// dashboard serves any data source of the kind.
func datasource() source { return source{"prometheus", "${datasource}"} }

// query is one PromQL query of a panel.
type query struct {
	expr   string
	legend string // with {{label}}; "" for Grafana's own
}

// overTime are the targets of a panel that draws queries over the time range.
func overTime(queries []query) []target {
	return targets(queries, target{Format: "time_series", Range: true})
}

// now are the targets of a panel that shows the values at the end of the time
// range.
func now(queries []query) []target {
	return targets(queries, target{Format: "time_series", Instant: true})
}

// rows are the targets of a table at the end of the time range.
func rows(queries []query) []target {
	return targets(queries, target{Format: "table", Instant: true})
}

func targets(queries []query, like target) []target {
	var out []target
	for i, q := range queries {
		t := like
		t.RefID, t.Datasource, t.EditorMode = refID(i), datasource(), "code"
		t.Expr, t.LegendFormat = q.expr, q.legend
		out = append(out, t)
	}
	return out
}

// refID names the queries of a panel A, B and so on, as Grafana does.
func refID(i int) string { return string(rune('A' + i)) }

// howMany counts the series of a metric for which a condition holds. It is 0
// where it holds for none, and nothing where there is no such series at all:
// no data is not "none".
func howMany(metric, condition string) string {
	return "count(" + metric + " " + condition + ") or 0 * count(" + metric + ")"
}

// howManyBy is howMany for each value of a label.
func howManyBy(label, metric, condition string) string {
	by := "count by (" + label + ") ("
	return by + metric + " " + condition + ") or 0 * " + by + metric + ")"
}

// serviceStates are the states of services over time. In a step that holds
// several samples down beats unknown and unknown beats up, so that no outage
// is too short to be seen in a long range.
func serviceStates(labels string) string {
	return "max by (service) (max_over_time(assay_incidents_open" + labels + "[$__interval]) > 0) - 1" +
		" or min by (service) (min_over_time(assay_service_state" + labels + "[$__interval]))"
}

// outcomes are those of measurements, by probe, location and agent, over time.
// A down is seen however long the range; of a probe that runs more seldom than
// once a step the last outcome is.
func outcomes(labels string) string {
	return "min by (probe, location, agent) (min_over_time(probe_success" + labels + "[$__interval]) == 0" +
		" or assay_probe_outcome" + labels + ")"
}

// stateInterval is the least step of serviceStates: two samples of the
// figures, so that each step holds one.
const stateInterval = "30s"

// by is the expression summed up over its objective's labels, which leaves
// those and no others, for the columns of a table.
func byObjective(expr string) string {
	return "max by (agreement, objective, service) (" + expr + ")"
}

// selector writes labels as a selector; in them a value that begins with ~ is
// a regular expression.
func selector(pairs ...string) string {
	var b strings.Builder
	for i := 0; i+1 < len(pairs); i += 2 {
		if i > 0 {
			b.WriteString(", ")
		}
		op, value := "=", pairs[i+1]
		if v, ok := strings.CutPrefix(value, "~"); ok {
			op, value = "=~", v
		}
		b.WriteString(pairs[i] + op + `"` + value + `"`)
	}
	return "{" + b.String() + "}"
}
