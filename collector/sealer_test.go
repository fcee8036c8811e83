package collector

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/assay-sla/assay/collector/fleet"
	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/report"
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
	if err := w.c.Seal(w.t.Context()); err != nil {
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
	r := slo.NewReplayUnder(w.c.catalog.current(), w.c.ledger.revisions(), f.Evidence.To)
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
	return sealedSince(t, halloween)
}

// sealedSince is a sealedWorld that measures from an instant on.
func sealedSince(t *testing.T, from slo.Instant, change ...func(*Config)) (w *world, late []slo.Record) {
	w = newWorld(t, sealedCatalogue, change...)
	w.clock.set(halloween)
	w.run()
	h := w.history(rand.New(rand.NewPCG(31, 10)), from, halloween.Add(26*time.Hour))
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
	w.reported(seals["gold/month/2026-09-30T22:00:00Z"][0], restated["gold/month/2026-09-30T22:00:00Z"][0])
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

// Measurements that a sealed figure counts do not have it computed again, though
// they are searched for the first time.
func TestCountedIsNotLate(t *testing.T) {
	w, _ := sealedWorld(t)
	w.heard(w.clock.now())
	w.tick()
	s := w.c.sealer
	standing, err := s.standing(t.Context(), w.clock.now())
	if err != nil || len(standing) != 5 {
		t.Fatalf("%d promises are sealed, %v", len(standing), err)
	}
	next := w.c.archiver.archive.Next()
	found, err := s.late(t.Context(), standing, 1, next)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range standing {
		touched := s.touched(p, found)
		if len(touched) == 0 {
			t.Errorf("nothing touches %s/%s", p.agreement.Name, p.objective.Name)
		}
		for _, c := range touched {
			if c.last == 0 || c.last >= next {
				t.Errorf("%s/%s is touched up to %d of %d", p.agreement.Name, p.objective.Name, c.last, next)
			}
			if d, err := s.restateOne(t.Context(), nil, p, c, next, w.clock.now()); err != nil || d != nil { // it has nothing to read from
				t.Errorf("%s/%s: %v, %v", p.agreement.Name, p.objective.Name, d, err)
			}
		}
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

// reported holds the report of a month, and what the API says of its window,
// against its seal and restatement. The report's checkpoint is a witness.
func (w *world) reported(seal, later figureEntry) {
	w.t.Helper()
	var r report.Report
	w.get("/api/v1/reports/gold/2026-10?format=json", &r)
	if r.Identity.Standing != report.Final || r.Identity.Edition != 2 || len(r.Ledger.Sealed) != 1 {
		w.t.Fatalf("the report is %s, edition %d, and has %+v of the ledger", r.Identity.Standing, r.Identity.Edition, r.Ledger)
	}
	s := r.Ledger.Sealed[0]
	if s.Entry != seal.Index || len(s.Restated) != 1 || s.Restated[0].Entry != later.Index || s.Differs {
		w.t.Errorf("%+v, want entry %d, restated by %d", s, seal.Index, later.Index)
	}
	if _, text := w.fetch("/api/v1/reports/gold/2026-10?format=txt"); !bytes.Contains(text, fmt.Appendf(nil, "checkpoint %d:%s", r.Ledger.Checkpoint.Size, r.Ledger.Checkpoint.Root[:8])) {
		w.t.Errorf("the text does not print the checkpoint:\n%s", text)
	}
	cp, err := ledger.OpenCheckpoint([]byte(r.Ledger.Checkpoint.Note), w.c.ledger.Key())
	if err != nil {
		w.t.Fatal(err)
	}
	v := w.verify(VerifyOptions{Checkpoint: &ledger.Anchor{Size: cp.Size, Root: cp.Root}})
	if !v.OK() || v.Anchor != ledger.AnchoredCheckpoint {
		w.t.Errorf("against the report's checkpoint: %+v", v)
	}
	var got struct{ Windows []windowJSON }
	w.get("/api/v1/ledger/windows?agreement=gold", &got)
	if n := len(got.Windows); n != 2 {
		w.t.Fatalf("%d windows", n)
	}
	before, runs := got.Windows[0], got.Windows[1]
	if !before.Final || before.Reason != ledger.Watermarks || before.Sealed == nil || *before.Sealed != seal.Index || !slices.Equal(before.Restated, []int64{later.Index}) {
		w.t.Errorf("the window before: %+v", before)
	}
	if runs.Final || runs.Reason != ledger.Running || runs.Sealed != nil || runs.Window.From != before.Window.To {
		w.t.Errorf("the window that runs: %+v", runs)
	}
}

// The proofs that the API gives are those that a witness needs.
func TestLedgerAPI(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	w.run()
	for range 5 {
		if err := w.c.ReloadAsked(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	var cp checkpointJSON
	w.get("/api/v1/ledger/checkpoint", &cp)
	c, err := ledger.OpenCheckpoint([]byte(cp.Note), cp.Key)
	if err != nil || c.Size != 7 || c.Hash() != cp.Root { // an epoch, a catalogue, five reloads
		t.Fatalf("%+v: %v", cp, err)
	}
	if _, note := w.fetch("/api/v1/ledger/checkpoint?format=note"); string(note) != cp.Note {
		t.Errorf("as a note: %s", note)
	}
	hash := func(s string) (h tlog.Hash) {
		if n, err := hex.Decode(h[:], []byte(s)); err != nil || n != len(h) {
			t.Fatalf("%q: %v", s, err)
		}
		return h
	}
	type proofJSON struct {
		Root      string
		OlderRoot string `json:"older_root"`
		Proof     []string
		Entry     json.RawMessage
	}
	for n := range int64(7) {
		var p proofJSON
		w.get(fmt.Sprintf("/api/v1/ledger/proof?index=%d", n), &p)
		var proof tlog.RecordProof
		for _, s := range p.Proof {
			proof = append(proof, hash(s))
		}
		if err := tlog.CheckRecord(proof, 7, c.Root, n, tlog.RecordHash(p.Entry)); err != nil || hash(p.Root) != c.Root {
			t.Errorf("entry %d: %v", n, err)
		}
		var g proofJSON
		w.get(fmt.Sprintf("/api/v1/ledger/consistency?older=%d", n+1), &g)
		var growth tlog.TreeProof
		for _, s := range g.Proof {
			growth = append(growth, hash(s))
		}
		if err := tlog.CheckTree(growth, 7, c.Root, n+1, hash(g.OlderRoot)); err != nil {
			t.Errorf("from %d entries on: %v", n+1, err)
		}
	}
	var page struct {
		Entries []json.RawMessage
		Next    *int64 `json:"next_from"`
	}
	w.get("/api/v1/ledger/entries?from=2&limit=3", &page)
	if len(page.Entries) != 3 || page.Next == nil || *page.Next != 5 {
		t.Errorf("%d entries, next from %v", len(page.Entries), page.Next)
	}
	w.get("/api/v1/ledger/entries?kind=catalogue", &page)
	if len(page.Entries) != 1 || page.Next != nil {
		t.Errorf("%d catalogues", len(page.Entries))
	}
	for path, want := range map[string]int{
		"proof": 400, "proof?index=7": 404, "proof?index=0&size=99": 404, "proof?index=-1": 400, "proof?index=1&index=2": 400,
		"consistency?older=0": 404, "consistency?older=3&size=2": 404, "consistency": 400, "entries?limit=0": 400, "entries?limit=1001": 400,
		"checkpoint?format=pdf": 400, "rumours": 404,
	} {
		if code, body := w.fetch("/api/v1/ledger/" + path); code != want {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
}
