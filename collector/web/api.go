package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/assay-sla/assay/slo"
)

const (
	defaultLimit = 100
	maxLimit     = 1000
)

// query reads the query of an API request, in which only the names given may
// stand, each once.
func query(r *http.Request, names ...string) (url.Values, error) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, badRequest("the query cannot be read")
	}
	var unknown []string
	for name, values := range q {
		if !slices.Contains(names, name) {
			unknown = append(unknown, fmt.Sprintf("%.40q", name))
		} else if len(values) > 1 {
			return nil, badRequest(name + ": appears twice")
		}
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		has := "it has none"
		if len(names) > 0 {
			has = "it has " + strings.Join(names, ", ")
		}
		return nil, badRequest("unknown query parameter " + strings.Join(unknown[:min(5, len(unknown))], ", ") + "; " + has)
	}
	return q, nil
}

// window cuts the part out of a list that a request asks for.
func window[T any](q url.Values, list []T) (part []T, next *int, err error) {
	offset, err := offsetOf(q.Get("offset"))
	if err != nil {
		return nil, nil, err
	}
	limit, err := number("limit", q.Get("limit"), defaultLimit, 1, maxLimit)
	if err != nil {
		return nil, nil, err
	}
	from, to := min(offset, len(list)), min(offset+limit, len(list))
	if to < len(list) {
		next = &to
	}
	return list[from:to], next, nil
}

func (s *site) statusAPI(v *visit) error {
	if _, err := query(v.r); err != nil {
		return err
	}
	writeJSON(v.w, http.StatusOK, statusOf(s.Collector.Status(), v.at))
	return nil
}

func (s *site) servicesAPI(v *visit) error {
	q, err := query(v.r, "state", "offset", "limit")
	if err != nil {
		return err
	}
	list := s.Figures.Services(v.at)
	if text := q.Get("state"); text != "" {
		state, err := slo.ParseState(text)
		if err != nil {
			return badRequest("state: " + err.Error())
		}
		list = slices.DeleteFunc(slices.Clone(list), func(x slo.ServiceStatus) bool { return x.State != state })
	}
	part, next, err := window(q, list)
	if err != nil {
		return err
	}
	out := servicesJSON{At: v.at, Services: []serviceJSON{}, Next: next}
	for i := range part {
		out.Services = append(out.Services, serviceOf(&part[i]))
	}
	writeJSON(v.w, http.StatusOK, out)
	return nil
}

func (s *site) serviceAPI(v *visit) error {
	if _, err := query(v.r); err != nil {
		return err
	}
	st, ok := s.Figures.Service(v.r.PathValue("name"), v.at)
	if !ok {
		return refuse(http.StatusNotFound, "not_found", "there is no such service")
	}
	writeJSON(v.w, http.StatusOK, serviceDetailOf(&st, v.at))
	return nil
}

func (s *site) objectivesAPI(v *visit) error {
	q, err := query(v.r, "agreement", "service", "offset", "limit")
	if err != nil {
		return err
	}
	agreement, service := q.Get("agreement"), q.Get("service")
	var list []slo.ObjectiveStatus
	for _, st := range s.Figures.Services(v.at) {
		for _, o := range st.Objectives {
			if (agreement == "" || o.Agreement.Name == agreement) && (service == "" || st.Service.Name == service) {
				list = append(list, o)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b slo.ObjectiveStatus) int { return strings.Compare(a.Agreement.Name, b.Agreement.Name) })
	part, next, err := window(q, list)
	if err != nil {
		return err
	}
	writeJSON(v.w, http.StatusOK, objectivesJSON{At: v.at, Objectives: append([]slo.ObjectiveStatus{}, part...), Next: next})
	return nil
}

func (s *site) incidentsAPI(v *visit) error {
	q, err := query(v.r, "state", "service", "offset", "limit")
	if err != nil {
		return err
	}
	f, err := incidentFilter(q.Get("state"), q.Get("service"), q.Get("offset"), q.Get("limit"))
	if err != nil {
		return err
	}
	limit := f.Limit
	f.Limit++ // one more tells whether there are more
	list, err := s.Incidents.List(v.r.Context(), f)
	if err != nil {
		return err
	}
	out := incidentsJSON{At: v.at, Incidents: []incidentJSON{}}
	if len(list) > limit {
		next := f.Offset + limit
		list, out.Next = list[:limit], &next
	}
	for i := range list {
		out.Incidents = append(out.Incidents, incidentOf(&list[i]))
	}
	writeJSON(v.w, http.StatusOK, out)
	return nil
}

func (s *site) incidentAPI(v *visit) error {
	if _, err := query(v.r); err != nil {
		return err
	}
	return s.answerIncident(v)
}

func (s *site) answerIncident(v *visit) error {
	i, err := s.incident(v)
	if err != nil {
		return err
	}
	clocks, err := s.Incidents.Clocks(v.r.Context(), &i, v.at)
	if err != nil {
		return err
	}
	parts, err := s.Incidents.Parts(v.r.Context(), i.ID)
	if err != nil {
		return err
	}
	candidates, err := s.candidatesJSON(v, &i)
	if err != nil {
		return err
	}
	writeJSON(v.w, http.StatusOK, incidentDetailJSON{incidentOf(&i), append([]string{}, parts...), clocksJSON(clocks), candidates})
	return nil
}

func (s *site) acknowledgeAPI(v *visit) error {
	if err := ReadBody(v.r, &struct{}{}); err != nil {
		return err
	}
	if err := s.acknowledge(v); err != nil {
		return err
	}
	return s.answerIncident(v)
}

func (s *site) commentAPI(v *visit) error {
	var in struct {
		Text string `json:"text"`
	}
	if err := ReadBody(v.r, &in); err != nil {
		return err
	}
	text, err := comment(in.Text)
	if err != nil {
		return err
	}
	if err := s.comment(v, text); err != nil {
		return err
	}
	return s.answerIncident(v)
}

func (s *site) agentsAPI(v *visit) error {
	q, err := query(v.r, "offset", "limit")
	if err != nil {
		return err
	}
	part, next, err := window(q, s.Agents.Agents(v.at))
	if err != nil {
		return err
	}
	out := agentsJSON{At: v.at, Agents: []agentJSON{}, Next: next}
	for _, a := range part {
		out.Agents = append(out.Agents, agentOf(a))
	}
	writeJSON(v.w, http.StatusOK, out)
	return nil
}

// ReadBody reads a JSON object without unknown fields; no body at all is an
// empty object. Its error is told by Refusal.
func ReadBody(r *http.Request, into any) error {
	if _, err := query(r); err != nil {
		return err
	}
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return badBody(err)
	}
	if len(b) == 0 {
		return nil
	}
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/json" {
		return refuse(http.StatusUnsupportedMediaType, "unsupported_media_type", "the body must be application/json")
	}
	dec := json.NewDecoder(strings.NewReader(string(b)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return badRequest("the body: " + clean(err.Error(), 200))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return badRequest("the body holds more than one object")
	}
	return nil
}

// badBody is why a body could not be read.
func badBody(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return err
	}
	return badRequest("the body cannot be read")
}
