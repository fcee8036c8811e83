package catalog

import (
	"fmt"
	"net/mail"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// smtp checks an smtp block.
func (b *block) smtp(s *slo.SMTP) {
	b.mailServer(s.Username, s.Password, s.Security)
	b.check("from", validMailbox)
	b.check("to", validMailbox)
	if b.given("from") != b.given("to") {
		b.r.errorf(b.node, "", "from and to go together: a message is offered from one to the other")
	}
	b.tlsOptions("tls", &s.TLS)
}

// imap checks an imap block.
func (b *block) imap(s *slo.IMAP) {
	b.mailServer(s.Username, s.Password, s.Security)
	b.check("mailbox", validWords)
	if b.given("mailbox") && !b.given("username") {
		b.r.errorf(b.at["mailbox"], "", "a mailbox is looked at after a login: username is missing")
	}
	b.tlsOptions("tls", &s.TLS)
}

// mailServer checks what the kinds for mail servers share.
func (b *block) mailServer(username string, password slo.Secret, security slo.Security) {
	if b.need("address") {
		b.check("address", validAddress)
	}
	b.check("security", oneOf("a way to protect the connection", []string{
		string(slo.SecurityStartTLS), string(slo.SecurityTLS), string(slo.SecurityNone),
	}))
	b.check("username", validWords)
	if (username != "") != (password.Name != "") && !b.bad["password"] && !b.bad["username"] {
		b.r.errorf(b.node, "", "%s has one of username and password, which go together", b.what)
	}
	if username != "" && security == slo.SecurityNone {
		b.r.errorf(b.at["security"], "", "a login over a connection without TLS would give the password away")
	}
	b.check("ip", validFamily)
}

// validMailbox allows a mail address.
func validMailbox(s string) error {
	if a, err := mail.ParseAddress(s); err != nil || a.Address != s || strings.ContainsAny(s, "\r\n<> ") {
		return fmt.Errorf("%s is not a mail address such as probe@example.com", quote(s))
	}
	return nil
}

// validWords allows one line of printable ASCII.
func validWords(s string) error {
	if s == "" || len(s) > 256 || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
		return fmt.Errorf("%s is not one line of 1 to 256 printable ASCII characters", quote(s))
	}
	return nil
}
