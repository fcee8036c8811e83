package probe

import (
	"crypto/tls"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/assay-sla/assay/agent/probe/probetest"
	"github.com/assay-sla/assay/slo"
)

// TestOddChains: what servers send wrong for years, each with its reason.
func TestOddChains(t *testing.T) {
	root := theAuthority()
	from, to := now.Time().AddDate(0, 0, -1), now.Time().AddDate(0, 0, 90)
	under := root.Intermediate("Intermediate")
	good := under.Issue(from, to, "127.0.0.1")
	many := make([]string, 10_000)
	for i := range many {
		many[i] = fmt.Sprintf("n%d.test", i)
	}
	many[len(many)-1] = "127.0.0.1"
	for _, c := range []struct {
		name    string
		cert    tls.Certificate
		outcome slo.State
		reason  slo.Reason
	}{
		{"an intermediate", good, slo.Up, ""},
		{"incomplete", probetest.Incomplete(good), slo.Down, slo.TLSUntrusted},
		{"authorities in another order", probetest.Shuffled(good), slo.Up, ""},
		{"reversed", probetest.Reversed(good), slo.Down, slo.TLSFailed},
		{"self-signed", probetest.Authority{}.Issue(from, to, "127.0.0.1"), slo.Down, slo.TLSUntrusted},
		{"10,000 names", root.Issue(from, to, many...), slo.Up, ""},
		{"10,000 other names", root.Issue(from, to, many[:len(many)-1]...), slo.Down, slo.TLSNameMismatch},
	} {
		t.Run(c.name, func(t *testing.T) {
			address := serve(t, overTLS(c.cert, answer(okAnswer)))
			for _, spec := range []slo.Spec{
				&slo.TLS{Address: address, TLS: slo.TLSOptions{CA: root.pem()}},
				&slo.HTTP{URL: "https://" + address, TLS: slo.TLSOptions{CA: root.pem()}},
			} {
				m := once(t, spec, 5*time.Second)
				want(t, m, c.outcome, c.reason)
				if m.CertExpiry != slo.At(to) {
					t.Errorf("%s: expiry %v, want %v", spec.Kind(), m.CertExpiry, to)
				}
			}
		})
	}
}

// A certificate too large for a handshake is refused before it is read.
func TestHugeCertificate(t *testing.T) {
	names := make([]string, 30_000)
	for i := range names {
		names[i] = fmt.Sprintf("name-%d.of-a-server.test", i)
	}
	cert := theAuthority().Issue(now.Time().AddDate(0, 0, -1), now.Time().AddDate(0, 0, 90), names...)
	m := once(t, &slo.TLS{Address: serve(t, overTLS(cert, hold))}, 5*time.Second)
	want(t, m, slo.Down, slo.TLSFailed)
}

// A connection under TLS that ends without close_notify: where a record was
// cut, bytes are missing; between two records none need be, as servers that
// browsers bear with do so.
func TestCloseWithoutNotify(t *testing.T) {
	cert, trusted := theAuthority().fresh(t), slo.TLSOptions{CA: theAuthority().pem()}
	const untilClose = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello"
	inRecord := func(c net.Conn) { // 16 bytes of a record of 64
		answer(untilClose)(c)
		_, _ = c.(*tls.Conn).NetConn().Write(append([]byte{23, 3, 3, 0, 64}, make([]byte, 16)...))
	}
	for _, c := range []struct {
		name    string
		handle  func(net.Conn)
		outcome slo.State
		reason  slo.Reason
	}{
		{"length", answer(okAnswer), slo.Up, ""},
		{"chunks", answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"), slo.Up, ""},
		{"until the close", answer(untilClose), slo.Up, ""},
		{"in a record", inRecord, slo.Down, slo.TransferBroken},
		{"before its length", answer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"), slo.Down, slo.TransferBroken},
		{"before the answer", answer(""), slo.Down, slo.TransferBroken},
	} {
		t.Run(c.name, func(t *testing.T) {
			address := serve(t, probetest.CutTLS(cert, c.handle))
			want(t, once(t, &slo.HTTP{URL: "https://" + address, TLS: trusted}, 5*time.Second), c.outcome, c.reason)
		})
	}
}
