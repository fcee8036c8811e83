package web

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// registerRoutes are those of the registers of the management system. What a
// private register holds needs the role operator, which its handlers ask for.
func (s *site) registerRoutes() []route {
	const get, post = http.MethodGet, http.MethodPost
	const page, api = "/registers", "/api/v1/registers"
	return []route{
		{get, page, forPeople, auth.Viewer, "", s.registersPage},
		{get, page + "/services", forPeople, auth.Viewer, "", s.serviceCataloguePage},
		{get, page + "/{register}", forPeople, auth.Viewer, "", s.registerPage},
		{post, page + "/{register}", forPeople, auth.Operator, "register.create", s.createItemForm},
		{get, page + "/{register}/new", forPeople, auth.Operator, "", s.newItemPage},
		{get, page + "/{register}/csv", forPeople, auth.Operator, "", s.importPage},
		{post, page + "/{register}/csv", forPeople, auth.Operator, "register.import", s.importForm},
		{get, page + "/{register}/items/{id}", forPeople, auth.Viewer, "", s.itemPage},
		{post, page + "/{register}/items/{id}", forPeople, auth.Operator, "register.change", s.changeItemForm},
		{post, page + "/{register}/items/{id}/events/{n}/undo", forPeople, auth.Operator, "register.undo", s.undoItemForm},
		{get, api, forMachines, auth.Viewer, "", s.registersAPI},
		{get, api + "/services", forMachines, auth.Viewer, "", s.serviceCatalogueAPI},
		{get, api + "/reviews/inputs", forMachines, auth.Viewer, "", s.reviewInputsAPI},
		{get, api + "/{register}", forMachines, auth.Viewer, "", s.registerAPI},
		{post, api + "/{register}", forMachines, auth.Operator, "register.create", s.createItemAPI},
		{get, api + "/{register}/candidates", forMachines, auth.Viewer, "", s.candidatesAPI},
		{get, api + "/{register}/csv", forMachines, auth.Viewer, "", s.exportAPI},
		{post, api + "/{register}/csv", forMachines, auth.Operator, "register.import", s.importAPI},
		{get, api + "/{register}/items/{id}", forMachines, auth.Viewer, "", s.itemAPI},
		{post, api + "/{register}/items/{id}", forMachines, auth.Operator, "register.change", s.changeItemAPI},
		{post, api + "/{register}/items/{id}/events/{n}/undo", forMachines, auth.Operator, "register.undo", s.undoItemAPI},
	}
}

type registersJSON struct {
	At        slo.Instant    `json:"at"`
	Registers []registerJSON `json:"registers"`
}

type registerJSON struct {
	Name    string              `json:"name"`
	Private bool                `json:"private"`
	Fields  []registerFieldJSON `json:"fields"`
	States  []registerStateJSON `json:"states"`
}

type registerFieldJSON struct {
	Name     string        `json:"name"`
	Kind     slo.FieldKind `json:"kind"`
	Required bool          `json:"required"`
	Choices  []string      `json:"choices,omitempty"`
	Of       string        `json:"of,omitempty"`
	Factors  []string      `json:"factors,omitempty"`
}

type registerStateJSON struct {
	Name  string   `json:"name"`
	Over  bool     `json:"over"`
	Needs []string `json:"needs"`
	Next  []string `json:"next"`
	Items int      `json:"items"`
}

func registerOf(g *slo.Register, counts map[[2]string]int) registerJSON {
	out := registerJSON{Name: g.Name, Private: g.Private}
	for _, f := range g.Fields {
		out.Fields = append(out.Fields, registerFieldJSON(f))
	}
	for _, st := range g.States {
		out.States = append(out.States, registerStateJSON{st.Name, st.Over, append([]string{}, st.Needs...), append([]string{}, g.NextStates(st.Name)...), counts[[2]string{g.Name, st.Name}]})
	}
	return out
}

func (s *site) registersAPI(v *visit) error {
	if _, err := query(v.r); err != nil {
		return err
	}
	counts, err := s.Registers.Counts(v.r.Context())
	if err != nil {
		return err
	}
	out := registersJSON{At: v.at, Registers: []registerJSON{}}
	for _, g := range s.Registers.Shapes() {
		out.Registers = append(out.Registers, registerOf(&g, counts))
	}
	writeJSON(v.w, http.StatusOK, out)
	return nil
}

type itemsJSON struct {
	At    slo.Instant `json:"at"`
	Items []itemJSON  `json:"items"`
	Next  *int        `json:"next_offset"`
}

