package collector

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/slo"
)

// edits are the edits of terms on record, by promise and window.
func (w *world) edits() map[string]*ledger.Edit {
	w.t.Helper()
	rows, err := w.c.store.LogRows(w.t.Context(), string(ledger.KindEdit), "", 0, 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	out := map[string]*ledger.Edit{}
	for _, r := range rows {
		e, err := ledger.Decode(r.Record)
		if err != nil {
			w.t.Fatal(err)
		}
		out[e.Body.Subject()] = e.Body.(*ledger.Edit)
	}
	return out
}

// A probe that is run more or less often, or is believed otherwise, from now on
// turns no figure of what was measured before, and makes no holes in it: not
// when the catalogue is taken, not for what comes late, and not after a restart.
func TestParametersOfTheRevision(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	w.clock.set(noon.Add(-6 * time.Hour))
	w.run()
	w.clock.set(noon)
	first := w.c.catalog.current().Revision
	h := w.history(rand.New(rand.NewPCG(5, 5)), noon.Add(-5*time.Hour), noon)
	var now, late, later []slo.Record
	for _, r := range h {
		r.Measurement.Revision = first
		switch age := noon.Sub(r.Measurement.At); {
		case r.Agent == "ap-1" && age > 2*time.Hour && age < 3*time.Hour:
			late = append(late, r)
		case r.Agent == "eu-1" && age > 3*time.Hour && age < 4*time.Hour:
			later = append(later, r)
		default:
			now = append(now, r)
		}
	}
	w.push(now...)
	w.followed()
	before := w.objectives()
	for name, c := range map[string]string{
		"more often":             strings.ReplaceAll(worldCatalogue, "every: 1m", "every: 5s"),
		"believed otherwise":     strings.ReplaceAll(worldCatalogue, "every: 1m, confirm: 2", "every: 2m, timeout: 1m, confirm: 4"),
		"and from other places":  strings.ReplaceAll(worldCatalogue, "from: [eu, us, ap]", "from: [mars], quorum: any"),
		"and everything at once": strings.ReplaceAll(worldCatalogue, "every: 1m, confirm: 2, locations: {from: [eu, us, ap]}", "every: 7s, hold: 8s, locations: {from: [eu]}"),
	} {
		if code := w.reload(c); code != http.StatusOK {
			t.Fatalf("%s: reload answered %d", name, code)
		}
		w.followed()
		if diff := gocmp.Diff(before, w.objectives()); diff != "" {
			t.Fatalf("%s: it turned figures (- before, + after):\n%s", name, diff)
		}
	}
	if got := w.edits(); len(got) != 0 {
		t.Errorf("a probe's parameters are no terms: %v", got)
	}
	w.push(late...)
	w.followed()
	w.same("with what came late under the first catalogue")
	settled := w.objectives()
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	w.run()
	w.followed()
	if diff := gocmp.Diff(settled, w.objectives()); diff != "" {
		t.Errorf("a restart turned figures (- before, + after):\n%s", diff)
	}
	// After a start the streams hold few measurements: these are put in from the
	// archive.
	w.push(later...)
	w.followed()
	w.same("with what came late after the restart")
	// What is measured from here on is judged by the catalogue that it carries.
	w.clock.advance(time.Hour)
	for i := range 120 {
		r := w.measure("eu-1", "eu", "web", noon.Add(time.Duration(i)*30*time.Second), slo.State(1+i%7/6))
		if i%2 == 0 {
			r.Measurement.Revision = w.c.catalog.current().Revision
		}
		w.push(r)
	}
	w.followed()
	w.same("under both")
}

// editedCatalogue is sealedCatalogue with terms that are edited in place.
var editedCatalogue = strings.NewReplacer(
	"name: month, target: 99.5", "name: month, target: 98.1",
	"minimumOutage: 2m\n  objectives:\n    - {name: day", "minimumOutage: 45m\n  objectives:\n    - {name: day",
	"every: 1m, confirm: 2", "every: 20s, confirm: 1",
).Replace(sealedCatalogue)

// Terms that are edited while they are in force leave what was sealed as it is,
// and restate it, with who did so and what; of running windows the ledger has
// the figure before and after. All of it can be computed again.
func TestEditedTermsAreRestated(t *testing.T) {
	w, late := sealedWorld(t)
	w.heard(w.clock.now())
	w.tick()
	seals := w.entries(ledger.KindSeal)
	was := w.c.catalog.current().Revision
	if code := w.reload(editedCatalogue); code != http.StatusOK {
		t.Fatalf("reload answered %d", code)
	}
	w.followed()
	w.tick()
	w.tick()
	const gold, day = "gold/month/2026-09-30T22:00:00Z", "daily/day/2026-10-31T00:00:00Z"
	restated := w.entries(ledger.KindRestatement)
	for subject, list := range restated {
		r := list[0]
		if len(list) != 1 || r.Later.Reason != ledger.ReasonTerms || r.Later.Seal != seals[subject][0].Index || r.Revision != w.c.catalog.current().Revision {
			t.Errorf("%s is restated as %+v", subject, r.Later)
		}
		if diff := gocmp.Diff(string(w.replayAt(r)), string(r.Figure)); diff != "" {
			t.Errorf("%s is not the figure of a replay under the new terms (- replay, + restatement):\n%s", subject, diff)
		}
	}
	if len(restated[gold]) != 1 || len(restated[day]) != 1 || restated["office/month/2026-10-01T00:00:00Z"] != nil {
		t.Fatalf("restated: %v", restated)
	}
	if diff := gocmp.Diff([]string{"objectives.month.target"}, restated[gold][0].Later.Edited); diff != "" {
		t.Error(diff)
	}
	if diff := gocmp.Diff([]string{"minimumOutage"}, restated[day][0].Later.Edited); diff != "" {
		t.Error(diff)
	}
	if diff := gocmp.Diff(seals, w.entries(ledger.KindSeal)); diff != "" {
		t.Errorf("a seal has changed:\n%s", diff)
	}
	edits := w.edits()
	e := edits["gold/month/2026-10-31T23:00:00Z"]
	if e == nil || e.Before != was || e.Revision != w.c.catalog.current().Revision || edits["daily/day/2026-11-01T00:00:00Z"] == nil || edits["office/month/2026-11-01T00:00:00Z"] != nil {
		t.Fatalf("edits of running windows: %v", edits)
	}
	if !slices.ContainsFunc(e.Difference, func(c ledger.Change) bool {
		return c.Field == "target" && string(c.Before) == "99.5" && string(c.After) == "98.1"
	}) {
		t.Errorf("the edit says %+v", e.Difference)
	}

	// What comes late restates under the new terms, and edits none.
	w.push(late...)
	w.followed()
	if err := w.c.archiver.archive.Flush(); err != nil {
		t.Fatal(err)
	}
	w.tick()
	after := w.entries(ledger.KindRestatement)
	if len(after[day]) != 2 || after[day][1].Later.Reason != ledger.ReasonLate || after[day][1].Revision != w.c.catalog.current().Revision {
		t.Fatalf("what came late: %v", after[day])
	}
	for subject, list := range after {
		last := list[len(list)-1]
		if diff := gocmp.Diff(string(w.replayAt(last)), string(last.Figure)); diff != "" {
			t.Errorf("%s is not the figure of a replay (- replay, + restatement):\n%s", subject, diff)
		}
	}
	if v := w.verify(VerifyOptions{}); !v.OK() || v.Recomputed != v.Figures {
		t.Errorf("%+v", v)
	}
}

// What was edited while nothing ran is told at the start.
func TestTermsEditedBetweenRuns(t *testing.T) {
	w, _ := sealedWorld(t)
	w.heard(w.clock.now())
	w.tick()
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	w.write("catalogue/catalogue.yaml", editedCatalogue)
	w.run()
	w.followed()
	w.same("after the start")
	w.tick()
	if e := w.edits()["gold/month/2026-10-31T23:00:00Z"]; e == nil || string(e.FigureBefore) == "null" || len(e.Difference) == 0 {
		t.Errorf("edits: %v", w.edits())
	}
	if got := w.entries(ledger.KindRestatement); len(got) < 2 {
		t.Errorf("restated: %v", got)
	}
	if v := w.verify(VerifyOptions{}); !v.OK() {
		t.Errorf("%+v", v)
	}
}

// What comes late restates the figures of an agreement that left the catalogue,
// and that it left is on record for the window that runs.
func TestLateForWhatLeft(t *testing.T) {
	w, late := sealedWorld(t)
	w.heard(w.clock.now())
	w.tick()
	gone := sealedCatalogue[:strings.Index(sealedCatalogue, "---\napiVersion: assay/v1\nkind: Agreement\nmetadata: {name: daily}")]
	if code := w.reload(gone); code != http.StatusOK {
		t.Fatalf("reload answered %d", code)
	}
	if e := w.edits()["daily/day/2026-11-01T00:00:00Z"]; e == nil || string(e.FigureAfter) != "null" || e.Edited[0] != ledger.EditedAway {
		t.Errorf("that it left: %+v", w.edits())
	}
	w.push(late...)
	w.followed()
	if err := w.c.archiver.archive.Flush(); err != nil {
		t.Fatal(err)
	}
	w.tick()
	w.tick()
	if got := w.entries(ledger.KindRestatement); len(got["daily/counts/2026-10-31T00:00:00Z"]) != 1 {
		t.Errorf("restated: %v", got)
	}
	// It comes back with other terms: what was sealed of it is restated.
	if code := w.reload(editedCatalogue); code != http.StatusOK {
		t.Fatalf("reload answered %d", code)
	}
	w.tick()
	list := w.entries(ledger.KindRestatement)["daily/day/2026-10-31T00:00:00Z"]
	if len(list) == 0 || list[len(list)-1].Later.Reason != ledger.ReasonTerms {
		t.Errorf("that it came back: %v", list)
	}
	if v := w.verify(VerifyOptions{}); !v.OK() || v.Recomputed != v.Figures {
		t.Errorf("%+v", v)
	}
}

// A window in which several catalogues were in force names each of them with
// from when, and is computed again under what each measurement carries.
func TestSealAcrossRevisions(t *testing.T) {
	w := newWorld(t, sealedCatalogue)
	w.clock.set(halloween)
	w.run()
	first := w.c.catalog.current().Revision
	changes := halloween.Add(12 * time.Hour)
	h := w.history(rand.New(rand.NewPCG(31, 10)), halloween, halloween.Add(26*time.Hour))
	w.clock.set(changes)
	if code := w.reload(strings.ReplaceAll(sealedCatalogue, "every: 1m, confirm: 2", "every: 5m, confirm: 1")); code != http.StatusOK {
		t.Fatalf("reload answered %d", code)
	}
	second := w.c.catalog.current().Revision
	for i, r := range h {
		if r.Measurement.Revision = first; r.Measurement.At > changes && i%3 > 0 {
			r.Measurement.Revision = second
		}
	}
	w.clock.set(halloween.Add(26 * time.Hour))
	w.push(h...)
	w.followed()
	w.heard(w.clock.now())
	w.tick()
	seals := w.entries(ledger.KindSeal)
	if len(seals) != 5 {
		t.Fatalf("sealed: %v", seals)
	}
	for subject, list := range seals {
		if diff := gocmp.Diff([]slo.InForce{{Revision: first, From: halloween}, {Revision: second, From: changes}}, list[0].Catalogues); diff != "" {
			t.Errorf("%s: %s", subject, diff)
		}
		if diff := gocmp.Diff(string(w.replayAt(list[0])), string(list[0].Figure)); diff != "" {
			t.Errorf("%s is not the figure of a replay (- replay, + seal):\n%s", subject, diff)
		}
	}
	if v := w.verify(VerifyOptions{}); !v.OK() || v.Recomputed != v.Figures {
		t.Errorf("%+v", v)
	}
}

// An announcement is believed as far back as a catalogue carried it, whatever it
// claims: in the figures, in a seal, and when that is computed again.
func TestAnnouncedOnRecord(t *testing.T) {
	work := func(name, from, to string) string {
		return "\n---\napiVersion: assay/v1\nkind: Maintenance\nmetadata: {name: " + name + "}\nspec: {services: [store], announced: 2026-09-01T00:00:00Z, from: " + from + ", to: " + to + "}\n"
	}
	noticed := strings.Replace(sealedCatalogue, "  minimumOutage: 2m", "  minimumOutage: 2m\n  maintenanceNotice: 12h", 1)
	early := work("early", "2026-10-31T14:00:00Z", "2026-10-31T15:00:00Z")
	w := newWorld(t, noticed+early)
	w.clock.set(halloween)
	w.run()
	h := w.history(rand.New(rand.NewPCG(3, 1)), halloween, halloween.Add(26*time.Hour))
	w.clock.set(halloween.Add(4 * time.Hour))
	if code := w.reload(noticed + early + work("claimed", "2026-10-31T15:30:00Z", "2026-10-31T16:00:00Z")); code != http.StatusOK {
		t.Fatalf("reload answered %d", code)
	}
	w.clock.set(halloween.Add(26 * time.Hour))
	w.push(h...)
	w.followed()
	w.heard(w.clock.now())
	w.tick()
	seal := w.entries(ledger.KindSeal)["daily/day/2026-10-31T00:00:00Z"]
	if len(seal) != 1 {
		t.Fatal("it is not sealed")
	}
	excluded := map[string]int64{}
	for _, x := range seal[0].Seal.Exclusions {
		if x.ExcludedMS > 0 {
			excluded[x.Maintenance] = x.ExcludedMS
		}
	}
	if diff := gocmp.Diff(map[string]int64{"early": 3_600_000}, excluded); diff != "" {
		t.Errorf("excluded: %s", diff)
	}
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	w.run()
	if m := w.c.catalog.current().Maintenances; len(m) != 3 || m[0].Carried == nil {
		t.Errorf("after a restart: %+v", m)
	}
	if v := w.verify(VerifyOptions{}); !v.OK() || v.Recomputed != v.Figures {
		t.Errorf("%+v", v)
	}
}
