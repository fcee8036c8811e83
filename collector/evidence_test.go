package collector

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/assay-sla/assay/collector/evidence"
	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/report"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// packed fetches a pack of October and November 2026 and writes it to a folder
// of its own.
func (w *world) packed() string {
	w.t.Helper()
	status, b := w.fetch("/api/v1/evidence?from=2026-10&to=2026-11&zone=Europe/Berlin")
	if status != http.StatusOK {
		w.t.Fatalf("%d: %.300s", status, b)
	}
	name := filepath.Join(w.t.TempDir(), "pack.zip")
	if err := os.WriteFile(name, b, 0o600); err != nil {
		w.t.Fatal(err)
	}
	return name
}

// evident has a month sealed, restated, reported and worked on.
func evident(t *testing.T) *world {
	w, _ := sealedWorld(t)
	first := w.ask("ola", hours(2, 6), slo.LateMaintenance, "gold", "daily")
	w.decide("ada", first.ID, slo.ApproveExclusion)
	w.heard(w.clock.now())
	w.tick()
	w.issue("gold", "2026-10")
	w.clock.advance(time.Minute)
	w.decide("eve", first.ID, slo.RevokeExclusion)
	w.tick()
	w.issue("gold", "2026-10")
	var list struct{ Incidents []struct{ ID string } }
	w.get("/api/v1/incidents", &list)
	if len(list.Incidents) == 0 {
		t.Fatal("nothing went wrong")
	}
	w.asks(http.MethodPost, "/api/v1/changes", `{"service": "shop", "summary": "=A new cart", "key": "42", "kind": "release"}`, http.StatusCreated, nil)
	opened := slices.ContainsFunc(list.Incidents, func(i struct{ ID string }) bool { // what failed again and again is a problem by itself
		body := fmt.Sprintf(`{"incident": %q, "title": "It is slow"}`, i.ID)
		return w.do(http.MethodPost, "http://"+w.c.Addr()+"/api/v1/problems", "", "application/json", body) == http.StatusCreated
	})
	if !opened {
		t.Fatal("every incident is of a problem already")
	}
	w.asks(http.MethodPost, "/api/v1/registers/risks", `{"id": "db", "values": {"title": "One database for all"}}`, http.StatusCreated, nil)
	w.work(list.Incidents[0].ID, "acknowledge", "")
	w.work(list.Incidents[0].ID, "comment", `{"text": "<script>alert(1)</script>"}`)
	return w
}

// issue makes a report and keeps it as a mail would.
func (w *world) issue(agreement, month string) {
	w.t.Helper()
	r, err := w.c.report(w.t.Context(), agreement, month, w.clock.now())
	if err != nil {
		w.t.Fatal(err)
	}
	kept, err := keep(r, report.English, w.clock.now())
	if err != nil {
		w.t.Fatal(err)
	}
	body := &ledger.Report{Agreement: kept.Agreement, Period: kept.Period, Made: kept.Made, Row: reportLine(kept).Digest()}
	x := slo.Sending{Agreement: kept.Agreement, Period: kept.Period, Edition: r.Identity.Edition, To: []string{fmt.Sprintf("reader%d@example.org", kept.Made)}}
	x.ID = x.SendingID()
	mail := w.mail(fmt.Sprintf("report%d@example.org", kept.Made), kept.Made)
	if x, err = x.Add(slo.SendingEvent{Act: slo.ReleaseSending, At: kept.Made, Actor: ledger.Self, Report: ledger.Digest(kept.Model), Mails: []string{mail.ID}}); err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.c.store.Enqueue(w.t.Context(), mail); err != nil { // by itself, since nothing of the world leaves
		w.t.Fatal(err)
	}
	step := sqlstore.SendingStep{Sending: x, Draft: kept.Model, Issued: &kept}
	if err := w.c.sendings.step(w.t.Context(), step, ledger.Draft{At: kept.Made, Actor: ledger.Self, Body: body}); err != nil {
		w.t.Fatal(err)
	}
}

// mail is a mail as it enters the outbox.
func (w *world) mail(id string, at slo.Instant) sqlstore.OutboxRow {
	w.t.Helper()
	item, err := notify.NewItem(at, notify.Message{ID: id, Date: at, From: "assay@example.org", To: []string{"reader@example.org"}, Subject: "Of " + id, Text: "Good day."})
	if err != nil {
		w.t.Fatal(err)
	}
	row, err := mailRow(item)
	if err != nil {
		w.t.Fatal(err)
	}
	return row
}

