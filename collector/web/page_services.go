package web

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/assay-sla/assay/slo"
)

// maxPage bounds the rows of a page and of an answer of the API.
const maxPage = 200

// mark is a state with its word; the template adds its shape.
type mark struct{ Class, Word string }

// mark is how a service is: its state, or that planned work is under way.
func (w words) mark(s slo.State, planned bool) mark {
	if planned {
		return mark{"work", w.t("state.work", w.state(s))}
	}
	return mark{s.String(), w.state(s)}
}

// servicesView is the first page.
type servicesView struct {
	Answers []answer
	Rows    []serviceRow
	Query   string
	State   string
	Total   int // services in the catalogue
	Found   int // of those, that the query and state choose
	Next    string
	Back    string
}

// serviceRow is one service on the first page, with the objective that needs
// attention most.
type serviceRow struct {
	Name      string
	Mark      mark
	Since     slo.Instant
	Note      string // why it is down, or what work is under way
	Strip     strip
	Objective *objectiveRow
	More      int // further objectives
}

func (s *site) servicesPage(v *visit) error {
	q := v.r.URL.Query()
	all := s.Figures.Services(v.at)
	page := servicesView{
		Query: clean(q.Get("q"), maxName), State: clean(q.Get("state"), 20), Total: len(all),
	}
	open, err := s.Incidents.List(v.r.Context(), IncidentFilter{State: OpenIncident, Whole: true, Limit: maxPage})
	if err != nil {
		return err
	}
	page.Answers = v.views.answers(all, open, s.Agents.Agents(v.at), s.Collector.Status(), s.waitsFor(v), v.at)
	found := slices.DeleteFunc(slices.Clone(all), func(st slo.ServiceStatus) bool { return !page.chooses(&st) })
	page.Found = len(found)
	slices.SortStableFunc(found, func(a, b slo.ServiceStatus) int {
		return cmp.Or(cmp.Compare(rank(&a), rank(&b)), cmp.Compare(a.Service.Name, b.Service.Name))
	})
	offset, err := offsetOf(q.Get("offset"))
	if err != nil {
		return err
	}
	page.Back, page.Next = pager(q, "/", offset, len(found))
	day := lastDay(v.at)
	changed := changesByService(s.changesIn(v, nil, day, maxLimit))
	for i := min(offset, len(found)); i < min(offset+maxPage, len(found)); i++ {
		row := v.views.serviceRow(&found[i], v.at, s.Zone())
		v.views.markChanges(&row.Strip, changed[row.Name], day, s.Zone())
		page.Rows = append(page.Rows, row)
	}
	return s.render(v, http.StatusOK, "services", v.views.t("services.title"), page, true)
}

// chooses reports whether the page shows a service.
func (p *servicesView) chooses(s *slo.ServiceStatus) bool {
	if p.State == "work" && s.Planned == nil || p.State != "" && p.State != "work" && p.State != s.State.String() {
		return false
	}
	return strings.Contains(strings.ToLower(s.Service.Name), strings.ToLower(p.Query))
}

// rank puts first what is down, then what is unknown, then what misses its
// target.
func rank(s *slo.ServiceStatus) int {
	switch {
	case s.State == slo.Down && s.Planned == nil:
		return 0
	case s.State == slo.Down:
		return 1
	case s.State == slo.Unknown:
		return 2
	}
	if i := worst(s.Objectives); i >= 0 && s.Objectives[i].Verdict == slo.Missed {
		return 3
	}
	return 4
}

const narrowStrip = 160 // drawing units, about pixels

func (w words) serviceRow(s *slo.ServiceStatus, at slo.Instant, zone *time.Location) serviceRow {
	r := serviceRow{
		Name: s.Service.Name, Mark: w.mark(s.State, s.Planned != nil), Since: s.Since, Note: w.note(s),
		Strip: w.drawStrip(s.Recent, lastDay(at), narrowStrip, zone),
	}
	if i := worst(s.Objectives); i >= 0 {
		o := w.objectiveRow(&s.Objectives[i], evidenceStep(s))
		r.Objective, r.More = &o, len(s.Objectives)-1
	}
	return r
}

// note says in a few words why a service is as it is.
func (w words) note(s *slo.ServiceStatus) string {
	if s.Planned != nil {
		return w.t("note.planned", s.Planned.Name)
	}
	if s.State != slo.Down || len(s.Causes) == 0 {
		return ""
	}
	var where []string
	for _, c := range s.Causes {
		if !slices.Contains(where, c.Location) {
			where = append(where, c.Location)
		}
	}
	return w.t("note.down", w.reason(s.Causes[0].Reason), w.list(where))
}

func lastDay(at slo.Instant) slo.Interval { return slo.Interval{From: at.Add(-24 * time.Hour), To: at} }
