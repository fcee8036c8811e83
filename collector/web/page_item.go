package web

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// itemView is the page of one item.
type itemView struct {
	Register, RegisterTitle string
	ID, Title, State        string
	Overdue                 bool
	Facts                   []itemFact
	Form                    *itemForm // nil for those who may not write
	Referring               []itemRow // items that refer to it
	Events                  []itemEvent
	CSRF                    string
	Version                 int
}

// itemFact is a field with what it holds, and where that leads.
type itemFact struct {
	Label, Value, Href string
	Long               bool
}

// itemEvent is what somebody did, in words.
type itemEvent struct {
	slo.RegisterEvent
	N                  int
	Word               string
	Sets               []itemFact
	Moved              string
	Undone, MayBackOut bool
}

// itemForm is the form of an item, new or not.
type itemForm struct {
	Action   string
	ID       string // of a new item that was proposed; "" else
	Version  int
	Fields   []formField
	States   []formChoice // where it can go; the first is where it is
	Text     string
	Problems []string // of the item
	CSRF     string
	MaxText  int
}

// formField is a field as a form shows it.
type formField struct {
	Name, Label string
	Kind        slo.FieldKind
	Value       string
	Required    bool
	Choices     []formChoice // of what is chosen; "" is none
	Problem     string       // what was wrong with it
	Rows        int          // of a text
}

// formChoice is one of several.
type formChoice struct {
	Value, Word string
	Chosen      bool
}

// maxRemark bounds what is said of a change, in bytes.
const maxRemark = 4000

func (s *site) itemPage(v *visit) error {
	g, i, err := s.item(v)
	if err != nil {
		return err
	}
	return s.showItem(v, http.StatusOK, g, i, nil, nil)
}

// showItem shows an item. typed and problems are of a change that was not made.
func (s *site) showItem(v *visit, status int, g *slo.Register, i slo.RegisterItem, typed *slo.RegisterChange, problems slo.RegisterProblems) error {
	shown, err := s.shownValues(v, g)
	if err != nil {
		return err
	}
	w := v.views.words
	page := itemView{
		Register: g.Name, RegisterTitle: w.t("register.name." + g.Name), ID: i.ID, Title: i.Values[g.Title()], State: w.itemState(i.State),
		Overdue: g.Overdue(&i, s.today(v)), Version: i.Version(),
	}
	for k := range g.Fields {
		if f := &g.Fields[k]; i.Shown(f) != "" && f.Name != g.Title() {
			page.Facts = append(page.Facts, w.fact(f, i.Shown(f), shown))
		}
	}
	may := v.actor.May(auth.Operator) && i.State != slo.RegisterWithdrawn
	if v.actor.May(auth.Operator) {
		page.CSRF = s.csrf(v)
	}
	if may {
		change := slo.RegisterChange{Version: i.Version(), Values: i.Values, State: i.State}
		if typed != nil {
			change = *typed
		}
		if page.Form, err = s.itemForm(v, g, change, problems); err != nil {
			return err
		}
		page.Form.Action, page.Form.States = itemPath(g.Name, i.ID), w.nextStates(g, i.State, change.State)
	}
	for n := range i.Events {
		page.Events = append(page.Events, w.itemEvent(g, &i, n+1, shown, page.CSRF != ""))
	}
	slices.Reverse(page.Events)
	if page.Referring, err = s.referring(v, g, i.ID); err != nil {
		return err
	}
	return s.render(v, status, "item", page.Title, page, false)
}

// fact is a field in words, with the page of what it refers to.
func (w words) fact(f *slo.RegisterField, v string, t titles) itemFact {
	out := itemFact{Label: w.t("field." + f.Name), Value: w.value(f, v, t), Long: f.Kind == slo.FieldText}
	switch f.Kind {
	case slo.FieldItem:
		out.Href = itemPath(f.Of, v)
	case slo.FieldService:
		out.Href = servicePath(v)
	}
	return out
}

// nextStates are where an item in a state can go.
func (w words) nextStates(g *slo.Register, state, chosen string) []formChoice {
	out := []formChoice{{state, w.itemState(state), chosen == state}}
	for _, next := range g.NextStates(state) {
		out = append(out, formChoice{next, w.itemState(next), chosen == next})
	}
	return out
}

// itemEvent puts an event into words. Long texts are told by their name alone.
func (w words) itemEvent(g *slo.Register, i *slo.RegisterItem, n int, t titles, may bool) itemEvent {
	e := i.Events[n-1]
	out := itemEvent{RegisterEvent: e, N: n, Word: w.t("register.act." + string(e.Act)), Undone: i.Undone(n), MayBackOut: may && i.Undoable(n)}
	if e.State != "" {
		out.Moved = w.itemState(e.State)
	}
	for k := range g.Fields {
		f := &g.Fields[k]
		v, set := e.Set[f.Name]
		if !set {
			continue
		}
		fact := w.fact(f, v, t)
		if v == "" {
			fact = itemFact{Label: w.t("field." + f.Name), Value: w.t("register.emptied")}
		}
		out.Sets = append(out.Sets, fact)
	}
	return out
}

