package notify_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/notify/outboxtest"
)

// leaves decodes the parts of a letter that hold no parts: media type to content.
func leaves(t *testing.T, contentType string, body io.Reader, into map[string]string) {
	t.Helper()
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		t.Fatal(err)
	}
	r := multipart.NewReader(body, params["boundary"])
	for {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return
		} else if err != nil {
			t.Fatalf("in %s: %v", media, err)
		}
		child := p.Header.Get("Content-Type")
		if strings.HasPrefix(child, "multipart/") {
			leaves(t, child, p, into)
			continue
		}
		name, _, _ := mime.ParseMediaType(child)
		into[name] = decode(t, p.Header, p)
	}
}

func decode(t *testing.T, h textproto.MIMEHeader, r io.Reader) string {
	t.Helper()
	switch h.Get("Content-Transfer-Encoding") {
	case "quoted-printable":
		r = quotedprintable.NewReader(r)
	case "base64":
		r = base64.NewDecoder(base64.StdEncoding, r)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(b), "\r\n", "\n")
}

// checkLetter holds what arrived against what was sent.
func checkLetter(t *testing.T, l *mail.Message, m notify.Message, resent bool) {
	t.Helper()
	if got := l.Header.Get("Message-ID"); got != "<"+m.ID+">" {
		t.Errorf("Message-ID is %s", got)
	}
	if got, err := l.Header.Date(); err != nil || !got.Equal(m.Date.Time().Truncate(time.Second)) {
		t.Errorf("Date is %s, %v", got, err)
	}
	if got, err := new(mime.WordDecoder).DecodeHeader(l.Header.Get("Subject")); err != nil || got != m.Subject {
		t.Errorf("Subject is %q, %v", got, err)
	}
	to, err := l.Header.AddressList("To")
	if err != nil || len(to) != 2 || to[0].Name != "Anna Müller" || to[0].Address != "anna@example.com" {
		t.Errorf("To is %v, %v", to, err)
	}
	if got := l.Header.Get(notify.HeaderResent) == "true"; got != resent {
		t.Errorf("%s is %v", notify.HeaderResent, got)
	}
	if got := l.Header.Get("Auto-Submitted"); got != "auto-generated" {
		t.Errorf("Auto-Submitted is %q", got)
	}
	parts := map[string]string{}
	leaves(t, l.Header.Get("Content-Type"), l.Body, parts)
	want := map[string]string{"text/plain": m.Text, "text/html": m.HTML}
	for _, a := range m.Attachments {
		want[a.Type] = strings.ReplaceAll(string(a.Data), "\r\n", "\n")
	}
	if diff := cmp.Diff(want, parts); diff != "" {
		t.Error(diff)
	}
}

func TestSendDelivers(t *testing.T) {
	cases := []struct {
		name   string
		server smtpServer
	}{
		{"STARTTLS, PLAIN", smtpServer{}},
		{"STARTTLS, LOGIN", smtpServer{mechanism: "LOGIN"}},
		{"implicit TLS", smtpServer{implicit: true}},
		{"no TLS on loopback", smtpServer{noTLS: true}},
	}
	for i := range cases {
		c := &cases[i]
		t.Run(c.name, func(t *testing.T) {
			srv := c.server.start(t)
			m := outboxtest.Message("2026-10")
			result, err := srv.mailer(t).Send(t.Context(), m, notify.Attempt{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"anna@example.com", "bo@example.com"}, result.Accepted); diff != "" {
				t.Error(diff)
			}
			if result.Response == "" {
				t.Error("the server's answer is not kept")
			}
			l := srv.letter(t)
			if l.from != "assay@example.com" || l.user != user || l.tls != (c.server.cfg.TLS != notify.NoTLS) {
				t.Errorf("from %s, signed in as %q, TLS %v", l.from, l.user, l.tls)
			}
			checkLetter(t, l.parsed(t), m, false)
		})
	}
}

