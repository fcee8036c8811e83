package web

import (
	"fmt"
	"net/http"
	"unicode/utf8"

	"github.com/assay-sla/assay/slo"
)

// maxComment bounds a comment, in bytes.
const maxComment = 4000

func (s *site) acknowledgeForm(v *visit) error {
	if err := s.acknowledge(v); err != nil {
		return err
	}
	http.Redirect(v.w, v.r, incidentPath(v.r.PathValue("id")), http.StatusSeeOther)
	return nil
}

func (s *site) commentForm(v *visit) error {
	if err := v.readForm(); err != nil {
		return err
	}
	text, err := comment(v.r.PostForm.Get("text"))
	if err != nil {
		r, _ := asRefusal(err)
		return s.showIncident(v, r.status, r.code, v.r.PostForm.Get("text"))
	}
	if err := s.comment(v, text); err != nil {
		return err
	}
	http.Redirect(v.w, v.r, incidentPath(v.r.PathValue("id"))+"#timeline", http.StatusSeeOther)
	return nil
}

// acknowledge acknowledges the incident of the path.
func (s *site) acknowledge(v *visit) error {
	i, err := s.incident(v)
	if err != nil {
		return err
	}
	e := slo.IncidentEvent{At: v.at, Kind: slo.EventAcknowledged, Actor: v.actor.Name}
	return s.write(v, func() error { return s.Incidents.Act(v.r.Context(), i.ID, e) })
}

// comment comments on the incident of the path.
func (s *site) comment(v *visit, text string) error {
	i, err := s.incident(v)
	if err != nil {
		return err
	}
	e := slo.IncidentEvent{At: v.at, Kind: slo.EventCommented, Actor: v.actor.Name, Text: text}
	return s.write(v, func() error { return s.Incidents.Act(v.r.Context(), i.ID, e) })
}

// comment checks the text of a comment and cleans it.
func comment(text string) (string, error) {
	switch {
	case !utf8.ValidString(text):
		return "", refuse(http.StatusBadRequest, "bad_comment", "text: not UTF-8")
	case len(text) > maxComment+maxComment/10: // a form sends a line's end as two bytes
		return "", refuse(http.StatusBadRequest, "long_comment", fmt.Sprintf("text: longer than %d bytes", maxComment))
	}
	t := cleanLines(text, len(text))
	switch {
	case t == "":
		return "", refuse(http.StatusBadRequest, "empty_comment", "text: is missing")
	case len(t) > maxComment:
		return "", refuse(http.StatusBadRequest, "long_comment", fmt.Sprintf("text: longer than %d bytes", maxComment))
	}
	return t, nil
}
