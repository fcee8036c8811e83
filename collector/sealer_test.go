package collector

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/collector/fleet"
	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/slo"
)

// halloween is where the clocks of these tests begin: a day before months end.
var halloween = slo.At(time.Date(2026, 10, 31, 0, 0, 0, 0, time.UTC))

// sealedCatalogue has windows that end with the month in two zones, and each
// method.
const sealedCatalogue = worldCatalogue + `
---
apiVersion: assay/v1
kind: Agreement
metadata: {name: daily}
spec:
  service: store
  minimumOutage: 2m
  objectives:
    - {name: day, target: 99, window: day}
    - {name: counts, target: 99, window: day, method: occurrences}
`

// heard makes an agent say that all it measured before an instant is delivered.
func (w *world) heard(at slo.Instant, agents ...string) {
	w.t.Helper()
	for _, s := range sites {
		if len(agents) > 0 && !slices.Contains(agents, s.agent) {
			continue
		}
		if err := w.c.fleet.Heard(fleet.Beat{Agent: s.agent, Location: s.location, Epoch: "e1", Watermark: at}, w.clock.now()); err != nil {
			w.t.Fatal(err)
		}
	}
}

// tick has the sealer do what is due.
func (w *world) tick() {
	w.t.Helper()
	if err := w.c.sealer.tick(w.t.Context(), w.clock.now()); err != nil {
		w.t.Fatal(err)
	}
}

