package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// newItemView is the form of a new item.
type newItemView struct {
	Register, RegisterTitle, Title, Help string
	Form                                 *itemForm
}

// problemsOf are the problems that an error is of, with the status to answer; nil
// where it is another.
func problemsOf(err error) (slo.RegisterProblems, int) {
	var problems slo.RegisterProblems
	if !errors.As(err, &problems) {
		return nil, 0
	}
	return problems, refusedItem(problems).status
}

func (s *site) newItemPage(v *visit) error {
	g, err := s.shape(v)
	if err != nil {
		return err
	}
	q := v.r.URL.Query()
	c := slo.RegisterChange{Register: g.Name, State: g.States[0].Name, Values: map[string]string{}}
	if id := q.Get("candidate"); id != "" {
		if err := s.proposed(v, g, id, &c); err != nil {
			return err
		}
	}
	for _, f := range g.Fields {
		if typed := clean(q.Get(f.Name), maxName); typed != "" && c.Values[f.Name] == "" {
			c.Values[f.Name] = typed
		}
	}
	if g.Field("inputs") != nil {
		if c.Values["inputs"], err = s.reviewInputs(v); err != nil {
			return err
		}
	}
	return s.showNewItem(v, http.StatusOK, g, c, nil)
}

// proposed fills a change with what the figures propose.
func (s *site) proposed(v *visit, g *slo.Register, id string, c *slo.RegisterChange) error {
	list, err := s.Registers.Candidates(v.r.Context(), g.Name, v.at)
	if err != nil {
		return err
	}
	k := slices.IndexFunc(list, func(x slo.RegisterCandidate) bool { return x.ID == id })
	if k < 0 {
		return nil // it is an item by now, or no longer so
	}
	for name, value := range list[k].Values {
		c.Values[name] = value
	}
	c.ID = list[k].ID
	if c.Values[g.Title()] == "" {
		c.Values[g.Title()] = v.views.candidate(list[k])
	}
	return nil
}

// reviewInputs are the inputs of a management review in words, a line each.
func (s *site) reviewInputs(v *visit) (string, error) {
	list, err := s.Registers.Inputs(v.r.Context(), v.at)
	if err != nil {
		return "", err
	}
	w := v.views.words
	lines := []string{w.t("input.as_of", s.today(v))}
	for _, x := range list {
		line := w.t("input.line", w.t("input."+x.Key), x.N)
		if x.Of > 0 {
			line = w.t("input.of", w.t("input."+x.Key), x.N, x.Of)
		}
		if len(x.Names) > 0 {
			line = w.t("input.names", line, w.list(x.Names))
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n"), nil
}

// showNewItem shows the form of a new item, with what was wrong with it.
func (s *site) showNewItem(v *visit, status int, g *slo.Register, c slo.RegisterChange, problems slo.RegisterProblems) error {
	w := v.views.words
	form, err := s.itemForm(v, g, c, problems)
	if err != nil {
		return err
	}
	form.Action, form.ID = "/registers/"+g.Name, c.ID
	for _, st := range g.States {
		form.States = append(form.States, formChoice{st.Name, w.itemState(st.Name), st.Name == c.State})
	}
	page := newItemView{Register: g.Name, RegisterTitle: w.t("register.name." + g.Name), Title: w.t("register.new." + g.Name), Help: w.t("register.help." + g.Name), Form: form}
	return s.render(v, status, "item-new", page.Title, page, false)
}

func (s *site) createItemForm(v *visit) error {
	g, err := s.shape(v)
	if err != nil {
		return err
	}
	c, err := typedChange(v, g)
	if err != nil {
		return err
	}
	c.ID = v.r.PostForm.Get("id")
	i, _, err := s.changeItem(v, c)
	if err != nil {
		problems, status := problemsOf(err)
		if problems == nil {
			return err
		}
		return s.showNewItem(v, status, g, c, problems)
	}
	http.Redirect(v.w, v.r, itemPath(g.Name, i.ID), http.StatusSeeOther)
	return nil
}
