package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/wneessen/go-mail/smtp"
)

// auth signs in: with XOAUTH2 where there is an access token, else with PLAIN,
// or with LOGIN where the server offers only that. The connection is encrypted
// or stays on this machine, so all of them may carry the secret.
func (m *Mailer) auth(ctx context.Context, s *session) error {
	if m.cfg.Username == "" {
		return nil
	}
	_, offered := s.Extension("AUTH")
	mechanisms := strings.Fields(strings.ToUpper(offered))
	if m.cfg.AccessToken != nil {
		return m.authToken(ctx, s, mechanisms)
	}
	local := m.cfg.TLS == NoTLS
	user, password := m.cfg.Username, string(m.cfg.Password)
	s.hidden.signIn(password, "\x00"+user+"\x00"+password)
	s.extend()
	switch {
	case slices.Contains(mechanisms, "PLAIN"):
		return s.Auth(smtp.PlainAuth("", user, password, m.cfg.Host, local))
	case slices.Contains(mechanisms, "LOGIN"):
		return s.Auth(smtp.LoginAuth(user, password, m.cfg.Host, local))
	}
	return errors.New("the server offers neither AUTH PLAIN nor LOGIN")
}

// authToken signs in with an access token, by Google's and Microsoft's XOAUTH2.
func (m *Mailer) authToken(ctx context.Context, s *session, mechanisms []string) error {
	if !slices.Contains(mechanisms, "XOAUTH2") {
		return errors.New("the server does not offer AUTH XOAUTH2")
	}
	ctx, cancel := context.WithTimeout(ctx, m.cfg.Timeout)
	defer cancel()
	token, err := m.cfg.AccessToken(ctx)
	if err != nil {
		return fmt.Errorf("getting an access token: %w", err)
	}
	s.hidden.signIn(string(token), "user="+m.cfg.Username+"\x01auth=Bearer "+string(token)+"\x01\x01")
	s.extend()
	return s.Auth(smtp.XOAuth2Auth(m.cfg.Username, string(token)))
}
