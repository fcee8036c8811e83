package probe

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"
	"golang.org/x/crypto/ssh"

	"github.com/assay-sla/assay/slo"
)

// Bare loops of protocols in which both sides speak in turn.

// turn sends something and wants the answer to end in a way.
func turn(c io.ReadWriter, buf []byte, send, end string) error {
	if send != "" {
		if _, err := io.WriteString(c, send); err != nil {
			return err
		}
	}
	n, err := c.Read(buf)
	if err == nil && !bytes.HasSuffix(buf[:n], []byte(end)) {
		err = fmt.Errorf("%q to %q", buf[:n], send)
	}
	return err
}

// overStartTLS speaks turns of sent and wanted text, shakes hands, and then
// speaks on.
func overStartTLS(b *testing.B, s benchTargets, kind string, before [][2]string, after func(*tls.Conn, []byte) error) func() {
	config, buf := s.secureClient(b), make([]byte, 512)
	return dialed(b, "tcp", s.at[kind], func(c net.Conn) error {
		for _, t := range before {
			if err := turn(c, buf, t[0], t[1]); err != nil {
				return err
			}
		}
		return after(tls.Client(c, config), buf)
	})
}

func bareSMTP(b *testing.B, s benchTargets) func() {
	const hello, offer = "EHLO assay-agent\r\n", "250 STARTTLS\r\n"
	return overStartTLS(b, s, "smtp", [][2]string{{"", "ready\r\n"}, {hello, offer}, {"STARTTLS\r\n", "go on\r\n"}}, func(c *tls.Conn, buf []byte) error {
		if err := turn(c, buf, hello, offer); err != nil {
			return err
		}
		_, err := io.WriteString(c, "QUIT\r\n")
		return err
	})
}

func bareIMAP(b *testing.B, s benchTargets) func() {
	return overStartTLS(b, s, "imap", [][2]string{{"", "ready\r\n"}, {"a1 STARTTLS\r\n", "OK go on\r\n"}}, func(c *tls.Conn, _ []byte) error {
		_, err := io.WriteString(c, "a9 LOGOUT\r\n")
		return err
	})
}

// bareSSH reads the identification.
func bareSSH(b *testing.B, s benchTargets) func() {
	buf := make([]byte, 512)
	return dialed(b, "tcp", s.at["ssh"], func(c net.Conn) error {
		_, err := c.Read(buf)
		return err
	})
}

// bareHostKey exchanges keys up to the proof of the host key.
func bareHostKey(b *testing.B, s benchTargets) func() {
	seen := errors.New("seen")
	return dialed(b, "tcp", s.at["ssh"], func(c net.Conn) error {
		var key ssh.PublicKey
		_, _, _, err := ssh.NewClientConn(c, s.at["ssh"], &ssh.ClientConfig{
			HostKeyAlgorithms: slo.SSHHostKeyAlgorithms(),
			HostKeyCallback:   func(_ string, _ net.Addr, k ssh.PublicKey) error { key = k; return seen },
		})
		if key == nil || ssh.FingerprintSHA256(key) != s.at["fingerprint"] {
			return err
		}
		return nil
	})
}

// barePostgres asks one query in one message. The probe's goes in a
// transaction that may only read, which is two turns more.
func barePostgres(b *testing.B, s benchTargets) func() {
	encode := func(m pgproto3.FrontendMessage) string {
		wire, err := m.Encode(nil)
		if err != nil {
			b.Fatal(err)
		}
		return string(wire)
	}
	startup := encode(&pgproto3.StartupMessage{ProtocolVersion: pgproto3.ProtocolVersionNumber, Parameters: map[string]string{"user": "probe"}})
	query, end := encode(&pgproto3.Query{String: benchQuery}), encode(&pgproto3.Terminate{})
	const ready = "Z\x00\x00\x00\x05I"
	buf := make([]byte, 512)
	return dialed(b, "tcp", s.at["sql"], func(c net.Conn) error {
		for _, message := range []string{startup, query} {
			if err := turn(c, buf, message, ready); err != nil {
				return err
			}
		}
		_, err := io.WriteString(c, end)
		return err
	})
}

// bareUDP sends a datagram and reads the answer.
func bareUDP(b *testing.B, s benchTargets) func() {
	buf := make([]byte, 512)
	return dialed(b, "udp", s.at["udp"], func(c net.Conn) error { return turn(c, buf, "ping", "ping") })
}

// bareExec starts a program, and reads what it prints. What the program itself
// takes is in nobody's figure.
func bareExec(b *testing.B, _ benchTargets) func() {
	return func() {
		if _, err := exec.Command(benchProgram).Output(); err != nil {
			b.Fatal(err)
		}
	}
}

// bareSteps is bareHTTP, once for each step.
func bareSteps(b *testing.B, s benchTargets) func() {
	step := bareHTTP(b, s)
	return func() { step(); step() }
}
