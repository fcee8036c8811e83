package report

import (
	"fmt"
	"io"
	"strings"
)

// textWidth is the width of the text face, in characters.
const textWidth = 76

// Text writes the report as plain text, complete on its own: the other part of
// the mail, and what a terminal shows. Zones that this machine does not know
// are an error.
func Text(w io.Writer, r Report, l Language) error {
	return textWith(w, r, l, Links{})
}

// textWith is Text with the links of a mail.
func textWith(w io.Writer, r Report, l Language, links Links) error {
	p, err := newPage(l.words(), &r, fullLimits())
	if err != nil {
		return err
	}
	p.Links = links
	if _, err := io.WriteString(w, p.text()); err != nil {
		return fmt.Errorf("writing the report %s: %w", FileName(r), err)
	}
	return nil
}

// text is the page as plain text.
func (p *page) text() string {
	s := &sheets{p: p}
	s.first()
	s.letter()
	s.month()
	s.details()
	s.outages()
	s.incidents()
	s.changes()
	s.planned()
	s.suppliers()
	s.resources()
	s.notes("problem.title", p.Problems, p.ProblemsOmitted)
	s.notes("fulfilment.title", p.Requests, "")
	s.continuity()
	for _, list := range p.Recorded {
		s.recorded(list)
	}
	s.trend()
	if len(p.Satisfaction) > 0 {
		s.pairs("satisfaction.title", p.Satisfaction)
	}
	s.pairs("kpi.title", p.KPIs)
	s.pairs("annex.title", p.Annex)
	return s.b.String()
}

// sheets are the text in the making.
type sheets struct {
	p *page
	b strings.Builder
}

func (s *sheets) line(words ...string) {
	text := strings.ReplaceAll(strings.Join(words, ""), "\u00a0", " ") // wrapped by now
	s.b.WriteString(strings.TrimRight(text, " "))
	s.b.WriteByte('\n')
}

// para writes a paragraph; its first line begins with first, the others are
// indented as far.
func (s *sheets) para(first, words string) {
	indent := strings.Repeat(" ", columns(first))
	for i, l := range wrap(words, textWidth-columns(first)) {
		if i > 0 {
			first = indent
		}
		s.line(first, l)
	}
}

func (s *sheets) heading(key string) {
	title := s.p.T(key)
	s.line()
	s.line(title)
	s.line(strings.Repeat("-", columns(title)))
}

// first is what page one says.
func (s *sheets) first() {
	p := s.p
	if p.Letterhead != nil && p.Letterhead.Sender != "" {
		s.para("", p.Letterhead.Sender)
	}
	s.para("", p.Headline)
	s.para("", p.Title)
	s.line(strings.Repeat("=", min(textWidth, max(columns(p.Title), columns(p.Headline)))))
	s.para("", p.About)
	for _, c := range p.Cover {
		s.line()
		s.para("", c)
	}
	if p.Banner != "" {
		s.line()
		s.para("* ", p.Banner)
	}
	if p.Remark != "" {
		s.line()
		s.para("> ", p.Remark)
	}
	s.amendment()
	s.line()
	for _, f := range p.Facts {
		s.field(f.Label, 18, f.Value, f.Note)
	}
	s.line()
	s.services()
	for _, o := range p.Objectives {
		s.para(o.Mark+" ", p.w.t("named", o.Name, o.Verdict))
		s.field("  "+p.T("col.promised"), 18, o.Promised+" "+o.Per, o.Method)
		s.field("  "+p.T("col.delivered"), 18, o.Delivered, o.Note)
		if o.Credit != "" {
			s.field("  "+p.T("row.credit"), 18, o.Credit, "")
		}
	}
	if p.ObjectivesOmitted != "" {
		s.para("", p.ObjectivesOmitted)
	}
	s.heading("wrong.title")
	if p.Wrong.Lead != "" {
		s.para("", p.Wrong.Lead)
	}
	for _, l := range p.Wrong.Lines {
		s.para("- ", l.What+" "+l.Why)
		if l.Done != "" {
			s.para("  ", l.Done)
		}
	}
	s.decisions()
}

