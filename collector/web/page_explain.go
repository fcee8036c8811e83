package web

import (
	"fmt"
	"net/http"
	"time"

	"github.com/assay-sla/assay/slo"
)

// explainView is the page of how a figure came about.
type explainView struct {
	Service    string
	Window     string // its name
	Up         string // the expression
	Row        objectiveRow
	Others     []link // explanations of the service's other objectives
	Older      string // the window before, "" where there is none
	Newer      string // the window after, "" where it lies ahead
	JSON, More string // where the same is for programs, and where more of it is listed
	Known      slo.Instant
	Unread     *slo.Instant // measurements from before it are missing
	MaxListed  int
	Sum        []sumLine
	Counted    countedView
	Parts      []partView
	Zone       *time.Location
	Command    string
}

// ReadNothing reports whether no measurement at all was read.
func (v explainView) ReadNothing() bool { return *v.Unread == slo.MaxInstant }

func (v explainView) zone() *time.Location { return v.Zone }

// link is an address with what it leads to.
type link struct{ Text, Href string }

// partView is what one service brings to a figure.
type partView struct {
	Service                 string
	Weight                  int64
	Composite               bool
	Strip                   strip
	Drills                  []drillRow // that may have taken it down in the window
	Ticks                   []string
	Sum                     []sumLine // of its agreed time
	TakenOut                []takenOutRow
	TakenOutMore            string
	Overload                intervalsView
	Down, Forgiven, Unknown stretchesView
}

func (s *site) explainPage(v *visit) error {
	q := v.r.URL.Query()
	x, err := s.explained(v, q)
	if err != nil {
		return err
	}
	w, st := v.views.words, &x.Status
	a, o := st.Agreement, st.Objective
	limit, _ := number("limit", q.Get("limit"), shortExplained, 1, MaxExplained)
	page := explainView{
		Service: a.Service, Window: o.Window.Name(st.Window, a.Zone), Up: x.Expr.String(), Known: st.At, Unread: x.Unread, MaxListed: MaxExplained, Zone: a.Zone,
		Sum: w.arithmetic(x), Counted: w.counted(x), Parts: w.parts(x),
		JSON: "/api/v1" + explainWindow(a, o, st.Window, limit),
	}
	for i := range page.Parts {
		s.drillsIn(v, &page.Parts[i], st.Window, a.Zone)
	}
	var step time.Duration
	if service, ok := s.Figures.Service(a.Service, v.at); ok {
		step = evidenceStep(&service)
		page.Others = others(&service, st)
	}
	page.Row = w.objectiveRow(st, step)
	page.Older, page.Newer = around(st, v.at)
	if limit < MaxExplained && omits(x) {
		page.More = explainWindow(a, o, st.Window, MaxExplained)
	}
	page.Command = fmt.Sprintf("assay explain --objective %s/%s --window %s", a.Name, o.Name, page.Window)
	return s.render(v, http.StatusOK, "explain", v.views.t("explain.title", a.Name, o.Name, page.Window), page, false)
}

// others lists the service's other objectives, for the window of each that
// holds the end of what is shown.
func others(service *slo.ServiceStatus, st *slo.ObjectiveStatus) []link {
	var out []link
	at := min(st.At, st.Window.To)
	for i := range service.Objectives {
		other := &service.Objectives[i]
		a, o := other.Agreement, other.Objective
		if a.Name != st.Agreement.Name || o.Name != st.Objective.Name {
			out = append(out, link{a.Name + " / " + o.Name, explainWindow(a, o, o.Window.At(at, a.Zone), shortExplained)})
		}
	}
	return out
}

// around are the addresses of the windows before and after the one shown.
func around(st *slo.ObjectiveStatus, at slo.Instant) (older, newer string) {
	a, o := st.Agreement, st.Objective
	if st.Window.From > EarliestWindow {
		older = explainWindow(a, o, o.Window.At(st.Window.From, a.Zone), shortExplained)
	}
	if st.Window.To < at {
		next := o.Window.At(st.Window.To+1, a.Zone)
		if o.Window.Rolling > 0 {
			next = o.Window.At(min(at, st.Window.To.Add(o.Window.Rolling)), a.Zone)
		}
		newer = explainWindow(a, o, next, shortExplained)
	}
	return older, newer
}

// EarliestWindow is before every window that is explained.
var EarliestWindow = slo.At(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC))

// omits reports whether anything is left out of the explanation's lists.
func omits(x *slo.Explanation) bool {
	n := 0
	for i := range x.Services {
		s := &x.Services[i]
		n += s.TakenOutOmitted.Count + s.OverloadOmitted.Count + s.Down.Omitted.Count + s.Unknown.Omitted.Count + s.Forgiven.Omitted.Count
	}
	if x.Slices != nil {
		n += x.Slices.Omitted.Count
	}
	if x.Long != nil {
		n += x.Long.Omitted.Count
	}
	if x.Latency != nil {
		n += x.Latency.Slow.Omitted
	}
	if x.WereDown != nil {
		n += x.WereDown.Omitted
	}
	if x.Requests != nil {
		n += x.Requests.Omitted.Count + x.Requests.MissingOmitted.Count
	}
	return n > 0
}

func (w words) parts(x *slo.Explanation) []partView {
	var out []partView
	zone := x.Status.Agreement.Zone
	for i := range x.Services {
		s := &x.Services[i]
		p := partView{
			Service: s.Service, Weight: s.Weight, Composite: len(x.Services) > 1,
			Strip: w.drawCourse(s, x.Status.Window, i, zone), Ticks: ticks(x.Status.Window, zone),
			Sum:      w.agreedTime(x, s),
			Down:     w.stretches(&s.Down, fmt.Sprintf("down-%d", i), zone),
			Forgiven: w.stretches(&s.Forgiven, fmt.Sprintf("forgiven-%d", i), zone),
			Unknown:  w.stretches(&s.Unknown, fmt.Sprintf("unknown-%d", i), zone),
		}
		p.Overload = w.intervals(w.t("sum.exempt"), s.Overload, s.OverloadOmitted, nil, zone)
		for k := range s.TakenOut {
			p.TakenOut = append(p.TakenOut, w.takenOut(x.Status.Agreement, &s.TakenOut[k]))
		}
		if n := s.TakenOutOmitted; n.Count > 0 {
			p.TakenOutMore = w.n("explain.omitted", n.Count, w.exact(n.Length))
		}
		out = append(out, p)
	}
	return out
}

// ticks are instants at equal distances of a window: dates, or the clock where
// it is short.
func ticks(v slo.Interval, zone *time.Location) []string {
	layout := "01-02"
	if v.Length() <= 2*24*time.Hour {
		layout = "15:04"
	}
	var out []string
	for i := range 7 {
		out = append(out, v.From.Add(v.Length()*time.Duration(i)/6).In(zone).Format(layout))
	}
	return out
}
