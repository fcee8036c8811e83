package notify

import (
	"errors"
	"slices"
	"strings"

	"github.com/wneessen/go-mail/smtp"
)

// auth signs in with PLAIN, or with LOGIN where the server offers only that.
// The connection is encrypted or stays on this machine, so both may carry the
// password.
func (m *Mailer) auth(s *session) error {
	if m.cfg.Username == "" {
		return nil
	}
	_, offered := s.Extension("AUTH")
	mechanisms := strings.Fields(strings.ToUpper(offered))
	local := m.cfg.TLS == NoTLS
	user, password := m.cfg.Username, string(m.cfg.Password)
	s.extend()
	switch {
	case slices.Contains(mechanisms, "PLAIN"):
		return s.Auth(smtp.PlainAuth("", user, password, m.cfg.Host, local))
	case slices.Contains(mechanisms, "LOGIN"):
		return s.Auth(smtp.LoginAuth(user, password, m.cfg.Host, local))
	}
	return errors.New("the server offers neither AUTH PLAIN nor LOGIN")
}
