package report

import (
	"fmt"
	"html/template"
)

// letterhead is how the report presents itself, in words.
type letterhead struct {
	Sender string
	Width  int // of the logo as shown, in CSS pixels; 0 without one
	Height int
	Cover  []string
	id     string // of the logo among a mail's pictures
	colour rgb
}

// Source is the address of the logo in a mail.
func (l *letterhead) Source() string { return "cid:" + l.id }

// Rule is the line under the letterhead.
func (l *letterhead) Rule() template.CSS {
	return template.CSS(fmt.Sprintf("border-bottom:3px solid #%06x;", uint32(l.colour)))
}

const logoWidth, logoHeight = 220, 48 // CSS pixels, and points on paper

func (p *page) letterhead() {
	of := &p.r.Identity.Letterhead
	for _, s := range of.Cover[:min(len(of.Cover), MaxCoverParagraphs)] {
		p.Cover = append(p.Cover, clean(s, MaxCoverParagraph))
	}
	if of.empty() {
		return
	}
	w, h := of.Logo.fit(logoWidth, logoHeight)
	p.Letterhead = &letterhead{
		Sender: clean(of.Sender, p.name), Width: int(w + 0.5), Height: int(h + 0.5),
		id: contentID(p.r, "logo"), colour: of.Colour.rgb(accent),
	}
}

// sources names the probes that the figures come from.
func (p *page) sources() string {
	var list []string
	for _, s := range p.r.Identity.Sources[:min(p.limits.planned, len(p.r.Identity.Sources))] {
		list = append(list, p.w.t("source.probe", clean(s.Probe, p.name), clean(s.Kind, p.name), p.w.length(s.Every)))
	}
	return p.w.list(append(list, p.more(len(p.r.Identity.Sources)-p.limits.planned)...))
}
