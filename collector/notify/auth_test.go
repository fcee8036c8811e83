package notify_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/notify/outboxtest"
)

// token is a source of one access token.
func token(value notify.Secret, err error) func(context.Context) (notify.Secret, error) {
	return func(context.Context) (notify.Secret, error) { return value, err }
}

// An access token signs in by XOAUTH2, over either kind of TLS. What goes wrong
// is the account's fault, so the mail waits, and no error shows the token.
func TestSignInByAccessToken(t *testing.T) {
	for name, c := range map[string]struct {
		server *smtpServer
		token  func(context.Context) (notify.Secret, error)
		want   string // of the error; "" where it is sent
	}{
		"STARTTLS":         {&smtpServer{mechanism: "XOAUTH2"}, token(password, nil), ""},
		"implicit TLS":     {&smtpServer{mechanism: "XOAUTH2", implicit: true}, token(password, nil), ""},
		"refused":          {&smtpServer{mechanism: "XOAUTH2"}, token("stale token", nil), "535"},
		"none to be had":   {&smtpServer{mechanism: "XOAUTH2"}, token("", errors.New("invalid_grant")), "getting an access token: invalid_grant"},
		"not offered here": {&smtpServer{}, token(password, nil), "does not offer AUTH XOAUTH2"},
	} {
		t.Run(name, func(t *testing.T) {
			srv := c.server.start(t)
			srv.cfg.Password, srv.cfg.AccessToken = "", c.token
			_, err := srv.mailer(t).Send(t.Context(), outboxtest.Message("2026-10"), notify.Attempt{})
			if c.want == "" {
				if l := srv.letter(t); err != nil || l.user != user || !l.tls {
					t.Errorf("%v, signed in as %q", err, l.user)
				}
				return
			}
			failure, ok := errors.AsType[*notify.SendError](err)
			if !ok || failure.Stage != "auth" || !failure.Server || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v", err)
			}
			if strings.Contains(err.Error(), "stale token") {
				t.Errorf("the error shows the token: %v", err)
			}
		})
	}
}

// A server that repeats what it was told finds no way into records, logs and
// packs for it.
func TestServersDoNotSpreadThePassword(t *testing.T) {
	const secret = "correct horse battery"
	coded := base64.StdEncoding.EncodeToString([]byte("\x00assay\x00" + secret))
	hello := []string{"220 hi", "250-hi\r\n250 AUTH PLAIN"}
	silent := func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }
	for name, c := range map[string]struct {
		end   func(net.Conn)
		lines []string
	}{
		"refusing the sign-in": {silent, []string{"535 no such user: " + coded + " (" + secret + ")"}},
		"refusing the address": {silent, []string{"235 ok", "250 ok", "250 ok", "550 no, " + secret, "221 bye"}},
		"accepting": {func(c net.Conn) {
			text := textproto.NewConn(c)
			_, _ = text.ReadDotLines()
			_ = text.PrintfLine("250 queued as %s", secret)
			silent(c)
		}, []string{"235 ok", "250 ok", "250 ok", "250 ok", "354 go"}},
	} {
		port := script(t, c.end, append(hello[:2:2], c.lines...)...)
		m, err := notify.NewMailer(notify.MailConfig{Host: "127.0.0.1", Port: port, TLS: notify.NoTLS, Username: "assay", Password: secret,
			Timeout: time.Second, AcceptTimeout: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		result, err := m.Send(t.Context(), outboxtest.Message("x"), notify.Attempt{})
		told := fmt.Sprint(result, err)
		if strings.Contains(told, secret) || strings.Contains(told, coded) || !strings.Contains(told, "<secret>") {
			t.Errorf("%s: %s", name, told)
		}
	}
}
