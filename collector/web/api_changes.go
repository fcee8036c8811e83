package web

import (
	"mime"
	"net/http"

	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// Addresses of changes that are more than their list.
const (
	changesPath     = "/api/v1/changes"
	changesHookPath = "/api/v1/hooks/changes"
)

// maxChangesBody bounds the body of an import, in bytes.
const maxChangesBody = 1 << 20

// maxBody bounds the body of a write to a route, in bytes.
func (r route) maxBody() int64 {
	if r.path == changesPath || r.path == changesHookPath {
		return maxChangesBody
	}
	return maxBody
}

// changeRoutes are those of changes and releases.
func (s *site) changeRoutes() []route {
	const get, post = http.MethodGet, http.MethodPost
	list := []route{
		{get, "/changes", forPeople, auth.Viewer, "", s.changesPage},
		{post, "/changes", forPeople, auth.Operator, "change.record", s.changeForm},
		{get, "/changes/{id}", forPeople, auth.Viewer, "", s.changePage},
		{get, changesPath, forMachines, auth.Viewer, "", s.changesAPI},
		{post, changesPath, forMachines, auth.Operator, "change.record", s.tellAPI},
		{post, changesHookPath, forMachines, auth.Operator, "change.record", s.changeHook},
		{get, changesPath + "/{id}", forMachines, auth.Viewer, "", s.changeAPI},
		{get, "/api/v1/freezes", forMachines, auth.Viewer, "", s.freezesAPI},
	}
	for _, act := range slo.ChangeActs() {
		list = append(list,
			route{post, "/changes/{id}/" + string(act), forPeople, auth.Operator, "change." + string(act), func(v *visit) error { return s.sayForm(v, act) }},
			route{post, changesPath + "/{id}/" + string(act), forMachines, auth.Operator, "change." + string(act), func(v *visit) error { return s.sayAPI(v, act) }})
	}
	return list
}

type changesJSON struct {
	At      slo.Instant  `json:"at"`
	Changes []changeJSON `json:"changes"`
	Next    *int         `json:"next_offset"`
}

type changeJSON struct {
	ID       string         `json:"id"`
	Key      string         `json:"key"`
	Kind     slo.ChangeKind `json:"kind"`
	Services []string       `json:"services"`
	slo.Interval
	Summary      string             `json:"summary"`
	Description  string             `json:"description"`
	By           string             `json:"by"`
	Link         string             `json:"link"`
	Major        bool               `json:"major"`
	Maintenance  *slo.Interval      `json:"maintenance"`
	Source       slo.ChangeSource   `json:"source"`
	RecordedBy   string             `json:"recorded_by"`
	RecordedAt   slo.Instant        `json:"recorded_at"`
	DuringFreeze bool               `json:"during_freeze"`
	Freezes      []slo.ChangeFreeze `json:"freezes"`
	Withdrawn    bool               `json:"withdrawn"`
	Verdict      *slo.ChangeAct     `json:"verdict"`
	Events       []slo.ChangeEvent  `json:"events"`
	Entry        int64              `json:"entry"`
}

func changeOf(c *slo.ChangeRecord) changeJSON {
	j := changeJSON{
		ID: c.ID, Key: c.Key, Kind: c.Kind, Services: c.Services, Interval: c.Interval, Summary: c.Summary, Description: c.Description, By: c.By, Link: c.Link,
		Major: c.Major, Source: c.Source, RecordedBy: c.RecordedBy, RecordedAt: c.RecordedAt, DuringFreeze: len(c.Freezes) > 0,
		Freezes: append([]slo.ChangeFreeze{}, c.Freezes...), Withdrawn: c.Withdrawn(), Events: append([]slo.ChangeEvent{}, c.Events...), Entry: c.Entry,
	}
	if v := c.Planned(); !v.Empty() {
		j.Maintenance = &v
	}
	if said := c.Verdict(); said != "" {
		j.Verdict = &said
	}
	return j
}

// changeFilter reads what chooses changes, for the page and the API.
func changeFilter(service, offset, limit string) (ChangeFilter, error) {
	var f ChangeFilter
	if len(service) > maxName || clean(service, maxName) != service {
		return f, badRequest("service: no name of a service")
	}
	if service != "" {
		f.Services = []string{service}
	}
	var err error
	if f.Offset, err = offsetOf(offset); err != nil {
		return f, err
	}
	f.Limit, err = number("limit", limit, defaultLimit, 1, maxLimit)
	return f, err
}

func (s *site) changesAPI(v *visit) error {
	q, err := query(v.r, "service", "offset", "limit", "format")
	if err != nil {
		return err
	}
	if f := q.Get("format"); f != "" && f != "csv" {
		return badRequest("format: it is csv, or left out for JSON")
	}
	f, err := changeFilter(q.Get("service"), q.Get("offset"), q.Get("limit"))
	if err != nil {
		return err
	}
	limit := f.Limit
	f.Limit++ // one more tells whether there are more
	list, err := s.Changes.List(v.r.Context(), f)
	if err != nil {
		return err
	}
	out := changesJSON{At: v.at, Changes: []changeJSON{}}
	if len(list) > limit {
		next := f.Offset + limit
		list, out.Next = list[:limit], &next
	}
	if q.Get("format") == "csv" {
		v.w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		v.w.Header().Set("Content-Disposition", `attachment; filename="changes.csv"`)
		return writeChanges(v.w, list)
	}
	for i := range list {
		out.Changes = append(out.Changes, changeOf(&list[i]))
	}
	writeJSON(v.w, http.StatusOK, out)
	return nil
}

func (s *site) changeAPI(v *visit) error {
	if _, err := query(v.r); err != nil {
		return err
	}
	c, err := s.change(v)
	if err != nil {
		return err
	}
	writeJSON(v.w, http.StatusOK, changeOf(&c))
	return nil
}

// change reads the change that the path names.
func (s *site) change(v *visit) (slo.ChangeRecord, error) {
	id, err := changeID(v)
	if err != nil {
		return slo.ChangeRecord{}, err
	}
	return s.Changes.Get(v.r.Context(), id)
}

// changeIn is a change as machines tell of it.
type changeIn struct {
	Key         string       `json:"key"`
	Kind        string       `json:"kind"`
	Service     string       `json:"service"`
	Services    []string     `json:"services"`
	From        *slo.Instant `json:"from"`
	To          *slo.Instant `json:"to"`
	Summary     string       `json:"summary"`
	Description string       `json:"description"`
	By          string       `json:"by"`
	Link        string       `json:"link"`
	Major       bool         `json:"major"`
	Maintenance bool         `json:"maintenance"`
}

// record is the change without what the collector adds.
func (in changeIn) record(source slo.ChangeSource) slo.ChangeRecord {
	c := slo.ChangeRecord{Key: in.Key, Source: source, ChangeTerms: slo.ChangeTerms{
		Kind: slo.ChangeKind(in.Kind), Services: in.Services, Summary: in.Summary, Description: in.Description, By: in.By, Link: in.Link,
		Major: in.Major, Maintenance: in.Maintenance,
	}}
	if c.Kind == "" {
		c.Kind = slo.PlainChange
	}
	if in.Service != "" {
		c.Services = append([]string{in.Service}, in.Services...)
	}
	if in.From != nil {
		c.From = *in.From
	}
	if in.To != nil {
		c.To = *in.To
	}
	return c
}

// tellAPI takes one change as JSON, or many as CSV.
func (s *site) tellAPI(v *visit) error {
	if t, _, err := mime.ParseMediaType(v.r.Header.Get("Content-Type")); err == nil && t == "text/csv" {
		return s.importChanges(v)
	}
	var in changeIn
	if err := ReadBody(v.r, &in); err != nil {
		return err
	}
	return s.answerTold(v, in.record(slo.ChangeByAPI))
}

// answerTold keeps a change, and answers with it.
func (s *site) answerTold(v *visit, told slo.ChangeRecord) error {
	c, fresh, err := s.tellChange(v, told)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if fresh {
		status = http.StatusCreated
	}
	v.w.Header().Set("Location", "/api/v1"+changePath(c.ID))
	writeJSON(v.w, status, changeOf(&c))
	return nil
}

func (s *site) sayAPI(v *visit, act slo.ChangeAct) error {
	var in struct {
		Text string `json:"text"`
	}
	if err := ReadBody(v.r, &in); err != nil {
		return err
	}
	c, err := s.sayOfChange(v, act, in.Text)
	if err != nil {
		return err
	}
	writeJSON(v.w, http.StatusOK, changeOf(&c))
	return nil
}

// freezesAPI says whether changes are to wait: a pipeline asks before it begins.
func (s *site) freezesAPI(v *visit) error {
	q, err := query(v.r, "service")
	if err != nil {
		return err
	}
	service := q.Get("service")
	if service != "" {
		if _, ok := s.Figures.Service(service, v.at); !ok {
			return refuse(http.StatusNotFound, "not_found", "there is no such service")
		}
	}
	list := []slo.ChangeFreeze{}
	for _, f := range s.Changes.Freezes(v.at) {
		if service == "" || f.Service == service {
			list = append(list, f)
		}
	}
	writeJSON(v.w, http.StatusOK, map[string]any{"at": v.at, "frozen": len(list) > 0, "freezes": list})
	return nil
}
