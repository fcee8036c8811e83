package collector

import (
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/collector/report"
	"github.com/assay-sla/assay/slo"
)

// october makes the report of gold's October.
func (w *world) october() report.Report {
	w.t.Helper()
	made, err := w.c.report(w.t.Context(), "gold", "2026-10", w.clock.now())
	if err != nil {
		w.t.Fatal(err)
	}
	return made
}

// A month that is restated after its report was sent is sent again, once, as the
// next edition with what changed.
func TestRestatedMonthIsAmended(t *testing.T) {
	w, _ := sealedSince(t, halloween, mailsReports)
	w.heard(w.clock.now())
	w.tick()
	w.tick()
	amend := func() {
		t.Helper()
		if err := w.c.amendReports(t.Context(), w.clock.now()); err != nil {
			t.Fatal(err)
		}
	}
	amend()
	first := w.october()
	if _, err := w.c.sendings.send(t.Context(), first, w.c.recipients(report.Scope{Kind: report.AgreementScope, Name: "gold"}, report.MonthKind), "anna", w.clock.now()); err != nil || first.Identity.Standing != report.Final || first.Amends != nil {
		t.Fatalf("%+v: %v", first.Identity, err)
	}
	amend()
	kept := func() int {
		list, err := w.c.store.ReportsBefore(t.Context(), "gold", "2026-10", slo.MaxInstant, 10)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	if n := kept(); n != 1 {
		t.Fatalf("%d reports were sent before anything was restated", n)
	}

	w.clock.advance(time.Minute)
	x := w.ask("ola", hours(2, 6), slo.CausedByCustomer, "gold")
	w.decide("ada", x.ID, slo.ApproveExclusion)
	w.tick()
	w.tick()
	amend()
	second := w.october()
	if second.Identity.Edition != 2 || second.Amends == nil || second.Amends.Replaces != 1 || kept() != 2 {
		t.Fatalf("edition %d amends %+v; %d reports were sent", second.Identity.Edition, second.Amends, kept())
	}
	if len(second.Amends.Figures) == 0 || len(second.Amends.Figures[0].Why) == 0 || second.Amends.Figures[0].Why[0].Exclusion != x.ID {
		t.Errorf("%+v", second.Amends)
	}
	m := w.mailTo(second, "smith@example.org")
	if !strings.Contains(m.Subject, "(amended)") || !strings.Contains(m.Text, "This edition replaces edition 1") || !strings.Contains(m.Text, "Exclusion "+x.ID) {
		t.Errorf("%s:\n%.1500s", m.Subject, m.Text)
	}
	amend()
	w.clock.advance(time.Minute)
	amend()
	if n := kept(); n != 2 {
		t.Errorf("it was sent %d times", n)
	}
}
