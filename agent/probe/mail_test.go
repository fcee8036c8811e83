package probe

import (
	"bufio"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/assay-sla/assay/slo"
)

const mailPassword = "correct \"horse\" battery"

// mailEnv is an environment in which the secret mail is known.
func mailEnv(t *testing.T) *Env {
	return newEnv(t, Options{Secrets: func(name string) (string, error) {
		if name != "mail" {
			return "", errors.New("is not here")
		}
		return mailPassword, nil
	}})
}

// mailBackend is a mail server's: it knows one person and one mailbox.
type mailBackend struct{ login bool }

func (b mailBackend) NewSession(*smtp.Conn) (smtp.Session, error) {
	if b.login {
		return authSession{}, nil
	}
	return plainSession{}, nil
}

type plainSession struct{}

func (plainSession) Reset()                               {}
func (plainSession) Logout() error                        { return nil }
func (plainSession) Mail(string, *smtp.MailOptions) error { return nil }
func (plainSession) Data(r io.Reader) error               { return errors.New("nothing is to be sent") }
func (plainSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	if to != "manager@example.org" {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
	}
	return nil
}

type authSession struct{ plainSession }

func (authSession) AuthMechanisms() []string { return []string{sasl.Plain} }
func (authSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "assay" || password != mailPassword {
			return errors.New("unknown")
		}
		return nil
	}), nil
}

// serveSMTP runs a mail server, with TLS from the first byte or by STARTTLS.
func serveSMTP(t *testing.T, login, implicit bool) string {
	t.Helper()
	s := smtp.NewServer(mailBackend{login})
	s.Domain, s.TLSConfig = "mx.example", &tls.Config{Certificates: []tls.Certificate{theAuthority().fresh(t)}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if implicit {
		l = tls.NewListener(l, s.TLSConfig)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close(); <-done })
	return l.Addr().String()
}

func TestSMTP(t *testing.T) {
	trusted := slo.TLSOptions{CA: theAuthority().pem()}
	password := slo.Secret{Name: "mail"}
	starttls, implicit, open := serveSMTP(t, true, false), serveSMTP(t, true, true), serveSMTP(t, false, false)
	var evidence told
	for _, c := range []struct {
		name    string
		spec    slo.SMTP
		outcome slo.State
		reason  slo.Reason
	}{
		{"greeting and STARTTLS", slo.SMTP{Address: starttls, TLS: trusted}, slo.Up, ""},
		{"login", slo.SMTP{Address: starttls, Username: "assay", Password: password, TLS: trusted}, slo.Up, ""},
		{"login over TLS", slo.SMTP{Address: implicit, Security: slo.SecurityTLS, Username: "assay", Password: password, TLS: trusted}, slo.Up, ""},
		{"an offer", slo.SMTP{Address: open, From: "probe@example.org", To: "manager@example.org", TLS: trusted}, slo.Up, ""},
		{"without TLS", slo.SMTP{Address: open, Security: slo.SecurityNone}, slo.Up, ""},
		{"an unknown recipient", slo.SMTP{Address: open, From: "probe@example.org", To: "gone@example.org", TLS: trusted}, slo.Down, slo.StatusUnexpected},
		{"another person", slo.SMTP{Address: starttls, Username: "eve", Password: password, TLS: trusted}, slo.Down, slo.LoginRefused},
		{"no login offered", slo.SMTP{Address: open, Username: "assay", Password: password, TLS: trusted}, slo.Down, slo.LoginRefused},
		{"untrusted", slo.SMTP{Address: starttls, Username: "assay", Password: password}, slo.Down, slo.TLSUntrusted},
		{"no such secret", slo.SMTP{Address: starttls, Username: "assay", Password: slo.Secret{Name: "gone"}, TLS: trusted}, slo.Unknown, slo.AgentSecret},
	} {
		t.Run(c.name, func(t *testing.T) {
			var trace Trace
			m := prepare(t, &c.spec, 5*time.Second, mailEnv(t)).Run(t.Context(), now, &trace)
			want(t, m, c.outcome, c.reason)
			silent(t, m, &trace)
			evidence.add(c.name, m)
			if c.outcome == slo.Up && c.spec.Security != slo.SecurityNone && (m.CertExpiry == 0 || m.Phases.TLS <= 0 || m.Phases.FirstByte <= 0) {
				t.Errorf("it saw %+v", m)
			}
		})
	}
	evidence.golden(t, "testdata/smtp_evidence.golden")
}

