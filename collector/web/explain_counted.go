package web

import (
	"fmt"
	"time"

	"github.com/assay-sla/assay/slo"
)

// countedView is what an objective counts one by one.
type countedView struct {
	Slices    *stretchesView
	SliceOf   string
	Long      *longView
	ByLatency bool
	Bands     []bandRow
	Rank      string
	RankOne   []singleRow
	Singles   *singlesView // slow ones, or those that were down
	SinglesH  string       // their heading
	Bad       *incrementsView
}

// longView are the outages that are longer than promised.
type longView struct {
	Title string
	List  []longRow
	More  string
}

type longRow struct {
	From, To     moment
	Length, Href string // where it is explained, "" where that is in several places
}

// bandRow is a band of the histogram. Width is of 100.
type bandRow struct {
	Over, To string
	Count    int64
	Share    string // of the ups, so far
	Width    string
	Slow     bool // wholly above what was promised
}

// singlesView are measurements that are listed one by one.
type singlesView struct {
	Count int
	List  []singleRow
	More  string
}

// singleRow is a measurement with who made it.
type singleRow struct {
	saidRow
	Location, Agent string
	Missing         string // why nothing more is known of it, "" where it is
}

func (w words) counted(x *slo.Explanation) countedView {
	st := &x.Status
	o, zone := st.Objective, st.Agreement.Zone
	var v countedView
	if x.Slices != nil {
		list := w.slices(x.Slices, zone)
		v.Slices, v.SliceOf = &list, w.t("slices.of", w.exact(o.Slice.Length), o.Slice.Bad.Percent())
	}
	if x.Long != nil {
		v.Long = w.longOutages(x, zone)
	}
	if x.Latency != nil {
		w.latencies(&v, x, zone)
	}
	if x.WereDown != nil {
		v.SinglesH, v.Singles = w.t("singles.down"), w.singles(x.WereDown, zone)
	}
	if x.Bad != nil {
		v.Bad = w.increments(x.Bad, zone)
	}
	return v
}

func (w words) slices(s *slo.ExplainedSlices, zone *time.Location) stretchesView {
	out := stretchesView{Count: len(s.Listed) + s.Omitted.Count}
	for i := range s.Listed {
		v := w.stretch(&s.Listed[i].ExplainedStretch, zone)
		v.ID, v.Number, v.Length = fmt.Sprintf("slice-%d", i+1), i+1, w.times(s.Listed[i].Counted)
		out.List = append(out.List, v)
	}
	if n := s.Omitted; n.Count > 0 {
		out.More = w.n("slices.omitted", n.Count, w.exact(n.Length))
	}
	return out
}

func (w words) longOutages(x *slo.Explanation, zone *time.Location) *longView {
	o, l := x.Status.Objective, x.Long
	v := &longView{Title: w.t("long.title", w.exact(o.Outages.Longer))}
	where := listedAt(&x.Services[0], 0)
	for _, i := range l.Listed {
		v.List = append(v.List, longRow{when(zone, i.From), when(zone, i.To), w.exact(i.Length()), where[i.From]})
	}
	if n := l.Omitted; n.Count > 0 {
		v.More = w.n("explain.omitted", n.Count, w.exact(n.Length))
	}
	return v
}

// latencies shows the histogram, the percentile's rank and the slow ones.
func (w words) latencies(v *countedView, x *slo.Explanation, zone *time.Location) {
	o, l := x.Status.Objective, x.Latency
	v.ByLatency = true
	var all, so, most int64
	for _, b := range l.Bands {
		all, most = all+b.Count, max(most, b.Count)
	}
	for _, b := range l.Bands {
		so += b.Count
		v.Bands = append(v.Bands, bandRow{
			Over: w.latency(b.Over), To: w.latency(b.To), Count: b.Count, Share: slo.Fraction{Part: so, Whole: all}.Percent(3),
			Width: fmt.Sprintf("%.1f", 100*float64(b.Count)/float64(most)), Slow: b.Over >= o.Latency.Within,
		})
	}
	if r := l.Rank; r != nil {
		v.Rank = w.t("latency.rank", o.Target.Percent(), r.Rank, r.Of, w.latency(r.Over), w.latency(r.To), r.Count)
		v.RankOne = []singleRow{w.single(&r.Latest, zone)}
	}
	v.SinglesH, v.Singles = w.t("singles.slow", w.latency(o.Latency.Within)), w.singles(&l.Slow, zone)
}

func (w words) singles(list *slo.ExplainedMeasurements, zone *time.Location) *singlesView {
	v := &singlesView{Count: len(list.Listed) + list.Omitted}
	for i := range list.Listed {
		v.List = append(v.List, w.single(&list.Listed[i], zone))
	}
	if list.Omitted > 0 {
		v.More = w.t("and_more", list.Omitted)
	}
	return v
}

func (w words) single(m *slo.ExplainedMeasurement, zone *time.Location) singleRow {
	if s := m.Said; s != nil {
		return singleRow{saidRow: w.said("", s, zone), Location: s.Location, Agent: s.Agent}
	}
	r := singleRow{saidRow: saidRow{At: when(zone, m.At)}, Missing: w.t("single.missing")}
	if m.Unread {
		r.Missing = w.t("explain.unread")
	}
	if m.Latency > 0 {
		r.Latency = w.latency(m.Latency)
	}
	return r
}
