package web

import (
	"io"
	"net/http"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// importView is the page that imports a CSV file.
type importView struct {
	Register, RegisterTitle string
	Columns                 []importColumn
	Plan                    *slo.RegisterImport // of the file that was sent; nil before
	Problems                []importProblem
	CSV                     string // the file, to be sent again
	Empty                   bool   // none was sent
	CSRF                    string
}

// importColumn is a column that a file may have, in words.
type importColumn struct{ Name, Word, Takes string }

// importProblem is what is wrong with a line, in words.
type importProblem struct {
	Line        int
	Field, Text string
}

func (s *site) importPage(v *visit) error {
	g, err := s.shape(v)
	if err != nil {
		return err
	}
	return s.showImport(v, http.StatusOK, g, importView{})
}

func (s *site) showImport(v *visit, status int, g *slo.Register, page importView) error {
	w := v.views.words
	page.Register, page.RegisterTitle, page.CSRF = g.Name, w.t("register.name."+g.Name), s.csrf(v)
	page.Columns = []importColumn{{"id", w.t("register.id"), w.t("import.id")}, {"state", w.t("col.state"), w.list(stateNames(g))}}
	for _, f := range g.Fields {
		if f.Kind == slo.FieldProduct {
			continue
		}
		takes := w.t("field.kind." + string(f.Kind))
		if f.Kind == slo.FieldChoice {
			takes = w.list(f.Choices)
		}
		if f.Required {
			takes = w.t("import.required", takes)
		}
		page.Columns = append(page.Columns, importColumn{f.Name, w.t("field." + f.Name), takes})
	}
	if page.Plan != nil {
		for _, p := range page.Plan.Problems {
			page.Problems = append(page.Problems, importProblem{p.Line, p.Field, w.t("register.problem." + string(p.Reason))})
		}
	}
	return s.render(v, status, "import", w.t("import.title", page.RegisterTitle), page, false)
}

func stateNames(g *slo.Register) (out []string) {
	for _, st := range g.States {
		out = append(out, st.Name)
	}
	return out
}

// importForm shows what a file would do, and with the field do does it.
func (s *site) importForm(v *visit) error {
	g, err := s.shape(v)
	if err != nil {
		return err
	}
	if err := v.readForm(); err != nil {
		return err
	}
	csv, err := v.sentCSV()
	if err != nil {
		return err
	}
	if strings.TrimSpace(csv) == "" {
		return s.showImport(v, http.StatusBadRequest, g, importView{Empty: true})
	}
	plan, err := s.importItems(v, g, []byte(csv), v.r.PostForm.Get("do") == "")
	if err != nil {
		return err
	}
	if plan.Done {
		http.Redirect(v.w, v.r, "/registers/"+g.Name+"?state=all", http.StatusSeeOther)
		return nil
	}
	status := http.StatusOK
	if len(plan.Problems) > 0 {
		status = http.StatusBadRequest
	}
	return s.showImport(v, status, g, importView{Plan: &plan, CSV: csv})
}

// sentCSV is the file that a form brings, or what was typed into it.
func (v *visit) sentCSV() (string, error) {
	if v.r.MultipartForm != nil {
		if files := v.r.MultipartForm.File["file"]; len(files) > 0 && files[0].Size > 0 {
			f, err := files[0].Open()
			if err != nil {
				return "", badForm(err)
			}
			defer f.Close()
			b, err := io.ReadAll(f)
			if err != nil {
				return "", badForm(err)
			}
			return string(b), nil
		}
	}
	return v.r.PostForm.Get("csv"), nil
}
