package report

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/draw"
	_ "image/jpeg" // logos come as PNG or JPEG
	"image/png"
	"math"
	"strconv"
	"strings"
)

// Letterhead is how a report presents itself to a customer. Every field may be
// empty; a report without any looks as if there were none.
type Letterhead struct {
	Sender   string   `json:"sender,omitempty"`   // who answers for the report: the provider's name, say
	Purpose  string   `json:"purpose,omitempty"`  // what the report is for; "" is what every report is for
	Audience string   `json:"audience,omitempty"` // whom it is for
	Cover    []string `json:"cover,omitempty"`    // paragraphs above the figures
	Colour   Colour   `json:"colour,omitempty"`   // of the rule under the letterhead; "" is the product's
	Logo     Logo     `json:"logo,omitempty"`
}

// Bounds of what people write in a letterhead, in bytes.
const (
	MaxCoverParagraphs = 10
	MaxCoverParagraph  = 1000
	MaxLetterheadText  = 300 // sender, purpose and audience
)

// empty reports whether there is nothing to show above the figures.
func (l *Letterhead) empty() bool { return l.Sender == "" && len(l.Logo) == 0 }

// Colour is a colour such as #0b5cad that can be read on white.
type Colour string

// ParseColour reads a colour of six hexadecimal digits behind a #. Others are
// errors, and so are those with less than a contrast of 4.5 to white (WCAG 2.2,
// 1.4.3).
func ParseColour(s string) (Colour, error) {
	digits, marked := strings.CutPrefix(s, "#")
	v, err := strconv.ParseUint(digits, 16, 32)
	if !marked || len(digits) != 6 || err != nil {
		return "", fmt.Errorf("%.20q is no colour such as #0b5cad", s)
	}
	if c := contrastToWhite(rgb(v)); c < 4.5 {
		return "", fmt.Errorf("%s has a contrast of %.1f to white: it needs 4.5 to be read", s, c)
	}
	return Colour(strings.ToLower(s)), nil
}

// rgb is the colour, or another where there is none.
func (c Colour) rgb(otherwise rgb) rgb {
	v, err := strconv.ParseUint(strings.TrimPrefix(string(c), "#"), 16, 32)
	if err != nil || len(c) != 7 {
		return otherwise
	}
	return rgb(v)
}

// contrastToWhite is the contrast ratio of WCAG 2.2.
func contrastToWhite(c rgb) float64 {
	linear := func(channel rgb) float64 {
		v := float64(channel&0xff) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	luminance := 0.2126*linear(c>>16) + 0.7152*linear(c>>8) + 0.0722*linear(c)
	return 1.05 / (luminance + 0.05)
}

// Logo is a picture as PNG of 8 bits a channel, made by ParseLogo.
type Logo []byte

// Bounds of a logo's file, in bytes, and of its picture, in pixels.
const (
	MaxLogo       = 512 << 10
	maxLogoWidth  = 2000
	maxLogoHeight = 1000
)

// ParseLogo reads a picture, PNG or JPEG, of at most MaxLogo bytes and 2000 by
// 1000 pixels, and writes it anew, so that nothing is in a report but its pixels.
// Other formats are errors; SVG is one of them, since it can hold scripts.
func ParseLogo(b []byte) (Logo, error) {
	if len(b) > MaxLogo {
		return nil, fmt.Errorf("reading a logo: it has more than %d KiB", MaxLogo>>10)
	}
	size, _, err := image.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("reading a logo: it is neither PNG nor JPEG: %w", err)
	}
	if size.Width < 1 || size.Height < 1 || size.Width > maxLogoWidth || size.Height > maxLogoHeight {
		return nil, fmt.Errorf("reading a logo: it has %d by %d pixels, and may have %d by %d", size.Width, size.Height, maxLogoWidth, maxLogoHeight)
	}
	src, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("reading a logo: %w", err)
	}
	plain := image.NewNRGBA(image.Rect(0, 0, size.Width, size.Height))
	draw.Draw(plain, plain.Bounds(), src, src.Bounds().Min, draw.Src)
	var out bytes.Buffer
	if err := png.Encode(&out, plain); err != nil {
		return nil, fmt.Errorf("writing a logo: %w", err)
	}
	if out.Len() > 2*MaxLogo {
		return nil, errors.New("reading a logo: it is too large as PNG; give a smaller one")
	}
	return out.Bytes(), nil
}

// fit is the size of a logo in a box, never larger than half its pixels.
func (l Logo) fit(width, height float64) (w, h float64) {
	size, err := png.DecodeConfig(bytes.NewReader(l))
	if err != nil || size.Width == 0 || size.Height == 0 {
		return 0, 0
	}
	scale := min(width/float64(size.Width), height/float64(size.Height), 0.5)
	return float64(size.Width) * scale, float64(size.Height) * scale
}
