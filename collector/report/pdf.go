package report

import (
	"fmt"
	"io"
	"strings"

	"codeberg.org/go-pdf/fpdf"
)

// PDF writes the report as a PDF of A4 pages: page one for who has a minute,
// the rest for who wants to know. Charts are vectors, fonts are inside, and
// equal reports make equal files. Zones that this machine does not know are an
// error.
func PDF(w io.Writer, r Report, l Language) error {
	p, err := newPage(l.words(), &r, bookLimits(r.several()))
	if err != nil {
		return err
	}
	b, err := newBook(p)
	if err != nil {
		return err
	}
	b.first()
	if b.pdf.PageNo() == 1 {
		b.turn()
	}
	b.month()
	b.outages()
	b.incidents()
	b.changes()
	b.planned()
	b.suppliers()
	b.resources()
	b.notes("problem.title", p.Problems, p.ProblemsOmitted)
	b.notes("fulfilment.title", p.Requests, "")
	b.continuity()
	for _, s := range p.Recorded {
		b.recorded(s)
	}
	b.details()
	b.trend()
	if len(p.Satisfaction) > 0 {
		b.pairs("satisfaction.title", p.Satisfaction)
	}
	b.pairs("kpi.title", p.KPIs)
	b.pairs("annex.title", p.Annex)
	b.margins()
	if err := b.pdf.Output(w); err != nil {
		return fmt.Errorf("writing the report %s as PDF: %w", FileName(r), err)
	}
	return nil
}

// bookLimits list more than a mail has room for, and fewer services and
// objectives on page one, which is to hold what went wrong and what is to be
// decided as well.
func bookLimits(several bool) limits {
	l := fullLimits()
	if l.services, l.rows = 8, 5; several {
		l.services, l.rows = 5, 2
	}
	l.details, l.charts, l.outages, l.incidents, l.planned = 60, 60, 200, 200, 100
	return l
}

func newBook(p *page) (*book, error) {
	pdf := fpdf.NewCustom(&fpdf.InitType{UnitStr: "pt", Size: fpdf.SizeType{Wd: paperWidth, Ht: paperHeight}})
	pdf.SetMargins(0, 0, 0)
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetCatalogSort(true) // or equal reports would differ
	pdf.SetCreationDate(p.r.Identity.MadeAt.Time().UTC())
	pdf.SetModificationDate(p.r.Identity.MadeAt.Time().UTC())
	t, err := newTypesetter(pdf)
	if err != nil {
		return nil, err
	}
	pdf.SetLang(p.Lang)
	pdf.SetTitle(t.plain(p.Headline+": "+p.Title), true)
	pdf.SetSubject(t.plain(p.About), true)
	pdf.SetCreator(p.Product, true)
	pdf.SetProducer(p.Product, true)
	return &book{typesetter: t, p: p}, nil
}

// first is page one: what was promised and delivered, and what went wrong.
func (b *book) first() {
	p := b.p
	b.turn()
	b.pdf.Bookmark(b.plain(p.Headline), 0, 0)
	b.letterhead()
	b.paragraph(style{size: 10, color: dim}, p.Headline)
	b.paragraph(style{size: 21, bold: true, color: ink}, p.Title)
	b.y += 2
	b.paragraph(style{size: 9, color: dim}, p.About)
	for _, c := range p.Cover {
		b.y += 6
		b.paragraph(body, c)
	}
	b.banner()
	if p.Remark != "" {
		b.y += 10
		b.paragraph(body, p.Remark)
	}
	b.amendment()
	b.facts()
	b.services()
	b.objectives()
	b.section("wrong.title", 80)
	b.paragraph(body, p.Wrong.Lead)
	for _, l := range p.Wrong.Lines {
		b.y += 2
		b.rows(true, row{cells: []cell{
			{0, 10, []para{{text: "•", style: body}}},
			{10, bodyWidth - 10, []para{{text: l.What, style: body}, {text: l.Why, style: style{size: 9, color: dim}}, {text: l.Done, style: style{size: 9, color: ink}}}},
		}})
	}
	b.decisions()
}

// banner says that figures can change, or replace others.
func (b *book) banner() {
	if b.p.Banner == "" {
		return
	}
	b.y += 10
	r := b.set(row{cells: []cell{{12, bodyWidth - 20, []para{{text: b.p.Banner, style: style{size: 9, color: ink}}}}}})
	b.rect(left, b.y, bodyWidth, r.height+10, paperInk, 0x8d959d)
	b.pdf.SetFillColor(accent.parts())
	b.pdf.Rect(left, b.y, 3.5, r.height+10, "F")
	b.y += 5
	b.draw(r)
	b.y += 5
}

