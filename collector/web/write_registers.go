package web

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"net/url"

	"github.com/assay-sla/assay/slo"
)

// Bounds of what is sent to the registers, in bytes. A form writes a byte of a
// Chinese text as three.
const (
	maxItemBody   = 256 << 10
	maxImportBody = 4 << 20 // a file, and a form that holds it; its own bound is lower
)

// bringsFile reports whether a form may bring a file, and does.
func (v *visit) bringsFile() bool {
	t, _, err := mime.ParseMediaType(v.r.Header.Get("Content-Type"))
	return err == nil && t == "multipart/form-data" && v.route.maxBody() == maxImportBody
}

// parseForm reads a form. Its body is bounded, and so is what is held of it.
func (v *visit) parseForm() error {
	if v.bringsFile() {
		return v.r.ParseMultipartForm(maxImportBody)
	}
	return v.r.ParseForm()
}

func itemPath(register, id string) string {
	return "/registers/" + url.PathEscape(register) + "/items/" + url.PathEscape(id)
}

// item reads the item that the path names, with its register.
func (s *site) item(v *visit) (*slo.Register, slo.RegisterItem, error) {
	g, err := s.shape(v)
	if err != nil {
		return nil, slo.RegisterItem{}, err
	}
	id := v.r.PathValue("id")
	if id == "" || len(id) > slo.MaxRegisterID || clean(id, maxName) != id {
		return nil, slo.RegisterItem{}, ErrNoItem
	}
	v.about = g.Name + "/" + id
	i, err := s.Registers.Get(v.r.Context(), g.Name, id)
	return g, i, err
}

// undoItem takes the event of the path back.
func (s *site) undoItem(v *visit, version int, text string) (*slo.Register, slo.RegisterItem, error) {
	n, err := eventNumber(v)
	if err != nil {
		return nil, slo.RegisterItem{}, err
	}
	g, i, err := s.item(v)
	if err != nil {
		return g, i, err
	}
	i, err = s.Registers.Undo(context.WithoutCancel(v.r.Context()), slo.RegisterChange{Register: g.Name, ID: i.ID, Version: version, Text: text}, n, s.event(v))
	return g, i, s.settleItem(v, err)
}

// importItems imports a file of the visitor's, or says what it would do.
func (s *site) importItems(v *visit, g *slo.Register, csv []byte, dry bool) (slo.RegisterImport, error) {
	v.about = g.Name
	plan, err := s.Registers.Import(context.WithoutCancel(v.r.Context()), g.Name, csv, dry, s.event(v))
	if err == nil && len(plan.Problems) > 0 && !dry {
		return plan, s.record(v, Refused, "bad_file")
	}
	return plan, s.settleItem(v, err)
}

// settleItem records a write that was not made, and returns why.
func (s *site) settleItem(v *visit, err error) error {
	if err == nil {
		return nil
	}
	outcome := Failed
	var problems slo.RegisterProblems
	if errors.As(err, &problems) {
		outcome = Refused
	}
	r, _ := asRefusal(err)
	return errors.Join(s.record(v, outcome, r.code), err)
}

// refusedItem is what is told of what is wrong with an item: the reason of the
// first problem, and all of them in words for the log.
func refusedItem(p slo.RegisterProblems) *refusal {
	status := http.StatusBadRequest
	if p[0].Reason.Conflicts() {
		status = http.StatusConflict
	}
	return &refusal{status: status, code: string(p[0].Reason), message: clean(p.Error(), maxComment)}
}
