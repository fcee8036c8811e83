package web

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// Explain explains the figure of an objective, with the measurements that it
// speaks of as far as there is time to read them. Its errors are ErrNoObjective,
// ErrBusy, a *WindowError, or that something failed.
type Explain func(ctx context.Context, q ExplainQuery) (*slo.Explanation, error)

// ExplainQuery says which figure is to be explained.
type ExplainQuery struct {
	Service              string // that the agreement is about
	Agreement, Objective string
	Window               string // as slo.Window.Asked takes it; "" is the one that At lies in
	Limit                int    // how much is listed of a kind, 1 to MaxExplained
	At                   slo.Instant
}

// ErrNoObjective is what Explain returns for an objective that nothing has.
var ErrNoObjective = errors.New("there is no such objective of this service")

// ErrBusy is what Explain returns where too many ask at once.
var ErrBusy = errors.New("too many figures are being explained, ask again in a few seconds")

// WindowError says what is wrong with the window that was asked for.
type WindowError struct{ Err error }

func (e *WindowError) Error() string { return "window: " + e.Err.Error() }

// Unwrap is the error that it says.
func (e *WindowError) Unwrap() error { return e.Err }

// MaxExplained bounds what is listed of a kind on a page and in an answer of
// the API; the command line lists more.
const MaxExplained = 200

// shortExplained is how much is listed where nobody says.
const shortExplained = 20

// explained explains the figure that a request asks for.
func (s *site) explained(v *visit, q url.Values) (*slo.Explanation, error) {
	if len(q.Get("objective")) > maxName || len(q.Get("window")) > maxName {
		return nil, badRequest("objective and window: too long")
	}
	agreement, objective, ok := strings.Cut(q.Get("objective"), "/")
	if q.Get("objective") == "" {
		agreement, objective, ok = s.promisedFirst(v)
	}
	if !ok {
		return nil, badRequest("objective: it is AGREEMENT/OBJECTIVE")
	}
	limit, err := number("limit", q.Get("limit"), shortExplained, 1, MaxExplained)
	if err != nil {
		return nil, err
	}
	return s.Explain(v.r.Context(), ExplainQuery{
		Service: v.r.PathValue("name"), Agreement: agreement, Objective: objective, Window: q.Get("window"), Limit: limit, At: v.at,
	})
}

// promisedFirst is the first objective of the service that the path names. ok
// is true also where there is none, which is then not found.
func (s *site) promisedFirst(v *visit) (agreement, objective string, ok bool) {
	st, _ := s.Figures.Service(v.r.PathValue("name"), v.at)
	if len(st.Objectives) > 0 {
		agreement, objective = st.Objectives[0].Agreement.Name, st.Objectives[0].Objective.Name
	}
	return agreement, objective, true
}

func (s *site) explainAPI(v *visit) error {
	q, err := query(v.r, "objective", "window", "limit")
	if err != nil {
		return err
	}
	x, err := s.explained(v, q)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := x.WriteJSON(&b); err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	v.w.WriteHeader(http.StatusOK)
	v.w.Write(scrub(b.Bytes())) // whoever asked may be gone
	return nil
}

// explainPath is the page that explains a figure; window "" is the present one.
func explainPath(service, agreement, objective, window string, limit int) string {
	q := url.Values{"objective": {agreement + "/" + objective}}
	if window != "" {
		q.Set("window", window)
	}
	if limit != shortExplained {
		q.Set("limit", strconv.Itoa(limit))
	}
	return servicePath(service) + "/explain?" + q.Encode()
}

// ExplainPath is the page that explains the figure of a window, without the
// host.
func ExplainPath(a *slo.Agreement, o *slo.Objective, w slo.Interval) string {
	return explainWindow(a, o, w, shortExplained)
}

// explainWindow is the page that explains the figure of a window.
func explainWindow(a *slo.Agreement, o *slo.Objective, w slo.Interval, limit int) string {
	return explainPath(a.Service, a.Name, o.Name, o.Window.Name(w, a.Zone), limit)
}
