package report

import (
	"errors"
	"image"
	"image/color"
	"math"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// canvas draws a chart on a page of a PDF, as vectors. It does what charts ask
// for: it neither turns nor holds pictures.
type canvas struct {
	t             *typesetter
	left, bottom  float64 // of the chart on the page, in points from its top left
	scale         float64 // points on the page for one of the chart
	width, height vg.Length
	color         rgb
	line          vg.Length
}

// Size is that of the chart.
func (c *canvas) Size() (x, y vg.Length) { return c.width, c.height }

// SetLineWidth is part of vg.Canvas, as are the methods below.
func (c *canvas) SetLineWidth(w vg.Length) { c.line = w }

// SetLineDash leaves lines whole.
func (c *canvas) SetLineDash([]vg.Length, vg.Length) {}

// SetColor sets the colour of what follows; it is opaque.
func (c *canvas) SetColor(v color.Color) {
	if v == nil {
		v = color.Black
	}
	r, g, b, _ := v.RGBA()
	c.color = rgb(r>>8<<16 | g>>8<<8 | b>>8)
}

var errCanvas = errors.New("a chart in a PDF can neither be turned, moved nor hold a picture")

// Rotate fails the PDF.
func (c *canvas) Rotate(float64) { c.t.pdf.SetError(errCanvas) }

// Translate fails the PDF.
func (c *canvas) Translate(vg.Point) { c.t.pdf.SetError(errCanvas) }

// Scale fails the PDF.
func (c *canvas) Scale(_, _ float64) { c.t.pdf.SetError(errCanvas) }

// DrawImage fails the PDF.
func (c *canvas) DrawImage(vg.Rectangle, image.Image) { c.t.pdf.SetError(errCanvas) }

// Push has nothing to keep: every mark sets what it needs.
func (c *canvas) Push() {}

// Pop has nothing to restore.
func (c *canvas) Pop() {}

// Stroke draws a line along a path.
func (c *canvas) Stroke(p vg.Path) {
	if c.line <= 0 {
		return
	}
	c.t.pdf.SetDrawColor(c.color.parts())
	c.t.pdf.SetLineWidth(float64(c.line) * c.scale)
	c.trace(p)
	c.t.pdf.DrawPath("D")
}

// Fill fills a path.
func (c *canvas) Fill(p vg.Path) {
	c.t.pdf.SetFillColor(c.color.parts())
	c.trace(p)
	c.t.pdf.DrawPath("F")
}

// FillString writes in the typesetter's faces, whose metrics are the chart's.
func (c *canvas) FillString(f font.Face, at vg.Point, text string) {
	x, y := c.at(at)
	c.t.put(x, y, text, style{size: float64(f.Font.Size) * c.scale, color: c.color})
}

// at is a point of the chart on the page.
func (c *canvas) at(p vg.Point) (x, y float64) {
	return c.left + float64(p.X)*c.scale, c.bottom - float64(p.Y)*c.scale
}

func (c *canvas) trace(path vg.Path) {
	pdf := c.t.pdf
	for _, p := range path {
		x, y := c.at(p.Pos)
		switch p.Type {
		case vg.MoveComp:
			pdf.MoveTo(x, y)
		case vg.LineComp:
			pdf.LineTo(x, y)
		case vg.ArcComp:
			r := float64(p.Radius) * c.scale
			pdf.ArcTo(x, y, r, r, 0, p.Start*180/math.Pi, (p.Start+p.Angle)*180/math.Pi)
		case vg.CurveComp:
			pdf.SetError(errCanvas) // charts have circles and straight lines
		case vg.CloseComp:
			pdf.ClosePath()
		}
	}
}
