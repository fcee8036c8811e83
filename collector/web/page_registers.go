package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// registersView is the page of all registers.
type registersView struct {
	Rows     []registerRow
	Evidence bool // the visitor may see how an audit would find all of it
}

// registerRow is one register with how many items it holds.
type registerRow struct {
	Name, Title, Help string
	Open, All         int
}

func (s *site) registersPage(v *visit) error {
	counts, err := s.Registers.Counts(v.r.Context())
	if err != nil {
		return err
	}
	page := registersView{Evidence: s.Evidence != nil && v.actor.May(auth.Operator)}
	for _, g := range s.Registers.Shapes() {
		if g.Private && !v.actor.May(auth.Operator) {
			continue
		}
		row := registerRow{Name: g.Name, Title: v.views.t("register.name." + g.Name), Help: v.views.t("register.help." + g.Name)}
		for _, st := range g.States {
			n := counts[[2]string{g.Name, st.Name}]
			row.All += n
			if !st.Over {
				row.Open += n
			}
		}
		page.Rows = append(page.Rows, row)
	}
	return s.render(v, http.StatusOK, "registers", v.views.t("registers.title"), page, true)
}

// registerView is the list of one register.
type registerView struct {
	Register, Title, Help string
	State, Query          string
	States                []stateTab
	Columns               []string // their words
	Items                 []itemRow
	Candidates            []proposedRow
	CandidatesMore        int
	MayWrite              bool
	Back, Next            string
}

// stateTab is a choice of items by their state.
type stateTab struct{ State, Word string }

// itemRow is an item in a list.
type itemRow struct {
	Href, Title, State string
	Over, Overdue      bool
	Cells              []itemCell
}

// itemCell is a value of an item in a list.
type itemCell struct {
	Label, Value string
	Overdue      bool
}

// proposedRow is a proposed item.
type proposedRow struct{ Href, Title string }

// maxCandidates bounds the proposals of a page.
const maxCandidates = 20

func (s *site) registerPage(v *visit) error {
	g, err := s.shape(v)
	if err != nil {
		return err
	}
	q := v.r.URL.Query()
	if q.Get("state") == "" {
		q.Set("state", "open")
	}
	all := q.Get("state") == "all"
	if all {
		q.Del("state")
	}
	q.Del("limit")
	f, err := registerFilter(g, q)
	if err != nil {
		return err
	}
	if all {
		q.Set("state", "all")
	}
	f.Limit = maxPage + 1 // one more tells whether there are more
	list, err := s.Registers.List(v.r.Context(), f)
	if err != nil {
		return err
	}
	page := registerView{
		Register: g.Name, Title: v.views.t("register.name." + g.Name), Help: v.views.t("register.help." + g.Name),
		State: q.Get("state"), Query: f.Text, MayWrite: v.actor.May(auth.Operator),
	}
	page.States = []stateTab{{"open", v.views.t("register.open")}, {"all", v.views.t("services.all")}}
	for _, st := range g.States {
		page.States = append(page.States, stateTab{st.Name, v.views.itemState(st.Name)})
	}
	for _, name := range g.Columns {
		page.Columns = append(page.Columns, v.views.t("field."+name))
	}
	shown, err := s.shownValues(v, g)
	if err != nil {
		return err
	}
	for i := range list[:min(len(list), maxPage)] {
		page.Items = append(page.Items, v.views.itemRow(g, &list[i], shown, s.today(v)))
	}
	if err := s.proposals(v, g, &page); err != nil {
		return err
	}
	page.Back, page.Next = pager(q, "/registers/"+g.Name, f.Offset, f.Offset+len(list))
	return s.render(v, http.StatusOK, "register", page.Title, page, false) // what is proposed costs every figure
}

