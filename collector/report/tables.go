package report

import (
	"slices"
	"strings"

	"github.com/assay-sla/assay/internal/spreadsheet"
	"github.com/assay-sla/assay/slo"
)

// Tables lists the names of the tables that CSV writes, in the order of the
// sheets of XLSX.
func Tables() []string {
	return []string{
		"report", "amended", "services", "decisions", "objectives", "windows", "credits", "exclusions", "outages", "causes", "incidents", "changes", "planned", "suppliers", "capacity", "continuity", "continuity_due", "problems", "service_requests", "complaints", "actions", "evaluations", "votes", "days", "trend", "kpis",
	}
}

// tablesOf puts all of a report into tables, in the order of Tables. Those of
// which nothing is on record have no rows.
func tablesOf(w words, r *Report) ([]table, error) {
	p, err := newPage(w, r, fullLimits())
	if err != nil {
		return nil, err
	}
	t := tabler{p}
	return []table{
		t.report(), t.amended(), t.services(), t.decided(), t.objectives(), t.windows(), t.credits(), t.exclusions(), t.outages(), t.causes(), t.incidents(), t.changes(), t.planned(), t.suppliers(), t.capacity(), t.continuityTests(), t.continuityDue(), t.problems(), t.serviceRequests(), t.complaints(), t.actions(), t.evaluations(), t.votes(), t.days(), t.trend(), t.kpis(),
	}, nil
}

// tabler puts the parts of a report into tables.
type tabler struct{ *page }

func (t tabler) of(name, title, columns string) table {
	return table{name: name, title: t.T(title), columns: strings.Fields(columns)}
}

func (t tabler) on(i slo.Instant) datum      { return on(i, t.clock.zone) }
func (t tabler) onOr(i *slo.Instant) datum   { return onOr(i, t.clock.zone) }
func (t tabler) span(v slo.Interval) []datum { return []datum{t.on(v.From), t.on(v.To)} }
func (t tabler) verdict(v Verdict) datum     { return coded(string(v), t.w.verdict(v, false)) }
func (t tabler) reason(r slo.Reason) datum {
	return coded(spreadsheet.Cell(clean(string(r), maxCell)), spreadsheet.Cell(t.w.reason(r)))
}
func (t tabler) times(of Times) []datum {
	return lengths(of.Agreed, of.Up, of.Down, of.Unknown, of.Excluded, of.Forgiven, of.Exempt)
}
func (t tabler) bounds(best, worst *Figure) []datum { return []datum{share(worst), share(best)} }

func lengths(list ...Milliseconds) []datum {
	var out []datum
	for _, m := range list {
		out = append(out, lasting(m))
	}
	return out
}

// report is what the report is about, and what page one answers.
func (t tabler) report() table {
	out := t.of("report", "report", "field value")
	id, s := &t.r.Identity, &t.r.Summary
	add := func(field, label string, v datum) {
		out.rows = append(out.rows, []datum{coded(field, t.T(label)), v})
	}
	add("title", "column.title", said(id.Title))
	add("scope", "annex.scope", coded(string(id.Scope.Kind), string(id.Scope.Kind)))
	add("scope_name", "column.name", said(id.Scope.Name))
	add("agreement", "annex.agreement", said(id.Agreement))
	add("service", "annex.service", said(id.Service))
	add("period", "annex.period", coded(id.Period.Label, t.Period))
	add("from", "column.from", t.on(id.Period.From))
	add("to", "column.to", t.on(id.Period.To))
	add("zone", "annex.zone", said(id.Zone))
	add("made_at", "annex.made", t.on(id.MadeAt))
	add("standing", "annex.standing", coded(string(id.Standing), t.Standing))
	add("edition", "annex.edition", counted(int64(id.Edition)))
	if x := t.r.Release; x != nil {
		add("released_by", "annex.released", said(x.By))
		add("released", "annex.released", t.on(x.At))
		add("comment", "column.comment", said(x.Comment))
	}
	add("catalogue_revision", "annex.revision", said(id.Revision))
	add("formula_version", "annex.formula", said(id.Formula))
	add("min_coverage_percent", "column.min_coverage_percent", decimalOf(percentValue, id.MinCoverage))
	add("minimum_outage_s", "annex.minimum", lasting(id.MinimumOutage))
	add("met", "column.met", counted(int64(s.Met)))
	add("missed", "column.missed", counted(int64(s.Missed)))
	add("insufficient_data", "column.insufficient_data", counted(int64(s.Insufficient)))
	add("coverage_percent", "column.coverage_percent", share(s.Coverage))
	for i, v := range t.times(s.Times) {
		name := strings.Fields(timeColumns)[i]
		add(name, "column."+name, v)
	}
	if l := t.r.Ledger; l != nil {
		add("checkpoint", "annex.checkpoint", said(t.w.t("checkpoint", l.Checkpoint.Size, l.Checkpoint.Root)))
	}
	return out
}

