package collector

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/assay-sla/assay/collector/report"
	"github.com/assay-sla/assay/internal/settings"
	"github.com/assay-sla/assay/slo"
)

// LetterheadConfig is how reports present themselves to a customer.
type LetterheadConfig struct {
	Customer string   // "" is everybody else
	Sender   string   // the provider's name, say
	Purpose  string   // what the reports are for
	Audience string   // whom they are for
	Cover    []string // paragraphs above the figures
	Colour   string   // such as #0b5cad; it needs a contrast of 4.5 to white
	Logo     string   // file, PNG or JPEG
}

func (l *LetterheadConfig) fields() settings.Fields {
	return settings.Fields{
		"customer": settings.Text(&l.Customer), "sender": settings.Text(&l.Sender), "purpose": settings.Text(&l.Purpose), "audience": settings.Text(&l.Audience),
		"cover": settings.Texts(&l.Cover), "colour": settings.Text(&l.Colour), "logo": settings.Path(&l.Logo),
	}
}

// checkLetterheads finds what is wrong with letterheads but for their files.
func (c *Config) checkLetterheads(wrong func(field, format string, args ...any)) {
	for i := range c.Letterheads {
		l, field := &c.Letterheads[i], fmt.Sprintf("letterheads[%d]", i)
		if slices.ContainsFunc(c.Letterheads[:i], func(o LetterheadConfig) bool { return o.Customer == l.Customer }) {
			wrong(field+".customer", "%q has a letterhead already", l.Customer)
		}
		for name, text := range map[string]string{"sender": l.Sender, "purpose": l.Purpose, "audience": l.Audience} {
			if len(text) > report.MaxLetterheadText {
				wrong(field+"."+name, "it has more than %d bytes", report.MaxLetterheadText)
			}
		}
		if len(l.Cover) > report.MaxCoverParagraphs {
			wrong(field+".cover", "it has more than %d paragraphs", report.MaxCoverParagraphs)
		}
		for _, p := range l.Cover {
			if len(p) > report.MaxCoverParagraph {
				wrong(field+".cover", "a paragraph has more than %d bytes", report.MaxCoverParagraph)
			}
		}
		if l.Colour != "" {
			if _, err := report.ParseColour(l.Colour); err != nil {
				wrong(field+".colour", "%v", err)
			}
		}
	}
}

// letterhead reads the files of a letterhead.
func (l *LetterheadConfig) letterhead() (report.Letterhead, error) {
	out := report.Letterhead{Sender: l.Sender, Purpose: l.Purpose, Audience: l.Audience, Cover: l.Cover, Colour: report.Colour(l.Colour)}
	if l.Logo == "" {
		return out, nil
	}
	info, err := os.Stat(l.Logo)
	if err != nil {
		return out, fmt.Errorf("reading a logo: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > report.MaxLogo {
		return out, fmt.Errorf("reading a logo: %s is no file of at most %d KiB", l.Logo, report.MaxLogo>>10)
	}
	b, err := os.ReadFile(l.Logo)
	if err != nil {
		return out, fmt.Errorf("reading a logo: %w", err)
	}
	out.Logo, err = report.ParseLogo(b)
	return out, err
}

// openLetterheads reads the letterheads, by customer.
func (c *Collector) openLetterheads(context.Context, *slo.Catalog) error {
	c.letterheads = map[string]report.Letterhead{}
	for i := range c.config.Letterheads {
		l, err := c.config.Letterheads[i].letterhead()
		if err != nil {
			return fmt.Errorf("letterheads[%d].logo: %w", i, err)
		}
		c.letterheads[c.config.Letterheads[i].Customer] = l
	}
	return nil
}

// letterheadOf is that of a customer, or else of everybody.
func (c *Collector) letterheadOf(customer string) report.Letterhead {
	if l, ok := c.letterheads[customer]; ok {
		return l
	}
	return c.letterheads[""]
}
