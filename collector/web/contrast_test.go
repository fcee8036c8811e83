package web

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestContrast holds the colours of texts to WCAG 2.2's 4.5:1 on what they
// stand on, and those of marks to its 3:1, in light and in dark.
func TestContrast(t *testing.T) {
	b, err := os.ReadFile("static/app.css")
	if err != nil {
		t.Fatal(err)
	}
	light, rest, ok := strings.Cut(string(b), "@media (prefers-color-scheme: dark)")
	if !ok {
		t.Fatal("the style has no dark scheme")
	}
	dark, _, _ := strings.Cut(rest, "* {")
	for scheme, css := range map[string]string{"light": light, "dark": dark} {
		colour := map[string]float64{}
		for _, m := range regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{6});`).FindAllStringSubmatch(css, -1) {
			colour[m[1]] = luminance(t, m[2])
		}
		need := func(least float64, over, under string) {
			a, okA := colour[over]
			b, okB := colour[under]
			if ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05); !okA || !okB || ratio < least {
				t.Errorf("%s: %s on %s has a contrast of %.2f, want %.1f", scheme, over, under, ratio, least)
			}
		}
		for _, under := range []string{"ground", "panel"} {
			for _, text := range []string{"ink", "dim", "accent", "up", "down-text", "work"} {
				need(4.5, text, under)
			}
		}
		need(4.5, "down-text", "down-panel")
		need(4.5, "dim", "down-panel")
		need(4.5, "on-accent", "accent")
		for _, m := range []string{"up", "down", "unknown", "used"} {
			need(3, m, "ground")
		}
		need(3, "down", "bar")
	}
}

// luminance is the relative luminance of a colour, after WCAG 2.2.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	l := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		l += weight * c
	}
	return l
}