func TestSendAgain(t *testing.T) {
	srv := new(smtpServer).start(t)
	m := outboxtest.Message("2026-10")
	attempt := notify.Attempt{To: []string{"bo@example.com"}, Resent: true}
	if _, err := srv.mailer(t).Send(t.Context(), m, attempt); err != nil {
		t.Fatal(err)
	}
	l := srv.letter(t)
	if diff := cmp.Diff(attempt.To, l.to); diff != "" {
		t.Error(diff)
	}
	checkLetter(t, l.parsed(t), m, true)
}

func TestSendFailures(t *testing.T) {
	cases := []struct {
		name   string
		server smtpServer
		change func(s *smtpServer, m *notify.Message)
		class  notify.Class
		stage  string
		code   int
		fault  bool // of the server as a whole
	}{
		{name: "malformed", change: func(_ *smtpServer, m *notify.Message) { m.Subject = "a\nb" }, class: notify.Permanent, stage: "compose"},
		{name: "nobody listens", change: func(s *smtpServer, _ *notify.Message) { s.cfg.Port = 1 }, stage: "connect", fault: true},
		{name: "untrusted certificate", change: func(s *smtpServer, _ *notify.Message) { s.cfg.RootCAs = nil }, stage: "connect", fault: true},
		{name: "another name in the certificate", change: func(s *smtpServer, _ *notify.Message) { s.cfg.Host = "127.0.0.1" }, stage: "connect", fault: true},
		{name: "no STARTTLS", server: smtpServer{noTLS: true}, change: func(s *smtpServer, _ *notify.Message) { s.cfg.TLS = notify.StartTLS }, stage: "connect", fault: true},
		{name: "wrong password", change: func(s *smtpServer, _ *notify.Message) { s.cfg.Password = "wrong" }, stage: "auth", code: 535, fault: true},
		{name: "unknown mechanism", server: smtpServer{mechanism: "X-OTHER"}, stage: "auth", fault: true},
		{name: "not signed in", change: func(s *smtpServer, _ *notify.Message) { s.cfg.Username, s.cfg.Password = "", "" }, stage: "MAIL", code: 502, class: notify.Permanent},
		{name: "authentication required", server: smtpServer{onMail: func(string) error { return reply(530, "authenticate first") }}, stage: "MAIL", code: 530, fault: true},
		{name: "sender refused", server: smtpServer{onMail: func(string) error { return reply(553, "not yours") }}, stage: "MAIL", code: 553, class: notify.Permanent},
		{name: "shutting down", server: smtpServer{onMail: func(string) error { return reply(421, "good night") }}, stage: "MAIL", code: 421, fault: true},
		{name: "every recipient refused", server: smtpServer{onRcpt: func(string) error { return reply(550, "no such user") }}, stage: "RCPT", code: 550, class: notify.Permanent},
		{name: "every recipient deferred", server: smtpServer{onRcpt: func(string) error { return reply(450, "greylisted") }}, stage: "RCPT", code: 450},
		{name: "content refused", server: smtpServer{onData: func() error { return reply(554, "looks like spam") }}, stage: "accept", code: 554, class: notify.Permanent},
		{name: "content deferred", server: smtpServer{onData: func() error { return reply(451, "try again") }}, stage: "accept", code: 451},
		{name: "too large", server: smtpServer{maxBytes: 100}, stage: "MAIL", class: notify.Permanent},
		{name: "connection lost after the final dot", server: smtpServer{hangUp: true}, stage: "accept", class: notify.Uncertain},
	}
	for i := range cases {
		c := &cases[i]
		t.Run(c.name, func(t *testing.T) {
			srv := c.server.start(t)
			m := outboxtest.Message("2026-10")
			if c.change != nil {
				c.change(srv, &m)
			}
			result, err := srv.mailer(t).Send(t.Context(), m, notify.Attempt{})
			failure, ok := errors.AsType[*notify.SendError](err)
			if !ok {
				t.Fatalf("error %v", err)
			}
			if failure.Class != c.class || failure.Stage != c.stage || failure.Code != c.code || failure.Server != c.fault {
				t.Errorf("%s: %s at %s, code %d, server %v", failure, failure.Class, failure.Stage, failure.Code, failure.Server)
			}
			if len(result.Accepted) != 0 {
				t.Errorf("accepted for %v", result.Accepted)
			}
			if strings.Contains(err.Error(), password) {
				t.Errorf("the error shows the password: %v", err)
			}
		})
	}
}