// facts are the four answers, side by side.
func (b *book) facts() {
	b.y += 12
	b.line(left, b.y, left+bodyWidth, ink, 1.4)
	b.y += 6
	var r row
	width := bodyWidth / float64(len(b.p.Facts))
	for i, f := range b.p.Facts {
		value := style{size: 14, bold: true, color: ink}
		if f.Bad {
			value.color = missedInk
		}
		r.cells = append(r.cells, cell{float64(i) * width, width - 8, []para{{text: f.Label, style: small}, {text: f.Value, style: value}, {text: f.Note, style: small}}})
	}
	b.rows(true, r)
	b.y += 6
	b.line(left, b.y, left+bodyWidth, hair, 0.6)
	b.y += 8
}

// objectives is the table of what was promised against what was delivered.
func (b *book) objectives() {
	const name, promised, delivered, verdict = 0.0, 180.0, 262.0, 396.0
	cells := func(a, p, d, v []para) []cell {
		for i := range p {
			p[i].right = true
		}
		for i := range d {
			d[i].right = true
		}
		return []cell{{name, promised - 10, a}, {promised, 72, p}, {delivered, 122, d}, {verdict, bodyWidth - verdict, v}}
	}
	one := func(key string) []para { return []para{{text: b.p.T(key), style: small}} }
	b.rows(true, row{cells: cells(one("col.objective"), one("col.promised"), one("col.delivered"), one("col.verdict"))})
	b.y += 2
	for _, o := range b.p.Objectives {
		said := []para{{text: o.Mark + " " + o.Verdict, style: verdictStyle(o.Class)}}
		if o.Credit != "" {
			said = append(said, para{text: b.p.T("row.credit") + " " + o.Credit, style: small})
		}
		b.rows(true, row{rule: true, cells: cells(
			[]para{{text: o.Name, style: strong, most: 2}, {text: o.Method, style: small, most: 2}},
			[]para{{text: o.Promised, style: body}, {text: o.Per, style: small}},
			[]para{{text: o.Delivered, style: strong}, {text: o.Note, style: small}}, said)})
	}
	b.paragraph(small, b.p.ObjectivesOmitted)
}

// verdictStyle is body in the colour of a verdict, which its mark tells as
// well.
func verdictStyle(v Verdict) style {
	switch v {
	case Met:
		return style{size: body.size, color: metInk}
	case Missed:
		return style{size: body.size, bold: true, color: missedInk}
	}
	return style{size: body.size, color: openInk}
}

// margins writes above and below each page what it is a page of. It comes
// last, when it is known how many there are.
func (b *book) margins() {
	p := b.p
	pages := b.pdf.PageCount()
	aside := []string{p.Period}
	if p.Banner != "" {
		aside = append(aside, p.Standing)
	}
	foot := []string{p.w.t("named", p.T("annex.standing"), p.Standing)}
	if l := p.r.Ledger; l != nil {
		foot = append(foot, p.seal(l))
	}
	for n := 1; n <= pages; n++ {
		b.pdf.SetPage(n)
		b.now = ""
		b.edge(headLine, p.Title, p.w.list(aside), p.r.Identity.Standing == Provisional)
		b.line(left, headLine+6, left+bodyWidth, hair, 0.6)
		b.line(left, footLine-11, left+bodyWidth, hair, 0.6)
		b.edge(footLine, strings.Join(foot, " · "), fmt.Sprint(n, p.T("page.of"), pages), false)
	}
}

// edge is a line of a page's margin, with the right part marked where it
// matters.
func (b *book) edge(y float64, start, end string, mark bool) {
	right := style{size: 8, color: dim}
	if mark {
		right = style{size: 8, bold: true, color: accent}
	}
	width := b.width(end, right)
	b.put(left, y, b.clip(start, small, bodyWidth-width-20), small)
	b.put(left+bodyWidth-width, y, end, right)
}

// seal is what the ledger has of the report, in a line: the entry of the first
// window that is sealed, and the checkpoint, whose hash the annex has whole.
func (p *page) seal(l *Ledger) string {
	root := l.Checkpoint.Root
	point := p.w.t("foot.checkpoint", l.Checkpoint.Size, root[:min(16, len(root))])
	if len(l.Sealed) == 0 {
		return point
	}
	return p.w.list([]string{p.w.t("foot.sealed", l.Sealed[0].Entry), point})
}
