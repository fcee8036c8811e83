package report

import (
	_ "embed"
	"errors"
	"fmt"
	"strings"

	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"codeberg.org/go-fonts/liberation/liberationsansregular"
	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// droid is Droid Sans Fallback (Apache License 2.0, see fonts/README.md), which
// has what Liberation Sans has not: Chinese, Japanese and Korean.
//
//go:embed fonts/DroidSansFallback.ttf
var droid []byte

// face is a font of a PDF.
type face struct {
	family, style string // in the PDF
	ttf           []byte
	font          *sfnt.Font
	added         bool // to the PDF, which takes time: only what is used is
}

// style is how a text looks.
type style struct {
	size  float64 // points
	bold  bool
	color rgb
}

// rgb is a colour, 0xRRGGBB.
type rgb uint32

func (c rgb) parts() (r, g, b int) { return int(c >> 16), int(c >> 8 & 0xff), int(c & 0xff) }

// glyph is a character of a face with its advance and how far to the right of
// its place it is drawn, in thousandths of an em.
type glyph struct {
	face           *face
	char           rune
	advance, shift float64
}

// typesetter chooses a face for each character, measures and draws. Characters
// that no face has, and those beyond the basic plane, which the PDF library
// does not know, are shown as a box.
type typesetter struct {
	pdf                 *fpdf.Fpdf
	regular, bold, east *face
	buffer              sfnt.Buffer
	known               map[bool]map[rune]glyph // by boldness
	now                 string                  // the font that is selected in the PDF
}

// box is shown for what cannot be.
const missingGlyph = '□'

func newTypesetter(pdf *fpdf.Fpdf) (*typesetter, error) {
	t := &typesetter{pdf: pdf, known: map[bool]map[rune]glyph{false: {}, true: {}}}
	var failed error
	load := func(family, style string, ttf []byte) *face {
		f, err := sfnt.Parse(ttf)
		failed = errors.Join(failed, err)
		return &face{family: family, style: style, ttf: ttf, font: f}
	}
	t.regular = load("sans", "", liberationsansregular.TTF)
	t.bold = load("sans", "B", liberationsansbold.TTF)
	t.east = load("east", "", droid)
	if failed != nil {
		return nil, fmt.Errorf("reading the fonts of reports: %w", failed)
	}
	t.selectFace(t.regular, 10)
	return t, pdf.Error()
}

// glyph is a character in the face that has it.
func (t *typesetter) glyph(c rune, bold bool) glyph {
	if g, ok := t.known[bold][c]; ok {
		return g
	}
	latin := t.regular
	if bold {
		latin = t.bold
	}
	g, ok := t.in(latin, c)
	if !ok {
		g, ok = t.in(t.east, c)
	}
	if !ok {
		g, _ = t.in(latin, missingGlyph)
	}
	t.known[bold][c] = g
	return g
}

func (t *typesetter) in(f *face, c rune) (glyph, bool) {
	if c > 0xffff {
		return glyph{}, false
	}
	i, err := f.font.GlyphIndex(&t.buffer, c)
	if err != nil || i == 0 {
		return glyph{}, false
	}
	const em = 1000
	bounds, advance, err := f.font.GlyphBounds(&t.buffer, i, fixed.I(em), font.HintingNone)
	g := glyph{face: f, char: c, advance: float64(advance) / 64}
	if f == t.east {
		g.shift = shift(c, float64(bounds.Min.X)/64, float64(bounds.Max.X)/64, g.advance)
	}
	return g, err == nil
}

// shift moves punctuation that the eastern face has in the middle of its square
// to the side where it stands in simplified Chinese: next to what it belongs to.
func shift(c rune, from, to, advance float64) float64 {
	const bearing = 90
	switch {
	case strings.ContainsRune("，；：）》」』】", c):
		return bearing - from
	case strings.ContainsRune("（《「『【", c):
		return advance - bearing - to
	}
	return 0
}

// width of a text in points.
func (t *typesetter) width(s string, st style) float64 {
	var sum float64
	for _, c := range s {
		sum += t.glyph(c, st.bold).advance
	}
	return sum * st.size / 1000
}

// plain is a text as the PDF can hold it.
func (t *typesetter) plain(s string) string {
	out := make([]rune, 0, len(s))
	for _, c := range s {
		out = append(out, t.glyph(c, false).char)
	}
	return string(out)
}

// put draws a text from x on the baseline y.
func (t *typesetter) put(x, y float64, s string, st style) {
	t.pdf.SetTextColor(st.color.parts())
	var run []rune
	var of *face
	var width float64
	flush := func() {
		if len(run) > 0 {
			t.run(of, x, y, string(run), st)
		}
		x, run, width = x+width*st.size/1000, run[:0], 0
	}
	for _, c := range s {
		g := t.glyph(c, st.bold)
		if g.shift != 0 {
			flush()
			t.run(g.face, x+g.shift*st.size/1000, y, string(g.char), st)
			x += g.advance * st.size / 1000
			continue
		}
		if g.face != of {
			flush()
			of = g.face
		}
		run, width = append(run, g.char), width+g.advance
	}
	flush()
}

// run draws a text in one face. The eastern one has no bold, which is made by a
// line around the characters.
func (t *typesetter) run(f *face, x, y float64, s string, st style) {
	t.selectFace(f, st.size)
	stroked := st.bold && f == t.east
	if stroked {
		t.pdf.SetDrawColor(st.color.parts())
		t.pdf.SetLineWidth(st.size / 36)
		t.pdf.SetTextRenderingMode(2)
	}
	t.pdf.Text(x, y, s)
	if stroked {
		t.pdf.SetTextRenderingMode(0)
	}
}

func (t *typesetter) selectFace(f *face, size float64) {
	if !f.added {
		t.pdf.AddUTF8FontFromBytes(f.family, f.style, f.ttf)
		f.added = true
	}
	if key := fmt.Sprint(f.family, f.style, size); key != t.now {
		t.pdf.SetFont(f.family, f.style, size)
		t.now = key
	}
}
