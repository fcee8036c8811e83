package notify_test

import (
	"context"
	"errors"
	"strings"
	"testing"

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
