package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/assay-sla/assay/collector"
)

// mailed are the schedules of the reports: of one service of each customer but
// Hazel Energy, whom nobody has entered yet.
func mailed() []collector.ReportConfig {
	var out []collector.ReportConfig
	for _, c := range customers() {
		if c.name == "hazel" {
			continue
		}
		r := collector.ReportConfig{Agreement: c.name + "-web", To: []string{c.mail()}, Schedule: "0 7 2 * *", Language: c.language(), Survey: true}
		switch c.name {
		case "alder", "birch":
			r.Approval = []string{"grace@harbour.example"}
		case "cedar", "ginkgo":
			r.Attach = []string{"pdf"}
		case "dogwood":
			r.To = append(r.To, nobody)
		}
		out = append(out, r)
	}
	return out
}

// mails are what happens to reports each month: they leave on the second, a
// manager releases those that wait, readers vote, and one mail comes back. The
// last report that waits is not released yet.
func (y *year) mails(r *rand.Rand) []act {
	var out []act
	for month := 1; month <= y.months(); month++ {
		out = append(out,
			act{y.on(month, 2, 7, 5), "grace", goRound},
			act{y.on(month, 2, 9, 20), "grace", func(ctx context.Context, o *office) error { return o.release(ctx, month == y.months()) }},
			act{y.on(month, 2, 9, 30), "grace", goRound},
			act{y.on(month, 3, 12, 30), "grace", goRound}, // what was restated goes again
			act{y.on(month, 4, 13, 0), "ada", func(ctx context.Context, o *office) error { return o.readMails(ctx, r, month == 5) }},
		)
	}
	return out
}

func goRound(ctx context.Context, o *office) error { return o.rounds(ctx) }

// release releases the reports that wait, with a comment; all but the first where
// one is to be left.
func (o *office) release(ctx context.Context, leave bool) error {
	var list struct {
		Sendings []struct {
			ID        string `json:"id"`
			Agreement string `json:"agreement"`
			Events    []struct {
				Report string `json:"report"`
			} `json:"events"`
		} `json:"sendings"`
	}
	if err := o.call(ctx, http.MethodGet, "/api/v1/sendings?state=waiting", nil, &list); err != nil {
		return err
	}
	for _, s := range list.Sendings {
		if leave && s.Agreement == "birch-web" || len(s.Events) == 0 {
			continue
		}
		body := map[string]string{"report": s.Events[len(s.Events)-1].Report, "comment": "Read, and complete. What went wrong and what is done about it stands below."}
		if err := o.call(ctx, http.MethodPost, "/api/v1/sendings/"+s.ID+"/release", body, nil); err != nil {
			return err
		}
	}
	return nil
}

// votes are what readers say, by score. Most of them say nothing.
var votes = map[int][]string{
	2: {"An outage in the middle of our busiest day."},
	3: {"Fine on the whole. Tell us sooner.", ""},
	4: {"", "Clear, thank you.", "Quick, but the outage of the month hurt."},
	5: {"", "Nothing to complain of.", "Good to see what was promised beside what came."},
}

// readMails has readers answer some of the surveys that they were asked since the
// last time, and one mail come back where one is to.
func (o *office) readMails(ctx context.Context, r *rand.Rand, back bool) error {
	for _, l := range o.sink.take() {
		if back && strings.HasPrefix(l.to, "it@elm.") {
			back = false
			if err := o.bounce(ctx, l); err != nil {
				return err
			}
			continue
		}
		if l.survey == "" || r.IntN(5) < 2 {
			continue
		}
		score := []int{2, 3, 4, 4, 4, 5, 5}[r.IntN(7)]
		if err := o.vote(ctx, l.survey, score, votes[score][r.IntN(len(votes[score]))]); err != nil {
			return err
		}
	}
	return nil
}

// csrfField is the field of a form that shows that its page was read.
var csrfField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// vote votes as a reader does: he opens the page, and sends its form.
func (o *office) vote(ctx context.Context, survey string, score int, comment string) error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	reader := &http.Client{Timeout: o.http.Timeout, Transport: o.http.Transport, Jar: jar}
	page, err := fetch(ctx, reader, http.MethodGet, o.base+survey, nil)
	if err != nil {
		return fmt.Errorf("opening a survey: %w", err)
	}
	token := csrfField.FindSubmatch(page)
	if token == nil {
		return errors.New("opening a survey: there is no form")
	}
	form := url.Values{"csrf": {string(token[1])}, "score": {strconv.Itoa(score)}, "comment": {comment}}
	if _, err = fetch(ctx, reader, http.MethodPost, o.base+survey, form); err != nil {
		return fmt.Errorf("voting: %w", err)
	}
	return nil
}

// fetch reads a page, or sends a form.
func fetch(ctx context.Context, client *http.Client, method, address string, form url.Values) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %.200s", resp.Status, body)
	}
	return body, err
}

// bounce has a mail come back, as the customer's mail server says it (RFC 3464).
func (o *office) bounce(ctx context.Context, l letter) error {
	report := strings.ReplaceAll(fmt.Sprintf(`From: MAILER-DAEMON@elm.example
To: reports@harbour.example
Subject: Undelivered mail
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

The mailbox is full.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.elm.example

Final-Recipient: rfc822; %s
Action: failed
Status: 5.2.2
Diagnostic-Code: smtp; 552 5.2.2 mailbox full
--b
Content-Type: text/rfc822-headers

Message-Id: <%s>

--b--
`, l.to, l.id), "\n", "\r\n")
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, o.base+"/api/v1/bounces", strings.NewReader(report))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "message/rfc822")
	req.Header.Set("Authorization", "Bearer "+o.tokens[o.who])
	resp, err := o.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<10)); err != nil || resp.StatusCode != http.StatusOK {
		return fmt.Errorf("a mail that comes back: %s: %.200s", resp.Status, answer)
	}
	return nil
}

// settle has a collector mail its reports to the sink.
func (s *sink) settle(c *collector.Config) {
	c.Mail = collector.MailConfig{Host: "127.0.0.1", Port: s.port, TLS: "none", From: "Harbour Hosting <reports@harbour.example>"}
	c.Reports, c.ExternalURL = mailed(), "http://127.0.0.1:8420"
}
