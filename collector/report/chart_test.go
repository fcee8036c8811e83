package report

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"testing"
)

func picture(t *testing.T, o Objective) image.Image {
	t.Helper()
	b, err := newChart(English.words()).png(&o)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if got := img.Bounds().Size(); got != image.Pt(2*chartWidth, 2*chartHeight) {
		t.Fatalf("the picture has %v pixels", got)
	}
	if len(b) > 16<<10 {
		t.Errorf("the picture has %d bytes", len(b))
	}
	return img
}

// near reports whether a and b are one colour but for the palette's rounding.
func near(a, b color.Color) bool {
	ar, ag, ab, _ := a.RGBA()
	br, bg, bb, _ := b.RGBA()
	off := func(x, y uint32) bool { return max(x, y)-min(x, y) > 0x1200 }
	return !off(ar, br) && !off(ag, bg) && !off(ab, bb)
}

// The marks of met, missed and insufficient stand where their figures are and
// differ in shape.
func TestChartMarks(t *testing.T) {
	fig := func(v string) *Figure { return &Figure{Value: json.Number(v), Shown: v} }
	o := Objective{Name: "x", Target: "99", Trend: []Point{
		{Month: "2026-01", Verdict: Met, Delivered: fig("99.5"), Best: fig("99.5"), Worst: fig("99.5")},
		{Month: "2026-02", Verdict: Missed, Delivered: fig("98.2"), Best: fig("98.2"), Worst: fig("98.2")},
		{Month: "2026-03", Verdict: Insufficient, Best: fig("99.9"), Worst: fig("90")},
		{Month: "2026-04", Verdict: Insufficient, NoData: true},
	}}
	img := picture(t, o)
	c := newChart(English.words())
	s := sheet{chart: c, promised: 99, months: 4}
	s.scale(o.Trend)
	at := func(month int, percent, dx, dy float64) color.Color {
		return img.At(int(2*(float64(s.x(month))+dx)), 2*chartHeight-int(2*(float64(s.y(percent))+dy)))
	}
	const corner = markSize - 0.8
	for _, p := range []struct {
		name   string
		got    color.Color
		want   color.Color
		unlike bool
	}{
		{"the middle of a circle", at(0, 99.5, 0, 0), c.met, false},
		{"beside the corner of a circle", at(0, 99.5, -corner, -corner), c.met, true},
		{"the middle of a square", at(1, 98.2, 0, 0), c.missed, false},
		{"the corner of a square", at(1, 98.2, -corner, -corner), c.missed, false},
		{"the middle of a ring", at(2, 99.9, 0, 0), color.White, false},
		{"the bar under the ring", at(2, 99.2, 0, 0), c.bar, false},
		{"the line of the target", at(0, 99, 20, 0), c.target, false},
		{"where nothing is known", at(3, 99.5, 10, 0), c.panel, false},
	} {
		if near(p.got, p.want) == p.unlike {
			t.Errorf("%s is %v, wanted %v (unlike: %v)", p.name, p.got, p.want, p.unlike)
		}
	}
}

// Whatever the figures, a chart is drawn.
func TestChartOfAnything(t *testing.T) {
	fig := func(v string) *Figure { return &Figure{Value: json.Number(v), Shown: v} }
	for v, target := range map[string]string{
		"0": "0", "0.000001": "50", "50": "100", "99.999999": "99.9999999999", "100": "99.9999999999", "NaN": "99", "1e400": "10000", "": "100",
	} {
		picture(t, Objective{Name: "x", Target: target, Trend: []Point{
			{Month: "2026-01", Verdict: Missed, Delivered: fig(v), Best: fig(v), Worst: fig(v)},
			{Month: "no month", Verdict: Met, Delivered: fig(v)},
		}})
	}
	picture(t, Objective{Name: "x", Target: "100"})
	if _, err := newChart(English.words()).png(&Objective{Target: "x"}); err == nil {
		t.Error("no error for a target that is not a number")
	}
}

func TestRound(t *testing.T) {
	for v, want := range map[float64]float64{0.2: 0.2, 0.21: 0.25, 0.54: 0.6, 0.81: 1, 5.39: 6, 0.09: 0.1, 100: 100} {
		if got := round(v); got < want*0.999 || got > want*1.001 {
			t.Errorf("%v is rounded to %v, not %v", v, got, want)
		}
	}
}
