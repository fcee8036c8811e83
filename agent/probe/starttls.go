package probe

import (
	"fmt"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// startTLSProtocols are the ways to ask a server to go over to TLS, by
// protocol. name is whom the certificate is for: XMPP wants to hear which of
// its domains is meant.
func startTLSProtocols(name string) map[string]func(*talk) error {
	return map[string]func(*talk) error{
		"ftp":      askFTP,
		"imap":     askIMAP,
		"ldap":     askLDAP,
		"pop3":     askPOP3,
		"postgres": askPostgres,
		"smtp":     askSMTP,
		"xmpp":     func(k *talk) error { return askXMPP(k, name) },
	}
}

// maxReplyLines bounds one reply of several lines.
const maxReplyLines = 100

// reply reads a reply of SMTP or FTP: lines that begin with one code of three
// digits, of which all but the last go on with a hyphen (RFC 5321, 4.2.1).
func (k *talk) reply() (code string, lines []string, err error) {
	for range maxReplyLines {
		line, err := k.line()
		if err != nil {
			return "", nil, err
		}
		if len(line) < 3 || strings.Trim(line[:3], "0123456789") != "" || code != "" && line[:3] != code {
			return "", nil, k.odd("a reply", line)
		}
		code = line[:3]
		if len(line) == 3 || line[3] != '-' {
			return code, append(lines, strings.TrimSpace(line[3:])), nil
		}
		lines = append(lines, strings.TrimSpace(line[4:]))
	}
	return "", nil, downf(slo.ProtocolError, "%s sent a reply of more than %d lines", k.r.peer, maxReplyLines)
}

// greeted reads a reply and wants it to have a code.
func (k *talk) greeted(want string) (lines []string, err error) {
	code, lines, err := k.reply()
	if err == nil && code != want {
		err = downf(slo.BannerMismatch, "expected %s to greet with %s, got %s", k.r.peer, want, k.said(code, lines))
	}
	return lines, err
}

func (k *talk) said(code string, lines []string) string {
	return k.r.quote(code+" "+strings.Join(lines, " / "), 240)
}

// odd is the failure of a line that is not the protocol.
func (k *talk) odd(what, line string) error {
	return downf(slo.ProtocolError, "%s sent what is not %s: %s", k.r.peer, what, k.r.quote(line, 160))
}

// refused is the failure of a server that does not go over to TLS.
func (k *talk) refused(answer string) error {
	return downf(slo.StartTLSRefused, "%s does not go over to TLS: %s", k.r.peer, k.r.quote(answer, 240))
}

func (k *talk) sendLine(s string) error { return k.send([]byte(s + "\r\n")) }

// askSMTP is RFC 3207.
func askSMTP(k *talk) error {
	if _, err := k.greeted("220"); err != nil {
		return err
	}
	offered, err := k.hello()
	if err != nil {
		return err
	}
	return k.smtpTLS(offered)
}

// smtpTLS asks for TLS after an EHLO.
func (k *talk) smtpTLS(offered []string) error {
	if !offers(offered, "STARTTLS") {
		return k.refused("250 " + strings.Join(offered, " / "))
	}
	return k.command("STARTTLS", "220")
}

func offers(list []string, what string) bool {
	for _, o := range list {
		if f := strings.Fields(o); len(f) > 0 && strings.EqualFold(f[0], what) {
			return true
		}
	}
	return false
}

// command sends a command of SMTP or FTP whose reply decides about TLS.
func (k *talk) command(command, want string) error {
	if err := k.sendLine(command); err != nil {
		return err
	}
	code, lines, err := k.reply()
	if err == nil && code != want {
		err = k.refused(code + " " + strings.Join(lines, " / "))
	}
	return err
}

// askFTP is RFC 4217.
func askFTP(k *talk) error {
	if _, err := k.greeted("220"); err != nil {
		return err
	}
	return k.command("AUTH TLS", "234")
}

// askPOP3 is RFC 2595, section 4.
func askPOP3(k *talk) error {
	line, err := k.line()
	if err == nil && !strings.HasPrefix(line, "+OK") {
		err = downf(slo.BannerMismatch, "expected %s to greet with +OK, got %s", k.r.peer, k.r.quote(line, 160))
	}
	if err != nil {
		return err
	}
	if err := k.sendLine("STLS"); err != nil {
		return err
	}
	if line, err = k.line(); err == nil && !strings.HasPrefix(line, "+OK") {
		err = k.refused(line)
	}
	return err
}

// askIMAP is RFC 3501, section 6.2.1.
func askIMAP(k *talk) error {
	if err := k.imapGreeting(); err != nil {
		return err
	}
	answer, _, err := k.tagged("a1", "STARTTLS")
	if err == nil && !strings.HasPrefix(strings.ToUpper(answer), "OK") {
		err = k.refused(answer)
	}
	return err
}

func (k *talk) imapGreeting() error {
	line, err := k.line()
	if upper := strings.ToUpper(line); err == nil && !strings.HasPrefix(upper, "* OK") && !strings.HasPrefix(upper, "* PREAUTH") {
		err = downf(slo.BannerMismatch, "expected %s to greet with * OK, got %s", k.r.peer, k.r.quote(line, 160))
	}
	return err
}

// tagged sends an IMAP command and returns its answer without the tag, and
// the untagged ones before it.
func (k *talk) tagged(tag, command string) (answer string, untagged []string, err error) {
	if err := k.sendLine(tag + " " + command); err != nil {
		return "", nil, err
	}
	for range maxReplyLines {
		line, err := k.line()
		if err != nil {
			return "", nil, err
		}
		if rest, ok := strings.CutPrefix(line, tag+" "); ok {
			return rest, untagged, nil
		}
		if !strings.HasPrefix(line, "* ") && !strings.HasPrefix(line, "+") {
			return "", nil, k.odd("IMAP", line)
		}
		untagged = append(untagged, strings.TrimPrefix(line, "* "))
	}
	return "", nil, downf(slo.ProtocolError, "%s sent more than %d lines before its answer", k.r.peer, maxReplyLines)
}

// askPostgres sends an SSLRequest (the PostgreSQL protocol, "SSL Session
// Encryption"); one byte answers it.
func askPostgres(k *talk) error {
	if err := k.send([]byte{0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f}); err != nil {
		return err
	}
	b, err := k.full(1)
	switch {
	case err != nil:
		return err
	case b[0] == 'S':
		return nil
	case b[0] == 'N' || b[0] == 'E':
		return k.refused(string(b))
	}
	return k.odd("PostgreSQL", string(b))
}

// ldapStartTLS is an ExtendedRequest for 1.3.6.1.4.1.1466.20037 with message
// ID 1 (RFC 4511, 4.14).
var ldapStartTLS = append([]byte{0x30, 0x1d, 0x02, 0x01, 0x01, 0x77, 0x18, 0x80, 0x16}, "1.3.6.1.4.1.1466.20037"...)

// askLDAP is RFC 4511, section 4.14.
func askLDAP(k *talk) error {
	if err := k.send(ldapStartTLS); err != nil {
		return err
	}
	message, err := k.full(2)
	if err != nil {
		return err
	}
	for {
		_, body, _, missing := ber(message)
		if missing < 0 || message[0] != 0x30 || missing > maxLine {
			return k.odd("LDAP", string(message))
		}
		if missing == 0 {
			return k.ldapResult(body)
		}
		more, err := k.full(missing)
		if err != nil {
			return err
		}
		message = append(message[:len(message):len(message)], more...)
	}
}

// ldapResult wants an ExtendedResponse of success in the body of a message.
func (k *talk) ldapResult(body []byte) error {
	id, _, rest, _ := ber(body)
	response, value, _, missing := ber(rest)
	code, result, rest, short := ber(value)
	if id != 0x02 || response != 0x78 || missing != 0 || code != 0x0a || short != 0 || len(result) != 1 {
		return k.odd("LDAP", string(body))
	}
	if result[0] == 0 {
		return nil
	}
	_, _, rest, _ = ber(rest) // the matched name
	_, words, _, _ := ber(rest)
	return k.refused(fmt.Sprintf("result code %d %s", result[0], words))
}

// ber cuts one element off BER, in which LDAP servers write lengths in as many
// bytes as they like. missing is how many bytes b lacks of it, as far as that
// is known yet, or -1 where b is not BER of a definite length.
func ber(b []byte) (tag byte, value, rest []byte, missing int) {
	if len(b) < 2 {
		return 0, nil, nil, 2 - len(b)
	}
	length, head := int(b[1]), 2
	if n := length - 0x80; n >= 0 {
		if n == 0 || n > 4 {
			return 0, nil, nil, -1
		}
		if len(b) < 2+n {
			return 0, nil, nil, 2 + n - len(b)
		}
		length, head = 0, 2+n
		for _, c := range b[2:head] {
			length = length<<8 | int(c)
		}
	}
	if len(b)-head < length {
		return b[0], nil, nil, length - (len(b) - head)
	}
	return b[0], b[head : head+length], b[head+length:], 0
}

// askXMPP is RFC 6120, section 5.4.
func askXMPP(k *talk, name string) error {
	header := "<?xml version='1.0'?><stream:stream to='" + name + "' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
	if err := k.send([]byte(header)); err != nil {
		return err
	}
	if err := k.expect(xmppFeatures); err != nil {
		return err
	}
	if !strings.Contains(string(k.matched[:k.captures[1]]), "urn:ietf:params:xml:ns:xmpp-tls") {
		return k.refused(string(k.matched))
	}
	if err := k.send([]byte("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")); err != nil {
		return err
	}
	if err := k.expect(xmppVerdict); err != nil {
		return err
	}
	if strings.Contains(string(k.matched[k.captures[0]:k.captures[1]]), "proceed") {
		return nil
	}
	return k.refused(string(k.matched))
}

var (
	xmppFeatures = mustExpect(`</stream:features>|<stream:features\s*/>`)
	xmppVerdict  = mustExpect(`<(?:proceed|failure)\b[^>]*(?:/>|>[\s\S]*?</(?:proceed|failure)>)`)
)

func mustExpect(re string) *expectation {
	e, err := newExpectation(re, false)
	if err != nil {
		panic(err) // a constant
	}
	return e
}
