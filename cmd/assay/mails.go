package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/assay-sla/assay/collector/notify"
)

type mailsCommand struct {
	List   mailsList   `cmd:"" help:"List the newest mails and what became of them."`
	Get    mailsGet    `cmd:"" help:"Write a mail as it went over the wire."`
	Resend mailsResend `cmd:"" help:"Have a mail go once more, as it went."`
	Bounce mailsBounce `cmd:"" help:"Tell the collector of a mail that came back, as a mail server pipes it here."`
}

// mailAnswer is a mail as the collector answers.
type mailAnswer struct {
	ID       string    `json:"id"`
	Subject  string    `json:"subject"`
	To       []string  `json:"to"`
	Enqueued time.Time `json:"enqueued_at"`
	State    string    `json:"state"`
	Error    string    `json:"error"`
	Refused  []struct {
		To string `json:"to"`
	} `json:"refused"`
	Bounces []struct {
		To     string `json:"to"`
		Action string `json:"action"`
		Status string `json:"status"`
	} `json:"bounces"`
}

// fate is what became of a mail beyond its state, in words.
func (m *mailAnswer) fate() string {
	var out []string
	for _, r := range m.Refused {
		out = append(out, "refused for "+r.To)
	}
	for _, b := range m.Bounces {
		out = append(out, b.Action+" "+b.Status+" for "+b.To)
	}
	if len(out) == 0 {
		out = append(out, cmp.Or(m.Error, "-"))
	}
	return strings.Join(out, ", ")
}

type mailsList struct {
	Limit       int  `help:"How many, at most." default:"50"`
	Undelivered bool `help:"Only those that did not reach everybody."`
	collectorAPI
}

// Run lists the mails.
func (c mailsList) Run(ctx context.Context) error {
	q := url.Values{"limit": {fmt.Sprint(c.Limit)}}
	if c.Undelivered {
		q.Set("undelivered", "true")
	}
	var got struct {
		Mails []mailAnswer `json:"mails"`
	}
	if err := c.do(ctx, http.MethodGet, "/api/v1/mails?"+q.Encode(), nil, &got); err != nil {
		return fmt.Errorf("listing the mails: %w", err)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ENQUEUED\tSTATE\tTO\tSUBJECT\tID\tWHAT HAPPENED")
	for _, m := range got.Mails {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", m.Enqueued.Local().Format(time.RFC3339), m.State, strings.Join(m.To, " "), m.Subject, m.ID, m.fate())
	}
	return w.Flush()
}

type mailsGet struct {
	ID  string `arg:"" help:"The Message-ID, without angle brackets."`
	Out string `required:"" help:"File to write it to." placeholder:"FILE"`
	collectorAPI
}

// Run writes the mail.
func (c mailsGet) Run(ctx context.Context) error {
	api, err := c.open()
	if err != nil {
		return err
	}
	b, media, err := api.call(ctx, http.MethodGet, "/api/v1/mails/"+url.PathEscape(c.ID)+"/raw", nil)
	if err == nil && media != "message/rfc822" {
		err = fmt.Errorf("%s answered with %q: is that a collector?", api.base, media)
	}
	if err == nil {
		err = os.WriteFile(c.Out, b, 0o600)
	}
	if err != nil {
		return fmt.Errorf("getting the mail: %w", err)
	}
	return nil
}

type mailsResend struct {
	ID string `arg:"" help:"The Message-ID, without angle brackets."`
	collectorAPI
}

// Help is the longer text of assay mails resend --help.
func (mailsResend) Help() string {
	return `The very bytes go again, behind the fields Resent-From, Resent-To, Resent-Date
and Resent-Message-ID (RFC 5322). What has not left yet does not go again.`
}

// Run has the mail go again.
func (c mailsResend) Run(ctx context.Context) error {
	var m mailAnswer
	if err := c.do(ctx, http.MethodPost, "/api/v1/mails/"+url.PathEscape(c.ID)+"/resend", struct{}{}, &m); err != nil {
		return fmt.Errorf("sending the mail again: %w", err)
	}
	fmt.Println("queued for", strings.Join(m.To, " "), "as", m.ID)
	return nil
}

type mailsBounce struct {
	collectorAPI
}

// Help is the longer text of assay mails bounce --help.
func (mailsBounce) Help() string {
	return `Reads a delivery report (RFC 3464) from standard input, the first 60 KiB of it:
what came back follows behind what is known of it. Have the mail server hand
over what comes back to the address that reports are sent from, such as in
/etc/aliases:

  assay: "|assay mails bounce --collector https://assay.example.org --token-file /etc/assay/bounce.token"`
}

// Run tells the collector.
func (c mailsBounce) Run(ctx context.Context) error {
	api, err := c.open()
	if err != nil {
		return err
	}
	report := io.LimitReader(os.Stdin, notify.MaxBounce)
	if _, _, err := api.send(ctx, http.MethodPost, "/api/v1/bounces", "message/rfc822", report); err != nil {
		return fmt.Errorf("telling of a mail that came back: %w", err)
	}
	return nil
}
