package report

import (
	"bytes"
	"fmt"
	"image/color"
	"image/png"
	"math"
	"strconv"
	"strings"
	"time"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// A chart's size in CSS pixels. It is drawn with twice as many, for print and
// fine screens.
const (
	chartWidth  = 680
	chartHeight = 132
	chartDPI    = 144 // a point of vg is a CSS pixel at 72
)

// The parts of a chart around its plot, and the sizes of its marks.
const (
	chartLeft, chartRight = 58, 6
	chartTop, chartBottom = 12, 32
	markSize, barWidth    = 3.6, 3
	chartFont             = 10
	mostLoss, leastLoss   = 6.0, 2.0 // of what the target allows, that a chart shows at most and at least
	lossWithoutTarget     = 0.1      // percent, where the target allows none
)

// inks are the colours of a chart: those of the web page.
type inks struct{ ink, dim, rule, panel, bar, met, missed, target color.RGBA }

// chart draws the trend of objectives.
type chart struct {
	w     words
	style text.Style
	inks
}

// newChart loads the font, which is compiled in.
func newChart(w words) *chart {
	fonts := font.NewCache(liberation.Collection())
	style := text.Style{
		Font:    font.Font{Typeface: "Liberation", Variant: "Sans", Size: chartFont},
		Handler: text.Plain{Fonts: fonts},
	}
	rgb := func(v uint32) color.RGBA { return color.RGBA{uint8(v >> 16), uint8(v >> 8), uint8(v), 0xff} }
	return &chart{w: w, style: style, inks: inks{
		ink: rgb(0x1b1f23), dim: rgb(0x5b646d), rule: rgb(0xd9dde1), panel: rgb(0xf0f2f4), bar: rgb(0xb0b8bf),
		met: rgb(0x177a5b), missed: rgb(0xc44800), target: rgb(0x0b5cad),
	}}
}

// png is the trend of an objective as a picture.
func (c *chart) png(o *Objective) ([]byte, error) {
	canvas := vgimg.NewWith(vgimg.UseWH(chartWidth, chartHeight), vgimg.UseDPI(chartDPI))
	if err := c.on(canvas, o); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	e := png.Encoder{} // the best compression takes three times as long for 3 % less
	if err := e.Encode(&b, paletted(canvas.Image())); err != nil {
		return nil, fmt.Errorf("drawing the trend of %q: %w", o.Name, err)
	}
	return b.Bytes(), nil
}

// on draws the trend of an objective: a mark for each month, told apart by
// shape, against the target. The canvas has the size of a chart.
func (c *chart) on(canvas vg.CanvasSizer, o *Objective) error {
	target, err := strconv.ParseFloat(o.Target, 64)
	if err != nil {
		return fmt.Errorf("drawing the trend of %q: target %q is not a number", o.Name, o.Target)
	}
	s := sheet{chart: c, Canvas: draw.New(canvas), promised: target, months: len(o.Trend)}
	s.scale(o.Trend)
	s.frame(o)
	s.line(o.Trend)
	for i := range o.Trend {
		s.point(i, &o.Trend[i])
	}
	return nil
}

// sheet is a chart in the making.
type sheet struct {
	*chart
	draw.Canvas
	promised float64 // percent
	lowest   float64 // percent at the plot's bottom; its top is 100
	months   int
}

// scale chooses the bottom of the plot: so low that the target lies no lower
// than its middle, and that every mark is in it unless that would flatten all
// others.
func (s *sheet) scale(list []Point) {
	allowed := 100 - s.promised
	loss := leastLoss * allowed
	for i := range list {
		if v, ok := placed(&list[i]); ok {
			loss = max(loss, (100-v)*1.1)
		}
	}
	if allowed > 0 {
		loss = min(loss, mostLoss*allowed)
	} else {
		loss = max(loss, lossWithoutTarget)
	}
	s.lowest = max(0, 100-round(loss))
}

// round is the next number up of two digits, the second even or 5.
func round(v float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, n := range []float64{1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8} {
		if v <= n*unit*(1+1e-9) {
			return n * unit
		}
	}
	return 10 * unit
}

// placed is where the mark of a month goes, in percent: at what was delivered,
// else at the best that is possible.
func placed(p *Point) (float64, bool) {
	f := p.Delivered
	if f == nil {
		f = p.Best
	}
	if f == nil || p.NoData {
		return 0, false
	}
	return value(f), true
}

func value(f *Figure) float64 {
	v, err := f.Value.Float64()
	if err != nil || math.IsNaN(v) {
		return 0
	}
	return min(100, max(0, v))
}

// x is the middle of a month's column, y the height of a percentage; what is
// below the plot is at its bottom.
func (s *sheet) x(month int) vg.Length {
	width := float64(chartWidth - chartLeft - chartRight)
	return vg.Length(chartLeft + width*(float64(month)+0.5)/float64(max(1, s.months)))
}

func (s *sheet) y(percent float64) vg.Length {
	share := (percent - s.lowest) / (100 - s.lowest)
	return chartBottom + vg.Length(min(1, max(0, share)))*(chartHeight-chartTop-chartBottom)
}

// frame draws what stands around the marks: the column of the report's month,
// the lines of 100 %, the target and the bottom, and the months.
func (s *sheet) frame(o *Objective) {
	half := s.x(1) - s.x(0)
	if s.months > 0 {
		x := s.x(s.months - 1)
		s.FillPolygon(s.panel, box(vg.Rectangle{Min: vg.Point{X: x - half/2, Y: chartBottom - 16}, Max: vg.Point{X: x + half/2, Y: chartHeight}}))
	}
	s.level(100, s.w.t("percent", "100"), s.rule, s.dim)
	s.level(s.lowest, s.w.t("percent", decimal(s.lowest)), s.rule, s.dim)
	if s.y(100)-s.y(s.promised) > chartFont {
		s.level(s.promised, s.w.t("percent", o.Target), s.target, s.target)
	}
	for i := range o.Trend {
		t, err := time.Parse(monthLayout, o.Trend[i].Month)
		if err != nil {
			continue
		}
		s.write(s.x(i), chartBottom-14, s.w.t("axis.month", s.w.t(fmt.Sprintf("month.short.%d", int(t.Month()))), int(t.Month())), s.dim, draw.XCenter)
		if i == 0 || t.Month() == time.January {
			s.write(s.x(i), chartBottom-26, strconv.Itoa(t.Year()), s.dim, draw.XCenter)
		}
	}
}

// level is a horizontal line with its percentage.
func (s *sheet) level(percent float64, label string, line, words color.Color) {
	y := s.y(percent)
	s.StrokeLine2(draw.LineStyle{Color: line, Width: 1}, chartLeft, y, chartWidth-chartRight, y)
	s.write(chartLeft-6, y-3.5, label, words, draw.XRight)
}

// decimal is a percentage of the scale, with no more digits than it needs.
func decimal(v float64) string {
	s := strconv.FormatFloat(v, 'f', 4, 64)
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}

func (s *sheet) write(x, y vg.Length, words string, c color.Color, align draw.XAlignment) {
	style := s.style
	style.Color, style.XAlign = c, align
	s.FillText(style, vg.Point{X: x, Y: y}, words)
}

// line joins the months that have a figure and follow each other.
func (s *sheet) line(list []Point) {
	for i := 1; i < len(list); i++ {
		if list[i-1].Delivered != nil && list[i].Delivered != nil {
			s.StrokeLine2(draw.LineStyle{Color: s.bar, Width: 1.2}, s.x(i-1), s.y(value(list[i-1].Delivered)), s.x(i), s.y(value(list[i].Delivered)))
		}
	}
}

// point draws a month: a bar from worst to best, the mark of its verdict, and
// the figure where the target was missed.
func (s *sheet) point(i int, p *Point) {
	v, ok := placed(p)
	if !ok {
		s.write(s.x(i), chartBottom+4, s.w.t("none"), s.dim, draw.XCenter)
		return
	}
	x, y := s.x(i), s.y(v)
	if p.Best != nil && p.Worst != nil {
		s.StrokeLine2(draw.LineStyle{Color: s.bar, Width: barWidth}, x, s.y(value(p.Worst)), x, s.y(value(p.Best)))
	}
	at := vg.Point{X: x, Y: y}
	switch p.Verdict {
	case Met:
		s.DrawGlyphNoClip(draw.GlyphStyle{Color: s.met, Radius: markSize, Shape: draw.CircleGlyph{}}, at)
	case Missed:
		s.square(at)
	default:
		s.DrawGlyphNoClip(draw.GlyphStyle{Color: color.White, Radius: markSize, Shape: draw.CircleGlyph{}}, at)
		s.DrawGlyphNoClip(draw.GlyphStyle{Color: s.ink, Radius: markSize, Shape: draw.RingGlyph{}}, at)
	}
	if p.Verdict == Missed && p.Delivered != nil {
		ground := color.Color(color.White)
		if i == s.months-1 {
			ground = s.panel
		}
		s.figure(x, y, p.Delivered.Shown, ground)
	}
}

func (s *sheet) square(at vg.Point) {
	const r = markSize
	s.FillPolygon(s.missed, box(vg.Rectangle{Min: vg.Point{X: at.X - r, Y: at.Y - r}, Max: vg.Point{X: at.X + r, Y: at.Y + r}}))
}

// figure writes a figure under its mark, or beside it where there is no room,
// on a ground that hides the bar behind it.
func (s *sheet) figure(x, y vg.Length, shown string, ground color.Color) {
	const gap = markSize + 3
	style := s.style
	style.Color = s.missed
	size := style.Width(shown)
	at := vg.Point{X: x - size/2, Y: y - gap - chartFont*0.8}
	if at.Y < chartBottom {
		at = vg.Point{X: x + gap, Y: y - chartFont/3}
		if at.X+size > chartWidth {
			at.X = x - gap - size
		}
	}
	s.FillPolygon(ground, box(vg.Rectangle{Min: vg.Point{X: at.X - 1, Y: at.Y - 2}, Max: vg.Point{X: at.X + size + 1, Y: at.Y + chartFont*0.8}}))
	s.FillText(style, at, shown)
}

// box is a rectangle as a polygon.
func box(r vg.Rectangle) []vg.Point {
	return []vg.Point{r.Min, {X: r.Max.X, Y: r.Min.Y}, r.Max, {X: r.Min.X, Y: r.Max.Y}}
}