// referring are the items whose fields refer to one.
func (s *site) referring(v *visit, g *slo.Register, id string) (out []itemRow, err error) {
	for _, other := range s.Registers.Shapes() {
		if other.Private && !v.actor.May(auth.Operator) {
			continue
		}
		for _, f := range other.Fields {
			if f.Kind != slo.FieldItem || f.Of != g.Name {
				continue
			}
			list, err := s.Registers.List(v.r.Context(), RegisterFilter{Register: other.Name, Text: id, Limit: maxPage})
			if err != nil {
				return nil, err
			}
			for k := range list {
				if list[k].Values[f.Name] == id && list[k].State != slo.RegisterWithdrawn {
					row := v.views.itemRow(&other, &list[k], nil, s.today(v))
					row.Cells = []itemCell{{Value: v.views.t("register.name." + other.Name)}}
					out = append(out, row)
				}
			}
		}
	}
	return out, nil
}

// itemForm is the form of a change, with what was wrong with it.
func (s *site) itemForm(v *visit, g *slo.Register, c slo.RegisterChange, problems slo.RegisterProblems) (*itemForm, error) {
	w := v.views.words
	form := &itemForm{Version: c.Version, Text: c.Text, CSRF: s.csrf(v), MaxText: maxRemark}
	byField := map[string]string{}
	for _, p := range problems {
		text := w.t("register.problem." + string(p.Reason))
		if p.Field == "" || p.Field == "text" {
			form.Problems = append(form.Problems, text)
		}
		byField[p.Field] = text
	}
	for k := range g.Fields {
		f := &g.Fields[k]
		if f.Kind == slo.FieldProduct {
			continue
		}
		field := formField{Name: f.Name, Label: w.t("field." + f.Name), Kind: f.Kind, Value: c.Values[f.Name], Required: f.Required, Problem: byField[f.Name], Rows: 3}
		if f.Name == "inputs" {
			field.Rows = 14
		}
		var err error
		if field.Choices, err = s.fieldChoices(v, f, field.Value); err != nil {
			return nil, err
		}
		form.Fields = append(form.Fields, field)
	}
	return form, nil
}

// fieldChoices are what a field can be, nil where it is typed. What it holds
// already stays among them.
func (s *site) fieldChoices(v *visit, f *slo.RegisterField, now string) ([]formChoice, error) {
	w := v.views.words
	out := []formChoice{{"", w.t("register.none"), now == ""}}
	add := func(value, word string) { out = append(out, formChoice{value, word, value == now}) }
	switch f.Kind {
	case slo.FieldChoice:
		for _, c := range f.Choices {
			add(c, w.choice(f.Name, c))
		}
	case slo.FieldService:
		for _, st := range s.Figures.Services(v.at) {
			add(st.Service.Name, st.Service.Name)
		}
	case slo.FieldItem:
		list, of, err := s.referable(v, f.Of)
		if err != nil {
			return nil, err
		}
		for k := range list {
			add(list[k].ID, list[k].Values[of.Title()])
		}
	default:
		return nil, nil
	}
	if !slices.ContainsFunc(out, func(c formChoice) bool { return c.Chosen }) {
		add(now, now)
	}
	return out, nil
}

// typedChange is the change that a form holds.
func typedChange(v *visit, g *slo.Register) (slo.RegisterChange, error) {
	if err := v.readForm(); err != nil {
		return slo.RegisterChange{}, err
	}
	form := v.r.PostForm
	c := slo.RegisterChange{Register: g.Name, State: form.Get("state"), Text: form.Get("text"), Values: map[string]string{}}
	for _, f := range g.Fields {
		if form.Has(f.Name) {
			c.Values[f.Name] = form.Get(f.Name)
		}
	}
	return c, nil
}

func (s *site) changeItemForm(v *visit) error {
	g, i, err := s.item(v)
	if err != nil {
		return err
	}
	c, err := typedChange(v, g)
	if err != nil {
		return err
	}
	c.ID = i.ID
	if c.Version, err = strconv.Atoi(v.r.PostForm.Get("version")); err != nil || c.Version < 1 {
		return badRequest("version: that of the item as it was seen is wanted")
	}
	if _, _, err := s.changeItem(v, c); err != nil {
		problems, status := problemsOf(err)
		if problems == nil {
			return err
		}
		return s.showItem(v, status, g, i, &c, problems)
	}
	http.Redirect(v.w, v.r, itemPath(g.Name, i.ID), http.StatusSeeOther)
	return nil
}

func (s *site) undoItemForm(v *visit) error {
	if err := v.readForm(); err != nil {
		return err
	}
	version, err := strconv.Atoi(v.r.PostForm.Get("version"))
	if err != nil {
		return badRequest("version: that of the item as it was seen is wanted")
	}
	g, i, err := s.undoItem(v, version, v.r.PostForm.Get("text"))
	if err != nil {
		problems, status := problemsOf(err)
		if problems == nil {
			return err
		}
		if i, err = s.Registers.Get(v.r.Context(), g.Name, v.r.PathValue("id")); err != nil {
			return err
		}
		return s.showItem(v, status, g, i, nil, problems)
	}
	http.Redirect(v.w, v.r, itemPath(g.Name, i.ID), http.StatusSeeOther)
	return nil
}