type itemJSON struct {
	Register  string              `json:"register"`
	ID        string              `json:"id"`
	Version   int                 `json:"version"`
	State     string              `json:"state"`
	Over      bool                `json:"over"`
	Values    map[string]string   `json:"values"`
	Computed  map[string]string   `json:"computed"`
	CreatedAt slo.Instant         `json:"created_at"`
	ChangedAt slo.Instant         `json:"changed_at"`
	Next      []string            `json:"next"`
	Events    []slo.RegisterEvent `json:"events"`
}

func itemOf(g *slo.Register, i *slo.RegisterItem) itemJSON {
	out := itemJSON{
		Register: i.Register, ID: i.ID, Version: i.Version(), State: i.State, Values: i.Values, Computed: map[string]string{},
		CreatedAt: i.Created(), ChangedAt: i.Changed(), Next: append([]string{}, g.NextStates(i.State)...), Events: i.Events,
	}
	if st := g.State(i.State); st != nil {
		out.Over = st.Over
	}
	for k := range g.Fields {
		if f := &g.Fields[k]; f.Kind == slo.FieldProduct && i.Shown(f) != "" {
			out.Computed[f.Name] = i.Shown(f)
		}
	}
	return out
}

// shape is the register that the path names, where the visitor may read it.
func (s *site) shape(v *visit) (*slo.Register, error) {
	name := v.r.PathValue("register")
	for _, g := range s.Registers.Shapes() {
		if g.Name != name {
			continue
		}
		if g.Private && !v.actor.May(auth.Operator) {
			return nil, refuse(http.StatusForbidden, "forbidden", fmt.Sprintf("the register of %s needs the role %s; %s is %s", name, auth.Operator, v.actor.Name, v.actor.Role))
		}
		return &g, nil
	}
	return nil, ErrNoItem
}

// registerFilter reads what chooses items, for the page and the API: state is one
// of the register's, open (those that are not over), or "" for all.
func registerFilter(g *slo.Register, q url.Values) (RegisterFilter, error) {
	f := RegisterFilter{Register: g.Name, Text: q.Get("q")}
	switch state := q.Get("state"); {
	case state == "open":
		f.States = g.OpenStates()
	case state != "" && g.State(state) == nil:
		return f, badRequest(fmt.Sprintf("state: %.40q is no state of the register; open chooses those that are not over", state))
	case state != "":
		f.States = []string{state}
	}
	if len(f.Text) > maxName || clean(f.Text, maxName) != f.Text {
		return f, badRequest("q: a text of one line, up to 200 bytes")
	}
	var err error
	if f.Offset, err = offsetOf(q.Get("offset")); err != nil {
		return f, err
	}
	f.Limit, err = number("limit", q.Get("limit"), defaultLimit, 1, maxLimit)
	return f, err
}

func (s *site) registerAPI(v *visit) error {
	g, err := s.shape(v)
	if err != nil {
		return err
	}
	q, err := query(v.r, "state", "q", "offset", "limit")
	if err != nil {
		return err
	}
	f, err := registerFilter(g, q)
	if err != nil {
		return err
	}
	limit := f.Limit
	f.Limit++ // one more tells whether there are more
	list, err := s.Registers.List(v.r.Context(), f)
	if err != nil {
		return err
	}
	out := itemsJSON{At: v.at, Items: []itemJSON{}}
	if len(list) > limit {
		next := f.Offset + limit
		list, out.Next = list[:limit], &next
	}
	for i := range list {
		out.Items = append(out.Items, itemOf(g, &list[i]))
	}
	writeJSON(v.w, http.StatusOK, out)
	return nil
}

func (s *site) itemAPI(v *visit) error {
	if _, err := query(v.r); err != nil {
		return err
	}
	g, i, err := s.item(v)
	if err != nil {
		return err
	}
	writeJSON(v.w, http.StatusOK, itemOf(g, &i))
	return nil
}

func (s *site) createItemAPI(v *visit) error {
	var in struct {
		ID     string            `json:"id"`
		State  string            `json:"state"`
		Values map[string]string `json:"values"`
		Text   string            `json:"text"`
	}
	if err := ReadBody(v.r, &in); err != nil {
		return err
	}
	g, err := s.shape(v)
	if err != nil {
		return err
	}
	i, fresh, err := s.changeItem(v, slo.RegisterChange{Register: g.Name, ID: in.ID, State: in.State, Values: in.Values, Text: in.Text})
	if err != nil {
		return err
	}
	status := http.StatusOK
	if fresh {
		status = http.StatusCreated
	}
	v.w.Header().Set("Location", "/api/v1"+itemPath(g.Name, i.ID))
	writeJSON(v.w, status, itemOf(g, &i))
	return nil
}