// proposals fills in what the figures propose, for those who may take it up.
func (s *site) proposals(v *visit, g *slo.Register, page *registerView) error {
	if !page.MayWrite {
		return nil
	}
	list, err := s.Registers.Candidates(v.r.Context(), g.Name, v.at)
	if err != nil {
		return err
	}
	page.CandidatesMore = max(0, len(list)-maxCandidates)
	for _, c := range list[:min(len(list), maxCandidates)] {
		page.Candidates = append(page.Candidates, proposedRow{"/registers/" + g.Name + "/new?candidate=" + c.ID, v.views.candidate(c)})
	}
	return nil
}

// candidate is a proposed item in words, which become its title.
func (w words) candidate(c slo.RegisterCandidate) string {
	switch c.Reason {
	case slo.CandidateProbe, slo.CandidateService:
		return w.t("candidate."+string(c.Reason), c.Subject, c.Count)
	case slo.CandidateParty:
		return c.Subject
	case slo.CandidateObjective:
		return w.t("candidate.objective", c.Subject, c.Period)
	}
	when := w.t("candidate.now")
	if c.At != nil {
		when = c.At.In(time.UTC).Format(time.DateOnly)
	}
	return w.t("candidate."+string(c.Reason), c.Subject, when)
}

func (s *site) today(v *visit) string { return v.at.In(s.Zone()).Format(time.DateOnly) }

// itemState is a state in words.
func (w words) itemState(state string) string { return w.t("register.state." + state) }

// titles are the names of the items that fields refer to, by register and ID.
type titles map[[2]string]string

// maxReferred bounds the items that a page looks up, of one register.
const maxReferred = 1000

// shownValues reads the titles of the items that a register's fields refer to.
func (s *site) shownValues(v *visit, g *slo.Register) (titles, error) {
	out := titles{}
	for _, f := range g.Fields {
		if f.Kind != slo.FieldItem {
			continue
		}
		list, of, err := s.referable(v, f.Of)
		if err != nil {
			return nil, err
		}
		for i := range list {
			out[[2]string{f.Of, list[i].ID}] = list[i].Values[of.Title()]
		}
	}
	return out, nil
}

// referable are the items of a register that a field can refer to.
func (s *site) referable(v *visit, register string) ([]slo.RegisterItem, *slo.Register, error) {
	shapes := s.Registers.Shapes()
	k := slices.IndexFunc(shapes, func(g slo.Register) bool { return g.Name == register })
	if k < 0 {
		return nil, nil, ErrNoItem
	}
	list, err := s.Registers.List(v.r.Context(), RegisterFilter{Register: register, Limit: maxReferred})
	list = slices.DeleteFunc(list, func(i slo.RegisterItem) bool { return i.State == slo.RegisterWithdrawn })
	return list, &shapes[k], err
}

// value puts a field of an item into words.
func (w words) value(f *slo.RegisterField, v string, t titles) string {
	switch {
	case v == "":
		return ""
	case f.Kind == slo.FieldItem:
		if title := t[[2]string{f.Of, v}]; title != "" {
			return title
		}
	case f.Kind == slo.FieldChoice:
		return w.choice(f.Name, v)
	}
	return v
}

// choice is one of a field's choices in words; a rating is its number.
func (w words) choice(field, v string) string {
	if strings.Trim(v, "0123456789") == "" {
		return v
	}
	return w.t("choice." + field + "." + v)
}

// itemRow puts an item into words.
func (w words) itemRow(g *slo.Register, i *slo.RegisterItem, t titles, today string) itemRow {
	row := itemRow{Href: itemPath(g.Name, i.ID), Title: i.Values[g.Title()], State: w.itemState(i.State), Overdue: g.Overdue(i, today)}
	if st := g.State(i.State); st != nil {
		row.Over = st.Over
	}
	for _, name := range g.Columns {
		f := g.Field(name)
		row.Cells = append(row.Cells, itemCell{w.t("field." + name), w.value(f, i.Shown(f), t), row.Overdue && name == g.Due})
	}
	return row
}
