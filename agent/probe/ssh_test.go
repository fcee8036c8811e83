package probe

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/assay-sla/assay/slo"
)

// serveSSH runs a server that nobody can log in to, and returns the
// fingerprints of its two host keys.
func serveSSH(t *testing.T, preamble string) (address, ed, ec string) {
	t.Helper()
	config := &ssh.ServerConfig{ServerVersion: "SSH-2.0-OpenSSH_9.2p1 Debian-2", PasswordCallback: func(ssh.ConnMetadata, []byte) (*ssh.Permissions, error) {
		t.Error("somebody logs in")
		return nil, io.EOF
	}}
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var prints []string
	for _, key := range []any{edKey, ecKey} {
		signer, err := ssh.NewSignerFromKey(key)
		if err != nil {
			t.Fatal(err)
		}
		config.AddHostKey(signer)
		prints = append(prints, ssh.FingerprintSHA256(signer.PublicKey()))
	}
	address = serve(t, func(c net.Conn) {
		_, _ = io.WriteString(c, preamble)
		if s, _, _, err := ssh.NewServerConn(c, config); err == nil {
			_ = s.Close()
		}
	})
	return address, prints[0], prints[1]
}

func TestSSH(t *testing.T) {
	address, ed, ec := serveSSH(t, "")
	greeted, _, _ := serveSSH(t, "Welcome\r\nto this machine\r\n")
	_, other, _ := serveSSH(t, "")
	say := func(s string) string { return serve(t, func(c net.Conn) { _, _ = io.WriteString(c, s); hold(c) }) }
	var evidence told
	for _, c := range []struct {
		name    string
		spec    slo.SSH
		outcome slo.State
		reason  slo.Reason
	}{
		{"identification", slo.SSH{Address: address}, slo.Up, ""},
		{"identification that matches", slo.SSH{Address: address, Banner: `OpenSSH_9\.\d`}, slo.Up, ""},
		{"after a greeting", slo.SSH{Address: greeted, Banner: "^SSH-2.0-"}, slo.Up, ""},
		{"host key", slo.SSH{Address: address, Fingerprints: []string{other, ed}}, slo.Up, ""},
		{"host key of an algorithm", slo.SSH{Address: address, Fingerprints: []string{ec}, Algorithm: "ecdsa-sha2-nistp256"}, slo.Up, ""},
		{"another identification", slo.SSH{Address: address, Banner: "dropbear"}, slo.Down, slo.BannerMismatch},
		{"another host key", slo.SSH{Address: address, Fingerprints: []string{other}}, slo.Down, slo.HostKeyMismatch},
		{"no key of the algorithm", slo.SSH{Address: address, Fingerprints: []string{ed}, Algorithm: "rsa-sha2-512"}, slo.Down, slo.HostKeyMismatch},
		{"SSH 1", slo.SSH{Address: say("SSH-1.5-old\r\n")}, slo.Down, slo.ProtocolError},
		{"a web server", slo.SSH{Address: serve(t, answer("HTTP/1.1 400 Bad Request\r\n\r\n"))}, slo.Down, slo.FirstByteTimeout},
		{"endless greeting", slo.SSH{Address: say(strings.Repeat("x\r\n", 1000))}, slo.Down, slo.ProtocolError},
		{"silence", slo.SSH{Address: say("")}, slo.Down, slo.FirstByteTimeout},
		{"garbage after it", slo.SSH{Address: say("SSH-2.0-x\r\n" + strings.Repeat("\xff", 5000)), Fingerprints: []string{ed}}, slo.Down, slo.ProtocolError},
		{"silence after it", slo.SSH{Address: say("SSH-2.0-x\r\n"), Fingerprints: []string{ed}}, slo.Down, slo.TransferTimeout},
		{"closed after it", slo.SSH{Address: serve(t, answerNow("SSH-2.0-x\r\n")), Fingerprints: []string{ed}}, slo.Down, slo.TransferBroken},
	} {
		t.Run(c.name, func(t *testing.T) {
			timeout := 5 * time.Second
			if c.reason == slo.FirstByteTimeout || c.reason == slo.TransferTimeout {
				timeout = short
			}
			m := once(t, &c.spec, timeout)
			want(t, m, c.outcome, c.reason)
			evidence.add(c.name, m)
		})
	}
	evidence.golden(t, "testdata/ssh_evidence.golden")
}

// answerNow sends text and closes, whatever comes.
func answerNow(text string) func(net.Conn) {
	return func(c net.Conn) {
		_, _ = io.WriteString(c, text)
		_ = c.(*net.TCPConn).CloseWrite()
		hold(c)
	}
}

func TestSSHRefusals(t *testing.T) {
	for _, spec := range []slo.SSH{{}, {Address: "a:22", Banner: "("}, {Address: "a:22", Algorithm: "ssh-dss"}} {
		if _, err := New(slo.Probe{Name: "p", Timeout: time.Second, Spec: &spec}, newEnv(t, Options{})); err == nil {
			t.Errorf("%+v was accepted", spec)
		}
	}
}