// silent fails the test where a password shows, also in base64.
func silent(t *testing.T, m slo.Measurement, trace *Trace) {
	t.Helper()
	all := m.Evidence
	for _, s := range trace.Steps {
		all += "\n" + s.Text
	}
	for _, secret := range []string{"horse", "Y29ycmVjd", "AGFzc2F5"} {
		if strings.Contains(all, secret) {
			t.Errorf("a password shows:\n%s", all)
		}
	}
}

// serveIMAP runs a mailbox server of a few commands behind TLS.
func serveIMAP(t *testing.T, startTLS bool, eve string) string {
	cert := theAuthority().fresh(t)
	speak := func(c net.Conn) {
		in := bufio.NewReader(c)
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			tag, command, _ := strings.Cut(strings.TrimSpace(line), " ")
			answer := "BAD what"
			switch {
			case command == `LOGIN "assay" "correct \"horse\" battery"`:
				answer = "OK in"
			case strings.HasPrefix(command, "LOGIN"):
				answer = "NO you are not " + command + eve
			case command == `EXAMINE "INBOX"`:
				answer = "OK [READ-ONLY] done"
			case strings.HasPrefix(command, "EXAMINE"):
				answer = "NO no such mailbox"
			case command == "LOGOUT":
				answer = "OK bye"
			}
			_, _ = io.WriteString(c, "* 3 EXISTS\r\n"+tag+" "+answer+"\r\n")
		}
	}
	return serve(t, func(c net.Conn) {
		if startTLS && !exchangeOf("S: * OK [CAPABILITY IMAP4rev1 STARTTLS] ready\nC: a1 STARTTLS\nS: a1 OK go")(c) {
			return
		}
		overTLS(cert, func(c net.Conn) {
			if !startTLS {
				_, _ = io.WriteString(c, "* OK ready\r\n")
			}
			speak(c)
		})(c)
	})
}

func TestIMAP(t *testing.T) {
	trusted := slo.TLSOptions{CA: theAuthority().pem()}
	password := slo.Secret{Name: "mail"}
	var evidence told
	for _, c := range []struct {
		name     string
		startTLS bool
		spec     slo.IMAP
		outcome  slo.State
		reason   slo.Reason
	}{
		{"greeting", true, slo.IMAP{TLS: trusted}, slo.Up, ""},
		{"login", true, slo.IMAP{Username: "assay", Password: password, TLS: trusted}, slo.Up, ""},
		{"mailbox over TLS", false, slo.IMAP{Security: slo.SecurityTLS, Username: "assay", Password: password, Mailbox: "INBOX", TLS: trusted}, slo.Up, ""},
		{"no such mailbox", true, slo.IMAP{Username: "assay", Password: password, Mailbox: "X", TLS: trusted}, slo.Down, slo.StatusUnexpected},
		{"another person", true, slo.IMAP{Username: "eve", Password: password, TLS: trusted}, slo.Down, slo.LoginRefused},
		{"untrusted", true, slo.IMAP{Username: "assay", Password: password}, slo.Down, slo.TLSUntrusted},
		{"no such secret", true, slo.IMAP{Username: "assay", Password: slo.Secret{Name: "gone"}, TLS: trusted}, slo.Unknown, slo.AgentSecret},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.spec.Address = serveIMAP(t, c.startTLS, "")
			var trace Trace
			m := prepare(t, &c.spec, 5*time.Second, mailEnv(t)).Run(t.Context(), now, &trace)
			want(t, m, c.outcome, c.reason)
			silent(t, m, &trace)
			evidence.add(c.name, m)
		})
	}
	evidence.golden(t, "testdata/imap_evidence.golden")
}

func TestMailRefusals(t *testing.T) {
	env := newEnv(t, Options{})
	for _, spec := range []slo.Spec{
		&slo.SMTP{}, &slo.SMTP{Address: "a:25", Security: "ssl"}, &slo.SMTP{Address: "a:25", Username: "x"}, &slo.SMTP{Address: "a:25", From: "a@b"},
		&slo.SMTP{Address: "a:25", From: "a@b\r\nRSET", To: "c@d"}, &slo.SMTP{Address: "a:25", Security: slo.SecurityNone, Username: "x", Password: slo.Secret{Name: "y"}},
		&slo.IMAP{}, &slo.IMAP{Address: "a:143", Mailbox: "INBOX"}, &slo.IMAP{Address: "a:143", Username: "a\r\nb", Password: slo.Secret{Name: "y"}},
	} {
		if _, err := New(slo.Probe{Name: "p", Timeout: time.Second, Spec: spec}, env); err == nil {
			t.Errorf("%+v was accepted", spec)
		}
	}
}
