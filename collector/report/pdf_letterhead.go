package report

import (
	"bytes"

	"codeberg.org/go-pdf/fpdf"
)

// letterhead is the sender and his logo, above a rule in his colour.
func (b *book) letterhead() {
	l := b.p.Letterhead
	if l == nil {
		return
	}
	height := 14.0
	if l.Width > 0 {
		const name = "logo"
		logo := b.p.r.Identity.Letterhead.Logo
		w, h := logo.fit(logoWidth*0.75, logoHeight*0.75)
		b.pdf.RegisterImageOptionsReader(name, fpdf.ImageOptions{ImageType: "PNG"}, bytes.NewReader(logo))
		b.pdf.ImageOptions(name, left, b.y, w, h, false, fpdf.ImageOptions{ImageType: "PNG"}, 0, "")
		height = max(height, h)
	}
	st := style{size: 9.5, color: ink}
	sender := b.clip(l.Sender, st, bodyWidth/2)
	b.put(left+bodyWidth-b.width(sender, st), b.y+height/2+st.size/3, sender, st)
	b.y += height + 6
	b.line(left, b.y, left+bodyWidth, l.colour, 2.2)
	b.y += 14
}