// figures are the entries of a kind, by promise and window.
func (w *world) entries(kind ledger.Kind) map[string][]figureEntry {
	w.t.Helper()
	rows, err := w.c.store.LogRows(w.t.Context(), string(kind), "", 0, 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	out := map[string][]figureEntry{}
	for _, r := range rows {
		f, err := readFigure(r)
		if err != nil {
			w.t.Fatal(err)
		}
		out[f.Subject()] = append(out[f.Subject()], f)
	}
	return out
}

// verify verifies the data folder.
func (w *world) verify(o VerifyOptions) *ledger.Verdict {
	w.t.Helper()
	v, err := VerifyData(context.Background(), w.config.Data, o)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

// replayAt is the figure that a replay of what was said has of a sealed window.
func (w *world) replayAt(f figureEntry) json.RawMessage {
	w.t.Helper()
	r := slo.NewReplay(w.c.catalog.current(), f.Evidence.To)
	for _, rec := range w.said {
		r.Add(rec)
	}
	for _, st := range r.Status(f.Window.To) {
		if st.Agreement.Name == f.Agreement && st.Objective.Name == f.Objective {
			b, err := json.Marshal(st)
			if err != nil {
				w.t.Fatal(err)
			}
			return b
		}
	}
	w.t.Fatalf("the replay has no %s", f.Subject())
	return nil
}

// sealedWorld has run over the end of a month, with the measurements of one
// agent that came late held back.
func sealedWorld(t *testing.T) (w *world, late []slo.Record) {
	w = newWorld(t, sealedCatalogue)
	w.clock.set(halloween)
	w.run()
	h := w.history(rand.New(rand.NewPCG(31, 10)), halloween, halloween.Add(26*time.Hour))
	w.clock.set(halloween.Add(26 * time.Hour))
	cut := halloween.Add(20 * time.Hour)
	for _, r := range of("ap-1", h) {
		if r.Measurement.At >= cut && r.Measurement.At < cut.Add(2*time.Hour) {
			late = append(late, r)
		}
	}
	w.push(slices.DeleteFunc(slices.Clone(h), func(r slo.Record) bool {
		return r.Agent == "ap-1" && slices.ContainsFunc(late, func(l slo.Record) bool { return l.ID == r.ID })
	})...)
	w.followed()
	return w, late
}

// Figures are sealed when every agent has delivered, once, and are those of a
// replay; what comes late restates them, and the one that was issued stays.
func TestSealing(t *testing.T) {
	w, late := sealedWorld(t)
	w.tick()
	if got := w.entries(ledger.KindSeal); len(got) != 0 {
		t.Fatalf("sealed before anybody said that all was delivered: %v", got)
	}
	w.heard(w.clock.now(), "eu-1", "us-1")
	w.heard(halloween.Add(20*time.Hour), "ap-1")
	w.tick()
	if got := w.entries(ledger.KindSeal); len(got) != 0 {
		t.Fatalf("sealed while one agent had not delivered: %v", got)
	}
	w.heard(w.clock.now())
	w.tick()
	w.tick()
	seals := w.entries(ledger.KindSeal)
	var names []string
	for subject, list := range seals {
		names = append(names, subject)
		if len(list) != 1 || list[0].Seal.Final != ledger.Watermarks {
			t.Errorf("%s is sealed %d times, because of %s", subject, len(list), list[0].Seal.Final)
		}
		if diff := gocmp.Diff(string(w.replayAt(list[0])), string(list[0].Figure)); diff != "" {
			t.Errorf("%s is not the figure of a replay (- replay, + seal):\n%s", subject, diff)
		}
	}
	slices.Sort(names)
	want := []string{
		"daily/counts/2026-10-31T00:00:00Z", "daily/day/2026-10-31T00:00:00Z", "gold/month/2026-09-30T22:00:00Z",
		"office/month/2026-10-01T00:00:00Z", "store/slices/2026-10-01T00:00:00Z",
	}
	if diff := gocmp.Diff(want, names); diff != "" {
		t.Fatalf("sealed (- want, + got):\n%s", diff)
	}

	w.push(late...)
	w.followed()
	if err := w.c.archiver.archive.Flush(); err != nil {
		t.Fatal(err)
	}
	w.tick()
	w.tick()
	restated := w.entries(ledger.KindRestatement)
	if len(restated["daily/counts/2026-10-31T00:00:00Z"]) != 1 {
		t.Errorf("restated: %v", restated)
	}
	for subject, list := range restated {
		r := list[0]
		if r.Later.Seal != seals[subject][0].Index || r.Later.Reason != ledger.ReasonLate || len(r.Later.Difference) == 0 || len(list) != 1 {
			t.Errorf("%s is restated as %+v", subject, r.Later)
		}
		if diff := gocmp.Diff(string(w.replayAt(r)), string(r.Figure)); diff != "" {
			t.Errorf("%s is restated as another figure than that of a replay (- replay, + restatement):\n%s", subject, diff)
		}
	}
	if diff := gocmp.Diff(seals, w.entries(ledger.KindSeal)); diff != "" {
		t.Errorf("a seal has changed:\n%s", diff)
	}
	v := w.verify(VerifyOptions{})
	if !v.OK() || v.Recomputed != v.Figures || v.Figures != int64(len(seals)+len(restated)) || v.Anchor != ledger.NotAnchored {
		t.Errorf("verified beside the collector: %+v", v)
	}
}

// Without a word of an agent it is the grace period that ends the waiting.
func TestSealingByGrace(t *testing.T) {
	w, _ := sealedWorld(t)
	w.heard(w.clock.now(), "eu-1", "us-1")
	w.clock.set(halloween.Add(30*time.Hour - time.Second))
	w.tick()
	for subject := range w.entries(ledger.KindSeal) {
		if subject != "gold/month/2026-09-30T22:00:00Z" { // it ended an hour earlier, in Berlin
			t.Errorf("%s was sealed a second before its grace was over", subject)
		}
	}
	w.clock.set(halloween.Add(30 * time.Hour))
	w.tick()
	got := w.entries(ledger.KindSeal)
	if len(got) != 5 || got["daily/day/2026-10-31T00:00:00Z"][0].Seal.Final != ledger.Grace {
		t.Errorf("when the grace is over: %v", got)
	}
}

// A restart knows what is sealed, and finds what came late before it.
func TestSealingAfterRestart(t *testing.T) {
	w, late := sealedWorld(t)
	w.heard(w.clock.now())
	w.tick()
	before := w.entries(ledger.KindSeal)
	w.push(late...)
	w.followed()
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	w.run()
	w.tick()
	if diff := gocmp.Diff(before, w.entries(ledger.KindSeal)); diff != "" {
		t.Errorf("seals after a restart (- before, + after):\n%s", diff)
	}
	if len(w.entries(ledger.KindRestatement)) == 0 {
		t.Error("what came late before the restart restated nothing")
	}
	if v := w.verify(VerifyOptions{Key: w.c.ledger.Key()}); !v.OK() || v.Anchor != ledger.AnchoredKey {
		t.Errorf("%+v", v)
	}
}
