package collector

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/assay-sla/assay/collector/evidence"
	"github.com/assay-sla/assay/slo"
)

// agreementPage is an agreement with all that it says. Two versions of an
// agreement are told apart by it.
func agreementPage(l evidence.Language, a *slo.Agreement) evidence.Page {
	p := evidence.Page{Title: l.Text("record.agreement", a.Name), Facts: [][2]string{
		{"Type", strings.ToUpper(a.Type.String())}, {"Party", a.Party}, {"Service", a.Service}, {"Zone", a.Zone.String()},
		{"Holds from", instantOf(a.From)}, {"Holds until", instantOf(a.To)},
		{"Least coverage", a.MinCoverage.Percent() + " %"}, {"Unknown time counts as", [...]string{"excluded", "up", "down"}[a.Unknown]},
		{"Shortest outage that counts", a.MinimumOutage.String()},
	}}
	if c := a.MaintenanceCap; c != nil {
		p.Facts = append(p.Facts, [2]string{"Most maintenance", c.Time.String() + " / " + c.Per.String()})
	}
	if a.MaintenanceNotice != nil {
		p.Facts = append(p.Facts, [2]string{"Notice of maintenance", a.MaintenanceNotice.String()})
	}
	if w := a.Workload; w != nil {
		p.Facts = append(p.Facts, [2]string{"Workload limit", fmt.Sprintf("%d / %s (%s)", w.Above, w.Per, w.Probe)})
	}
	p.Tables = []evidence.Table{objectivesTable(a)}
	for _, t := range []evidence.Table{hoursTable(a.Hours), targetsTable(a), creditsTable(a.Credits), writtenExclusions(a)} {
		if len(t.Rows) > 0 {
			p.Tables = append(p.Tables, t)
		}
	}
	return p
}

func instantOf(at *slo.Instant) string {
	if at == nil {
		return ""
	}
	return at.String()
}

func objectivesTable(a *slo.Agreement) evidence.Table {
	t := evidence.Table{Title: "Objectives", Columns: []string{"objective", "method", "target", "window", "rule"}}
	for i := range a.Objectives {
		o := &a.Objectives[i]
		target, rule := o.Target.Percent()+" %", ""
		switch o.Method {
		case slo.ByOutages:
			target, rule = strconv.Itoa(o.Outages.Most), "> "+o.Outages.Longer.String()
		case slo.BySlices:
			rule = o.Slice.Length.String() + ", " + o.Slice.Bad.Percent() + " %"
		case slo.ByLatency:
			rule = "≤ " + o.Latency.Within.String()
		case slo.ByRequests:
			rule = o.Requests.Probe
		case slo.Composite:
			rule = partsText(o.Parts)
		}
		t.Rows = append(t.Rows, []string{o.Name, o.Method.String(), target, o.Window.String(), rule})
	}
	return t
}

func partsText(parts []slo.Part) string {
	var out []string
	for _, p := range parts {
		out = append(out, fmt.Sprintf("%s × %d", p.Service, p.Weight))
	}
	return strings.Join(out, ", ")
}

// hoursTable are the hours of a calendar; nil is all the time.
func hoursTable(c *slo.Calendar) evidence.Table {
	t := evidence.Table{Title: "Hours", Columns: []string{"day", "hours"}}
	if c == nil {
		return t
	}
	for n := range 7 {
		day := (time.Monday + time.Weekday(n)) % 7
		t.Rows = append(t.Rows, []string{strings.ToLower(day.String()), spansText(c.Week[day])})
	}
	t.Rows = append(t.Rows, []string{"holidays", datesText(c.Holidays)}, []string{"exceptions", exceptionsText(c.Exceptions)})
	return t
}

// datesText are days, in their order.
func datesText(days map[slo.Date]bool) string {
	var out []string
	for d := range days {
		out = append(out, dateText(d))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// exceptionsText are days with hours of their own, in their order.
func exceptionsText(days map[slo.Date][]slo.DaySpan) string {
	var out []string
	for d, spans := range days {
		out = append(out, strings.TrimSpace(dateText(d)+" "+spansText(spans)))
	}
	slices.Sort(out)
	return strings.Join(out, "; ")
}

func dateText(d slo.Date) string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

func spansText(spans []slo.DaySpan) string {
	clock := func(d time.Duration) string { return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60) }
	var out []string
	for _, s := range spans {
		out = append(out, clock(s.From)+"–"+clock(s.To))
	}
	return strings.Join(out, ", ")
}

func targetsTable(a *slo.Agreement) evidence.Table {
	t := evidence.Table{Title: "Targets of incidents", Columns: []string{"priority", "response", "restoration"}}
	for _, x := range a.Targets {
		t.Rows = append(t.Rows, []string{strconv.Itoa(x.Priority), x.Response.String(), x.Restoration.String()})
	}
	return t
}

func creditsTable(c *slo.Credits) evidence.Table {
	t := evidence.Table{Title: "Credits", Columns: []string{"objective", "availability", "credit %"}}
	if c == nil {
		return t
	}
	for _, tier := range c.Tiers {
		var when []string
		for _, b := range []struct {
			sign  string
			bound *slo.Ratio
		}{{"<", tier.Below}, {"≤", tier.AtMost}, {">", tier.Above}, {"≥", tier.AtLeast}} {
			if b.bound != nil {
				when = append(when, b.sign+" "+b.bound.Percent()+" %")
			}
		}
		t.Rows = append(t.Rows, []string{c.Objective, strings.Join(when, ", "), tier.Percent.Percent()})
	}
	if c.Multiple > 0 {
		t.Rows = append(t.Rows, []string{c.Objective, "", "× " + strconv.Itoa(c.Multiple)})
	}
	if c.Fee != nil {
		t.Rows = append(t.Rows, []string{"fee", c.Fee.String(), ""})
	}
	if c.Cap != nil {
		t.Rows = append(t.Rows, []string{"at most", c.Cap.Per.String(), c.Cap.Percent.Percent()})
	}
	if c.ClaimWithin != nil {
		t.Rows = append(t.Rows, []string{"to be claimed within", c.ClaimWithin.String(), ""})
	}
	return t
}

// writtenExclusions are those that the catalogue has by itself.
func writtenExclusions(a *slo.Agreement) evidence.Table {
	t := evidence.Table{Title: "Exclusions", Columns: []string{"exclusion", "from", "to", "cause", "reason", "asked by", "approved by"}}
	for _, x := range a.Exclusions {
		t.Rows = append(t.Rows, []string{x.Name, x.From.String(), x.To.String(), x.Cause.String(), x.Reason, x.RequestedBy, x.ApprovedBy})
	}
	return t
}
