package collector

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-message/mail"
	"github.com/emersion/go-smtp"

	"github.com/assay-sla/assay/collector/evidence"
	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/web"
	"github.com/assay-sla/assay/slo"
)

// approvedWorld has a sealed month whose report waits for boss@example.org.
func approvedWorld(t *testing.T) (*world, *mailServer, slo.Sending) {
	srv := newMailServer(t, nil)
	w := dueWorld(t, srv.port, ReportConfig{
		Agreement: "gold", To: []string{"a@example.org", "b@example.org"}, Schedule: "0 7 1 * *", Approval: []string{"boss@example.org"}, Survey: true,
	})
	w.seal()
	w.due()
	w.due()
	list, err := w.c.store.Sendings(t.Context(), sqlFilter(slo.SendingWaiting))
	if err != nil || len(list) != 1 {
		t.Fatalf("%d reports wait: %v", len(list), err)
	}
	return w, srv, list[0]
}

// read is the digest of the report that waits.
func read(x slo.Sending) string { return x.Events[len(x.Events)-1].Report }

// Nobody gets a report before somebody has released it. He is told that it waits,
// and what he writes stands in it.
func TestRelease(t *testing.T) {
	w, srv, x := approvedWorld(t)
	w.allSent()
	if got := srv.taken(); len(got) != 1 || len(got["boss@example.org"]) != 1 || !strings.Contains(string(got["boss@example.org"][0]), "/sendings/"+x.ID) {
		t.Fatalf("mails while it waits: %d", len(got))
	}
	alerted := func() bool {
		list, err := w.c.sendings.alerts(t.Context(), w.clock.now())
		return err == nil && len(list) == 1 && list[0].Name == notify.ReportWaiting && list[0].Labels[notify.LabelSending] == x.ID
	}
	if !alerted() {
		t.Error("nobody is alerted on what waits")
	}
	if _, err := w.c.sendings.Release(t.Context(), x.ID, "another digest", "", "ada", w.clock.now()); !errors.Is(err, slo.SendingChanged) {
		t.Errorf("released unread: %v", err)
	}
	got, err := w.c.sendings.Release(t.Context(), x.ID, read(x), "The <flood> took us an hour.", "ada", w.clock.now())
	if err != nil || got.State() != slo.SendingReleased || len(got.Mails()) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	if alerted() {
		t.Error("what is released is alerted on")
	}
	if _, err := w.c.sendings.Release(t.Context(), x.ID, read(got), "again", "ada", w.clock.now()); !errors.Is(err, slo.SendingNotWaiting) {
		t.Errorf("released twice: %v", err)
	}
	w.allSent()
	text, html := bodies(t, srv.taken()["a@example.org"][0])
	if !strings.Contains(text, "ada writes: The <flood> took us an hour.") || !strings.Contains(html, "ada writes: The &lt;flood&gt; took us an hour.") {
		t.Errorf("the comment is not in the mail:\n%.600s", text)
	}
	kept, err := w.c.store.LatestReport(t.Context(), "gold", "2025-10")
	if err != nil || !bytes.Contains(kept.Model, []byte("took us an hour")) || ledger.Digest(kept.Model) != read(got) {
		t.Errorf("the report that was issued: %v, %.80s", err, kept.Model)
	}
	if v := w.verify(VerifyOptions{}); len(v.Problems) > 0 {
		t.Errorf("the ledger: %v", v.Problems)
	}
}

