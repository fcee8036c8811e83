package collector

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/assay-sla/assay/collector/notify"
)

// bounce posts what a mail server pipes.
func (w *world) bounce(body string) (int, string) {
	w.t.Helper()
	resp, err := http.Post("http://"+w.c.Addr()+bouncesPath, "message/rfc822", strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func deliveryReport(mail, to string) string {
	return fmt.Sprintf("Content-Type: multipart/report; boundary=B\r\n\r\n--B\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n"+
		"Final-Recipient: rfc822; %s\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 no such user\r\n\r\n"+
		"--B\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <%s>\r\n\r\n--B--\r\n", to, mail)
}

// What came back is told beside its mail. Anybody can mail what is piped here:
// whatever it is, it does not fill the ledger.
func TestBounces(t *testing.T) {
	srv := newMailServer(t, nil)
	w := dueWorld(t, srv.port, ReportConfig{Agreement: "gold", To: []string{"a@example.org"}, Schedule: "0 7 1 * *"})
	w.seal()
	w.due()
	w.allSent()
	all, err := w.c.sendings.Mails(t.Context(), false, 10)
	if err != nil || len(all) != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	before := len(w.rows("audit"))
	for i := range 50 {
		for body, want := range map[string]int{
			deliveryReport(all[0].ID, fmt.Sprintf("r%d@example.org", i)): http.StatusOK,
			deliveryReport("another@example.org", "a@example.org"):       http.StatusNotFound,
			"Subject: buy this\r\n\r\nnow\r\n":                           http.StatusBadRequest,
			"Subject: x\r\n\r\n" + strings.Repeat("x", notify.MaxBounce): http.StatusRequestEntityTooLarge,
		} {
			if code, answer := w.bounce(body); code != want {
				t.Fatalf("%.80q: %d %s", body, code, answer)
			}
		}
	}
	m, err := w.c.sendings.Mail(t.Context(), all[0].ID)
	if err != nil || len(m.Bounces) != 50 || m.Bounces[0].Diagnostic != "550 no such user" {
		t.Errorf("%d bounces: %v", len(m.Bounces), err)
	}
	if n := len(w.rows("audit")) - before; n != 1 {
		t.Errorf("200 reports made %d lines of the audit trail", n)
	}
}
