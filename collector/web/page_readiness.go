package web

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/assay-sla/assay/collector/web/auth"
)

// readinessPath is the page of how an audit would find the records.
const readinessPath = "/readiness"

// evidenceRoutes are those of evidence. Its pack holds the audit trail and
// mails, and so does what is judged here.
func (s *site) evidenceRoutes() []route {
	return []route{{http.MethodGet, readinessPath, forPeople, auth.Operator, "", s.readinessPage}}
}

// readinessView is the page of readiness, with the way to a pack.
type readinessView struct {
	Readiness
	Lang string // en or zh
	Pack string // address of the pack of the same months
}

func (s *site) readinessPage(v *visit) error {
	q, err := query(v.r, "from", "to")
	if err != nil {
		return err
	}
	lang := "en"
	if v.views.lang == chinese {
		lang = "zh"
	}
	found, err := s.Evidence.Readiness(v.r.Context(), q.Get("from"), q.Get("to"), lang)
	switch {
	case errors.Is(err, ErrMonths):
		return badRequest(clean(err.Error(), 300))
	case errors.Is(err, ErrJudging):
		v.w.Header().Set("Retry-After", "30")
		return refuse(http.StatusTooManyRequests, "busy", ErrJudging.Error())
	case err != nil:
		return err
	}
	pack := url.Values{"from": {found.From}, "to": {found.To}, "zone": {found.Zone}, "lang": {lang}}
	page := readinessView{found, lang, "/api/v1/evidence?" + pack.Encode()}
	return s.render(v, http.StatusOK, "readiness", v.views.t("evidence.title"), page, false) // it reads every record
}
