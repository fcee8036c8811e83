package dashboards

import (
	"bytes"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/assay-sla/assay/rules"
	"github.com/assay-sla/assay/slo"
)

// TestColoursReadOnBothThemes tells that the colours stand out from the
// grounds of Grafana's light and dark themes by 3 to 1, what WCAG 2 asks of
// large text and of graphics.
func TestColoursReadOnBothThemes(t *testing.T) {
	for _, c := range []string{colourUp, colourDown, colourUnknown, colourUsed, colourWork} {
		for _, ground := range []string{"#ffffff", "#181b1f"} {
			if r := contrast(t, c, ground); r < 3 {
				t.Errorf("%s on %s has the contrast %.2f", c, ground, r)
			}
		}
	}
}

// TestColoursAreThoseOfThePages tells that each colour lies between the pages'
// two variants, so that people know them again.
func TestColoursAreThoseOfThePages(t *testing.T) {
	css, err := os.ReadFile("../collector/web/static/app.css")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]string{"up": colourUp, "down": colourDown, "unknown": colourUnknown, "used": colourUsed, "work": colourWork} {
		m := regexp.MustCompile(`--`+name+`: (#[0-9a-f]{6});`).FindAllStringSubmatch(string(css), -1)
		if len(m) != 2 {
			t.Fatalf("the pages have %d colours --%s", len(m), name)
		}
		one, other, got := channels(t, m[0][1]), channels(t, m[1][1]), channels(t, c)
		for i := range got {
			if got[i] < min(one[i], other[i]) || got[i] > max(one[i], other[i]) {
				t.Errorf("%s is %s, not between %s and %s of the pages", name, c, m[0][1], m[1][1])
				break
			}
		}
	}
}

func channels(t *testing.T, colour string) (rgb [3]uint64) {
	t.Helper()
	for i := range rgb {
		var err error
		if rgb[i], err = strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8); err != nil {
			t.Fatal(err)
		}
	}
	return rgb
}

// contrast is the contrast ratio of WCAG 2.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	l, m := luminance(channels(t, a)), luminance(channels(t, b))
	return (max(l, m) + 0.05) / (min(l, m) + 0.05)
}

func luminance(rgb [3]uint64) float64 {
	var l float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		c := float64(rgb[i]) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		l += weight * c
	}
	return l
}

// TestUnknownIsGrey tells that what is not known has no hue.
func TestUnknownIsGrey(t *testing.T) {
	c := channels(t, colourUnknown)
	if slices.Max(c[:])-slices.Min(c[:]) > 24 {
		t.Errorf("unknown is %s", colourUnknown)
	}
	for _, m := range [][]mapping{stateWords(), verdictWords()} {
		if got := m[0].Options["-1"].Color; got != colourUnknown {
			t.Errorf("-1 is drawn in %s", got)
		}
	}
}

// TestBurnStepsAreTheConditions holds the lines in the burn graphs to the
// alerts, and their text to both.
func TestBurnStepsAreTheConditions(t *testing.T) {
	got := map[float64]string{}
	for _, s := range burnSteps(colourNone).Steps[1:] {
		got[*s.Value] = s.Color
	}
	colours := map[slo.Severity]string{slo.Page: colourPage, slo.Ticket: colourTicket}
	for _, p := range rules.BurnPairs() {
		if got[p.Rate] != colours[p.Severity] {
			t.Errorf("the rate %v, a %s, is drawn in %q", p.Rate, p.Severity, got[p.Rate])
		}
		delete(got, p.Rate)
		if !strings.Contains(burnMeaning, strconv.FormatFloat(p.Rate, 'g', -1, 64)+" over ") {
			t.Errorf("the description does not tell of %v", p.Rate)
		}
	}
	if len(got) > 0 {
		t.Errorf("no alert has the rates of the lines %v", got)
	}
}

// TestSameBytes tells that the files do not change by themselves.
func TestSameBytes(t *testing.T) {
	one, other := Generate(), Generate()
	for name := range one {
		if !bytes.Equal(one[name], other[name]) {
			t.Errorf("%s comes out differently", name)
		}
	}
}

// TestNoHTMLEscapes tells that queries read as they are written.
func TestNoHTMLEscapes(t *testing.T) {
	for name, data := range Generate() {
		if bytes.Contains(data, []byte(`\u003`)) || bytes.Contains(data, []byte(`\u0026`)) {
			t.Errorf("%s has escapes", name)
		}
	}
}