const timeColumns = "agreed_s up_s down_s unknown_s excluded_s forgiven_s exempt_s"

func (t tabler) objectives() table {
	out := t.of("objectives", "detail.title", "objective method window from to target_percent most_outages delivered_percent outages verdict so_far worst_percent best_percent coverage_percent "+timeColumns+" budget_s budget_used_s agreement service")
	for i := range t.r.Objectives {
		o := &t.r.Objectives[i]
		row := []datum{said(o.Name), coded(o.Method, spreadsheet.Cell(t.method(o))), coded(spreadsheet.Cell(o.Window), spreadsheet.Cell(t.w.window(o)))}
		row = append(row, t.span(o.Of)...)
		row = append(row, promisedAndDelivered(o)...)
		row = append(row, t.verdict(o.Verdict), flagged(o.SoFar))
		row = append(row, t.bounds(o.Best, o.Worst)...)
		row = append(row, share(o.Coverage))
		row = append(row, t.times(o.Times)...)
		out.rows = append(out.rows, append(row, lastingOr(o.Budget), lastingOr(o.BudgetUsed), said(o.Agreement), said(o.Service)))
	}
	return out
}

// promisedAndDelivered are a target and what became of it, in percent, or else
// in outages: each with the cell of the other empty.
func promisedAndDelivered(o *Objective) []datum {
	target, most, outages := datum{}, datum{}, datum{}
	if c := o.LongOutages; c != nil {
		most, outages = counted(int64(c.AtMost)), counted(c.Longer)
		return []datum{target, most, {}, outages}
	}
	return []datum{decimalOf(percentValue, o.Target), most, share(o.Delivered), outages}
}

func (t tabler) windows() table {
	out := t.of("windows", "detail.windows", "objective from to verdict so_far delivered_percent best_percent down_s agreement")
	for _, o := range t.r.Objectives {
		if o.Windows == nil {
			continue
		}
		for _, x := range o.Windows.List {
			row := append([]datum{said(o.Name)}, t.span(x.Of)...)
			out.rows = append(out.rows, append(row, t.verdict(x.Verdict), flagged(x.SoFar), share(x.Delivered), share(x.Best), lasting(x.Down), said(o.Agreement)))
		}
	}
	return out
}

func (t tabler) credits() table {
	out := t.of("credits", "detail.credit", "objective from to credit_percent amount currency claim_by so_far least agreement")
	for _, c := range t.r.Summary.Credits {
		row := append([]datum{said(c.Objective)}, t.span(c.Of)...)
		amount := datum{}
		if c.Amount != "" {
			amount = decimalOf(numberValue, c.Amount)
		}
		out.rows = append(out.rows, append(row, decimalOf(percentValue, c.Percent), amount, said(c.Currency), t.onOr(c.ClaimBy), flagged(c.SoFar), flagged(c.Least), said(c.Agreement)))
	}
	return out
}

func (t tabler) exclusions() table {
	out := t.of("exclusions", "detail.exclusion", "objective name from to cause reason requested_by approved_by requested approved agreement")
	for _, o := range t.r.Objectives {
		for _, x := range o.Exclusions {
			row := append([]datum{said(o.Name), said(x.Name)}, t.span(x.Interval)...)
			out.rows = append(out.rows, append(row, coded(spreadsheet.Cell(x.Cause), t.T("exclusion."+x.Cause)), said(x.Reason), said(x.RequestedBy), said(x.ApprovedBy), t.onOr(x.RequestedAt), t.onOr(x.ApprovedAt), said(o.Agreement)))
		}
	}
	return out
}

func (t tabler) outages() table {
	out := t.of("outages", "outages.title", "from to length_s lasts incident probe reason locations agreement service detected restored whose")
	for _, o := range t.r.Outages {
		row := append(t.span(o.Interval), lasting(o.Length), flagged(o.Lasts), said(o.Incident))
		if len(o.Causes) == 0 {
			row = append(row, datum{}, datum{}, datum{})
		} else {
			c := &o.Causes[0]
			row = append(row, said(c.Probe), t.reason(c.Reason), said(t.w.list(c.Locations)))
		}
		out.rows = append(out.rows, append(row, said(o.Agreement), said(o.Service), t.onOr(o.Detected), t.onOr(o.Restored), t.whoseCell(o.Whose)))
	}
	return out
}

