package web

import (
	"context"
	"net/http"
	"time"

	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// serviceRequestsShown bounds the periods on a service's page.
const serviceRequestsShown = 3

// serviceRequestsView is the list of counts, and the form for more.
type serviceRequestsView struct {
	Service    string
	Rows       []serviceRequestRow
	Back, Next string
	MayWrite   bool
	CSRF       string
	Columns    []string
	Taken      *Taken
	Problem    string // what was wrong with what was sent
	Text       string // that was sent, to be mended
}

// serviceRequestRow is what was counted in a period.
type serviceRequestRow struct {
	slo.ServiceRequests
	Share string // of the completed ones in target; "" where none was completed
	Mean  string // time to completion; likewise
}

func (w words) serviceRequestRow(r slo.ServiceRequests) serviceRequestRow {
	row := serviceRequestRow{ServiceRequests: r}
	if mean, ok := r.MeanTime(); ok {
		row.Mean = w.dur(mean)
		row.Share = hundredths(r.InTarget*10_000/r.Completed) + " %"
	}
	return row
}

func (s *site) serviceRequestsPage(v *visit) error {
	return s.showServiceRequests(v, http.StatusOK, serviceRequestsView{})
}

// showServiceRequests shows the counts, with what became of others.
func (s *site) showServiceRequests(v *visit, status int, page serviceRequestsView) error {
	q := v.r.URL.Query()
	f, err := serviceRequestFilter(q.Get("service"), "", q.Get("offset"), "")
	if err != nil {
		return err
	}
	f.Limit = maxPage + 1 // one more tells whether there are more
	list, err := s.ServiceRequests.List(v.r.Context(), f)
	if err != nil {
		return err
	}
	for _, r := range list[:min(len(list), maxPage)] {
		page.Rows = append(page.Rows, v.views.serviceRequestRow(r))
	}
	page.Service, page.Columns, page.MayWrite = f.Service, serviceRequestColumns, v.actor.May(auth.Operator)
	page.Back, page.Next = pager(q, "/service-requests", f.Offset, f.Offset+len(list))
	if page.MayWrite {
		page.CSRF = s.csrf(v)
	}
	return s.render(v, status, "service-requests", v.views.t("fulfilment.title"), page, false)
}

func (s *site) serviceRequestsForm(v *visit) error {
	if err := v.readForm(); err != nil {
		return err
	}
	text := v.r.PostForm.Get("csv")
	list, err := readServiceRequests([]byte(text))
	var taken Taken
	if err == nil {
		taken, err = s.takeServiceRequests(v, []byte(text), list)
	}
	if err != nil {
		if r, expected := asRefusal(err); expected {
			return s.showServiceRequests(v, r.status, serviceRequestsView{Problem: r.message, Text: text})
		}
		return err
	}
	return s.showServiceRequests(v, http.StatusOK, serviceRequestsView{Taken: &taken})
}

// serviceRequestsOf lists the newest counts about a service. Without them its
// page has its figures all the same.
func (s *site) serviceRequestsOf(v *visit, service string) (out []serviceRequestRow) {
	if s.ServiceRequests == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(v.r.Context(), 5*time.Second)
	defer cancel()
	list, err := s.ServiceRequests.List(ctx, ServiceRequestFilter{Service: service, Limit: serviceRequestsShown})
	if err != nil {
		s.Log.Error("reading the service requests failed", "service", service, "error", err)
	}
	for _, r := range list {
		out = append(out, v.views.serviceRequestRow(r))
	}
	return out
}
