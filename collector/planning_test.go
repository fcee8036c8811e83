package collector

import (
	"net/http"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/slo"
)

// plannedWork tells, at an instant, of a change that carries maintenance.
func (w *world) plannedWork(at slo.Instant, v slo.Interval, services ...string) slo.ChangeRecord {
	w.t.Helper()
	e := w.by("ola", "change.record")
	e.At = at
	c, _, err := w.c.changes.Tell(w.t.Context(), slo.ChangeRecord{Source: slo.ChangeByAPI, ChangeTerms: slo.ChangeTerms{
		Kind: slo.PlainChange, Services: services, Interval: v, Summary: "new disks", Maintenance: true,
	}}, e)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// The maintenance of changes takes part in agreed time from when it was told of
// on, over restarts and reloads; sealed figures have it, restated ones too, and
// verify computes all of them again from the ledger.
func TestPlannedWorkOfChanges(t *testing.T) {
	w, late := sealedWorld(t)
	plain := w.objectives()
	ahead := w.plannedWork(halloween, hours(2, 6), "shop", "store")
	if gocmp.Equal(plain, w.objectives()) {
		t.Fatal("the work changes no figure")
	}
	told := w.plannedWork(halloween.Add(10*time.Hour), hours(8, 12), "shop")
	if got := told.Planned(); got != hours(10, 12) {
		t.Errorf("told late, it plans %v", got)
	}
	gone := w.plannedWork(halloween, hours(14, 16), "shop")
	e := w.by("ola", "change.withdraw")
	e.At = halloween.Add(time.Hour)
	with := w.objectives()
	if _, err := w.c.changes.Say(t.Context(), gone.ID, slo.ChangeEvent{Act: slo.WithdrawChange}, e); err != nil {
		t.Fatal(err)
	}
	if gocmp.Equal(with, w.objectives()) {
		t.Error("withdrawing the work changes no figure")
	}
	if _, err := w.c.changes.Say(t.Context(), ahead.ID, slo.ChangeEvent{Act: slo.WithdrawChange}, w.by("ola", "change.withdraw")); err != slo.ChangeWorkBegun {
		t.Errorf("work that is over is withdrawn: %v", err)
	}
	before := w.objectives()
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	w.run()
	w.followed()
	if diff := gocmp.Diff(before, w.objectives()); diff != "" {
		t.Errorf("after a restart (- before, + after):\n%s", diff)
	}

	w.heard(w.clock.now())
	w.tick()
	w.tick()
	seals := w.entries(ledger.KindSeal)
	seal := seals["gold/month/2026-09-30T22:00:00Z"]
	if len(seal) != 1 {
		t.Fatalf("sealed %d times", len(seal))
	}
	var named []string
	for _, x := range seal[0].Seal.Exclusions {
		if strings.HasPrefix(x.Maintenance, "c-") && x.Announced != nil {
			named = append(named, x.Maintenance)
		}
	}
	if len(named) != 2 {
		t.Errorf("the seal names %v of %+v", named, seal[0].Seal.Exclusions)
	}
	w.push(late...)
	w.followed()
	if err := w.c.archiver.archive.Flush(); err != nil {
		t.Fatal(err)
	}
	w.tick()
	if code := w.reload(editedCatalogue); code != http.StatusOK {
		t.Fatalf("reload answered %d", code)
	}
	w.followed()
	w.tick()
	w.tick()
	for _, f := range w.entries(ledger.KindRestatement)["gold/month/2026-09-30T22:00:00Z"] {
		if f.Later.Reason == ledger.ReasonTerms {
			if diff := gocmp.Diff([]string{"objectives.month.target"}, f.Later.Edited); diff != "" {
				t.Errorf("edited (- want, + got):\n%s", diff)
			}
		}
	}
	if len(w.entries(ledger.KindRestatement)) == 0 {
		t.Error("nothing was restated")
	}
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	v := w.verify(VerifyOptions{})
	if !v.OK() || v.Recomputed != v.Figures || v.Figures == 0 {
		t.Errorf("%+v", v)
	}
}
