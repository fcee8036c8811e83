package collector

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/report"
)

// The report of a customer whose name no path can have goes out, and is where its
// mail and the command say.
func TestReportOfAnOddCustomer(t *testing.T) {
	const name = `24/7 <b>Läden</b>, "x" ../..%2F`
	srv := newMailServer(t, nil)
	w := newWorld(t, strings.Replace(sealedCatalogue, "spec:\n  service: shop\n  timezone", "spec:\n  customer: '"+name+"'\n  service: shop\n  timezone", 1), func(c *Config) {
		c.Mail = MailConfig{Host: "127.0.0.1", Port: srv.port, TLS: notify.NoTLS, From: "Assay <assay@example.org>"}
		c.ExternalURL = "https://assay.example.org"
		c.Reports = []ReportConfig{{Customer: name, To: []string{"a@example.org"}, Attach: []string{"pdf", "csv"}}}
	})
	w.clock.set(halloween)
	w.run()
	of := report.Scope{Kind: report.CustomerScope, Name: name}
	if got := w.do(http.MethodPost, "http://"+w.c.Addr()+reportMailsPath+of.Address("2026-10"), "", "application/json", ""); got != http.StatusOK {
		t.Fatalf("mailing it: %d", got)
	}
	w.allSent()
	got := srv.taken()["a@example.org"]
	if len(got) != 1 {
		t.Fatalf("%d mails", len(got))
	}
	text, page := bodies(t, got[0])
	for _, body := range []string{text, html.UnescapeString(page)} {
		link := regexp.MustCompile(`https://assay\.example\.org(/reports/[^\s"]+)`).FindStringSubmatch(body)
		if link == nil {
			t.Fatalf("no link in\n%.500s", body)
		}
		if code, shown := w.fetch(link[1]); code != http.StatusOK || !strings.Contains(string(shown), "Läden") || strings.Contains(string(shown), "<b>Läden") {
			t.Errorf("%s: %d %.300s", link[1], code, shown)
		}
	}
	for _, p := range parse(t, got[0]) {
		if strings.ContainsAny(p.file, `/\%"<`) {
			t.Errorf("a file is named %s", p.file)
		}
	}
}
