package collector

import (
	"mime"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/collector/report"
	"github.com/assay-sla/assay/slo"
)

// yearEnd is a day before a year ends.
var yearEnd = slo.At(time.Date(2025, 12, 31, 0, 0, 0, 0, time.UTC))

// Reports of any scope, on quarters and years, go out on their schedules when
// they are sealed, once to each recipient, or wait to be released.
func TestSchedulesOfScopesAndPeriods(t *testing.T) {
	srv := newMailServer(t, nil)
	to := []string{"a@example.org"}
	w := dueAfter(t, yearEnd, srv.port,
		ReportConfig{Agreement: "gold", To: to},
		ReportConfig{Agreement: "gold", Period: "quarter", To: to, Attach: []string{"xlsx"}},
		ReportConfig{All: true, Period: "year", To: to, Language: "zh", Attach: []string{"pdf"}, Survey: true},
		ReportConfig{Service: "shop", Period: "quarter", To: to, Approval: []string{"boss@example.org"}},
	)
	w.seal()
	w.due()
	w.due()
	w.allSent()
	for subject, file := range map[string]string{
		"Service report December 2025": "", "Service report Q4 2025": "gold-2025-Q4.xlsx", "服务报告 2025年": "all-2025.pdf",
	} {
		found := 0
		for _, raw := range srv.taken()["a@example.org"] {
			if !strings.HasPrefix(subjectOf(t, raw), subject) {
				continue
			}
			found++
			for _, p := range parse(t, raw) {
				if p.file == file {
					file = ""
				}
			}
		}
		if found != 1 || file != "" {
			t.Errorf("%s came %d times; it lacks %q", subject, found, file)
		}
	}
	if asked := srv.taken()["boss@example.org"]; len(srv.taken()["a@example.org"]) != 3 || len(asked) != 1 {
		t.Errorf("%d mails went out, and %d asked for a release", len(srv.taken()["a@example.org"]), len(asked))
	}
	w.releasesScope(srv)
	w.keepsVotes(srv)
	if v := w.verify(VerifyOptions{}); len(v.Problems) > 0 {
		t.Errorf("the ledger: %v", v.Problems)
	}
}

// releasesScope releases the report of a service, which links to itself as it is.
func (w *world) releasesScope(srv *mailServer) {
	w.t.Helper()
	list, err := w.c.store.Sendings(w.t.Context(), sqlFilter(slo.SendingWaiting))
	if err != nil || len(list) != 1 || list[0].Agreement != "service:shop" || list[0].Period != "2025-Q4" {
		w.t.Fatalf("%+v wait: %v", list, err)
	}
	if _, err := w.c.sendings.Release(w.t.Context(), list[0].ID, read(list[0]), "Fine.", "ada", w.clock.now()); err != nil {
		w.t.Fatal(err)
	}
	w.allSent()
	got := srv.taken()["a@example.org"]
	text, _ := bodies(w.t, got[len(got)-1])
	const live = "/reports/service:shop/2025-Q4"
	if len(got) != 4 || !strings.Contains(text, "https://assay.example.org"+live) || !strings.Contains(text, "ada writes: Fine.") {
		w.t.Errorf("%d mails, the last:\n%.900s", len(got), text)
	}
	if code, body := w.fetch(live); code != 200 || !strings.Contains(string(body), "Q4 2025") {
		w.t.Errorf("%s: %d %.200s", live, code, body)
	}
}

// keepsVotes votes on the report of everything, whose next one counts it.
func (w *world) keepsVotes(srv *mailServer) {
	w.t.Helper()
	var token []string
	for _, raw := range srv.taken()["a@example.org"] {
		text, _ := bodies(w.t, raw)
		token = append(token, regexp.MustCompile(`/survey/([A-Za-z0-9_-]+)`).FindStringSubmatch(text)...)
	}
	if len(token) != 2 {
		w.t.Fatalf("the links to surveys are %v", token)
	}
	x, err := surveys{w.c.store, w.c.ledger}.Vote(w.t.Context(), token[1], slo.Vote{Score: 4, At: w.clock.now()})
	if err != nil || x.Agreement != "all:" || x.Period != "2025" {
		w.t.Fatalf("%+v: %v", x, err)
	}
	r, err := w.c.scopedReport(w.t.Context(), report.Scope{Kind: report.WholeScope}, "2026-01", w.clock.now())
	if err != nil || r.Satisfaction == nil || r.Satisfaction.Votes != 1 || r.KPIs.CSAT == nil {
		w.t.Errorf("the next report has %+v: %v", r.Satisfaction, err)
	}
}

// A report on several is amended when a figure of one of them is restated, and
// says which.
func TestRestatedMonthAmendsScopes(t *testing.T) {
	w, _ := sealedSince(t, halloween, func(c *Config) {
		mailsReports(c)
		c.Reports = []ReportConfig{{All: true, To: []string{"a@example.org"}}, {Agreement: "office", To: []string{"b@example.org"}}}
	})
	w.heard(w.clock.now())
	w.tick()
	w.tick()
	all := report.Scope{Kind: report.WholeScope}
	send := func(of report.Scope) {
		t.Helper()
		made, err := w.c.scopedReport(t.Context(), of, "2026-10", w.clock.now())
		if err == nil {
			_, err = w.c.sendings.send(t.Context(), made, w.c.recipients(of, report.MonthKind), "anna", w.clock.now())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.c.amendReports(t.Context(), w.clock.now()); err != nil { // notes from when on to look
		t.Fatal(err)
	}
	send(all)
	send(report.Scope{Kind: report.AgreementScope, Name: "office"})
	w.clock.advance(time.Minute)
	x := w.ask("ola", hours(2, 6), slo.CausedByCustomer, "gold")
	w.decide("ada", x.ID, slo.ApproveExclusion)
	w.tick()
	w.tick()
	for range 2 {
		if err := w.c.amendReports(t.Context(), w.clock.now()); err != nil {
			t.Fatal(err)
		}
	}
	made, err := w.c.scopedReport(t.Context(), all, "2026-10", w.clock.now())
	if err != nil || made.Identity.Edition < 2 || made.Amends == nil || len(made.Amends.Figures) == 0 {
		t.Fatalf("edition %d amends %+v: %v", made.Identity.Edition, made.Amends, err)
	}
	for _, f := range made.Amends.Figures {
		sealed := f.Objective == "month" // its week runs on
		if f.Agreement != "gold" || sealed && (len(f.Why) == 0 || f.Why[0].Exclusion != x.ID) {
			t.Errorf("%s/%s was amended for %+v", f.Agreement, f.Objective, f.Why)
		}
	}
	if m := w.mailTo(made, "a@example.org"); !strings.Contains(m.Subject, "(amended)") || !strings.Contains(m.Text, "gold / ") {
		t.Errorf("%s:\n%.1500s", m.Subject, m.Text)
	}
	for about, want := range map[string]int{"all:": 2, "office": 1} {
		if list, err := w.c.store.ReportsBefore(t.Context(), about, "2026-10", slo.MaxInstant, 10); err != nil || len(list) != want {
			t.Errorf("the report of %s was sent %d times: %v", about, len(list), err)
		}
	}
}

// subjectOf is the subject of a mail, decoded.
func subjectOf(t *testing.T, raw []byte) string {
	t.Helper()
	s, err := new(mime.WordDecoder).DecodeHeader(header(t, raw, "Subject"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}