// amendment is what the edition before had otherwise.
func (s *sheets) amendment() {
	p := s.p
	if p.Amendment.Lead == "" {
		return
	}
	s.heading("amend.title")
	s.para("", p.Amendment.Lead)
	for _, x := range p.Amendment.Rows {
		s.para("", x.Name)
		s.field("  "+p.T("amend.before"), 18, x.Before, "")
		s.field("  "+p.T("amend.after"), 18, x.After, "")
		if x.Why != "" {
			s.para("  ", x.Why)
		}
	}
	if p.Amendment.More != "" {
		s.para("", p.Amendment.More)
	}
}

// services are the agreements, with the direction of each.
func (s *sheets) services() {
	p := s.p
	for _, x := range p.Services {
		s.para(x.Mark+" ", p.w.t("named", p.w.t("aside", x.Name, x.About), x.Verdict))
		s.field("  "+p.T("col.availability"), 18, x.Availability, p.w.list([]string{x.Observed, x.Down}))
		s.field("  "+p.T("col.course"), 18, strings.TrimSpace(x.Course+" "+x.SparkLine()), x.Figures)
	}
	if p.ServicesOmitted != "" {
		s.para("", p.ServicesOmitted)
	}
	if len(p.Services) > 0 {
		s.line()
	}
}

// decisions are what somebody has to decide.
func (s *sheets) decisions() {
	p := s.p
	s.heading("decisions.title")
	if len(p.Decisions) == 0 {
		s.para("", p.T("decisions.none"))
	}
	for _, d := range p.Decisions {
		s.para("- ", d.What)
	}
	if p.DecisionsOmitted != "" {
		s.para("", p.DecisionsOmitted)
	}
}

// field is a label, a value, and a note in brackets.
func (s *sheets) field(label string, column int, value, note string) {
	if note != "" {
		value = s.p.w.t("aside", value, note)
	}
	s.para(fit(label, column), value)
}

// month lists the days on which something was not as it should be.
func (s *sheets) month() {
	if s.strips(); len(s.p.Strips) > 0 {
		return
	}
	var days []string
	for _, d := range s.p.Days {
		if len(d.Lines) > 0 {
			days = append(days, fit(fmt.Sprintf("%2s", d.Day), 6)+strings.Join(d.Lines, "   "))
		}
	}
	if len(days) == 0 {
		return
	}
	s.heading("month.title")
	for _, d := range days {
		s.line(d)
	}
	s.para("", s.p.T("month.legend"))
}

// strips are the days of each month in a row.
func (s *sheets) strips() {
	if len(s.p.Strips) == 0 {
		return
	}
	const name = 34
	s.heading(s.p.StripTitle)
	for _, x := range s.p.Strips {
		s.line(fit(x.Name, name), x.Row())
		if x.Note != "" {
			s.para("    ", x.Note)
		}
	}
	if s.p.StripsOmitted != "" {
		s.para("", s.p.StripsOmitted)
	}
	s.para("", s.p.StripLegend)
}

func (s *sheets) details() {
	if len(s.p.Details) == 0 {
		return
	}
	s.heading("detail.title")
	for i, d := range s.p.Details {
		if i > 0 {
			s.line()
		}
		s.para(d.Mark+" ", s.p.w.t("named", d.Name, d.Verdict))
		for _, l := range d.Lines {
			s.field("  "+l.Label, 18, l.Value, l.Note)
		}
	}
}

func (s *sheets) pairs(title string, list []pair) {
	s.heading(title)
	for _, l := range list {
		s.field(l.Label, 18, l.Value, l.Note)
	}
}

func (s *sheets) outages() {
	p := s.p
	if len(p.Outages) > 0 {
		s.heading("outages.title")
	}
	for _, o := range p.Outages {
		length := o.Length
		if o.Note != "" {
			length += ", " + o.Note
		}
		s.para("", o.Day+"  "+o.Span+"  "+length)
		for _, c := range o.Causes {
			s.para("    ", c.Why)
			if c.Target != "" {
				s.para("    ", c.Target)
			}
			if c.Evidence != "" {
				s.para("    > ", c.Evidence)
			}
		}
		if o.Clocks != "" {
			s.para("    ", o.Clocks)
		}
		if o.Incident != "" {
			s.para("    ", o.Incident)
		}
	}
	if p.OutagesOmitted != "" {
		s.para("", p.OutagesOmitted)
	}
	if p.Forgiven != "" {
		s.heading("forgiven.title")
		s.para("", p.Forgiven)
	}
}

