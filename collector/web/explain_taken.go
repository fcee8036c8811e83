package web

import "github.com/assay-sla/assay/slo"

// takenOutRow is an occurrence of maintenance, or an exclusion, with what it
// took out of agreed time.
type takenOutRow struct {
	Name, Period    string
	Excluded        string // what was taken out
	Why             []string
	Grounds, Reason string
	Refused         string // "" where it is not
}

func (w words) takenOut(a *slo.Agreement, o *slo.TakenOut) takenOutRow {
	r := takenOutRow{Name: o.Name, Period: w.period(o.Interval, a.Zone), Excluded: w.exact(o.Excluded)}
	if !o.Noticed {
		r.Refused = w.t("taken.refused", w.exact(o.Hours), w.exact(*a.MaintenanceNotice))
	}
	if o.OverCap > 0 {
		r.Why = append(r.Why, w.t("taken.cap", w.exact(o.OverCap), w.exact(a.MaintenanceCap.Time), w.t("window."+a.MaintenanceCap.Per.String())))
	}
	if o.Covered > 0 {
		r.Why = append(r.Why, w.t("taken.covered", w.exact(o.Covered)))
	}
	if outside := o.Length() - o.Hours; outside > 0 {
		r.Why = append(r.Why, w.t("taken.outside", w.exact(outside)))
	}
	switch x := o.Exclusion; {
	case x != nil:
		r.Grounds, r.Reason = w.t("taken.exclusion", w.t("exclusion."+x.Cause.String()), x.RequestedBy, x.ApprovedBy), x.Reason
	case o.Announced == nil:
		r.Grounds = w.t("taken.unannounced")
	case *o.Announced > o.From:
		r.Grounds = w.t("taken.late", when(a.Zone, *o.Announced).Text, w.dur(o.Announced.Sub(o.From)))
	default:
		r.Grounds = w.t("taken.announced", when(a.Zone, *o.Announced).Text, w.dur(o.From.Sub(*o.Announced)))
	}
	return r
}