func TestSendSettlesEachRecipient(t *testing.T) {
	srv := &smtpServer{onRcpt: func(to string) error {
		switch to {
		case "gone@example.com":
			return reply(550, "no such user")
		case "later@example.com":
			return reply(450, "greylisted")
		}
		return nil
	}}
	srv.start(t)
	m := outboxtest.Message("2026-10")
	m.To = append(m.To, "gone@example.com", "later@example.com")
	result, err := srv.mailer(t).Send(t.Context(), m, notify.Attempt{})
	failure, ok := errors.AsType[*notify.SendError](err)
	if !ok || failure.Class != notify.Temporary || failure.Code != 450 {
		t.Fatalf("error %v", err)
	}
	if diff := cmp.Diff([]string{"anna@example.com", "bo@example.com"}, result.Accepted); diff != "" {
		t.Error(diff)
	}
	if len(result.Refused) != 1 || result.Refused[0].To != "gone@example.com" || !strings.Contains(result.Refused[0].Reply, "no such user") {
		t.Errorf("refused: %v", result.Refused)
	}
	if diff := cmp.Diff(result.Accepted, srv.letter(t).to); diff != "" {
		t.Error(diff)
	}
}

// script is a server that says its lines, each after a line from the client,
// and then does as end says. It returns its port.
func script(t *testing.T, end func(net.Conn), lines ...string) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		text := textproto.NewConn(conn)
		for i, line := range lines {
			if i > 0 {
				if _, err := text.ReadLine(); err != nil {
					return
				}
			}
			if text.PrintfLine("%s", line) != nil {
				return
			}
		}
		end(conn)
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return l.Addr().(*net.TCPAddr).Port
}

