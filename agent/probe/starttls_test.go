package probe

import (
	"bufio"
	"encoding/hex"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// exchangeOf is a server's side of a conversation: it sends what stands on
// lines that begin with "S: " and waits for what stands on those with "C: ".
// \r\n ends each; "S| " is sent without it, and "SX " is sent from hexadecimal.
func exchangeOf(script string) func(net.Conn) bool {
	return func(c net.Conn) bool {
		in := bufio.NewReader(c)
		for line := range strings.Lines(script) {
			line = strings.TrimSuffix(line, "\n")
			switch {
			case strings.HasPrefix(line, "S: "):
				_, _ = io.WriteString(c, line[3:]+"\r\n")
			case strings.HasPrefix(line, "S| "):
				_, _ = io.WriteString(c, line[3:])
			case strings.HasPrefix(line, "SX "): // in hexadecimal
				b, err := hex.DecodeString(line[3:])
				if err != nil {
					panic(err) // of the test
				}
				_, _ = c.Write(b)
			case strings.HasPrefix(line, "C: "):
				if got, err := in.ReadString('\n'); err != nil || strings.TrimSpace(got) != line[3:] {
					_, _ = io.WriteString(c, "unexpected "+got)
					return false
				}
			case strings.HasPrefix(line, "C* "): // any bytes up to these
				if _, err := readUntil(in, line[3:]); err != nil {
					return false
				}
			}
		}
		return true
	}
}

func readUntil(in *bufio.Reader, end string) (string, error) {
	var b strings.Builder
	for !strings.HasSuffix(b.String(), end) {
		c, err := in.ReadByte()
		if err != nil {
			return b.String(), err
		}
		b.WriteByte(c)
	}
	return b.String(), nil
}

// inClear speaks a script, then TLS.
func inClear(t *testing.T, script string) string {
	cert := theAuthority().fresh(t)
	speak := exchangeOf(script)
	return serve(t, func(c net.Conn) {
		if speak(c) {
			overTLS(cert, hold)(c)
		}
	})
}

const (
	smtpHello    = "S: 220-mail.example\nS: 220 ready\nC: EHLO assay-agent\n"
	xmppHeader   = "C* version='1.0'>\nS| <?xml version='1.0'?><stream:stream from='a' id='1' version='1.0'>\n"
	xmppStartTLS = "S| <stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>\nC* />\n"
)

// TestStartTLS asks servers of each protocol, as they answer in the field.
func TestStartTLS(t *testing.T) {
	for _, c := range []struct {
		name, protocol, script string
		outcome                slo.State
		reason                 slo.Reason
	}{
		{"smtp", "smtp", smtpHello + "S: 250-mail.example\nS: 250-SIZE 1000\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go on", slo.Up, ""},
		{"smtp without", "smtp", smtpHello + "S: 250-STARTTLS\nS: 250 SIZE 1000", slo.Down, slo.StartTLSRefused},
		{"smtp that refuses", "smtp", smtpHello + "S: 250-x\nS: 250 starttls\nC: STARTTLS\nS: 454 no certificate\x1b[2J", slo.Down, slo.StartTLSRefused},
		{"smtp that is busy", "smtp", "S: 421 too many", slo.Down, slo.BannerMismatch},
		{"smtp that is ssh", "smtp", "S: SSH-2.0-OpenSSH_9.2", slo.Down, slo.ProtocolError},
		{"smtp of several codes", "smtp", "S: 220-a\nS: 250 b", slo.Down, slo.ProtocolError},
		{"imap", "imap", "S: * OK [CAPABILITY IMAP4rev1] ready\nC: a1 STARTTLS\nS: * CAPABILITY IMAP4rev1\nS: a1 OK begin", slo.Up, ""},
		{"imap that refuses", "imap", "S: * OK ready\nC: a1 STARTTLS\nS: a1 BAD no", slo.Down, slo.StartTLSRefused},
		{"imap that says bye", "imap", "S: * BYE", slo.Down, slo.BannerMismatch},
		{"pop3", "pop3", "S: +OK ready\nC: STLS\nS: +OK", slo.Up, ""},
		{"pop3 that refuses", "pop3", "S: +OK ready\nC: STLS\nS: -ERR", slo.Down, slo.StartTLSRefused},
		{"ftp", "ftp", "S: 220 ready\nC: AUTH TLS\nS: 234 go on", slo.Up, ""},
		{"ftp that refuses", "ftp", "S: 220 ready\nC: AUTH TLS\nS: 502 no", slo.Down, slo.StartTLSRefused},
		{"postgres", "postgres", "C* \x04\xd2\x16\x2f\nS| S", slo.Up, ""},
		{"postgres without", "postgres", "C* \x04\xd2\x16\x2f\nS| N", slo.Down, slo.StartTLSRefused},
		{"postgres that is not", "postgres", "C* \x04\xd2\x16\x2f\nS| HTTP/1.1 400", slo.Down, slo.ProtocolError},
		{"ldap", "ldap", "C* 20037\nSX 300c02010178070a010004000400", slo.Up, ""},
		{"ldap of a long length", "ldap", "C* 20037\nSX 3084000000100201017884000000070a010004000400", slo.Up, ""},
		{"ldap that refuses", "ldap", "C* 20037\nSX 300e02010178090a0102040004026e6f", slo.Down, slo.StartTLSRefused},
		{"ldap of a gigabyte", "ldap", "C* 20037\nSX 308440000000", slo.Down, slo.ProtocolError},
		{"ldap that is not", "ldap", "C* 20037\nS| HTTP/1.1 400", slo.Down, slo.ProtocolError},
		{"xmpp", "xmpp", xmppHeader + xmppStartTLS + "S| <proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", slo.Up, ""},
		{"xmpp without", "xmpp", xmppHeader + "S| <stream:features/>", slo.Down, slo.StartTLSRefused},
		{"xmpp that refuses", "xmpp", xmppHeader + xmppStartTLS + "S| <failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:stream>", slo.Down, slo.StartTLSRefused},
		{"words before the handshake", "pop3", "S: +OK ready\nC: STLS\nSX 2b4f4b0d0a2d45525220696e6a65637465640d0a", slo.Down, slo.ProtocolError},
	} {
		t.Run(c.name, func(t *testing.T) {
			spec := &slo.TLS{Address: inClear(t, c.script), StartTLS: c.protocol, TLS: slo.TLSOptions{CA: theAuthority().pem()}}
			m := once(t, spec, 5*time.Second)
			want(t, m, c.outcome, c.reason)
			if strings.ContainsRune(m.Evidence, 0x1b) {
				t.Errorf("evidence holds an escape: %q", m.Evidence)
			}
			if c.outcome == slo.Up && (m.CertExpiry == 0 || m.Phases.TLS <= 0) {
				t.Errorf("no certificate was seen: %+v", m)
			}
		})
	}
}

// TestStartTLSOfADomain: XMPP hears of the domain that the certificate is for,
// which seldom is the server's own name.
func TestStartTLSOfADomain(t *testing.T) {
	address := inClear(t, "C* to='localhost'\n"+xmppHeader+xmppStartTLS+"S| <proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
	spec := &slo.TLS{Address: address, StartTLS: "xmpp", TLS: slo.TLSOptions{CA: theAuthority().pem(), ServerName: "localhost"}}
	want(t, once(t, spec, 5*time.Second), slo.Up, "")
}

// TestStartTLSHostile: every protocol against servers that do their worst.
func TestStartTLSHostile(t *testing.T) {
	flood := strings.Repeat("220-x\r\n", 30_000)
	for _, protocol := range slo.StartTLSProtocols() {
		for name, c := range map[string]struct {
			handle  func(net.Conn)
			reasons []slo.Reason
		}{
			"silent":         {hold, []slo.Reason{slo.FirstByteTimeout}},
			"closed":         {func(c net.Conn) {}, []slo.Reason{slo.TransferBroken, slo.SendFailed}},
			"one long line":  {func(c net.Conn) { _, _ = io.WriteString(c, strings.Repeat("a", 100_000)); hold(c) }, []slo.Reason{slo.ProtocolError, slo.BannerMismatch}},
			"endless lines":  {func(c net.Conn) { _, _ = io.WriteString(c, flood); hold(c) }, []slo.Reason{slo.ProtocolError, slo.BannerMismatch}},
			"a line, slowly": {func(c net.Conn) { drip(c, "220 ready") }, []slo.Reason{slo.FirstByteTimeout, slo.TransferTimeout, slo.BannerMismatch, slo.ProtocolError}},
		} {
			t.Run(protocol+" "+name, func(t *testing.T) {
				m := once(t, &slo.TLS{Address: serve(t, c.handle), StartTLS: protocol}, short)
				found := false
				for _, r := range c.reasons {
					found = found || m.Reason == r
				}
				if m.Outcome != slo.Down || !found {
					t.Errorf("got %s %s (%s), want one of %s", m.Outcome, m.Reason, m.Evidence, c.reasons)
				}
			})
		}
	}
}

// drip sends a byte at a time, for ever.
func drip(c net.Conn, text string) {
	tick := time.NewTicker(short / 5)
	defer tick.Stop()
	for i := 0; ; i++ {
		<-tick.C
		if _, err := c.Write([]byte{text[i%len(text)]}); err != nil {
			return
		}
	}
}
