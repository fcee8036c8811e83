package probe

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

func TestCertificates(t *testing.T) {
	a, day := theAuthority(), 24*time.Hour
	start, end := now.Time().Add(-day), now.Time().Add(90*day)
	fresh := a.fresh(t)
	expired := a.issue(t, start.Add(-90*day), now.Time().Add(-time.Second), "127.0.0.1")
	early := a.issue(t, now.Time().Add(time.Hour), end, "127.0.0.1")
	other := a.issue(t, start, end, "other.example", "www.other.example")
	nameless := a.issue(t, start, end, "x")
	tests := []struct {
		name    string
		cert    tls.Certificate
		options slo.TLSOptions
		outcome slo.State
		reason  slo.Reason
		expiry  time.Time
	}{
		{"good", fresh, slo.TLSOptions{CA: a.pem()}, slo.Up, "", end},
		{"good for long enough", fresh, slo.TLSOptions{CA: a.pem(), MinValidity: 89 * day}, slo.Up, "", end},
		{"name given", other, slo.TLSOptions{CA: a.pem(), ServerName: "www.other.example"}, slo.Up, "", end},
		{"skipped", expired, slo.TLSOptions{SkipVerify: true}, slo.Up, "", now.Time().Add(-time.Second)},
		{"expired", expired, slo.TLSOptions{CA: a.pem()}, slo.Down, slo.TLSExpired, now.Time().Add(-time.Second)},
		{"not yet valid", early, slo.TLSOptions{CA: a.pem()}, slo.Down, slo.TLSExpired, end},
		{"untrusted", fresh, slo.TLSOptions{}, slo.Down, slo.TLSUntrusted, end},
		{"other name", other, slo.TLSOptions{CA: a.pem()}, slo.Down, slo.TLSNameMismatch, end},
		{"no address", nameless, slo.TLSOptions{CA: a.pem()}, slo.Down, slo.TLSNameMismatch, end},
		{"expires soon", fresh, slo.TLSOptions{CA: a.pem(), MinValidity: 91 * day}, slo.Down, slo.TLSExpiresSoon, end},
		{"skipped but soon", fresh, slo.TLSOptions{SkipVerify: true, MinValidity: 91 * day}, slo.Down, slo.TLSExpiresSoon, end},
	}
	var evidence strings.Builder
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			address := serve(t, overTLS(tt.cert, answer(okAnswer)))
			for _, spec := range []slo.Spec{
				&slo.TLS{Address: address, TLS: tt.options},
				&slo.HTTP{URL: "https://" + address, TLS: tt.options},
			} {
				m := once(t, spec, 5*time.Second)
				want(t, m, tt.outcome, tt.reason)
				if m.CertExpiry != slo.At(tt.expiry.Truncate(time.Second)) {
					t.Errorf("%s: expiry %v, want %v", spec.Kind(), m.CertExpiry, tt.expiry)
				}
				if m.Phases.TLS <= 0 {
					t.Errorf("%s: no handshake in %+v", spec.Kind(), m.Phases)
				}
				if m.Outcome != slo.Up {
					fmt.Fprintf(&evidence, "%s %s: %s: %s\n", spec.Kind(), tt.name, m.Reason, strings.ReplaceAll(m.Evidence, address, "ADDRESS"))
				}
			}
		})
	}
	if !t.Failed() {
		golden(t, "testdata/tls_evidence.golden", evidence.String())
	}
}

// The authority's certificate ends before the server's here: what was seen
// is the earliest of the chain.
func TestExpiryIsTheChains(t *testing.T) {
	a := theAuthority()
	cert := a.issue(t, now.Time().Add(-time.Hour), now.Time().AddDate(9, 0, 0), "127.0.0.1")
	address := serve(t, overTLS(cert, hold))
	m := once(t, &slo.TLS{Address: address, TLS: slo.TLSOptions{CA: a.pem()}}, time.Second)
	want(t, m, slo.Up, "")
	if m.CertExpiry != slo.At(a.Cert.NotAfter) {
		t.Errorf("expiry %v, want the authority's %v", m.CertExpiry, a.Cert.NotAfter)
	}
}

func TestSystemRoots(t *testing.T) {
	a := theAuthority()
	o := Options{}
	address := serve(t, overTLS(a.fresh(t), answer(okAnswer)))
	env := newEnv(t, o)
	env.roots.AddCert(a.Cert)
	want(t, prepare(t, &slo.HTTP{URL: "https://" + address}, time.Second, env).Run(t.Context(), now, nil), slo.Up, "")
}

func TestBrokenHandshakes(t *testing.T) {
	for name, tt := range map[string]struct {
		handle  func(net.Conn)
		timeout time.Duration
		reason  slo.Reason
	}{
		"plain HTTP": {func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n"); hold(c) }, time.Second, slo.TLSFailed},
		"garbage":    {func(c net.Conn) { _, _ = io.WriteString(c, strings.Repeat("\x16\x03\x03\xff", 5000)); hold(c) }, time.Second, slo.TLSFailed},
		"closed":     {func(c net.Conn) { _, _ = c.Read(make([]byte, 5000)) }, time.Second, slo.TLSFailed},
		"reset":      {func(c net.Conn) { _, _ = c.Read(make([]byte, 100)); reset(c) }, time.Second, slo.TLSFailed},
		"silent":     {hold, short, slo.TLSTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			m := once(t, &slo.TLS{Address: serve(t, tt.handle)}, tt.timeout)
			want(t, m, slo.Down, tt.reason)
			if m.Latency > tt.timeout+slack {
				t.Errorf("took %v of %v", m.Latency, tt.timeout)
			}
		})
	}
}

// A server that wants a certificate ends the handshake after it has shown its
// own: that one's expiry is still seen.
func TestExpiryOfBrokenHandshake(t *testing.T) {
	cert := theAuthority().fresh(t)
	address := serve(t, func(c net.Conn) {
		_ = tls.Server(c, &tls.Config{Certificates: []tls.Certificate{cert}, ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12}).Handshake()
	})
	m := once(t, &slo.TLS{Address: address, TLS: slo.TLSOptions{SkipVerify: true}}, time.Second)
	want(t, m, slo.Down, slo.TLSFailed)
	if m.CertExpiry == 0 {
		t.Error("no expiry")
	}
}