func (s *site) changeItemAPI(v *visit) error {
	var in struct {
		Version int               `json:"version"`
		State   string            `json:"state"`
		Values  map[string]string `json:"values"`
		Text    string            `json:"text"`
	}
	if err := ReadBody(v.r, &in); err != nil {
		return err
	}
	if in.Version < 1 {
		return badRequest("version: that of the item as you have seen it is wanted")
	}
	g, i, err := s.item(v)
	if err != nil {
		return err
	}
	i, _, err = s.changeItem(v, slo.RegisterChange{Register: g.Name, ID: i.ID, Version: in.Version, State: in.State, Values: in.Values, Text: in.Text})
	if err != nil {
		return err
	}
	writeJSON(v.w, http.StatusOK, itemOf(g, &i))
	return nil
}

func (s *site) undoItemAPI(v *visit) error {
	var in struct {
		Version int    `json:"version"`
		Text    string `json:"text"`
	}
	if err := ReadBody(v.r, &in); err != nil {
		return err
	}
	g, i, err := s.undoItem(v, in.Version, in.Text)
	if err != nil {
		return err
	}
	writeJSON(v.w, http.StatusOK, itemOf(g, &i))
	return nil
}

func (s *site) exportAPI(v *visit) error {
	if _, err := query(v.r); err != nil {
		return err
	}
	g, err := s.shape(v)
	if err != nil {
		return err
	}
	var b bytes.Buffer // whole before the first byte goes out, so that an error is told as one
	if err := s.Registers.Export(v.r.Context(), g.Name, &b); err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	v.w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": g.Name + ".csv"}))
	v.w.Write(b.Bytes()) // whoever asked may be gone
	return nil
}

// importJSON is what a file does, with the error where it is refused.
type importJSON struct {
	Error *importErrorJSON `json:"error,omitempty"`
	slo.RegisterImport
}

type importErrorJSON struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (s *site) importAPI(v *visit) error {
	q, err := query(v.r, "dry_run")
	if err != nil {
		return err
	}
	dry := q.Get("dry_run")
	if !slices.Contains([]string{"", "true", "false"}, dry) {
		return badRequest("dry_run: true or false")
	}
	g, err := s.shape(v)
	if err != nil {
		return err
	}
	if t, _, err := mime.ParseMediaType(v.r.Header.Get("Content-Type")); err != nil || t != "text/csv" {
		return refuse(http.StatusUnsupportedMediaType, "unsupported_media_type", "the body must be text/csv")
	}
	b, err := io.ReadAll(v.r.Body)
	if err != nil {
		return badBody(err)
	}
	plan, err := s.importItems(v, g, b, dry == "true")
	if err != nil {
		return err
	}
	if len(plan.Problems) > 0 {
		told := &importErrorJSON{"bad_file", fmt.Sprintf("nothing was imported: %d problems", len(plan.Problems)+plan.Omitted)}
		writeJSON(v.w, http.StatusBadRequest, importJSON{told, plan})
		return nil
	}
	writeJSON(v.w, http.StatusOK, importJSON{nil, plan})
	return nil
}

func (s *site) candidatesAPI(v *visit) error {
	if _, err := query(v.r); err != nil {
		return err
	}
	g, err := s.shape(v)
	if err != nil {
		return err
	}
	list, err := s.Registers.Candidates(v.r.Context(), g.Name, v.at)
	if err != nil {
		return err
	}
	writeJSON(v.w, http.StatusOK, map[string]any{"at": v.at, "candidates": append([]slo.RegisterCandidate{}, list...)})
	return nil
}

func (s *site) reviewInputsAPI(v *visit) error {
	if _, err := query(v.r); err != nil {
		return err
	}
	list, err := s.Registers.Inputs(v.r.Context(), v.at)
	if err != nil {
		return err
	}
	writeJSON(v.w, http.StatusOK, map[string]any{"at": v.at, "inputs": append([]slo.ReviewInput{}, list...)})
	return nil
}

// eventNumber is the number of the event that the path names.
func eventNumber(v *visit) (int, error) {
	n, err := strconv.Atoi(v.r.PathValue("n"))
	if err != nil {
		return 0, badRequest("the number of an event is a number")
	}
	return n, nil
}

// changeItem makes a change of the visitor's.
func (s *site) changeItem(v *visit, c slo.RegisterChange) (slo.RegisterItem, bool, error) {
	v.about = clean(c.Register+"/"+c.ID, maxName)
	i, done, err := s.Registers.Change(context.WithoutCancel(v.r.Context()), c, s.event(v))
	return i, done, s.settleItem(v, err)
}
