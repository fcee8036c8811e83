package report

// strips are the days of each month, or the period of each service, in a row.
func (b *book) strips() {
	const height, gap = 13.0, 7.0
	b.section(b.p.StripTitle, 60)
	for _, s := range b.p.Strips {
		b.need(height + gap + 14)
		b.named(s.Name, style{size: 9.5, color: ink}, s.Note, small)
		b.y += 2
		x := left
		for _, c := range s.Cells {
			width := bodyWidth / float64(s.Columns()) * float64(c.Cells)
			b.stripCell(x, width, height, c)
			x += width
		}
		b.y += height + gap
	}
	b.paragraph(small, b.p.StripsOmitted)
	b.paragraph(small, b.p.StripLegend)
}

// stripCell is a cell of a strip, or several plain ones.
func (b *book) stripCell(x, width, height float64, c stripCell) {
	var ground, border, words rgb
	switch c.Class {
	case "":
		return
	case "up":
		ground, border = 0xcfe5da, 0x8fb5a3
	case "down":
		ground, border, words = missedInk, missedInk, paperInk
	case "unknown":
		ground, border, words = 0xe7e9eb, 0x727b84, ink
	case "excluded":
		ground, border, words = paperInk, dim, ink
	default:
		ground, border = paperInk, hair
	}
	b.rect(x, b.y, width, height, ground, border)
	if words != ground && c.Mark != "·" && c.Mark != "–" && c.Mark != " " {
		st := style{size: 7.5, color: words}
		b.put(x+(width-b.width(c.Mark, st))/2, b.y+9.5, c.Mark, st)
	}
}
