package report

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A provisional report says so on every page, whatever prints it and of
// whatever it is; a final one nowhere.
func TestProvisionalOnEveryPage(t *testing.T) {
	in := goldInput(t)
	in.Final = true
	final := Build(in)
	for _, l := range Languages() {
		w := l.words()
		for _, r := range []Report{Build(goldInput(t)), periodReport(t, "2026"), final} {
			said := solid(w.t(string(r.Identity.Standing) + ".short"))
			for name, pages := range map[string][]string{
				"PDF": pagesOf(t, written(t, r, l)), "HTML": pagesOf(t, printed(t, r, l)), "workbook": headersOf(t, r, l),
			} {
				for n, page := range pages {
					if !strings.Contains(solid(page), said) {
						t.Errorf("page %d of the %s of %s in %s is not marked %s:\n%s", n+1, name, FileName(r), l, said, page)
					}
				}
				if len(pages) < 2 {
					t.Errorf("the %s of %s has %d pages", name, FileName(r), len(pages))
				}
			}
		}
	}
}

// printed is the HTML of a report as a browser prints it.
func printed(t *testing.T, r Report, l Language) string {
	t.Helper()
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("left out: chromium is not installed; make test-servers installs it")
	}
	var page bytes.Buffer
	if err := HTML(&page, r, l); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	html, pdf := filepath.Join(dir, "report.html"), filepath.Join(dir, "report.pdf")
	if err := os.WriteFile(html, page.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
		"--user-data-dir="+filepath.Join(dir, "profile"), "--no-pdf-header-footer", "--print-to-pdf="+pdf, "file://"+html)
	return pdf
}

// headersOf is what is printed above and below each sheet of a workbook.
func headersOf(t *testing.T, r Report, l Language) []string {
	t.Helper()
	f := workbookOf(t, r, l)
	defer f.Close()
	var out []string
	for _, name := range f.GetSheetList() {
		h, err := f.GetHeaderFooter(name)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, h.OddHeader+"\n"+h.OddFooter)
	}
	return out
}
