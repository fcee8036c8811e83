package probe

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"flag"
	"io"
	"math/big"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/slo"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// now is the instant at which tests judge certificates.
var now = slo.At(time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC))

// names is a resolver that knows a few names; an error stands for the answer.
type staticNames map[string]any

func (s staticNames) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	switch v := s[host].(type) {
	case string:
		var addrs []netip.Addr
		for _, f := range strings.Fields(v) {
			addrs = append(addrs, netip.MustParseAddr(f))
		}
		return addrs, nil
	case error:
		return nil, v
	case func(context.Context) error:
		return nil, v(ctx)
	}
	return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
}

// newEnv is an environment that is closed with the test.
func newEnv(t testing.TB, o Options) *Env {
	t.Helper()
	if o.Roots == nil {
		o.Roots = x509.NewCertPool()
	}
	e, err := NewEnv(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// prepare makes a prober of a spec.
func prepare(t testing.TB, spec slo.Spec, timeout time.Duration, env *Env) *Prober {
	t.Helper()
	p, err := New(slo.Probe{Name: "p", Timeout: timeout, Spec: spec}, env)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// once prepares and runs a probe in a plain environment.
func once(t testing.TB, spec slo.Spec, timeout time.Duration) slo.Measurement {
	t.Helper()
	return prepare(t, spec, timeout, newEnv(t, Options{})).Run(t.Context(), now, nil)
}

// serve runs a handler for each connection to a port of its own, until the
// test ends.
func serve(t testing.TB, handle func(net.Conn)) string {
	t.Helper()
	return serveOn(t, "127.0.0.1:0", handle)
}

func serveOn(t testing.TB, address string, handle func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	open := map[net.Conn]bool{}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open[c] = true
			mu.Unlock()
			all.Go(func() {
				handle(c)
				_ = c.Close()
				mu.Lock()
				delete(open, c)
				mu.Unlock()
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		mu.Lock()
		for c := range open {
			_ = c.Close()
		}
		mu.Unlock()
		all.Wait()
	})
	return l.Addr().String()
}

// answer reads a request's header and sends text.
func answer(text string) func(net.Conn) {
	return func(c net.Conn) {
		readRequest(c)
		_, _ = io.WriteString(c, text)
	}
}

// readRequest reads to the end of a request's header and returns it.
func readRequest(c net.Conn) string {
	var b strings.Builder
	in := bufio.NewReader(c)
	for {
		line, err := in.ReadString('\n')
		b.WriteString(line)
		if err != nil || line == "\r\n" {
			return b.String()
		}
	}
}

// hold waits until the other side goes away.
func hold(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

// reset ends a connection with a RST.
func reset(c net.Conn) {
	_ = c.(*net.TCPConn).SetLinger(0)
	_ = c.Close()
}

// closedPort is the address of a port that nobody listens on.
func closedPort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// authority signs certificates for tests.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

var theAuthority = sync.OnceValue(func() authority {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test Authority"},
		NotBefore: now.Time().AddDate(-1, 0, 0), NotAfter: now.Time().AddDate(5, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return authority{cert, key}
})

// pem is the authority's certificate for a probe's ca.
func (a authority) pem() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw}))
}

// issue makes a server's certificate; the authority's own goes with it.
func (a authority) issue(t testing.TB, from, to time.Time, names ...string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: names[0]}, NotBefore: from, NotAfter: to,
	}
	for _, n := range names {
		if ip := net.ParseIP(n); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, n)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der, a.cert.Raw}, PrivateKey: key}
}

// fresh is a certificate for 127.0.0.1 and localhost, good for 90 days.
func (a authority) fresh(t testing.TB) tls.Certificate {
	return a.issue(t, now.Time().AddDate(0, 0, -1), now.Time().AddDate(0, 0, 90), "127.0.0.1", "localhost")
}

// overTLS puts a handler behind TLS.
func overTLS(cert tls.Certificate, handle func(net.Conn)) func(net.Conn) {
	config := &tls.Config{Certificates: []tls.Certificate{cert}}
	return func(c net.Conn) {
		s := tls.Server(c, config)
		if s.Handshake() == nil {
			handle(s)
			_ = s.CloseWrite()
		}
	}
}

// want fails the test unless a measurement has an outcome and a reason.
func want(t *testing.T, m slo.Measurement, outcome slo.State, reason slo.Reason) {
	t.Helper()
	if m.Outcome != outcome || m.Reason != reason {
		t.Errorf("got %s %q (%s), want %s %q", m.Outcome, m.Reason, m.Evidence, outcome, reason)
	}
	if (m.Outcome == slo.Up) != (m.Evidence == "") {
		t.Errorf("outcome %s has evidence %q", m.Outcome, m.Evidence)
	}
	if len(m.Evidence) > slo.MaxEvidence {
		t.Errorf("evidence of %d bytes", len(m.Evidence))
	}
}

// golden compares got with a file, or rewrites it.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	wanted, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		t.Fatalf("%s is missing: run with -update", file)
	}
	if string(wanted) != got {
		t.Errorf("%s differs (-file +got):\n%s", file, cmp.Diff(strings.Split(string(wanted), "\n"), strings.Split(got, "\n")))
	}
}
