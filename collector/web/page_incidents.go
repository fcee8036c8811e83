package web

import (
	"net/http"
	"slices"

	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// incidentsView is the list of incidents.
type incidentsView struct {
	State, Service string
	Incidents      []slo.Incident
	Back, Next     string
}

func (s *site) incidentsPage(v *visit) error {
	q := v.r.URL.Query()
	f, err := incidentFilter(q.Get("state"), q.Get("service"), q.Get("offset"), "")
	if err != nil {
		return err
	}
	f.Limit = maxPage + 1 // one more tells whether there are more
	list, err := s.Incidents.List(v.r.Context(), f)
	if err != nil {
		return err
	}
	page := incidentsView{State: string(f.State), Service: f.Service, Incidents: list[:min(len(list), maxPage)]}
	page.Back, page.Next = pager(q, "/incidents", f.Offset, f.Offset+len(list))
	return s.render(v, http.StatusOK, "incidents", v.views.t("incidents.title"), page, true)
}

// incidentFilter reads what chooses incidents, for the page and the API.
func incidentFilter(state, service, offset, limit string) (IncidentFilter, error) {
	f := IncidentFilter{State: IncidentState(state), Service: service, Whole: service == ""}
	switch f.State {
	case AnyIncident, OpenIncident, ResolvedIncident:
	default:
		return f, badRequest("state: it is open or resolved")
	}
	if len(service) > maxName || clean(service, maxName) != service {
		return f, badRequest("service: no name of a service")
	}
	var err error
	if f.Offset, err = offsetOf(offset); err != nil {
		return f, err
	}
	f.Limit, err = number("limit", limit, defaultLimit, 1, maxLimit)
	return f, err
}

// incidentView is the page of one incident.
type incidentView struct {
	*slo.Incident
	Name     string // what it is about
	Mark     mark
	Parts    []string
	Events   []eventView // the latest first
	CSRF     string
	MayWrite bool
	Problem  string // what was wrong with the comment
	Text     string // of a comment to be mended
	MaxText  int
	Figures  []link // that it counts against, each to where it is explained
	Now      slo.Instant
	Codes    []slo.ClosureCode
	Kinds    []slo.LinkKind
	Levels   []int // the priorities
	Clocks   []slo.IncidentClock
	Stands   bool // its clocks do
	Problems []incidentProblem
	MayOpen  bool // nobody has made a problem of it, and people may
}

// eventView is one line of the timeline.
type eventView struct {
	slo.IncidentEvent
	Undone   bool
	Undoable bool
}

func (s *site) incidentPage(v *visit) error {
	return s.showIncident(v, http.StatusOK, "", "")
}

// showIncident shows an incident, with a comment that was not taken.
func (s *site) showIncident(v *visit, status int, problem, text string) error {
	i, err := s.incident(v)
	if err != nil {
		return err
	}
	page := incidentView{Incident: &i, Name: about(&i), Mark: v.views.incidentMark(&i), MayWrite: v.actor.May(auth.Operator),
		Problem: problem, Text: text, MaxText: maxComment, Now: v.at, Events: eventViews(i.Events), Codes: slo.ClosureCodes(), Kinds: slo.LinkKinds(), Levels: priorities()}
	if page.Parts, err = s.Incidents.Parts(v.r.Context(), i.ID); err != nil {
		return err
	}
	if page.Clocks, err = s.Incidents.Clocks(v.r.Context(), &i, v.at); err != nil {
		return err
	}
	page.Stands = slices.ContainsFunc(i.Work.Pauses, func(p slo.Pause) bool { return p.To == slo.MaxInstant })
	page.Figures = s.figuresOf(&i, v.at)
	page.Problems, page.MayOpen = s.problemsOf(v, &i)
	if page.MayWrite {
		page.CSRF = s.csrf(v)
	}
	return s.render(v, status, "incident", v.views.t("incident.title", page.Name), page, true)
}

// priorities lists them, the first first.
func priorities() []int {
	var out []int
	for n := 1; n <= slo.LowestPriority; n++ {
		out = append(out, n)
	}
	return out
}

// about is the service that an incident is about, or what it is where that is
// none.
func about(i *slo.Incident) string {
	if i.Service != "" {
		return i.Service
	}
	return i.Summary
}

// eventViews are the events, the latest first, with what may be taken back.
func eventViews(events []slo.IncidentEvent) []eventView {
	undone := map[int]bool{}
	for _, e := range events {
		if e.Kind == slo.EventUndone {
			undone[e.Undoes] = true
		}
	}
	out := make([]eventView, 0, len(events))
	for _, e := range slices.Backward(events) {
		out = append(out, eventView{e, undone[e.N], e.Undoable() && !undone[e.N]})
	}
	return out
}

// figuresOf lists the figures that an incident counts against, of the windows
// that it began in; of rolling ones, of that in which it ended.
func (s *site) figuresOf(i *slo.Incident, at slo.Instant) []link {
	if s.Explain == nil {
		return nil
	}
	var out []link
	st, _ := s.Figures.Service(i.Service, at)
	for k := range st.Objectives {
		a, o := st.Objectives[k].Agreement, st.Objectives[k].Objective
		if !slices.Contains(i.Agreements, a.Name) {
			continue
		}
		in := i.Began + 1
		if o.Window.Rolling > 0 {
			if in = i.Restored; i.Open() || in == 0 {
				in = at
			}
		}
		out = append(out, link{a.Name + " / " + o.Name, explainWindow(a, o, o.Window.At(in, a.Zone), shortExplained) + "#outages-0"})
	}
	return out
}

func (w words) incidentMark(i *slo.Incident) mark {
	switch stage := i.Stage(); stage {
	case slo.Restored, slo.Resolved, slo.Closed:
		return mark{"up", w.t("stage." + string(stage))}
	default:
		return mark{"down", w.t("stage." + string(stage))}
	}
}

// incident reads the incident that the path names.
func (s *site) incident(v *visit) (slo.Incident, error) {
	id := v.r.PathValue("id")
	if id == "" || len(id) > maxName || clean(id, maxName) != id {
		return slo.Incident{}, ErrNoIncident
	}
	return s.Incidents.Get(v.r.Context(), id)
}
