package collector

import (
	"slices"
	"time"

	"github.com/assay-sla/assay/collector/evidence"
	"github.com/assay-sla/assay/slo"
)

// remarked keeps a remark on a set of records where some of them have it.
func (g *gathering) remarked(set evidence.Set, m evidence.Remark) {
	if len(m.Names) > 0 {
		g.remarks[set] = append(g.remarks[set], m)
	}
}

// remark looks at what only shows once everything is gathered, and gives each
// set its remarks.
func (g *gathering) remark() {
	g.remarkIncidents()
	g.remarkDrills()
	g.remarkHeld(evidence.Audits)
	g.remarkHeld(evidence.Reviews)
	for i := range g.records {
		g.records[i].Remarks = g.remarks[g.records[i].Set]
	}
}

// remarkIncidents is about what their records lack: a rank, the cause of one
// that is closed, the review of a major one.
func (g *gathering) remarkIncidents() {
	rank, cause, review := evidence.Remark{Key: "priority"}, evidence.Remark{Key: "cause"}, evidence.Remark{Key: "unreviewed"}
	for i := range g.incidents {
		n := &g.incidents[i]
		if n.Work.Parent == "" { // a part goes with the whole
			look(&rank, n.ID, n.Work.Priority == 0)
			if r := n.Work.Resolution; n.Work.Closed != 0 {
				look(&cause, n.ID, r == nil || r.Cause == "")
			}
		}
		if m := n.Work.Major; m != nil && m.ReviewDue < g.At {
			look(&review, n.ID, m.Reviewed == 0 || m.Reviewed > m.ReviewDue)
		}
	}
	for _, m := range []evidence.Remark{rank, cause, review} {
		g.remarked(evidence.Incidents, m)
	}
}

// look counts a record, and names it where it has what the remark is about.
func look(m *evidence.Remark, id string, has bool) {
	m.Of++
	if has {
		m.Names = append(m.Names, id)
	}
}

// remarkDrills is about tests that are over and that nobody has reviewed.
func (g *gathering) remarkDrills() {
	m := evidence.Remark{Key: "unreviewed"}
	for i := range g.drills {
		d := &g.drills[i]
		if g.period.Year.Contains(d.Declared) && d.Ended() != 0 {
			look(&m, d.ID, d.Review() == nil)
		}
	}
	g.remarked(evidence.Drills, m)
}

// remarkHeld is about audits or reviews of which none was held in the year.
func (g *gathering) remarkHeld(set evidence.Set) {
	day := func(at slo.Instant) string { return at.In(g.Zone).Format(time.DateOnly) }
	first, last := day(g.period.Year.From), day(g.period.Year.To-1)
	m := evidence.Remark{Key: "unheld"}
	for _, i := range g.items[set] {
		held := i.Values["held"]
		if i.State != slo.RegisterWithdrawn && held >= first && held <= last {
			return
		}
		if slices.ContainsFunc(g.records, func(r evidence.Records) bool { return r.Set == set && r.Has(i.ID) }) {
			look(&m, i.ID, true)
		}
	}
	g.remarked(set, m)
}

// remarkUnsettled is about windows whose newest figure says nothing.
func (t *telling) remarkUnsettled() {
	m := evidence.Remark{Key: "unsettled", Of: len(t.unsettled)}
	for w, so := range t.unsettled {
		if so {
			m.Names = append(m.Names, w.agreement+"/"+w.objective+" "+w.window.From.String())
		}
	}
	slices.Sort(m.Names)
	t.remarked(evidence.Availability, m)
}
