package report

// month is the calendar of the days.
func (b *book) month() {
	const gap, least, lineHeight = 3.0, 27.0, 9.5
	width := (bodyWidth - 6*gap) / 7
	if len(b.p.Strips) > 0 {
		b.strips()
		return
	}
	b.section("month.title", 200)
	for i, d := range b.p.Weekdays {
		b.put(left+float64(i)*(width+gap)+3, b.y+8, d, small)
	}
	b.y += 13
	for _, week := range b.p.Weeks() {
		height := least
		for _, d := range week {
			height = max(height, 14+lineHeight*float64(len(d.Lines)))
		}
		b.need(height + gap)
		for i, d := range week {
			if d.Class != "" {
				b.day(left+float64(i)*(width+gap), width, height, d)
			}
		}
		b.y += height + gap
	}
	b.y += 3
	b.paragraph(small, b.p.T("month.legend"))
}

// dayInks are the ground, border and words of a day.
func dayInks(class string) (ground, border, words rgb) {
	switch class {
	case "up":
		return 0xeef5f2, 0xb9c4cb, ink
	case "down":
		return 0xfbe3d6, 0xa83c00, ink
	case "unknown":
		return 0xe7e9eb, 0x727b84, ink
	case "ahead":
		return paperInk, hair, 0x8d959d
	}
	return paperInk, hair, dim
}

func (b *book) day(x, width, height float64, d dayCell) {
	ground, border, words := dayInks(d.Class)
	b.rect(x, b.y, width, height, ground, border)
	if d.Class == "unknown" {
		b.hatch(x, width, height)
	}
	y := b.y + 10
	b.put(x+4, y, d.Day, style{size: 8.5, bold: d.Class == "down", color: words})
	for _, l := range d.Lines {
		y += 9.5
		size := 7.5
		if full := b.width(l, style{size: size}); full > width-7 {
			size *= (width - 7) / full
		}
		b.put(x+4, y, l, style{size: size, color: words})
	}
}

// hatch marks what is unknown without colour.
func (b *book) hatch(x, width, height float64) {
	const step = 5
	b.pdf.ClipRect(x, b.y, width, height, false)
	b.pdf.SetDrawColor(rgb(0xd0d4d8).parts())
	b.pdf.SetLineWidth(0.5)
	for from := x - height; from < x+width; from += step {
		b.pdf.Line(from, b.y+height, from+height, b.y)
	}
	b.pdf.ClipEnd()
}

// aside is a row with a narrow first cell, as of outages and incidents.
func aside(first, second []para) row {
	const column = 124
	return row{rule: true, cells: []cell{{0, column - 10, first}, {column, bodyWidth - column, second}}}
}

// list is a section of rows, and what it leaves out; nothing without rows.
func (b *book) list(title string, rows []row, omitted string) {
	if len(rows) == 0 {
		return
	}
	b.heading(title, rows[0])
	for _, r := range rows {
		b.rows(true, r)
	}
	b.paragraph(small, omitted)
}

func (b *book) outages() {
	p := b.p
	code := style{size: 8, color: 0x3a4147}
	var list []row
	for _, o := range p.Outages {
		when := []para{{text: o.Day, style: body}, {text: o.Span, style: small}, {text: o.Length, style: strong}, {text: o.Note, style: small}}
		var why []para
		for _, c := range o.Causes {
			why = append(why, para{text: c.Why, style: body}, para{text: c.Target, style: small}, para{text: c.Evidence, style: code})
		}
		list = append(list, aside(when, append(why, para{text: o.Clocks, style: style{size: 9, color: ink}}, para{text: o.Incident, style: small})))
	}
	b.list("outages.title", list, p.OutagesOmitted)
	if p.Forgiven != "" {
		b.section("forgiven.title", 20)
		b.paragraph(body, p.Forgiven)
	}
}

func (b *book) incidents() {
	var list []row
	for _, i := range b.p.Incidents {
		told := []para{{text: i.About, style: body}, {text: i.Clocks, style: body}, {text: i.Targets, style: body}, {text: i.Note, style: body}}
		for _, c := range i.Comments {
			told = append(told, para{text: c, style: style{size: 8.5, color: 0x3a4147}})
		}
		list = append(list, aside([]para{{text: i.Began, style: body}, {text: i.Downtime, style: strong}}, append(told, para{text: i.ID, style: small})))
	}
	b.list("incidents.title", list, b.p.IncidentsOmitted)
}

func (b *book) planned() {
	var list []row
	for _, m := range b.p.Planned {
		list = append(list, aside([]para{{text: m.Day, style: body}, {text: m.Span, style: small}}, []para{{text: m.Name, style: body}, {text: m.Excluded, style: small}}))
	}
	b.list("planned.title", list, b.p.PlannedOmitted)
}

func (b *book) suppliers() {
	p := b.p
	var list []row
	for _, s := range p.Suppliers {
		list = append(list, aside([]para{{text: s.Supplier, style: strong}}, []para{
			{text: s.Name, style: body}, {text: s.Mark + " " + s.Verdict, style: verdictStyle(s.Class)},
			{text: p.w.t("named", p.T("col.promised"), s.Promised), style: small},
			{text: p.w.t("named", p.T("col.delivered"), s.Delivered), style: body}, {text: s.Credit, style: small},
		}))
	}
	b.list("supplier.title", list, p.SuppliersOmitted)
}