func (s *sheets) incidents() {
	p := s.p
	if len(p.Incidents) > 0 {
		s.heading("incidents.title")
	}
	for _, i := range p.Incidents {
		began := i.Began
		if i.Downtime != "" {
			began += "  " + i.Downtime
		}
		s.para("", began)
		for _, line := range nonEmpty(i.About, i.Clocks, i.Targets, i.Note) {
			s.para("    ", line)
		}
		for _, c := range i.Comments {
			s.para("    > ", c)
		}
		s.para("    ", i.ID)
	}
	if p.IncidentsOmitted != "" {
		s.para("", p.IncidentsOmitted)
	}
}

func (s *sheets) planned() {
	p := s.p
	if len(p.Planned) > 0 {
		s.heading("planned.title")
	}
	for _, m := range p.Planned {
		s.para("", m.Day+"  "+m.Span)
		s.para("    ", p.w.t("named", m.Name, m.Excluded))
	}
	if p.PlannedOmitted != "" {
		s.para("", p.PlannedOmitted)
	}
}

// suppliers are what suppliers promised, and what became of it.
func (s *sheets) suppliers() {
	p := s.p
	if len(p.Suppliers) > 0 {
		s.heading("supplier.title")
	}
	for _, x := range p.Suppliers {
		s.para(x.Mark+" ", p.w.t("named", p.w.list([]string{x.Supplier, x.Name}), x.Verdict))
		s.field("  "+p.T("col.promised"), 18, x.Promised, "")
		s.field("  "+p.T("col.delivered"), 18, x.Delivered, "")
		if x.Credit != "" {
			s.para("  ", x.Credit)
		}
	}
	if p.SuppliersOmitted != "" {
		s.para("", p.SuppliersOmitted)
	}
}

// changes are the changes and releases of the service.
func (s *sheets) changes() {
	p := s.p
	if len(p.Changes) > 0 {
		s.heading("change.title")
	}
	for _, x := range p.Changes {
		s.para("", x.When+": "+x.Name)
		for _, line := range x.Lines {
			s.para("    ", line)
		}
	}
	if p.ChangesOmitted != "" {
		s.para("", p.ChangesOmitted)
	}
}

// resources are what the service uses up, and what is foreseen of it.
func (s *sheets) resources() {
	p := s.p
	if len(p.Resources) > 0 {
		s.heading("resource.title")
	}
	for _, x := range p.Resources {
		s.para("", x.Name+": "+x.Level)
		for _, line := range x.Lines {
			s.para("    ", line)
		}
	}
	if p.ResourcesOmitted != "" {
		s.para("", p.ResourcesOmitted)
	}
}

// notes are things with what is to be said of each.
func (s *sheets) notes(title string, list []noteRow, omitted string) {
	if len(list) > 0 {
		s.heading(title)
	}
	for _, x := range list {
		s.para("", s.p.w.t("named", x.Name, x.Value))
		for _, line := range x.Lines {
			s.para("    ", line)
		}
	}
	if omitted != "" {
		s.para("", omitted)
	}
}

// continuity are the tests of the plans that cover the service.
func (s *sheets) continuity() {
	p := s.p
	if len(p.Continuity) > 0 {
		s.heading("continuity.title")
	}
	for _, x := range p.Continuity {
		s.para("", x.Name+": "+x.Terms)
		for _, line := range x.Lines {
			s.para("    ", line)
		}
		if x.Omitted != "" {
			s.para("    ", x.Omitted)
		}
	}
	if p.ContinuityOmitted != "" {
		s.para("", p.ContinuityOmitted)
	}
}

// trend is a table of months and objectives.
func (s *sheets) trend() {
	if len(s.p.Trend.Groups) == 0 {
		return
	}
	s.heading("trend.title")
	for i, g := range s.p.Trend.Groups {
		if i > 0 {
			s.line()
		}
		const first, column = 16, 20
		head := []string{fit(s.p.T("trend.month"), first)}
		for _, n := range g.Names {
			head = append(head, fit(n, column))
		}
		s.line(head...)
		for _, r := range g.Rows {
			row := []string{fit(r.Month, first)}
			for _, c := range r.Cells {
				row = append(row, fit(strings.TrimSpace(c.Mark+" "+c.Value), column))
			}
			s.line(row...)
		}
	}
	s.para("", s.p.T("trend.text"))
}