// A release can be taken back until the first of its mails has begun to leave.
func TestRecall(t *testing.T) {
	w, srv, x := approvedWorld(t)
	w.clock.set(slo.At(time.Now()).Add(time.Hour)) // its mails leave later than now
	got, err := w.c.sendings.Release(t.Context(), x.ID, read(x), "", "ada", w.clock.now())
	if err != nil {
		t.Fatal(err)
	}
	token := w.surveys()[0].Digest
	if got, err = w.c.sendings.Recall(t.Context(), x.ID, "The second outage is wrong", "ada", w.clock.now()); err != nil || got.State() != slo.SendingWaiting {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, err := w.c.store.Survey(t.Context(), token); err == nil {
		t.Error("a mail that never left lets its reader vote")
	}
	if read(got) != read(x) {
		t.Error("what waits again is not what waited before")
	}
	if _, err := w.c.sendings.Recall(t.Context(), x.ID, "twice", "ada", w.clock.now()); !errors.Is(err, slo.SendingNotReleased) {
		t.Errorf("recalled twice: %v", err)
	}
	w.clock.set(monthEnd.Add(40 * time.Hour))
	if got, err = w.c.sendings.Release(t.Context(), x.ID, read(got), "", "ada", w.clock.now()); err != nil {
		t.Fatal(err)
	}
	w.allSent()
	if _, err := w.c.sendings.Recall(t.Context(), x.ID, "too late", "ada", w.clock.now()); !errors.Is(err, slo.SendingUnderWay) {
		t.Errorf("recalled what has left: %v", err)
	}
	if got := srv.taken(); len(got["a@example.org"]) != 1 || len(got["b@example.org"]) != 1 {
		t.Errorf("taken: %d and %d", len(got["a@example.org"]), len(got["b@example.org"]))
	}
	if v := w.verify(VerifyOptions{}); len(v.Problems) > 0 {
		t.Errorf("the ledger: %v", v.Problems)
	}
}

// What waited while its month was restated is made anew, and read anew.
func TestReleaseOfARestatedMonth(t *testing.T) {
	w, _, x := approvedWorld(t)
	r, err := w.c.sendings.draft(t.Context(), &x)
	if err != nil {
		t.Fatal(err)
	}
	r.Identity.Edition = 0 // as if it was made before a restatement
	if err := w.c.sendings.prepare(t.Context(), x, r, "", "assay", w.clock.now()); err != nil {
		t.Fatal(err)
	}
	stale, err := w.c.store.Sending(t.Context(), x.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.c.sendings.Release(t.Context(), x.ID, read(stale), "", "ada", w.clock.now()); !errors.Is(err, slo.SendingChanged) {
		t.Fatalf("released: %v", err)
	}
	fresh, err := w.c.store.Sending(t.Context(), x.ID)
	if err != nil || read(fresh) == read(stale) || fresh.State() != slo.SendingWaiting {
		t.Fatalf("%+v, %v", fresh, err)
	}
	if _, err := w.c.sendings.Release(t.Context(), x.ID, read(fresh), "", "ada", w.clock.now()); err != nil {
		t.Error(err)
	}
}

// A report that was changed in the records while it waits is neither shown nor
// released, whatever its reader had read.
func TestReleaseOfAForgedReport(t *testing.T) {
	w, _, x := approvedWorld(t)
	w.forge(`update sendings set draft = replace(draft, '"gold"', '"gilt"')`)
	if code, body := w.fetch("/sendings/" + x.ID + "/report"); code != http.StatusInternalServerError {
		t.Errorf("it is shown: %d %.300s", code, body)
	}
	if _, err := w.c.sendings.Release(t.Context(), x.ID, read(x), "", "ada", w.clock.now()); err == nil || !strings.Contains(err.Error(), "the records were changed") {
		t.Errorf("it is released: %v", err)
	}
}

// What lies beside the events of a sending is verified with them: the report, and
// who was asked to release it.
func TestVerifyForgedSending(t *testing.T) {
	for _, statement := range []string{
		`update sendings set draft = replace(draft, '"gold"', '"gilt"')`, `update sendings set draft = ''`, `update sendings set asked = '["eve@example.org"]'`, `update sendings set asked = '[]'`,
	} {
		w, _, x := approvedWorld(t)
		if v := w.verify(VerifyOptions{}); len(v.Problems) > 0 {
			t.Fatalf("before: %v", v.Problems)
		}
		w.forge(statement)
		v := w.verify(VerifyOptions{})
		if len(v.Problems) != 1 || !strings.Contains(v.Problems[0].Where, x.ID) {
			t.Errorf("%s: %v", statement, v.Problems)
		}
	}
}

// What a mail server refused for good is on record, and goes again as it was.
func TestResend(t *testing.T) {
	srv := newMailServer(t, nil)
	srv.refuse = func(to string) error {
		if to == "gone@example.org" {
			return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
		}
		return nil
	}
	w := dueWorld(t, srv.port, ReportConfig{Agreement: "gold", To: []string{"a@example.org", "gone@example.org"}, Schedule: "0 7 1 * *"})
	w.seal()
	w.due()
	w.allSent()
	failed, err := w.c.sendings.Mails(t.Context(), true, 10)
	if err != nil || len(failed) != 1 || failed[0].State != web.MailFailed || len(failed[0].Refused) != 1 || !strings.Contains(failed[0].Refused[0].Reply, "no such user") {
		t.Fatalf("%+v, %v", failed, err)
	}
	list, err := w.c.sendings.alerts(t.Context(), failed[0].Ended+1000)
	if err != nil || len(list) != 1 || list[0].Name != notify.MailUndelivered {
		t.Errorf("alerts: %v, %v", list, err)
	}
	first := srv.taken()["a@example.org"][0]
	var fine web.Mail
	all, err := w.c.sendings.Mails(t.Context(), false, 10)
	for _, m := range all {
		if m.State == web.MailSent {
			fine = m
		}
	}
	raw, rerr := w.c.sendings.Raw(t.Context(), fine.ID)
	if err != nil || rerr != nil || !bytes.Equal(bytes.TrimRight(raw, "\r\n"), bytes.TrimRight(first, "\r\n")) {
		t.Fatalf("the bytes that are kept are not those that were sent: %v, %v", err, rerr)
	}
	again, err := w.c.sendings.Resend(t.Context(), fine.ID, w.clock.now())
	if err != nil || again.Of != fine.ID {
		t.Fatalf("%+v, %v", again, err)
	}
	w.allSent()
	got := srv.taken()["a@example.org"]
	if len(got) != 2 || !bytes.HasSuffix(bytes.TrimRight(got[1], "\r\n"), bytes.TrimRight(raw, "\r\n")) || header(t, got[1], "Resent-Message-Id") != "<"+again.ID+">" {
		t.Errorf("%d mails, the last:\n%.300s", len(got), got[len(got)-1])
	}
	if third, err := w.c.sendings.Resend(t.Context(), again.ID, w.clock.now()); err != nil || third.Of != fine.ID || third.ID == again.ID {
		t.Errorf("once more: %+v, %v", third, err)
	}
	if _, err := w.c.sendings.Resend(t.Context(), "nobody@example.org", w.clock.now()); !errors.Is(err, web.ErrNoMail) {
		t.Errorf("of nothing: %v", err)
	}
}

// The mail of a report parses: both parts, each picture that the HTML shows, and
// what is attached.
func TestReportMailParses(t *testing.T) {
	srv := newMailServer(t, nil)
	w := dueWorld(t, srv.port, ReportConfig{Agreement: "gold", To: []string{"a@example.org"}, Schedule: "0 7 1 * *", Attach: []string{"pdf"}})
	w.seal()
	w.due()
	w.allSent()
	parts := parse(t, srv.taken()["a@example.org"][0])
	var html string
	pictures := map[string]bool{}
	kinds := map[string]int{}
	for _, p := range parts {
		kinds[p.media]++
		switch p.media {
		case "text/html":
			html = string(p.body)
		case "image/png":
			pictures[strings.Trim(p.contentID, "<>")] = bytes.HasPrefix(p.body, []byte("\x89PNG"))
		case "application/pdf":
			if p.file != "gold-2025-10.pdf" {
				t.Errorf("the file's name is %q", p.file)
			}
		}
	}
	if kinds["text/plain"] != 1 || kinds["text/html"] != 1 || kinds["application/pdf"] != 1 {
		t.Errorf("parts: %v", kinds)
	}
	shown := regexp.MustCompile(`src="cid:([^"]+)"`).FindAllStringSubmatch(html, -1)
	for _, m := range shown {
		if !pictures[m[1]] {
			t.Errorf("the picture %s is not there", m[1])
		}
	}
	if len(shown) == 0 || len(shown) != len(pictures) {
		t.Errorf("%d pictures are shown, %d are there", len(shown), len(pictures))
	}
	if !strings.Contains(html, `href="https://assay.example.org/reports/gold/2025-10"`) {
		t.Error("no link to the live report")
	}
}

// A recipient votes by the link of his mail, once, and the next report counts it.
func TestSurvey(t *testing.T) {
	srv := newMailServer(t, nil)
	w := dueWorld(t, srv.port, ReportConfig{Agreement: "gold", To: []string{"a@example.org", "b@example.org"}, Schedule: "0 7 1 * *", Survey: true})
	w.seal()
	w.due()
	w.allSent()
	links := map[string]string{}
	for _, who := range []string{"a@example.org", "b@example.org"} {
		text, html := bodies(t, srv.taken()[who][0])
		m := regexp.MustCompile(`https://assay\.example\.org(/survey/[A-Za-z0-9_-]+)`).FindStringSubmatch(text)
		if m == nil || !strings.Contains(html, m[0]+"?score=5") {
			t.Fatalf("%s has no survey:\n%s", who, text)
		}
		links[who] = m[1]
	}
	if links["a@example.org"] == links["b@example.org"] {
		t.Fatal("two recipients have one token")
	}
	w.noTokensShown(links)
	vote := func(path, score string) int {
		t.Helper()
		jar, _ := cookiejar.New(nil)
		client := http.Client{Jar: jar}
		page, err := client.Get("http://" + w.c.Addr() + path + "?score=2")
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(page.Body)
		page.Body.Close()
		csrf := regexp.MustCompile(`name="csrf" value="([^"]+)"`).FindSubmatch(b)
		if err != nil || csrf == nil {
			return page.StatusCode
		}
		resp, err := client.PostForm("http://"+w.c.Addr()+path, url.Values{"csrf": {string(csrf[1])}, "score": {score}, "comment": {"fine"}})
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	if code := vote(links["a@example.org"], "5"); code != http.StatusOK {
		t.Fatalf("a vote: %d", code)
	}
	vote(links["a@example.org"], "1") // shows no form any more; the first vote stands, below
	if code := vote("/survey/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "1"); code != http.StatusNotFound {
		t.Errorf("a guessed token: %d", code)
	}
	votes := 0
	for _, s := range w.surveys() {
		if s.Vote != nil {
			votes++
			if s.Vote.Score != 5 || s.Recipient != "a@example.org" {
				t.Errorf("the vote is %+v of %s", s.Vote, s.Recipient)
			}
		}
		if strings.Contains(links[s.Recipient], s.Digest) {
			t.Error("the token itself is on record")
		}
	}
	made, err := w.c.report(t.Context(), "gold", "2025-11", w.clock.now())
	if err != nil || votes != 1 || made.Satisfaction == nil || made.Satisfaction.Votes != 1 || made.Satisfaction.Asked != 2 || made.KPIs.CSAT == nil || made.KPIs.CSAT.Shown != "100" {
		t.Errorf("%d votes; the next report: %+v, %v", votes, made.Satisfaction, err)
	}
	var got struct {
		Votes int
		CSAT  *json.Number `json:"csat_percent"`
	}
	if code, b := w.fetch("/api/v1/satisfaction?agreement=gold&from=2025-11-01T00:00:00Z&to=2025-12-01T00:00:00Z"); code != http.StatusOK || json.Unmarshal(b, &got) != nil || got.Votes != 1 || got.CSAT == nil {
		t.Errorf("the API: %d %s", code, b)
	}
	if v := w.verify(VerifyOptions{}); len(v.Problems) > 0 {
		t.Errorf("the ledger: %v", v.Problems)
	}
	g := &gathering{EvidenceOptions: EvidenceOptions{Zone: time.UTC, Language: evidence.English}, store: w.c.store, period: evidence.Period{Interval: slo.Interval{To: slo.MaxInstant}}}
	if err := g.gatherVotes(t.Context()); err != nil || len(g.records) != 1 || len(g.records[0].Rows) != 2 || !slices.ContainsFunc(g.records[0].Rows, func(r evidence.Row) bool { return r.Cells[5] == "5" }) {
		t.Errorf("a pack of evidence has the votes %+v: %v", g.records, err)
	}
	w.forge(`update surveys set score = 1 where voted > 0`)
	if v := w.verify(VerifyOptions{}); !slices.ContainsFunc(v.Problems, func(p ledger.Problem) bool { return strings.Contains(p.What, "was changed") }) {
		t.Errorf("a vote that was changed is not found: %v", v.Problems)
	}
}

// noTokensShown fetches every mail as who runs the service may: it is the one
// that was sent, and nobody can vote with it.
func (w *world) noTokensShown(links map[string]string) {
	w.t.Helper()
	all, err := w.c.sendings.Mails(w.t.Context(), false, 10)
	if err != nil || len(all) != len(links) {
		w.t.Fatalf("%d mails, %v", len(all), err)
	}
	for _, m := range all {
		code, raw := w.fetch("/api/v1/mails/" + m.ID + "/raw")
		if code != http.StatusOK {
			w.t.Fatalf("%d %s", code, raw)
		}
		text, html := bodies(w.t, raw)
		for _, link := range links {
			if strings.Contains(text+html, link) {
				w.t.Errorf("the mail to %s is shown with its token", m.To)
			}
		}
		if place := surveyPath + tokenPlace; !strings.Contains(text, place) || !strings.Contains(html, place+"?score=5") {
			w.t.Errorf("the mail to %s is shown as\n%s", m.To, text)
		}
	}
}

// surveys are those on record.
func (w *world) surveys() []slo.Survey {
	w.t.Helper()
	list, err := w.c.store.SurveysIn(w.t.Context(), "", slo.Interval{To: slo.MaxInstant})
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

// part is a part of a mail that holds no parts.
type part struct {
	media, contentID, file string
	body                   []byte
}

// parse reads a mail as mail programs do.
func parse(t *testing.T, raw []byte) []part {
	t.Helper()
	r, err := mail.CreateReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var out []part
	for {
		p, err := r.NextPart()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		x := part{contentID: strings.Trim(p.Header.Get("Content-Id"), "<>")}
		switch h := p.Header.(type) {
		case *mail.InlineHeader:
			x.media, _, err = h.ContentType()
		case *mail.AttachmentHeader:
			var errName error
			x.media, _, err = h.ContentType()
			x.file, errName = h.Filename()
			err = errors.Join(err, errName)
		}
		body, errBody := io.ReadAll(p.Body)
		if x.body = body; errors.Join(err, errBody) != nil {
			t.Fatal(errors.Join(err, errBody))
		}
		out = append(out, x)
	}
}

// bodies are the two parts of a mail.
func bodies(t *testing.T, raw []byte) (text, html string) {
	t.Helper()
	for _, p := range parse(t, raw) {
		switch p.media {
		case "text/plain":
			text = strings.ReplaceAll(string(p.body), "\r\n", "\n")
		case "text/html":
			html = string(p.body)
		}
	}
	return text, html
}
