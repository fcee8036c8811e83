package collector

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/report"
)

// mailedWorld sends the report of gold to a manager in Chinese as PDF and
// workbook, and to another in English as CSV. Nobody listens at its mail server.
func mailedWorld(t *testing.T) *world {
	w := newWorld(t, sealedCatalogue, mailsReports)
	w.clock.set(halloween.Add(time.Hour))
	w.run()
	return w
}

func mailsReports(c *Config) {
	c.Mail = MailConfig{Host: "127.0.0.1", Port: 1, TLS: notify.NoTLS, From: "assay@example.org"}
	c.Reports = []ReportConfig{
		{Agreement: "gold", To: []string{"wang@example.org"}, Language: "zh", Attach: []string{"pdf", "xlsx"}},
		{Agreement: "gold", To: []string{"smith@example.org", "WANG@example.org"}, Attach: []string{"csv"}},
	}
}

// Each format is answered with its type and name, in the language of the
// agreement or the one that is asked for.
func TestReportFormats(t *testing.T) {
	w := mailedWorld(t)
	for query, want := range map[string]struct{ media, disposition, begin string }{
		"":                          {"text/html; charset=utf-8", `inline; filename=gold-2026-10.html`, "<!DOCTYPE html>\n<html lang=\"zh-CN\">"},
		"?lang=en":                  {"text/html; charset=utf-8", `inline; filename=gold-2026-10.html`, "<!DOCTYPE html>\n<html lang=\"en\">"},
		"?format=pdf":               {"application/pdf", `attachment; filename=gold-2026-10.pdf`, "%PDF-"},
		"?format=xlsx&lang=en":      {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", `attachment; filename=gold-2026-10.xlsx`, "PK"},
		"?format=csv":               {"text/csv; charset=utf-8", `attachment; filename=gold-2026-10.csv`, "objective,method"},
		"?format=csv&table=outages": {"text/csv; charset=utf-8", `attachment; filename=gold-2026-10.outages.csv`, "from,to,length_s"},
		"?format=json":              {"application/json", `inline; filename=gold-2026-10.json`, `{"identity"`},
		"?format=txt":               {"text/plain; charset=utf-8", `inline; filename=gold-2026-10.txt`, "服务报告"},
	} {
		resp, err := http.Get("http://" + w.c.Addr() + "/api/v1/reports/gold/2026-10" + query)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		_, err = b.ReadFrom(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != want.media || resp.Header.Get("Content-Disposition") != want.disposition || !strings.HasPrefix(b.String(), want.begin) {
			t.Errorf("%q: %v, %s, %v, %.80q", query, err, resp.Status, resp.Header, b.String())
		}
	}
	for query, want := range map[string]string{
		"?format=doc": "no format of a report", "?lang=tlh": "no language", "?format=csv&table=x": "no table", "?format=pdf&table=outages": "only csv",
	} {
		if code, body := w.fetch("/api/v1/reports/gold/2026-10" + query); code != http.StatusBadRequest || !strings.Contains(string(body), want) {
			t.Errorf("%q: %d %s", query, code, body)
		}
	}
}

// Who gets a report gets it in the language and with the files that his entry
// says, and once.
func TestMailsAreByRecipient(t *testing.T) {
	w := mailedWorld(t)
	made, err := w.c.report(t.Context(), "gold", "2026-10", w.clock.now())
	if err != nil {
		t.Fatal(err)
	}
	got, err := w.c.sendings.send(t.Context(), made, w.c.recipients(report.Scope{Kind: report.AgreementScope, Name: "gold"}, report.MonthKind), "anna", w.clock.now())
	if queued := got.Queued; err != nil || !slices.Equal(queued, []string{"wang@example.org", "smith@example.org"}) {
		t.Fatalf("queued for %v: %v", queued, err)
	}
	for _, c := range []struct{ to, subject, text, attached string }{
		{"wang@example.org", "服务报告 2026年10月", "达标率", "gold-2026-10.pdf gold-2026-10.xlsx"},
		{"smith@example.org", "Service report October 2026", "Objectives met", "gold-2026-10.report.csv gold-2026-10.amended.csv"},
	} {
		m := w.mailTo(made, c.to)
		var attached []string
		for _, a := range m.Attachments {
			if a.ContentID == "" {
				attached = append(attached, a.Name)
			}
		}
		if !slices.Equal(m.To, []string{c.to}) || !strings.HasPrefix(m.Subject, c.subject) || !strings.Contains(m.Text, c.text) || !strings.HasPrefix(strings.Join(attached, " "), c.attached) {
			t.Errorf("%v gets %q with %v:\n%.300s", m.To, m.Subject, attached, m.Text)
		}
		if err := m.Validate(); err != nil {
			t.Error(err)
		}
	}
	if got, err := w.c.sendings.send(t.Context(), made, w.c.recipients(report.Scope{Kind: report.AgreementScope, Name: "gold"}, report.MonthKind), "anna", w.clock.now()); err != nil || len(got.Queued) != 0 || len(got.Already) != 2 {
		t.Errorf("again: %+v: %v", got, err)
	}
}

// mailTo is the message of a report in the outbox.
func (w *world) mailTo(r report.Report, address string) notify.Message {
	w.t.Helper()
	item, found, err := mailOutbox(w.c.store).Item(w.t.Context(), w.c.sendings.letters.messageID(&r, recipient{address: address}))
	if err != nil || !found {
		w.t.Fatalf("no mail to %s: %v", address, err)
	}
	return item.Message
}

// What fails in the collector is no fault of who asks: it is told as that, once in
// the log, and nothing of it elsewhere.
func TestReportsThatFail(t *testing.T) {
	w := mailedWorld(t)
	w.forge(`alter table surveys rename to lost`)
	for _, path := range []string{"/api/v1/reports/gold/2026-10", "/api/v1/scoped-reports/all/2026-10", "/reports/gold/2026-10"} {
		before := strings.Count(w.log.String(), "no such table")
		code, body := w.fetch(path)
		if code != http.StatusInternalServerError || strings.Contains(string(body), "surveys") {
			t.Errorf("%s: %d %s", path, code, body)
		}
		if n := strings.Count(w.log.String(), "no such table") - before; n != 1 {
			t.Errorf("%s is %d times in the log:\n%s", path, n, w.log)
		}
	}
	for path, want := range map[string]int{
		"/api/v1/reports/gold/2026-99": http.StatusBadRequest, "/api/v1/reports/none/2026-10": http.StatusNotFound,
		"/api/v1/scoped-reports/some/2026-10": http.StatusBadRequest, "/api/v1/scoped-reports/all/2026-99": http.StatusBadRequest,
		"/reports/gold/2026-99": http.StatusBadRequest, "/reports/none/2026-10": http.StatusBadRequest,
	} {
		if code, body := w.fetch(path); code != want {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
}
