package collector

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/collector/report"
)

func TestLetterheadsAreChecked(t *testing.T) {
	c := Config{Catalogue: "c", Data: "d", Letterheads: []LetterheadConfig{
		{Colour: "#ffcc00"}, {Customer: "", Sender: strings.Repeat("x", 301)}, {Customer: "Contoso", Cover: []string{strings.Repeat("x", 1001)}, Logo: "nowhere.png"},
	}}
	_, err := c.Complete()
	for _, want := range []string{"letterheads[0].colour", "letterheads[1].customer", "letterheads[1].sender", "letterheads[2].cover"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not told: %v", want, err)
		}
	}
	told := false
	for _, m := range c.checkFiles() {
		told = told || m.Field == "letterheads[2].logo"
	}
	if !told {
		t.Error("a logo that is not there is not told")
	}
}

// A report presents itself as its customer's letterhead says, and otherwise as
// that of everybody.
func TestReportsHaveLetterheads(t *testing.T) {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 40, 20))); err != nil {
		t.Fatal(err)
	}
	logo := filepath.Join(t.TempDir(), "logo.png")
	if err := os.WriteFile(logo, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, sealedCatalogue, func(c *Config) {
		c.Letterheads = []LetterheadConfig{{Sender: "Example Hosting", Logo: logo, Colour: "#0b5cad"}, {Customer: "Contoso", Sender: "Example for Contoso"}}
	})
	w.clock.set(halloween.Add(time.Hour))
	w.run()
	of := w.october().Identity
	if of.Letterhead.Sender != "Example Hosting" || len(of.Letterhead.Logo) == 0 || of.Letterhead.Colour != "#0b5cad" || len(of.Sources) == 0 || of.Sources[0].Kind == "" {
		t.Errorf("%+v", of)
	}
	if got := w.c.letterheadOf("Contoso").Sender; got != "Example for Contoso" {
		t.Errorf("Contoso gets %q", got)
	}
	all, err := w.c.scopedReport(t.Context(), report.Scope{Kind: report.WholeScope}, "2026-10", w.clock.now())
	if err != nil || all.Identity.Letterhead.Sender != "Example Hosting" || len(all.Services) < 2 {
		t.Errorf("%v: %+v", err, all.Identity)
	}
}
