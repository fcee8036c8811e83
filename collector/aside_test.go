package collector

import (
	"bytes"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/slo"
)

// TestAhead pushes measurements of a clock that is far ahead: they are in the
// archive and in an alert, and in no figure, also not when their time comes.
func TestAhead(t *testing.T) {
	w, am := alertedWorld(t, worldCatalogue)
	now := w.clock.now()
	w.run()
	w.push(w.measure("eu-1", "eu", "db", now-60_000, slo.Up))
	// As far ahead as a clock may be, and a millisecond further.
	w.push(w.measure("us-1", "us", "db", now.Add(slo.MaxAhead), slo.Up))
	far := w.measure("ap-1", "ap", "db", now.Add(slo.MaxAhead)+1, slo.Down)
	year := w.measure("ap-1", "ap", "db", now.Add(365*24*time.Hour), slo.Down)
	if code, reply := w.post("ap-1", encode(t, far, year), ""); code != http.StatusOK || reply.Accepted.Len() != 2 {
		t.Fatalf("push: %d %+v: what is quarantined is taken, or it would come again for ever", code, reply)
	}
	w.followed()
	w.c.alerts.soon()
	al := am.firing(w, notify.RecordsSetAside, "")
	if words := al.Annotations[notify.AnnotationDescription]; !strings.Contains(words, "2 in the future, of ap-1") {
		t.Errorf("the alert says %q", words)
	}
	w.clock.advance(5 * time.Minute)
	w.push(w.measure("eu-1", "eu", "db", w.clock.now()-1, slo.Up))
	w.followed()
	w.same("when the time of what was ahead has come")
	if n := len(w.incidents()); n != 0 {
		t.Errorf("%d incidents", n)
	}
	w.checkSeries() // takes samples after a year ahead
	if _, body := w.fetch("/metrics"); !bytes.Contains(body, []byte("assay_measurements_ahead_total 2\n")) {
		t.Error("the metrics do not count 2 measurements ahead")
	}
	w.said = append(w.said, far, year)
	w.archived()

	w.clock.advance(asideRemember + time.Minute)
	w.c.alerts.soon()
	am.resolved(w, notify.RecordsSetAside, "")
}

// TestConflict sends a known identity with other bytes: the first counts.
func TestConflict(t *testing.T) {
	w, am := alertedWorld(t, worldCatalogue)
	now := w.clock.now()
	w.run()
	first := w.measure("eu-1", "eu", "db", now-60_000, slo.Up)
	w.push(first)
	second := slo.Record{ID: first.ID, Measurement: w.measure("x", "eu", "db", now-60_000, slo.Down).Measurement}
	code, reply := w.post("eu-1", encode(t, second), "")
	if code != http.StatusOK || len(reply.Conflicts) != 1 || reply.Conflicts[0] != first.Seq {
		t.Errorf("push: %d %+v", code, reply)
	}
	w.followed()
	w.same("after a conflict")
	w.archived()
	w.c.alerts.soon()
	al := am.firing(w, notify.RecordsSetAside, "")
	if words := al.Annotations[notify.AnnotationDescription]; !strings.Contains(words, "1 conflict") {
		t.Errorf("the alert says %q", words)
	}
}

