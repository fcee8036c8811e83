package report

import (
	"bytes"
	"fmt"
	"image"
	_ "image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// poppler is the path of one of Poppler's tools.
func poppler(t *testing.T, tool string) string {
	t.Helper()
	path, err := exec.LookPath(tool)
	if err != nil {
		t.Skip("left out: poppler-utils is not installed; make test-servers installs it")
	}
	return path
}

// written is a PDF in a file.
func written(t *testing.T, r Report, l Language) string {
	t.Helper()
	var b bytes.Buffer
	if err := PDF(&b, r, l); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "report.pdf")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).Output()
	if err != nil {
		t.Fatal(name, err)
	}
	return string(out)
}

// pagesOf are the texts of a PDF's pages, in the order of reading.
func pagesOf(t *testing.T, file string) []string {
	pages := strings.Split(run(t, poppler(t, "pdftotext"), "-layout", file, "-"), "\f")
	return pages[:len(pages)-1]
}

// A reader of PDF finds every figure of the HTML in it.
func TestPDFFigures(t *testing.T) {
	poppler(t, "pdftotext")
	r := Build(goldInput(t))
	for _, l := range Languages() {
		_, shown := faces(t, r, l)
		// In the order of drawing, a text that was broken into lines is whole.
		text := solid(run(t, poppler(t, "pdftotext"), "-raw", written(t, r, l), "-"))
		for key, value := range shown {
			if !strings.Contains(text, solid(value)) {
				t.Errorf("%s: the PDF lacks %s, which is %s in the HTML:\n%s", l, key, value, text)
			}
		}
	}
}

// Each page says which it is, what it is a page of, and whether it is final.
func TestPDFPages(t *testing.T) {
	in := goldInput(t)
	provisional := Build(in)
	in.Final = true
	final := Build(in)
	for _, r := range []Report{provisional, final} {
		pages := pagesOf(t, written(t, r, English))
		for n, page := range pages {
			lines := strings.Split(strings.TrimSpace(page), "\n")
			head, foot := lines[0], lines[len(lines)-1]
			if !strings.Contains(head, r.Identity.Title) || strings.Contains(head, "Provisional") != (r.Identity.Standing == Provisional) {
				t.Errorf("page %d of a report that is %s is headed %q", n+1, r.Identity.Standing, head)
			}
			if !strings.Contains(foot, "checkpoint 42:24c3c1995023edcb") || !strings.Contains(foot, fmt.Sprint("of ", len(pages))) {
				t.Errorf("page %d ends with %q", n+1, foot)
			}
		}
		first := pages[0]
		for _, want := range []string{"Objectives met", "Credit due", "Observed", "availability", "What went wrong", "Decisions wanted", "Order more of shop-disk"} {
			if !strings.Contains(first, want) {
				t.Errorf("page one lacks %q:\n%s", want, first)
			}
		}
	}
}

// Every page draws, with something on it, as pictures.
func TestPDFDraws(t *testing.T) {
	file := written(t, Build(goldInput(t)), Chinese)
	out := filepath.Join(t.TempDir(), "page")
	run(t, poppler(t, "pdftoppm"), "-r", "40", "-png", file, out)
	pictures, err := filepath.Glob(out + "*.png")
	if err != nil || len(pictures) != 9 {
		t.Fatalf("%d pages: %v", len(pictures), err)
	}
	for _, name := range pictures {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		img, _, err := image.Decode(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		if n := inked(img); n < 1000 {
			t.Errorf("%s has %d pixels of ink", filepath.Base(name), n)
		}
	}
	if fonts := run(t, poppler(t, "pdffonts"), file); strings.Count(fonts, "yes no  yes") != 3 {
		t.Errorf("the fonts are not all inside, with what their characters mean:\n%s", fonts)
	}
}

// inked counts the pixels that are not white.
func inked(img image.Image) int {
	n := 0
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			if r, g, b, _ := img.At(x, y).RGBA(); r&g&b < 0xf000 {
				n++
			}
		}
	}
	return n
}

// Equal reports make equal files, and who reads Latin only gets no other font.
func TestPDFIsPure(t *testing.T) {
	r := Build(goldInput(t))
	for _, l := range Languages() {
		var a, b bytes.Buffer
		if err := PDF(&a, r, l); err != nil {
			t.Fatal(err)
		}
		if err := PDF(&b, r, l); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a.Bytes(), b.Bytes()) {
			t.Errorf("%s: two PDFs of one report differ", l)
		}
		if strings.Contains(a.String(), "utf8east") != (l == Chinese) {
			t.Errorf("%s: the eastern font is not there where it is used, and only there", l)
		}
		if !strings.Contains(a.String(), "/Outlines") {
			t.Errorf("%s: no bookmarks", l)
		}
	}
}

// Whatever happened, and whatever it is called, there is a PDF.
func TestPDFOfAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, in, _ := anyInput(t)
		r := Build(in)
		r.Identity.Title = rapid.String().Draw(t, "title")
		if len(r.Objectives) > 0 {
			r.Objectives[0].Name = rapid.SampledFrom([]string{"可用率", "🚀 up", "שלום", "a\\(b", strings.Repeat("界", 500), strings.Repeat("w", 500), ""}).Draw(t, "name")
		}
		for i := range r.Outages {
			r.Outages[i].Causes = []Cause{{Probe: rapid.String().Draw(t, "probe"), Evidence: rapid.String().Draw(t, "evidence"), Locations: []string{"eu"}}}
		}
		if err := PDF(io.Discard, r, rapid.SampledFrom(Languages()).Draw(t, "language")); err != nil {
			t.Fatal(err)
		}
	})
}

// Page one has what went wrong also where there is much that was promised, and
// nothing sticks out of a page.
func TestPDFPageOneOfMany(t *testing.T) {
	r := Build(goldInput(t))
	for i := range r.Objectives {
		r.Objectives[i].Name = strings.Repeat("availability of the whole ", 4)
	}
	for len(r.Objectives) < 40 {
		r.Objectives = append(r.Objectives, r.Objectives[1])
	}
	file := written(t, r, English)
	first := pagesOf(t, file)[0]
	for _, want := range []string{"35 more are further on, in detail.", "What went wrong", "58 min 15 s", "8 min 30 s"} {
		if !strings.Contains(first, want) {
			t.Errorf("page one lacks %q:\n%s", want, first)
		}
	}
	for _, m := range regexp.MustCompile(`xMax="([0-9.]+)"`).FindAllStringSubmatch(run(t, poppler(t, "pdftotext"), "-bbox", file, "-"), -1) {
		if x, err := strconv.ParseFloat(m[1], 64); err != nil || x > left+bodyWidth+1 {
			t.Fatalf("a word ends at %s of %.0f points", m[1], left+bodyWidth)
		}
	}
}

// A report that lists as much as it can stays small.
func TestPDFIsBounded(t *testing.T) {
	r := Build(goldInput(t))
	for len(r.Outages) < 5000 {
		r.Outages = append(r.Outages, r.Outages...)
	}
	for len(r.Objectives) < 500 {
		r.Objectives = append(r.Objectives, r.Objectives...)
	}
	var b bytes.Buffer
	if err := PDF(&b, r, English); err != nil {
		t.Fatal(err)
	}
	if b.Len() > 1<<20 {
		t.Errorf("%d bytes", b.Len())
	}
}
