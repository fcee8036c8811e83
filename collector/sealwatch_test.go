package collector

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/report"
	"github.com/assay-sla/assay/slo"
)

// sealAlerts are the alerts that sealing is behind.
func (w *world) sealAlerts() (out []string) {
	w.t.Helper()
	for _, a := range w.c.watchSelf(w.t.Context(), w.clock.now()) {
		if a.Name == notify.SealingBehind {
			out = append(out, a.Since.String()+" "+a.Words.Description)
		}
	}
	return out
}

// archiveFile is the first file of measurements of the archive.
func (w *world) archiveFile() string {
	w.t.Helper()
	found := ""
	err := filepath.WalkDir(filepath.Join(w.config.Data, "archive"), func(path string, d os.DirEntry, err error) error {
		if strings.HasSuffix(path, ".parquet") {
			found = path
			return filepath.SkipAll
		}
		return err
	})
	if err != nil || found == "" {
		w.t.Fatalf("the archive has no file: %v", err)
	}
	return found
}

// Where sealing fails, an alert, a metric, the page and the report say so, and
// stop when it is mended.
func TestSealingFails(t *testing.T) {
	w, _ := sealedWorld(t)
	w.archived()
	file := w.archiveFile()
	if err := os.Rename(file, file+".away"); err != nil {
		t.Fatal(err)
	}
	w.heard(w.clock.now())
	if err := w.c.sealer.tick(t.Context(), w.clock.now()); err == nil {
		t.Fatal("it seals without the archive")
	}
	if got := w.sealAlerts(); len(got) != 0 {
		t.Errorf("at the first failure: %q", got)
	}
	began := w.clock.now()
	w.clock.advance(sealPatience)
	if err := w.c.sealer.tick(t.Context(), w.clock.now()); err == nil {
		t.Fatal("it seals without the archive")
	}
	got := w.sealAlerts()
	if len(got) != 1 || !strings.HasPrefix(got[0], began.String()) || !strings.Contains(got[0], "ended at 2026-10-31T23:00:00Z") || !strings.Contains(got[0], "failed last by") {
		t.Errorf("after five minutes: %q", got)
	}
	age := w.clock.now().Sub(slo.At(time.Date(2026, 10, 31, 23, 0, 0, 0, time.UTC)))
	if got := w.c.sealer.watch.age(w.clock.now()); got != age || w.c.sealer.watch.failed() != 2 {
		t.Errorf("the oldest is %v old, after %d failures; want %v and 2", got, w.c.sealer.watch.failed(), age)
	}
	w.saysUnsealed(true)

	if err := os.Rename(file+".away", file); err != nil {
		t.Fatal(err)
	}
	w.tick()
	if got := w.sealAlerts(); len(got) != 0 || w.c.sealer.watch.age(w.clock.now()) != 0 {
		t.Errorf("when it is mended: %q", got)
	}
	if len(w.entries(ledger.KindSeal)) == 0 {
		t.Error("nothing was sealed when it was mended")
	}
	w.saysUnsealed(false)
}

// saysUnsealed holds what the page and the report say of windows that are final
// and not sealed.
func (w *world) saysUnsealed(want bool) {
	w.t.Helper()
	_, page := w.fetch("/services/shop")
	if got := bytes.Contains(page, []byte("sealing fails or is behind since")); got != want {
		w.t.Errorf("the page says that sealing is behind: %v", got)
	}
	_, metrics := w.fetch("/metrics")
	if got := !bytes.Contains(metrics, []byte("\nassay_ledger_unsealed_age_seconds 0\n")); got != want {
		w.t.Errorf("the metrics say that a window is not sealed: %v", got)
	}
	var r report.Report
	w.get("/api/v1/reports/gold/2026-10?format=json", &r)
	if got := len(r.Ledger.Unsealed) > 0; got != want {
		w.t.Errorf("the report says that %v are not sealed", r.Ledger.Unsealed)
	}
}

// An attempt that hangs is behind as one that fails is, and so is a window that
// is left without an error.
func TestSealWatch(t *testing.T) {
	at := func(d time.Duration) slo.Instant { return halloween.Add(d) }
	var w sealWatch
	w.begin(at(0))
	if w.behind(at(sealPatience-time.Second)) != 0 || w.behind(at(sealPatience)) != at(0) || !strings.Contains(w.words(at(sealPatience)), "has run since") {
		t.Error("an attempt that hangs")
	}
	w.end(at(0), nil, 0)
	if w.behind(at(time.Hour)) != 0 {
		t.Error("an attempt that ended well")
	}
	w.begin(at(time.Minute))
	w.end(at(time.Minute), nil, at(-time.Hour))
	w.begin(at(2 * time.Minute))
	w.end(at(2*time.Minute), errors.New("a\nb"), at(-time.Hour))
	if got := w.behind(at(6 * time.Minute)); got != at(time.Minute) {
		t.Errorf("behind since %v", got)
	}
	if got := w.words(at(6 * time.Minute)); !strings.HasSuffix(got, "ended at "+at(-time.Hour).String()+". It failed last by: a (and 1 more).") {
		t.Error(got)
	}
	if got := w.age(at(0)); got != time.Hour {
		t.Errorf("%v", got)
	}
}