func (b *book) changes() {
	p := b.p
	var list []row
	for _, x := range p.Changes {
		told := []para{{text: x.Name, style: body}}
		for _, line := range x.Lines {
			told = append(told, para{text: line, style: small})
		}
		list = append(list, aside([]para{{text: x.When, style: strong}}, told))
	}
	b.list("change.title", list, p.ChangesOmitted)
}

func (b *book) resources() {
	p := b.p
	var list []row
	for _, x := range p.Resources {
		told := []para{{text: x.Level, style: body}}
		for _, line := range x.Lines {
			told = append(told, para{text: line, style: small})
		}
		list = append(list, aside([]para{{text: x.Name, style: strong}}, told))
	}
	b.list("resource.title", list, p.ResourcesOmitted)
}

// notes are things with what is to be said of each.
func (b *book) notes(title string, notes []noteRow, omitted string) {
	var list []row
	for _, x := range notes {
		told := []para{{text: x.Value, style: body}}
		for _, line := range x.Lines {
			told = append(told, para{text: line, style: small})
		}
		list = append(list, aside([]para{{text: x.Name, style: strong}}, told))
	}
	b.list(title, list, omitted)
}

func (b *book) continuity() {
	p := b.p
	var list []row
	for _, x := range p.Continuity {
		list = append(list, aside([]para{{text: x.Name, style: strong}}, []para{{text: x.Terms, style: small}, {text: x.Omitted, style: small}}))
		for _, line := range x.Lines { // a row each, so that many tests break over pages
			list = append(list, aside(nil, []para{{text: line, style: body}}))
		}
	}
	b.list("continuity.title", list, p.ContinuityOmitted)
}

func (b *book) details() {
	const titles = 38 // of the section, which stays with its first objective
	for n, d := range b.p.Details {
		list := pairRows(d.Lines)
		var all float64
		for _, r := range list {
			all += b.set(r).height
		}
		if n == 0 {
			b.section("detail.title", min(all+24, bodyBottom-bodyTop-titles))
		}
		b.need(min(all+24, bodyBottom-bodyTop-titles))
		b.y += 8
		b.pdf.Bookmark(b.plain(d.Name), 1, b.y)
		b.named(d.Name, under, d.Mark+" "+d.Verdict, verdictStyle(d.Class))
		b.y += 3
		b.rows(false, list...)
	}
}

// pairRows are lines of label, value and note; a value without a note has the
// room of both.
func pairRows(list []pair) []row {
	const value, note = 124.0, 272.0
	var out []row
	for _, l := range list {
		r := row{rule: true, bar: l.Bar, cells: []cell{
			{0, value - 10, []para{{text: l.Label, style: style{size: 9, color: dim}}}},
			{value, bodyWidth - value, []para{{text: l.Value, style: body, link: link(l.Value)}}},
		}}
		if l.Note != "" {
			r.cells[1].width = note - value - 10
			r.cells = append(r.cells, cell{note, bodyWidth - note, []para{{text: l.Note, style: style{size: 8.5, color: dim}}}})
		}
		out = append(out, r)
	}
	return out
}

// link is a value that is an address, else "".
func link(value string) string {
	if address(value) {
		return value
	}
	return ""
}

func (b *book) pairs(title string, list []pair) {
	rows := pairRows(list)
	b.heading(title, rows[:min(3, len(rows))]...)
	b.rows(false, rows...)
}

// trend has the charts of the mail, as vectors, and the months in figures.
func (b *book) trend() {
	if len(b.p.Trend.Groups) == 0 {
		return
	}
	const scale = bodyWidth / chartWidth
	b.section("trend.title", chartHeight*scale+30)
	charts := newChart(b.p.w)
	for _, place := range b.p.Trend.Charts {
		b.need(chartHeight*scale + 26)
		b.y += 6
		b.named(place.Name, strong, place.Note, small)
		b.y += 3
		c := &canvas{t: b.typesetter, left: left, bottom: b.y + chartHeight*scale, scale: scale, width: chartWidth, height: chartHeight}
		if err := charts.on(c, &b.p.r.Objectives[place.Objective]); err != nil {
			b.pdf.SetError(err)
			return
		}
		b.y += chartHeight*scale + 4
	}
	b.paragraph(small, b.p.T("trend.legend"))
	for _, g := range b.p.Trend.Groups {
		b.y += 8
		b.rows(true, b.months(g)...)
	}
}

// months is a table of a few objectives side by side.
func (b *book) months(g trendGroup) []row {
	const first = 100.0
	width := (bodyWidth - first) / objectivesAside
	head := row{cells: []cell{{0, first - 10, []para{{text: b.p.T("trend.month"), style: small}}}}}
	for i, n := range g.Names {
		head.cells = append(head.cells, cell{first + float64(i)*width, width - 10, []para{{text: n, style: small}}})
	}
	out := []row{head}
	for _, m := range g.Rows {
		r := row{cells: []cell{{0, first - 10, []para{{text: m.Month, style: style{size: 9, color: ink}}}}}}
		for i, c := range m.Cells {
			st := verdictStyle(c.Class)
			st.size = 9
			if c.Class == Met {
				st.color = ink
			}
			text := c.Value
			if c.Mark != "" {
				text = c.Mark + " " + c.Value
			}
			r.cells = append(r.cells, cell{first + float64(i)*width, width - 10, []para{{text: text, style: st}}})
		}
		out = append(out, r)
	}
	return out
}
