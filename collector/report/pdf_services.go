package report

// services is the table of what became of each agreement.
func (b *book) services() {
	if len(b.p.Services) == 0 {
		return
	}
	const availability, course, verdict = 170.0, 272.0, 396.0
	cells := func(name, figure, where, said []para) []cell {
		for i := range figure {
			figure[i].right = true
		}
		return []cell{{0, availability - 10, name}, {availability, 86, figure}, {course, verdict - course - 8, where}, {verdict, bodyWidth - verdict, said}}
	}
	one := func(key string) []para { return []para{{text: b.p.T(key), style: small}} }
	b.rows(true, row{cells: cells(one("col.service"), one("col.availability"), one("col.course"), one("col.verdict"))})
	b.y += 2
	for _, s := range b.p.Services {
		r := row{rule: true, cells: cells(
			[]para{{text: s.Name, style: strong, most: 2}, {text: s.About, style: small, most: 2}},
			[]para{{text: s.Availability, style: strong}, {text: s.Observed, style: small}},
			[]para{{text: s.Course, style: body}, {text: s.Figures, style: small}},
			[]para{{text: s.Mark + " " + s.Verdict, style: verdictStyle(s.Class)}, {text: s.Down, style: small}})}
		b.need(b.set(r).height)
		b.spark(left+verdict-12, b.y+rowGap+body.size, s.Spark)
		b.rows(true, r)
	}
	b.paragraph(small, b.p.ServicesOmitted)
	b.y += 6
}

// spark draws a trend as bars on a baseline, up to x.
func (b *book) spark(x, baseline float64, heights []int) {
	const width, step, unit = 2.4, 3.4, 1.15
	x -= step * float64(len(heights))
	for _, h := range heights {
		color := rgb(frameInk)
		if h == 0 {
			h, color = 1, hair
		}
		b.pdf.SetFillColor(color.parts())
		b.pdf.Rect(x, baseline-unit*float64(h), width, unit*float64(h), "F")
		x += step
	}
}

// decisions are what somebody has to decide.
func (b *book) decisions() {
	b.section("decisions.title", 20)
	if len(b.p.Decisions) == 0 {
		b.paragraph(body, b.p.T("decisions.none"))
	}
	for _, d := range b.p.Decisions {
		b.y += 2
		b.rows(true, row{cells: []cell{{0, 10, []para{{text: "•", style: body}}}, {10, bodyWidth - 10, []para{{text: d.What, style: body}}}}})
	}
	b.paragraph(small, b.p.DecisionsOmitted)
}

// amendment is what the edition before had otherwise.
func (b *book) amendment() {
	a := &b.p.Amendment
	if a.Lead == "" {
		return
	}
	b.section("amend.title", 40)
	b.paragraph(body, a.Lead)
	for _, c := range a.Rows {
		b.rows(true, aside([]para{{text: c.Name, style: strong}}, []para{
			{text: b.p.w.t("named", b.p.T("amend.before"), c.Before), style: body}, {text: b.p.w.t("named", b.p.T("amend.after"), c.After), style: strong}, {text: c.Why, style: small},
		}))
	}
	b.paragraph(small, a.More)
}
