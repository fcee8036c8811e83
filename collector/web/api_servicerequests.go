package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"

	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// serviceRequestRoutes are those of the counts of service requests.
func (s *site) serviceRequestRoutes() []route {
	const get, post = http.MethodGet, http.MethodPost
	return []route{
		{get, "/service-requests", forPeople, auth.Viewer, "", s.serviceRequestsPage},
		{post, "/service-requests", forPeople, auth.Operator, "service_requests.take", s.serviceRequestsForm},
		{get, "/api/v1/service-requests", forMachines, auth.Viewer, "", s.serviceRequestsAPI},
		{post, "/api/v1/service-requests", forMachines, auth.Operator, "service_requests.take", s.takeServiceRequestsAPI},
	}
}

type serviceRequestsJSON struct {
	At       slo.Instant           `json:"at"`
	Requests []slo.ServiceRequests `json:"service_requests"`
	Next     *int                  `json:"next_offset"`
}

// serviceRequestFilter reads what chooses counts, for the page and the API.
func serviceRequestFilter(service, versions, offset, limit string) (ServiceRequestFilter, error) {
	f := ServiceRequestFilter{Service: service}
	if len(service) > maxName || clean(service, maxName) != service {
		return f, badRequest("service: no name of a service")
	}
	switch versions {
	case "", "newest":
	case "all":
		f.Versions = true
	default:
		return f, badRequest("versions: it is newest or all")
	}
	var err error
	if f.Offset, err = offsetOf(offset); err != nil {
		return f, err
	}
	f.Limit, err = number("limit", limit, defaultLimit, 1, maxLimit)
	return f, err
}

func (s *site) serviceRequestsAPI(v *visit) error {
	q, err := query(v.r, "service", "versions", "offset", "limit", "format")
	if err != nil {
		return err
	}
	f, err := serviceRequestFilter(q.Get("service"), q.Get("versions"), q.Get("offset"), q.Get("limit"))
	if err != nil {
		return err
	}
	limit := f.Limit
	f.Limit++ // one more tells whether there are more
	list, err := s.ServiceRequests.List(v.r.Context(), f)
	if err != nil {
		return err
	}
	out := serviceRequestsJSON{At: v.at, Requests: append([]slo.ServiceRequests{}, list[:min(len(list), limit)]...)}
	if len(list) > limit {
		next := f.Offset + limit
		out.Next = &next
	}
	switch q.Get("format") {
	case "", "json":
		writeJSON(v.w, http.StatusOK, out)
	case "csv":
		v.w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		v.w.Header().Set("Content-Disposition", `attachment; filename="service-requests.csv"`)
		v.w.Write(writeServiceRequests(out.Requests)) // whoever asked may be gone
	default:
		return badRequest("format: it is json or csv")
	}
	return nil
}

// takeServiceRequestsAPI takes counts as CSV, or as a JSON object with a list of
// them.
func (s *site) takeServiceRequestsAPI(v *visit) error {
	if _, err := query(v.r); err != nil {
		return err
	}
	b, err := io.ReadAll(v.r.Body)
	if err != nil {
		return badBody(err)
	}
	var list []slo.ServiceRequests
	switch kind, _, _ := mime.ParseMediaType(v.r.Header.Get("Content-Type")); kind {
	case "text/csv":
		list, err = readServiceRequests(b)
	case "application/json":
		list, err = decodeServiceRequests(b)
	default:
		return refuse(http.StatusUnsupportedMediaType, "unsupported_media_type", "the body must be text/csv or application/json")
	}
	if err != nil {
		return err
	}
	taken, err := s.takeServiceRequests(v, b, list)
	if err != nil {
		return err
	}
	writeJSON(v.w, http.StatusOK, taken)
	return nil
}

// decodeServiceRequests reads counts from JSON.
func decodeServiceRequests(b []byte) ([]slo.ServiceRequests, error) {
	type row struct {
		Service   string `json:"service"`
		Agreement string `json:"agreement"`
		Period    string `json:"period"`
		Received  *int64 `json:"received"`
		Completed *int64 `json:"completed"`
		InTarget  *int64 `json:"in_target"`
		TotalS    *int64 `json:"total_s"`
	}
	var in struct {
		Requests []row `json:"service_requests"`
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return nil, badRequest("the body: " + clean(err.Error(), 200))
	}
	if len(in.Requests) > maxServiceRequestRows {
		return nil, badRequest(fmt.Sprintf("more than %d rows; send them in several requests", maxServiceRequestRows))
	}
	var out []slo.ServiceRequests
	var refused RowsRefused
	for n, x := range in.Requests {
		if x.Received == nil || x.Completed == nil || x.InTarget == nil || x.TotalS == nil {
			refused.Problems = append(refused.Problems, RowProblem{n + 1, "received, completed, in_target and total_s are all wanted"})
			continue
		}
		r := slo.ServiceRequests{Service: x.Service, Agreement: x.Agreement, Received: *x.Received, Completed: *x.Completed, InTarget: *x.InTarget, TotalS: *x.TotalS}
		p, err := slo.ParseCountedPeriod(x.Period)
		if r.Period = p; err == nil {
			err = r.Check()
		}
		if err != nil {
			refused.Problems = append(refused.Problems, RowProblem{n + 1, err.Error()})
		}
		out = append(out, r)
	}
	if len(refused.Problems) > 0 {
		return nil, &refused
	}
	return out, nil
}

// takeServiceRequests keeps counts of the visitor's. The audit has how many, and
// the digest of what was sent.
func (s *site) takeServiceRequests(v *visit, sent []byte, list []slo.ServiceRequests) (taken Taken, err error) {
	if len(list) == 0 {
		return taken, badRequest("there is no row")
	}
	for i := range list {
		list[i].At, list[i].Actor = v.at, v.actor.Name
	}
	v.about = fmt.Sprintf("%d rows, sha256 %x", len(list), sha256.Sum256(sent))
	err = s.write(v, func() error {
		taken, err = s.ServiceRequests.Take(context.WithoutCancel(v.r.Context()), list)
		return err
	})
	return taken, err
}
