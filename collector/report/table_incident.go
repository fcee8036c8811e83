package report

import (
	"fmt"

	"github.com/assay-sla/assay/internal/spreadsheet"
	"github.com/assay-sla/assay/slo"
)

// incidentColumns are those that every incident has, and then those of the
// agreement's targets for it.
const incidentColumns = "incident began detected acknowledged acknowledged_by restored resolved to_detect_s to_acknowledge_s to_restore_s downtime_s open counted " +
	"trigger about priority major part_of responded to_respond_s response response_target_s response_elapsed_s restoration restoration_target_s restoration_elapsed_s"

func (t tabler) incidents() table {
	out := t.of("incidents", "incidents.title", incidentColumns+" service")
	for n := range t.r.Incidents {
		i := &t.r.Incidents[n]
		row := []datum{
			said(i.ID), t.on(i.Began), t.on(i.Detected), t.onOr(i.Acknowledged), said(i.AckedBy), t.onOr(i.Restored), t.onOr(i.Resolved),
			lasting(i.ToDetect), lastingOr(i.ToAcknowledge), lastingOr(i.ToRestore), lasting(i.Downtime), flagged(i.Open), flagged(i.Counted),
			coded(spreadsheet.Cell(clean(string(i.Trigger), maxCell)), t.trigger(i.Trigger)), said(i.Summary), priorityOf(i), flagged(i.Major), said(i.PartOf),
			t.onOr(i.Responded), lastingOr(i.ToRespond),
		}
		row = append(row, t.target(i.of(slo.ResponseClock))...)
		out.rows = append(out.rows, append(append(row, t.target(i.of(slo.RestorationClock))...), said(i.Service)))
	}
	return out
}

func priorityOf(i *Incident) datum {
	if i.Priority == 0 {
		return datum{}
	}
	return counted(int64(i.Priority))
}

func (t tabler) target(c *IncidentTarget) []datum {
	if c == nil {
		return []datum{{}, {}, {}}
	}
	return []datum{coded(string(c.Verdict), t.w.t("target."+string(c.Verdict))), lasting(c.Target), lasting(c.Elapsed)}
}

// incidentKPIs are the key figures of incidents and of the lengths of outages,
// one a line.
func (t tabler) incidentKPIs(add func(code, label, formula string, v datum)) {
	k := &t.r.KPIs
	for _, b := range k.Lengths {
		code := fmt.Sprintf("outages_over_%d_s", b.Over/1000)
		add(code, t.w.t("named", t.T("kpi.lengths"), t.band(b)), "lengths", counted(int64(b.Outages)))
	}
	add("incidents", t.T("kpi.incidents"), "incidents", counted(int64(k.Incidents.Detected)))
	for _, c := range k.Incidents.ByTrigger {
		add("incidents_"+string(c.Trigger), t.w.t("named", t.T("kpi.incidents"), t.trigger(c.Trigger)), "incidents", counted(int64(c.Count)))
	}
	add("major_incidents", t.T("kpi.major_incidents"), "incidents", counted(int64(k.Incidents.Major)))
	add("mean_to_detect_s", t.T("kpi.to_detect"), "to_detect", lastingOr(k.Incidents.ToDetect))
	add("mean_to_acknowledge_s", t.T("kpi.to_acknowledge"), "to_acknowledge", lastingOr(k.Incidents.ToAcknowledge))
	add("not_acknowledged", t.T("incident.not_acked"), "to_acknowledge", counted(int64(k.Incidents.NotAcked)))
	for _, c := range []struct {
		name string
		of   *Compliance
	}{{"response", &k.Response}, {"restoration", &k.Restoration}} {
		label := t.T("kpi." + c.name)
		add(c.name+"_percent", label, c.name, share(c.of.Share))
		add(c.name+"_met", t.w.t("named", label, t.T("target.met")), c.name, counted(int64(c.of.Met)))
		add(c.name+"_missed", t.w.t("named", label, t.T("target.missed")), c.name, counted(int64(c.of.Missed)))
		add(c.name+"_missed_open", t.w.t("named", label, t.T("target.missed_open")), c.name, counted(int64(c.of.MissedOpen)))
		add(c.name+"_running", t.w.t("named", label, t.T("target.running")), c.name, counted(int64(c.of.Running)))
	}
}