// TestUnreadable sends a record that makes no sense among others, and finds
// one in the journal: both are set aside, and everything else goes on.
func TestUnreadable(t *testing.T) {
	w, am := alertedWorld(t, worldCatalogue)
	now := w.clock.now()
	w.run()
	good, bad := w.measure("eu-1", "eu", "db", now-90_000, slo.Up), w.measure("eu-1", "eu", "db", now-80_000, slo.Up)
	payload, err := push.EncodeRecord(good)
	if err != nil {
		t.Fatal(err)
	}
	body, err := push.EncodeBatch(push.Batch{Agent: "eu-1", Epoch: "e1", Records: []push.BatchRecord{
		{Seq: good.Seq, Record: payload}, {Seq: bad.Seq, Record: []byte("nonsense")},
	}})
	if err != nil {
		t.Fatal(err)
	}
	code, reply := w.post("eu-1", body, "")
	if code != http.StatusOK || len(reply.Rejected) != 1 || reply.Rejected[0].Seq != bad.Seq {
		t.Fatalf("push: %d %+v", code, reply)
	}
	w.said = append(w.said, good)
	garbage, err := w.c.journal.Append([]byte("\x00garbage"), []byte{0xff})
	if err != nil {
		t.Fatal(err)
	}
	w.push(w.measure("eu-1", "eu", "db", now-30_000, slo.Down))
	w.followed()
	w.same("after garbage in the journal")
	w.archived()
	state, err := w.c.archiver.archive.Reader().State()
	if err != nil {
		t.Fatal(err)
	}
	skipped := map[uint64]bool{}
	for _, s := range state.Skipped {
		for pos := s.From; pos <= s.To; pos++ {
			skipped[pos] = true
		}
	}
	if len(skipped) != 2 || !skipped[garbage] || !skipped[garbage+1] {
		t.Errorf("the archive declares %v as skipped, want %d and %d", state.Skipped, garbage, garbage+1)
	}
	w.c.alerts.soon()
	al := am.firing(w, notify.RecordsSetAside, "")
	if words := al.Annotations[notify.AnnotationDescription]; !strings.Contains(words, "2 unreadable in the journal") || !strings.Contains(words, "1 unreadable") {
		t.Errorf("the alert says %q", words)
	}
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	w.run()
	w.followed()
	w.same("after a restart")
}

// TestJournalFull fills a small journal while the archive is stuck: batches
// are refused until there is room, an alert says so, and nothing is lost.
func TestJournalFull(t *testing.T) {
	w, am := alertedWorld(t, worldCatalogue, func(c *Config) { c.Journal.Size = 1 << 20 })
	now := w.clock.now()
	w.run()
	rng := rand.New(rand.NewPCG(10, 10))
	all := of("eu-1", w.history(rng, now.Add(-24*time.Hour), now))
	for _, r := range all {
		r.Measurement.Evidence = strings.Repeat("as much as it may say. ", 40)
	}
	pieces := inPieces(rng, all, 200)

	w.c.archiver.mu.Lock()
	n, full := 0, false
	for ; n < len(pieces) && !full; n++ {
		code, header := w.tryPush(pieces[n])
		switch code {
		case http.StatusOK:
			w.said = append(w.said, pieces[n]...)
		case http.StatusServiceUnavailable:
			full = true
			n--
			if header.Get("Retry-After") == "" {
				t.Error("a full journal does not say when to try again")
			}
		default:
			w.c.archiver.mu.Unlock()
			t.Fatalf("push: %d", code)
		}
	}
	w.c.alerts.soon()
	am.firing(w, notify.JournalFull, "")
	w.c.archiver.mu.Unlock()
	if !full {
		t.Fatal("the journal never filled")
	}

	// What the collector does every ten seconds.
	room := func() {
		t.Helper()
		w.followed()
		if err := w.c.evaluator.checkpoint(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := w.c.trim(); err != nil {
			t.Fatal(err)
		}
	}
	for ; n < len(pieces); n++ {
		code, _ := w.tryPush(pieces[n])
		if code == http.StatusServiceUnavailable {
			room()
			code, _ = w.tryPush(pieces[n])
		}
		if code != http.StatusOK {
			t.Fatalf("push: %d after room was made", code)
		}
		w.said = append(w.said, pieces[n]...)
	}
	w.followed()
	w.same("after a full journal")
	w.archived()
	room()
	w.clock.advance(refusedRemember + time.Second)
	w.c.alerts.soon()
	am.resolved(w, notify.JournalFull, "")
}

// tryPush sends a batch without a look at the answer's body.
func (w *world) tryPush(records []slo.Record) (int, http.Header) {
	w.t.Helper()
	req := httptest.NewRequest(http.MethodPost, push.PushPath+"?agent="+records[0].Agent, bytes.NewReader(encode(w.t, records...)))
	req.Host = "127.0.0.1"
	req.Header.Set("Content-Type", push.ContentType)
	rec := httptest.NewRecorder()
	w.c.handler.ServeHTTP(rec, req)
	return rec.Code, rec.Result().Header
}