func plainMailer(t *testing.T, port int) *notify.Mailer {
	t.Helper()
	m, err := notify.NewMailer(notify.MailConfig{Host: "127.0.0.1", Port: port, TLS: notify.NoTLS,
		Timeout: 300 * time.Millisecond, AcceptTimeout: 300 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestSendToHostileServers(t *testing.T) {
	hangUp := func(net.Conn) {}
	silent := func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }
	flood := func(c net.Conn) {
		for {
			if _, err := c.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	}
	dialogue := []string{"220 hi", "250 hi", "250 ok", "250 ok", "250 ok", "354 go"}
	cases := []struct {
		name  string
		end   func(net.Conn)
		lines []string
		class notify.Class
		stage string
	}{
		{"says nothing", silent, nil, notify.Temporary, "connect"},
		{"hangs up", hangUp, nil, notify.Temporary, "connect"},
		{"speaks another protocol", silent, []string{"HTTP/1.1 200 OK"}, notify.Temporary, "connect"},
		{"floods the greeting", flood, nil, notify.Temporary, "connect"},
		{"refuses service", silent, []string{"554 go away"}, notify.Temporary, "connect"},
		{"falls silent after MAIL", silent, dialogue[:2], notify.Temporary, "MAIL"},
		{"floods after RCPT", flood, dialogue[:3], notify.Temporary, "RCPT"},
		{"hangs up after DATA", hangUp, dialogue[:5], notify.Temporary, "DATA"},
		{"never accepts", silent, dialogue, notify.Uncertain, "accept"},
		{"floods instead of accepting", func(c net.Conn) {
			go io.Copy(io.Discard, c)
			flood(c)
		}, dialogue, notify.Uncertain, "accept"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m := plainMailer(t, script(t, c.end, c.lines...))
			begin := time.Now()
			_, err := m.Send(t.Context(), outboxtest.Message("x"), notify.Attempt{})
			failure, ok := errors.AsType[*notify.SendError](err)
			if !ok || failure.Class != c.class || failure.Stage != c.stage {
				t.Errorf("%v", err)
			}
			if d := time.Since(begin); d > 5*time.Second {
				t.Errorf("it took %s", d)
			}
		})
	}
}

// TestSendNeverEndsHalfAMessage has a server that stops reading in the middle:
// what it got must not end in a dot, or it would accept half a message.
func TestSendNeverEndsHalfAMessage(t *testing.T) {
	got, gaveUp := make(chan []byte, 1), make(chan struct{})
	port := script(t, func(c net.Conn) {
		_ = c.(*net.TCPConn).SetReadBuffer(256 << 10)
		<-gaveUp
		b, _ := io.ReadAll(c)
		got <- b
	}, "220 hi", "250 hi", "250 ok", "250 ok", "250 ok", "354 go")
	m := outboxtest.Message("x")
	m.Attachments[0].Data = make([]byte, 5<<20) // more than the buffers between the two hold
	_, err := plainMailer(t, port).Send(t.Context(), m, notify.Attempt{})
	close(gaveUp)
	failure, ok := errors.AsType[*notify.SendError](err)
	if !ok || failure.Class != notify.Temporary || failure.Stage != "body" {
		t.Fatalf("%v", err)
	}
	if b := <-got; len(b) == 0 || bytes.Contains(b, []byte("\r\n.\r\n")) {
		t.Errorf("half a message of %d bytes was ended", len(b))
	}
}

func TestSendStopsWithItsContext(t *testing.T) {
	for _, lines := range [][]string{nil, {"220 hi"}, {"220 hi", "250 hi", "250 ok", "250 ok", "250 ok", "354 go"}} {
		ctx, cancel := context.WithCancel(t.Context())
		port := script(t, func(c net.Conn) {
			cancel()
			_, _ = io.Copy(io.Discard, c)
		}, lines...)
		m, err := notify.NewMailer(notify.MailConfig{Host: "localhost", Port: port, TLS: notify.NoTLS})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Send(ctx, outboxtest.Message("x"), notify.Attempt{}); err == nil {
			t.Errorf("after %q: no error", lines)
		}
	}
}

func TestNewMailer(t *testing.T) {
	cases := []struct {
		cfg  notify.MailConfig
		want string
	}{
		{notify.MailConfig{}, "host is missing"},
		{notify.MailConfig{Host: "mail.example.com", TLS: "none"}, `tls: none is for localhost only, not for "mail.example.com"`},
		{notify.MailConfig{Host: "10.0.0.1", TLS: "none"}, "localhost only"},
		{notify.MailConfig{Host: "a", TLS: "ssl"}, `tls "ssl" is not one of starttls, tls, none`},
		{notify.MailConfig{Host: "a", Port: 70000}, "port 70000"},
		{notify.MailConfig{Host: "a", Password: "hunter2"}, "password without a username"},
		{notify.MailConfig{Host: "a", AccessToken: token("x", nil)}, "an access token goes with a username"},
		{notify.MailConfig{Host: "a", Hello: "x y"}, "not a host name"},
		{notify.MailConfig{Host: "a\r\nb"}, "control character"},
	}
	for _, c := range cases {
		if _, err := notify.NewMailer(c.cfg); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want %q, got %v", c.want, err)
		}
	}
	for _, host := range []string{"localhost", "127.0.0.1", "127.8.8.8", "::1"} {
		if _, err := notify.NewMailer(notify.MailConfig{Host: host, TLS: "none"}); err != nil {
			t.Error(err)
		}
	}
	shown := fmt.Sprintf("%v %+v %#v", notify.MailConfig{Password: password}, notify.MailConfig{Password: password}, notify.Secret(password))
	if strings.Contains(shown, password) {
		t.Errorf("a password shows: %s", shown)
	}
}
