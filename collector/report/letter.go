package report

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/assay-sla/assay/slo"
)

// Release says who released a report that somebody had to, and what he wrote.
type Release struct {
	At      slo.Instant `json:"at"`
	By      string      `json:"by"`
	Comment string      `json:"comment"` // may be ""
}

// Links are the addresses that only the mail of one recipient has. An empty one
// is left out.
type Links struct {
	Live   string // the report as it is when it is opened, behind the sign-in
	Survey string // the question how satisfied the recipient is; opening it is no vote
}

// Letter is a mail that carries a report.
type Letter struct {
	Subject  string
	Text     string
	HTML     string // at most 100,000 bytes, as Mail says
	Pictures []Inline
}

// NewLetter writes the mail of a report in a language. Zones that this machine
// does not know are an error.
func NewLetter(r Report, l Language, links Links) (Letter, error) {
	p, html, err := layOut(&r, l.words(), links)
	if err != nil {
		return Letter{}, err
	}
	pictures, err := p.draw()
	if err != nil {
		return Letter{}, err
	}
	var text bytes.Buffer
	if err := textWith(&text, r, l, links); err != nil {
		return Letter{}, err
	}
	return Letter{Subject: Subject(r, l), Text: text.String(), HTML: string(html), Pictures: pictures}, nil
}

// Ask is the mail to whoever is to release a report: its subject, and its text
// with the address where that is done.
func Ask(r Report, l Language, address string) (subject, text string) {
	w := l.words()
	of := clean(w.about(&r.Identity), maxSubject/2)
	subject = clean(w.t("ask.subject", w.period(r.Identity.Period), of), maxSubject)
	return subject, w.t("ask.text", of, w.period(r.Identity.Period), w.outcome(&r.Summary), address)
}

// answerLink is one score that the mail lets its reader choose.
type answerLink struct{ Score, Address string }

// Answers are the scores with their addresses.
func (p *page) Answers() []answerLink {
	var out []answerLink
	for score := slo.MinScore; score <= slo.MaxScore; score++ {
		out = append(out, answerLink{strconv.Itoa(score), fmt.Sprintf("%s?score=%d", p.Links.Survey, score)})
	}
	return out
}

// Asked is the question of the survey.
func (p *page) Asked() string {
	return p.w.t("survey.question", p.scopeTitle(), p.Period)
}

// letter is what only the mail says, as text.
func (s *sheets) letter() {
	if s.p.Links.Live != "" {
		s.line()
		s.line(s.p.T("live.at"))
		s.line("  ", s.p.Links.Live)
	}
	if s.p.Links.Survey != "" {
		s.line()
		s.para("", s.p.Asked()+" "+s.p.T("survey.how"))
		s.line("  ", s.p.Links.Survey)
	}
}

// release says who released the report, and what he wrote.
func (p *page) release() {
	x := p.r.Release
	if x == nil {
		return
	}
	by := clean(x.By, p.name)
	if x.Comment != "" {
		p.Remark = p.w.t("remark", by, clean(x.Comment, slo.MaxSendingComment))
	}
	p.Annex = append(p.Annex, pair{Key: "annex.released", Label: p.w.t("annex.released"), Value: p.w.t("annex.released.of", by, p.clock.moment(x.At))})
}
