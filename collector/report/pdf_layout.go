package report

import "strings"

// The paper, A4, and what a page has room for, in points.
const (
	paperWidth, paperHeight = 595.28, 841.89
	left                    = 52.0
	bodyWidth               = paperWidth - 2*left
	bodyTop, bodyBottom     = 64.0, 778.0
	headLine, footLine      = 40.0, 802.0 // baselines of what stands above and below
	leading                 = 1.36        // of a line, in sizes of its type
)

// The colours of a PDF: those of the page.
const (
	ink, dim, hair, accent      rgb = 0x1b1f23, 0x5b646d, 0xd9dde1, 0x6b4fa0
	metInk, missedInk, openInk  rgb = 0x136349, 0xa83c00, 0x4a5259
	usedInk, frameInk, paperInk rgb = 0x5d87b8, 0x5b646d, 0xffffff
)

// The styles of a PDF.
var (
	body   = style{size: 9.5, color: ink}
	strong = style{size: 9.5, bold: true, color: ink}
	small  = style{size: 8, color: dim}
	titled = style{size: 12.5, bold: true, color: ink}
	under  = style{size: 10.5, bold: true, color: ink}
)

// para is a paragraph of a cell.
type para struct {
	text  string
	style style
	right bool
	link  string // URL that it leads to; "" for none
	most  int    // lines that are shown; 0: all
}

// cell is a part of a row, from x of the body.
type cell struct {
	x, width float64
	paras    []para
}

// row is a line of a table, or a paragraph, which is one with a single cell.
type row struct {
	cells []cell
	rule  bool // a hairline above
	bar   *bar // under the second cell
}

// setRow is a row broken into lines.
type setRow struct {
	row
	lines  [][]para
	height float64
}

const (
	rowGap    = 3.2 // above and below the text of a row with a rule
	barHeight = 5.0
)

// book is a PDF in the making.
type book struct {
	*typesetter
	p *page
	y float64 // where the next row goes
}

// set breaks a row into lines.
func (b *book) set(r row) setRow {
	out := setRow{row: r}
	for _, c := range r.cells {
		var lines []para
		height := 0.0
		for _, p := range c.paras {
			if p.text == "" {
				continue
			}
			f := fold{most: c.width, measure: func(s string) float64 { return b.width(s, p.style) }}
			broken := f.lines(p.text)
			if p.most > 0 && len(broken) > p.most {
				rest := strings.Join(broken[p.most-1:], "")
				broken = append(broken[:p.most-1], b.clip(rest, p.style, c.width))
			}
			for _, l := range broken {
				lines = append(lines, para{text: l, style: p.style, right: p.right, link: p.link})
				height += p.style.size * leading
			}
		}
		out.lines = append(out.lines, lines)
		out.height = max(out.height, height)
	}
	if r.bar != nil {
		out.height += barHeight + 3
	}
	if r.rule {
		out.height += 2 * rowGap
	}
	return out
}

// rows draws rows; keep holds them together on one page where one has room for
// them.
func (b *book) rows(keep bool, list ...row) {
	var all float64
	set := make([]setRow, len(list))
	for i, r := range list {
		set[i] = b.set(r)
		all += set[i].height
	}
	if keep && all <= bodyBottom-bodyTop {
		b.need(all)
	}
	for _, r := range set {
		b.need(r.height)
		b.draw(r)
	}
}

// need turns the page where less room is left.
func (b *book) need(height float64) {
	if b.y+height > bodyBottom {
		b.turn()
	}
}

// turn begins a page.
func (b *book) turn() {
	b.pdf.AddPage()
	b.now = "" // each page selects its fonts itself
	b.y = bodyTop
}

// draw puts a row where it goes. The first lines of its cells share a baseline.
func (b *book) draw(r setRow) {
	top, tallest := b.y, 0.0
	for _, l := range r.lines {
		if len(l) > 0 {
			tallest = max(tallest, l[0].style.size)
		}
	}
	if r.rule {
		b.line(left, top, left+bodyWidth, hair, 0.6)
		top += rowGap
	}
	for i, c := range r.cells {
		y := top
		if len(r.lines[i]) > 0 {
			y += tallest - r.lines[i][0].style.size
		}
		for _, l := range r.lines[i] {
			x := left + c.x
			if l.right {
				x += c.width - b.width(l.text, l.style)
			}
			b.put(x, y+l.style.size, l.text, l.style)
			if l.link != "" {
				b.pdf.LinkString(x, y, b.width(l.text, l.style), l.style.size*leading, l.link)
			}
			y += l.style.size * leading
		}
	}
	b.y += r.height
	if r.bar != nil {
		b.bar(left+r.cells[1].x, b.y-barHeight-rowGap, *r.bar)
	}
}

// bar is how much of an error budget is used.
func (b *book) bar(x, y float64, of bar) {
	const width = 130
	b.rect(x, y, width, barHeight, paperInk, frameInk)
	if of.Used > 0 {
		color := usedInk
		if of.Over {
			color = missedInk
		}
		b.rect(x, y, width*float64(of.Used)/100, barHeight, color, frameInk)
	}
}

// rect is a filled rectangle with a border.
func (b *book) rect(x, y, width, height float64, fill, border rgb) {
	b.pdf.SetFillColor(fill.parts())
	b.pdf.SetDrawColor(border.parts())
	b.pdf.SetLineWidth(0.5)
	b.pdf.Rect(x, y, width, height, "FD")
}

// line is horizontal.
func (b *book) line(x, y, to float64, color rgb, width float64) {
	b.pdf.SetDrawColor(color.parts())
	b.pdf.SetLineWidth(width)
	b.pdf.Line(x, y, to, y)
}

// paragraph is text across the body.
func (b *book) paragraph(s style, text string) {
	if text != "" {
		b.rows(true, row{cells: []cell{{0, bodyWidth, []para{{text: text, style: s}}}}})
	}
}

// named writes a name in a line with what is said of it, which is never cut.
func (b *book) named(name string, st style, aside string, of style) {
	const gap = 9
	name = b.clip(name, st, bodyWidth-gap-b.width(aside, of))
	b.put(left, b.y+st.size, name, st)
	b.put(left+b.width(name, st)+gap, b.y+st.size, aside, of)
	b.y += st.size * leading
}

// clip cuts a text to a width.
func (b *book) clip(s string, st style, most float64) string {
	if b.width(s, st) <= most {
		return s
	}
	const end = "…"
	head, _ := cut(s, most-b.width(end, st), func(s string) float64 { return b.width(s, st) })
	return head + end
}

// heading begins a section, with a bookmark, on the page that has room for
// what comes first below it as well.
func (b *book) heading(key string, first ...row) {
	var after float64
	for _, r := range first {
		after += b.set(r).height
	}
	b.section(key, after)
}

// section is a heading above something of a height.
func (b *book) section(key string, after float64) {
	title := b.p.T(key)
	b.need(38 + after)
	if b.y > bodyTop {
		b.y += 16
	}
	b.pdf.Bookmark(b.plain(title), 0, b.y)
	b.paragraph(titled, title)
	b.y += 2
}
