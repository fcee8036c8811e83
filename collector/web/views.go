package web

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// views are the pages' templates in one language.
type views struct {
	words
	pages map[string]*template.Template
}

// newViews reads the templates for each language. Every page is the layout
// with its own content.
func newViews(a *assets) (map[string]*views, error) {
	all := map[string]*views{}
	for lang, texts := range catalogueOfTexts() {
		v := &views{words: words{lang, texts}, pages: map[string]*template.Template{}}
		base, err := template.New("").Funcs(v.funcs(a)).ParseFS(templateFiles, "templates/layout.html", "templates/parts.html")
		if err != nil {
			return nil, fmt.Errorf("reading the templates: %w", err)
		}
		files, err := fs.Glob(templateFiles, "templates/*.html")
		if err != nil {
			return nil, fmt.Errorf("reading the templates: %w", err)
		}
		for _, f := range files {
			name := strings.TrimSuffix(path.Base(f), ".html")
			if name == "layout" || name == "parts" {
				continue
			}
			page, err := base.Clone()
			if err == nil {
				page, err = page.ParseFS(templateFiles, f)
			}
			if err != nil {
				return nil, fmt.Errorf("reading the templates: %w", err)
			}
			v.pages[name] = page
		}
		all[lang] = v
	}
	return all, nil
}

func (v *views) funcs(a *assets) template.FuncMap {
	return template.FuncMap{
		"t": v.t, "n": v.n, "dur": v.dur, "latency": v.latency, "ago": v.ago, "reason": v.reason, "list": v.list,
		"asset": a.path, "when": when, "mails": mailsIn,
		"add":    func(a, b int) int { return a + b },
		"target": shownTarget, "incident": func(i slo.Incident) mark { return v.incidentMark(&i) },
		"cause": func(zone *time.Location, c slo.Cause) shownCause { return shownCause{c, when(zone, c.At)} },
		"dueAt": func(zone *time.Location, d dueLine) shownDue { return shownDue{d, when(zone, d.By)} },
		"tidy":  func(s string) string { return cleanLines(s, maxComment) },
	}
}

// shownCause is a cause with its instant as a page shows it.
type shownCause struct {
	slo.Cause
	When moment
}

// shownDue is a test that is due, with its instant as a page shows it.
type shownDue struct {
	dueLine
	When moment
}

// frame is what the layout shows around a page.
type frame struct {
	Lang      string
	OtherLang string // of the link that changes it, en or zh
	Other     string // this page in that
	Section   string // of the navigation
	Title     string
	At        slo.Instant
	Zone      *time.Location
	ZoneName  string
	Actor     auth.Actor
	SignedIn  bool
	CSRF      string // of the sign-out
	Live      bool   // the page shows new figures by itself
	Forms     bool   // the page holds what somebody may be writing
	Open      int    // open incidents
	Plans     bool   // there is a page of continuity plans
	Changes   bool   // there is a page of changes
	Problems  bool   // there is one of problems
	Reports   bool   // there is a page of them that the visitor may see
	Collector Status
	Page      any

	MoreProblems int // of the collector, left out
}

// maxProblems bounds the problems of a refused catalogue that a page shows.
const maxProblems = 20

// render shows a page. live pages refresh themselves.
func (s *site) render(v *visit, status int, name, title string, page any, live bool) error {
	f := frame{
		Lang: v.views.lang, OtherLang: "zh", Section: name, Title: title,
		At: v.at, Zone: s.Zone(), Actor: v.actor, Live: live, Forms: name == "incident" || name == "problem" || name == "changes" || name == "plan" || name == "drill", Changes: s.Changes != nil, Problems: s.Problems != nil, Page: page,
	}
	f.Plans = s.Continuity != nil
	if v.views.lang == chinese {
		f.OtherLang = "en"
	}
	f.Other = inLanguage(v.r.URL, f.OtherLang)
	if z, ok := page.(interface{ zone() *time.Location }); ok {
		f.Zone = z.zone()
	}
	f.ZoneName = zoneName(f.Zone, v.at)
	if v.actor.Role != auth.Nobody {
		f.Collector = s.Collector.Status()
		if n := len(f.Collector.Problems); n > maxProblems {
			f.MoreProblems = n - maxProblems
			f.Collector.Problems = f.Collector.Problems[:maxProblems]
		}
		f.Reports = s.Sendings != nil && v.actor.May(auth.Operator)
		f.SignedIn = v.actor.By == auth.BySession
		open, err := s.Incidents.List(v.r.Context(), IncidentFilter{State: OpenIncident, Whole: true, Limit: maxPage})
		if err != nil {
			s.Log.Error("counting the open incidents failed", "err", err)
		}
		f.Open = len(open)
	}
	if f.SignedIn {
		f.CSRF = s.csrf(v)
	}
	var b bytes.Buffer // whole before the first byte goes out, so that an error is told as one
	if err := v.views.pages[name].ExecuteTemplate(&b, "layout", f); err != nil {
		return fmt.Errorf("showing the page %s: %w", name, err)
	}
	h := v.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", v.views.lang)
	h.Set("Vary", "Accept-Language, Cookie")
	v.w.WriteHeader(status)
	if v.r.Method != http.MethodHead {
		v.w.Write(scrub(b.Bytes())) // whoever asked may be gone
	}
	return nil
}
