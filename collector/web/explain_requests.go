package web

import (
	"time"

	"github.com/assay-sla/assay/slo"
)

// incrementsView are the increments that hold bad requests.
type incrementsView struct {
	Count int
	List  []incrementRow
	More  string
}

type incrementRow struct {
	From, To moment
	Bad      string // of how many requests
	By       []singleRow
}

func (w words) increments(x *slo.ExplainedIncrements, zone *time.Location) *incrementsView {
	v := &incrementsView{Count: len(x.Listed) + x.Omitted}
	for i := range x.Listed {
		r := &x.Listed[i].Requests
		v.List = append(v.List, incrementRow{when(zone, r.From), when(zone, r.To),
			w.t("increments.bad", slo.Thousandths(r.Bad()), slo.Thousandths(r.Total)), []singleRow{w.single(&x.Listed[i].ExplainedMeasurement, zone)}})
	}
	if x.Omitted > 0 {
		v.More = w.n("increments.omitted", x.Omitted, slo.Thousandths(x.OmittedBad))
	}
	return v
}

// exemptView is the time over the workload limit.
type exemptView struct {
	Count int
	Sum   string
	List  []exemptRow
	More  string
}

type exemptRow struct {
	From, To         moment
	Length, Requests string
}

// exempt is nil where nothing was over the limit.
func (w words) exempt(s *slo.ExplainedService, zone *time.Location) *exemptView {
	x := &s.OverLimit
	if len(x.Listed) == 0 {
		return nil
	}
	v := &exemptView{Count: len(x.Listed) + x.Omitted.Count, Sum: w.exact(s.Exempt)}
	for _, e := range x.Listed {
		v.List = append(v.List, exemptRow{when(zone, e.From), when(zone, e.To), w.exact(e.Length()), w.t("exempt.requests", slo.Thousandths(e.Total))})
	}
	if n := x.Omitted; n.Count > 0 {
		v.More = w.n("explain.omitted", n.Count, w.exact(n.Length))
	}
	return v
}
