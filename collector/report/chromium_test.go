package report

import (
	"bytes"
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// A browser shows the file whole at the width of a phone and of a screen:
// nothing sticks out, and every picture is there.
func TestInBrowser(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("left out: chromium is not installed; make test-servers installs it")
	}
	flags := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox,
		chromedp.UserDataDir(t.TempDir()), chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), flags...)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil { // the browser lives as long as this context
		t.Fatal(err)
	}
	ctx, cancel = context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for _, l := range Languages() {
		showsWhole(t, ctx, Build(goldInput(t)), l, 3)
	}
	amended := amendedReport(t)
	logo, err := ParseLogo(pictureFile(t, 440, 96))
	if err != nil {
		t.Fatal(err)
	}
	amended.Identity.Letterhead = Letterhead{Sender: "Example Hosting Ltd of Example Street, Example Town", Logo: logo, Cover: []string{"Dear customer,"}}
	showsWhole(t, ctx, amended, English, 4)
	showsWhole(t, ctx, providerReport(t), Chinese, 5)
	showsWhole(t, ctx, Build(goldInputOf(t, "2026")), English, 3)
	showsWhole(t, ctx, periodReport(t, "2026"), Chinese, 4)
	showsWhole(t, ctx, periodReport(t, "2026-Q4"), English, 4)
}

func showsWhole(t *testing.T, ctx context.Context, r Report, l Language, pictures int) {
	t.Helper()
	var page bytes.Buffer
	if err := HTML(&page, r, l); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, page.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, width := range []int64{360, 800} {
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate((&url.URL{Scheme: "file", Path: file}).String())); err != nil {
			t.Fatal(err)
		}
		seen, err := chromedp.Run(ctx, chromedp.Evaluate[layout](measureLayout))
		if err != nil {
			t.Fatal(err)
		}
		if seen.Wide > width || len(seen.Sticking) > 0 || seen.Pictures != pictures || seen.Missing > 0 {
			t.Errorf("%s in %s at %d pixels: %+v", FileName(r), l, width, seen)
		}
	}
}

// layout is how the page lies in the browser.
type layout struct {
	Wide     int64
	Sticking []string
	Pictures int
	Missing  int
}

const measureLayout = `({
	wide: document.documentElement.scrollWidth,
	sticking: [...document.querySelectorAll("td,th,p,h1,h2,h3,li,img")].filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0)
		.map(e => e.tagName + " " + e.textContent.trim().slice(0, 40)),
	pictures: document.images.length,
	missing: [...document.images].filter(i => !i.complete || i.naturalWidth < 400).length,
})`