// TestEvidenceOfMails: a mail belongs to the month of the report that it carries,
// whenever it left, and one of later that carries none is not shown.
func TestEvidenceOfMails(t *testing.T) {
	w := evident(t)
	if _, err := w.c.store.Enqueue(t.Context(), w.mail("other@example.org", w.clock.now())); err != nil {
		t.Fatal(err)
	}
	o := EvidenceOptions{From: "2026-10", To: "2026-10", Zone: time.UTC, At: w.clock.now()}
	g, err := gatherEvidence(t.Context(), w.c.store, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range g.records {
		if r.Set != evidence.Mails {
			continue
		}
		if len(r.Rows) != 2 || r.Between(g.period.Interval) != 2 || !strings.HasPrefix(r.Rows[0].Cells[0], "report") {
			t.Errorf("%+v", r.Rows)
		}
	}
}

// TestEvidence makes a pack of all that a ledger can hold and verifies it
// without the collector.
func TestEvidence(t *testing.T) {
	w := evident(t)
	name := w.packed()
	key := w.c.ledger.Key()
	issued := map[int64]*ledger.Anchor{}
	err := w.c.store.EachLogCheckpoint(t.Context(), func(size int64, note []byte) error {
		c, err := ledger.PeekCheckpoint(note)
		issued[size] = &ledger.Anchor{Size: size, Root: c.Root, Note: note}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	v, m, err := VerifyEvidence(t.Context(), name, VerifyOptions{Key: key})
	if err != nil || !v.OK() || v.Anchor != ledger.AnchoredKey {
		t.Fatalf("%+v, %v", v, err)
	}
	anchored := 0
	for _, c := range issued {
		if v, _, err := VerifyEvidence(t.Context(), name, VerifyOptions{Checkpoint: c}); err == nil && v.OK() && v.Anchor == ledger.AnchoredCheckpoint {
			anchored++
		}
	}
	if int64(anchored) != v.Checkpoints {
		t.Errorf("%d of %d checkpoints that were issued can be proven, of %d in the pack", anchored, len(issued), v.Checkpoints)
	}
	if v.Figures < 3 || v.Checkpoints < 10 || m.Zone != "Europe/Berlin" {
		t.Errorf("%+v, %+v", v, m)
	}
	p, err := evidence.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	read := func(name string) string {
		b, err := p.Read(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for name, want := range map[string]string{
		"records/availability.csv": "restates entry",
		"records/exclusions.csv":   "approve by ada",
		"records/exclusions.html":  "records/exclusions/",
		"records/agreements.csv":   "gold,1,SLA,",
		"records/releases.csv":     "release",
		"records/sendings.csv":     "gold,2026-10,1,released",
		"sample.html":              "records/incidents/",
		"records/incidents.html":   "records/incidents/",
		"records/catalogues.csv":   w.c.catalog.current().Revision,
		"records/reports.csv":      "gold 2026-10",
		"records/trail.csv":        "incident.acknowledge",
		"records/parties.csv":      "name,role,agreements",
		"records/risks.csv":        "One database for all",
		"records/changes.csv":      "'=A new cart",
		"records/problems.csv":     "It is slow",
		"records/requests.csv":     "service,agreement,period",
		"index.html":               "assay verify PACK.zip --key KEY",
	} {
		if got := read(name); !strings.Contains(got, want) {
			t.Errorf("%s lacks %q:\n%.2000s", name, want, got)
		}
	}
	hostile, proven := false, false
	for _, f := range m.Files {
		if strings.HasPrefix(f.Path, "records/incidents/") {
			page := read(f.Path)
			proven = proven || strings.Contains(page, "Entries of the ledger that speak of this record: ")
			hostile = hostile || strings.Contains(page, "&lt;script&gt;")
			if strings.Contains(page, "<script>") {
				t.Errorf("%s runs what people wrote", f.Path)
			}
		}
	}
	if !proven {
		t.Error("no page names the entries that speak of its record")
	}
	if !hostile {
		t.Error("no page shows the comment")
	}
}

// TestEvidenceInChinese: every column and every name of a fact is said in the
// language, and the tables keep the names that tools read.
func TestEvidenceInChinese(t *testing.T) {
	w := evident(t)
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "pack.zip")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	o := EvidenceOptions{From: "2026-10", To: "2026-11", Zone: time.UTC, At: w.clock.now(), Product: "test", Language: evidence.Chinese, Sample: evidence.Sampling{Seed: 1, Count: AuditorsSample}}
	if err := WriteEvidence(t.Context(), w.config.Data, f, o); err != nil {
		t.Fatal(err)
	}
	p, err := evidence.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if p.Manifest.Language != evidence.Chinese {
		t.Errorf("the manifest says %q", p.Manifest.Language)
	}
	names := regexp.MustCompile(`<(?:th scope="col"[^>]*|dt|title|h1|h2)>([^<]+)<`)
	han := regexp.MustCompile(`\p{Han}`)
	for _, f := range p.Manifest.Files {
		if !strings.HasSuffix(f.Path, ".html") || strings.HasPrefix(f.Path, "reports/") {
			continue
		}
		b, err := p.Read(f.Path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range names.FindAllSubmatch(b, -1) {
			if !han.Match(m[1]) {
				t.Errorf("%s says %q", f.Path, m[1])
			}
		}
	}
	b, err := p.Read("records/incidents.csv")
	if err != nil || !strings.HasPrefix(string(b), "incident,service,opened by,") {
		t.Errorf("%v: %.100s", err, b)
	}
}

// TestFrozenLedger: its proofs are those of the storage itself, entries after the
// head are none of it, and a hash that is gone is an error.
func TestFrozenLedger(t *testing.T) {
	const size, head = 700, 601
	s := storedTree{size: size}
	for n := range int64(size) {
		all, err := tlog.StoredHashes(n, fmt.Append(nil, "entry ", n), s.reader())
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range all {
			s.hashes = append(s.hashes, h[:])
		}
	}
	frozen := ledger.Prover{Storage: &frozenLedger{&s, head, map[int64][][]byte{}}}
	plain := ledger.Prover{Storage: &s}
	for n := range int64(head) {
		want, err := plain.ProveEntry(t.Context(), head, n)
		got, err2 := frozen.ProveEntry(t.Context(), head, n)
		if err != nil || err2 != nil || !slices.Equal(got, want) {
			t.Fatalf("entry %d: %v, want %v (%v, %v)", n, got, want, err, err2)
		}
	}
	if s.asked > 2*head { // the plain prover's, and some pages
		t.Errorf("the storage was asked %d times", s.asked)
	}
	want, err := plain.ProveGrowth(t.Context(), head, 37)
	got, err2 := frozen.ProveGrowth(t.Context(), head, 37)
	if err != nil || err2 != nil || !slices.Equal(got, want) {
		t.Errorf("%v, want %v (%v, %v)", got, want, err, err2)
	}
	if _, err := frozen.ProveEntry(t.Context(), size, head); !errors.Is(err, ledger.ErrRange) {
		t.Errorf("an entry after the head: %v", err)
	}
	s.hashes = s.hashes[:300]
	lost := ledger.Prover{Storage: &frozenLedger{&s, head, map[int64][][]byte{}}}
	if _, err := lost.ProveEntry(t.Context(), head, 0); err == nil {
		t.Error("a proof of hashes that are gone")
	}
}

// storedTree keeps hashes in memory.
type storedTree struct {
	size   int64
	hashes [][]byte
	asked  int
}

func (s *storedTree) LogHead(context.Context) (int64, []byte, error) { return s.size, nil, nil }

func (s *storedTree) LogHashes(_ context.Context, indexes []int64) ([][]byte, error) {
	s.asked++
	out := make([][]byte, len(indexes))
	for i, n := range indexes {
		if n >= int64(len(s.hashes)) {
			return nil, fmt.Errorf("hash %d is not there", n)
		}
		out[i] = s.hashes[n]
	}
	return out, nil
}

func (s *storedTree) reader() tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, n := range indexes {
			out[i] = tlog.Hash(s.hashes[n])
		}
		return out, nil
	})
}

// TestTermsInForce: a version of an agreement lasts until its terms change or it
// is gone, and those of other times are left out.
func TestTermsInForce(t *testing.T) {
	agreement := func(name string, target slo.Ratio) *slo.Agreement {
		return &slo.Agreement{Name: name, Service: "shop", Zone: time.UTC, Objectives: []slo.Objective{{Name: "o", Target: target, Window: slo.Window{Period: slo.Month}}}}
	}
	terms := termsInForce{period: slo.Interval{From: 1000, To: 2000}}
	for n, c := range []struct {
		at   slo.Instant
		have []*slo.Agreement
	}{
		{100, []*slo.Agreement{agreement("gold", 1), agreement("old", 1)}},
		{500, []*slo.Agreement{agreement("gold", 2)}}, // old is gone before the period
		{900, []*slo.Agreement{agreement("gold", 2), agreement("brief", 1)}},
		{1500, []*slo.Agreement{agreement("gold", 3)}},
		{1600, []*slo.Agreement{agreement("gold", 3), agreement("brief", 1)}}, // it is back
		{2500, []*slo.Agreement{agreement("gold", 4), agreement("new", 1)}},
	} {
		terms.take(c.at, int64(n), &slo.Catalog{Agreements: c.have, Revision: fmt.Sprint(n)})
	}
	var got []string
	for _, v := range terms.versions {
		got = append(got, fmt.Sprintf("%s %d entry %d from %d until %d", v.Name, v.number, v.entry, v.from, v.until))
	}
	want := []string{
		"gold 2 entry 1 from 500 until 1500", "brief 1 entry 2 from 900 until 1500", "gold 3 entry 3 from 1500 until 2500", "brief 2 entry 4 from 1600 until 2500",
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for at, want := range map[slo.Instant]string{0: "2", 1000: "2", 1499: "2", 1500: "3", 1999: "4"} {
		if got := terms.at(at).Revision; got != want {
			t.Errorf("at %d catalogue %s was in force, want %s", at, got, want)
		}
	}
	if (&termsInForce{}).at(0) != nil {
		t.Error("something was in force of nothing")
	}
}

// TestEvidenceOfForgedRecords: what was changed in the records is named in the
// pack, and by whoever verifies it.
func TestEvidenceOfForgedRecords(t *testing.T) {
	w := evident(t)
	key := w.c.ledger.Key()
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	w.forge(`update audit set actor = 'eve' where action = 'incident.acknowledge'`)
	w.forge(`update reports set html = '<p>All is well.</p>'`)
	name := filepath.Join(t.TempDir(), "pack.zip")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	err = WriteEvidence(t.Context(), w.config.Data, f, EvidenceOptions{From: "2026-10", To: "2026-11", Zone: time.UTC, At: w.clock.now(), Product: "test"})
	if err != nil || f.Close() != nil {
		t.Fatal(err)
	}
	v, _, err := VerifyEvidence(t.Context(), name, VerifyOptions{Key: key})
	if err != nil {
		t.Fatal(err)
	}
	said := 0
	for _, p := range v.Problems {
		if strings.Contains(p.What, "what it speaks of is not shown") {
			said++
		}
	}
	if said != 3 { // a line of the trail, two reports
		t.Errorf("%+v", v.Problems)
	}
	p, err := evidence.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	b, err := p.Read("index.html")
	if err != nil || strings.Count(string(b), "what it speaks of is gone or was changed") != 3 {
		t.Errorf("%v: the first page does not say so", err)
	}
}

// TestEvidenceAsked: what cannot be asked, and by whom.
func TestEvidenceAsked(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	viewer, secret := token(t, "reader", auth.Viewer)
	operator, high := token(t, "auditor", auth.Operator)
	w.config.Tokens = w.write("tokens.yaml", viewer+operator)
	w.run()
	url := "http://" + w.c.Addr() + "/api/v1/evidence"
	for query, want := range map[string]int{
		"?from=2026-10&to=2026-10":           http.StatusOK,
		"":                                   http.StatusOK,
		"?lang=tlh":                          http.StatusBadRequest,
		"?sample=-1":                         http.StatusBadRequest,
		"?seed=x":                            http.StatusBadRequest,
		"?from=2026-10&to=2026-09":           http.StatusBadRequest,
		"?from=2026-10&to=2026-10&zone=Mars": http.StatusBadRequest,
		"?from=1000-01&to=2026-10":           http.StatusBadRequest,
	} {
		if got := w.do(http.MethodGet, url+query, high, "", ""); got != want {
			t.Errorf("%s: %d, want %d", query, got, want)
		}
	}
	for _, path := range []string{"/api/v1/evidence?from=2026-10&to=2026-10", "/api/v1/readiness", "/readiness"} {
		if got := w.do(http.MethodGet, "http://"+w.c.Addr()+path, secret, "", ""); got != http.StatusForbidden {
			t.Errorf("%s: a viewer got %d", path, got)
		}
	}
}

// TestReadiness: the API and the page say of the records what the command does.
func TestReadiness(t *testing.T) {
	w := evident(t)
	var got evidence.ReadinessJSON
	w.get("/api/v1/readiness?from=2026-10&to=2026-11&seed=3&sample=2", &got)
	if len(got.Clauses) != len(evidence.Clauses()) || got.Seed != 3 || len(got.Sample) != 2 || got.Drawn < 2 || got.From != "2026-10" {
		t.Errorf("%+v", got)
	}
	if status, page := w.fetch("/readiness?from=2026-10&to=2026-11"); status != http.StatusOK || !strings.Contains(string(page), "Service levels") {
		t.Errorf("%d: %.300s", status, page)
	}
	for path, want := range map[string]int{"/readiness?from=2026-11&to=2026-10": http.StatusBadRequest, "/api/v1/readiness?lang=tlh": http.StatusBadRequest} {
		if status, _ := w.fetch(path); status != want {
			t.Errorf("%s: %d, want %d", path, status, want)
		}
	}
	w.c.packing.Lock() // somebody else's pack is being made
	defer w.c.packing.Unlock()
	for _, path := range []string{"/readiness", "/api/v1/readiness", "/api/v1/evidence"} {
		if status, _ := w.fetch(path); status != http.StatusTooManyRequests {
			t.Errorf("%s: %d while another is made", path, status)
		}
	}
}

// TestEvidenceOfMonths: the window of a month is of that month in every zone.
func TestEvidenceOfMonths(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	p, err := evidence.NewPeriod("2026-09", "2026-10", time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	g := &gathering{period: p}
	for n, month := range []time.Month{time.September, time.October} {
		w := slo.Interval{From: slo.At(time.Date(2026, month, 1, 0, 0, 0, 0, zone)), To: slo.At(time.Date(2026, month+1, 1, 0, 0, 0, 0, zone))}
		if at := g.within(w); !p.Months[n].Contains(at) {
			t.Errorf("%s of Berlin is at %s", month, at)
		}
	}
	if at := g.within(slo.Interval{From: 0, To: 1}); at != p.From {
		t.Errorf("what lies before is at %s", at)
	}
}

// TestAudit judges the records of a folder.
func TestAudit(t *testing.T) {
	w := evident(t)
	o := EvidenceOptions{From: "2026-10", To: "2026-11", Zone: time.UTC, At: w.clock.now(), Sample: evidence.Sampling{Seed: 1, Count: 25}}
	r, err := Audit(t.Context(), w.config.Data, o)
	if err != nil {
		t.Fatal(err)
	}
	standing := map[string]evidence.Standing{}
	for _, f := range r.Findings {
		standing[f.Number] = f.Standing
	}
	if standing["8.2.4"] != evidence.Thin || standing["8.6.1"] != evidence.Covered || standing["8.5.1"] != evidence.Covered || standing["8.7.3"] != evidence.Outside || standing["8.7.2"] != evidence.Missing {
		t.Errorf("%v", standing)
	}
	if len(r.Sample.Drawn) == 0 || len(r.Unfit) != 0 || r.OK() {
		t.Errorf("%+v", r)
	}
	if !slices.ContainsFunc(r.Sample.Drawn[0].Points, func(p evidence.Point) bool { return !p.OK && p.What == "cause" }) {
		t.Errorf("%+v", r.Sample.Drawn[0])
	}
}

// TestRemarkIncidents blames no incident for what the one has that it is worked
// on as.
func TestRemarkIncidents(t *testing.T) {
	g := &gathering{incidents: []slo.Incident{
		{ID: "ranked", Work: slo.Work{Priority: 2}}, {ID: "not-ranked"}, {ID: "part", Work: slo.Work{Parent: "ranked", Closed: 1}},
	}, remarks: map[evidence.Set][]evidence.Remark{}}
	g.remarkIncidents()
	got := g.remarks[evidence.Incidents]
	if len(got) != 1 || got[0].Key != "priority" || got[0].Of != 2 || !slices.Equal(got[0].Names, []string{"not-ranked"}) {
		t.Errorf("%+v", got)
	}
}