func (t tabler) causes() table {
	out := t.of("causes", "column.cause", "from probe reason locations target evidence")
	for _, o := range t.r.Outages {
		for _, c := range o.Causes {
			out.rows = append(out.rows, []datum{t.on(o.From), said(c.Probe), t.reason(c.Reason), said(t.w.list(c.Locations)), said(c.Target), said(c.Evidence)})
		}
	}
	return out
}

func (t tabler) planned() table {
	out := t.of("planned", "planned.title", "name from to excluded_s")
	for _, m := range t.r.Planned {
		out.rows = append(out.rows, append(append([]datum{said(m.Name)}, t.span(m.Interval)...), lasting(m.Excluded)))
	}
	return out
}

func (t tabler) suppliers() table {
	out := t.of("suppliers", "supplier.title", "supplier agreement service objective target_percent most_outages delivered_percent outages verdict so_far")
	for i := range t.r.Suppliers {
		s := &t.r.Suppliers[i]
		row := append([]datum{said(s.Supplier), said(s.Agreement), said(s.Service), said(s.Name)}, promisedAndDelivered(&s.Objective)...)
		out.rows = append(out.rows, append(row, t.verdict(s.Verdict), flagged(s.SoFar)))
	}
	return out
}

func (t tabler) days() table {
	out := t.of("days", "month.title", "date state "+timeColumns+" agreement")
	add := func(agreement string, days []Day) {
		for _, d := range days {
			out.rows = append(out.rows, slices.Concat([]datum{dated(d.Date), coded(d.State, t.T("state."+d.State))}, t.times(d.Times), []datum{said(agreement)}))
		}
	}
	add(t.r.Identity.Agreement, t.r.Days)
	for i := range t.r.Services {
		add(t.r.Services[i].Agreement, t.r.Services[i].Days)
	}
	return out
}

func (t tabler) trend() table {
	out := t.of("trend", "trend.title", "month objective verdict delivered_percent worst_percent best_percent agreement")
	for _, o := range t.r.Objectives {
		for _, m := range o.Trend {
			verdict := t.verdict(m.Verdict)
			if m.NoData {
				verdict = datum{}
			}
			row := []datum{coded(m.Month, t.w.month(m.Month)), said(o.Name), verdict, share(m.Delivered)}
			row = append(row, t.bounds(m.Best, m.Worst)...)
			out.rows = append(out.rows, append(row, said(o.Agreement)))
		}
	}
	return out
}

func (t tabler) kpis() table {
	out := t.of("kpis", "kpi.title", "name value formula")
	k := &t.r.KPIs
	add := func(code, key string, v datum) {
		formula := t.T("kpi.formula." + key)
		out.rows = append(out.rows, []datum{coded(code, t.T("kpi."+key)), v, coded(formula, formula)})
	}
	if !t.r.several() {
		add("availability_percent", "availability", share(k.Availability))
	}
	add("coverage_percent", "coverage", share(t.r.Summary.Coverage))
	add("outages", "outages", counted(int64(k.Outages)))
	add("failures", "failures", counted(int64(k.Failures)))
	add("downtime_s", "downtime", lasting(k.Downtime))
	add("longest_outage_s", "longest", lastingOr(k.Longest))
	add("mtrs_s", "mtrs", lastingOr(k.MTRS))
	add("mtbf_s", "mtbf", lastingOr(k.MTBF))
	add("mtbsi_s", "mtbsi", lastingOr(k.MTBSI))
	t.incidentKPIs(func(code, label, formula string, v datum) {
		formula = t.T("kpi.formula." + formula)
		out.rows = append(out.rows, []datum{coded(code, label), v, coded(formula, formula)})
	})
	if k.Recurring != nil {
		add("recurring", "recurring", counted(int64(k.Recurring.Incidents)))
	}
	if c := k.Changes; c != nil {
		failures := datum{}
		if c.FailurePercent != nil {
			failures = decimalOf(percentValue, c.FailurePercent.String())
		}
		add("change_failures_percent", "change_failures", failures)
	}
	for _, a := range []struct {
		key string
		of  *Attainment
	}{{"rto", k.RTO}, {"rpo", k.RPO}} {
		v := datum{}
		if a.of != nil {
			v = share(a.of.Share)
		}
		add(a.key+"_attainment_percent", a.key, v)
	}
	for _, l := range k.Latency {
		formula := t.w.t("kpi.formula.latency", l.Percent)
		out.rows = append(out.rows, []datum{coded("latency_"+l.Percent+"_percent_s", t.w.t("kpi.latency", l.Percent)), lasting(l.Within), coded(formula, formula)})
	}
	add("csat_percent", "csat", share(k.CSAT))
	return out
}
