package probe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/agent/probe/probetest"
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

// The servers of these tests are those that tests of the whole use as well.
var (
	serve       = probetest.Serve
	serveOn     = probetest.ServeOn
	answer      = probetest.Answer
	readRequest = probetest.ReadRequest
	hold        = probetest.Hold
	reset       = probetest.Reset
	overTLS     = probetest.OverTLS
	closedPort  = probetest.ClosedPort
	nameServer  = probetest.NameServer
	respond     = probetest.Respond
)

// authority signs certificates that are judged at now.
type authority struct{ probetest.Authority }

var theAuthority = sync.OnceValue(func() authority {
	return authority{probetest.NewAuthority("Test Authority", now.Time().AddDate(-1, 0, 0), now.Time().AddDate(5, 0, 0))}
})

// pem is the authority's certificate for a probe's ca.
func (a authority) pem() string { return a.PEM() }

// issue makes a server's certificate; the authority's own goes with it.
func (a authority) issue(t testing.TB, from, to time.Time, names ...string) tls.Certificate {
	t.Helper()
	return a.Issue(from, to, names...)
}

// fresh is a certificate for 127.0.0.1 and localhost, good for 90 days.
func (a authority) fresh(t testing.TB) tls.Certificate {
	return a.issue(t, now.Time().AddDate(0, 0, -1), now.Time().AddDate(0, 0, 90), "127.0.0.1", "localhost")
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

// told keeps what measurements that are not up say, for a golden file. How a
// connection broke is the system's to say, one way or another, and left out.
type told struct{ lines []string }

// differs are words of the evidence that are others in each run.
var differs = []struct {
	words *regexp.Regexp
	as    string
}{
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "ADDRESS"},
	{regexp.MustCompile(`\b\d{5,} bytes`), "MANY bytes"},
	{regexp.MustCompile(`\b\w+ bytes beginning "a{2,}(\.\.\.)?"`), `SOME bytes beginning "aaa"`},
	{regexp.MustCompile(`SHA256:[A-Za-z0-9+/]{43}`), "FINGERPRINT"},
	{regexp.MustCompile(`, key "[A-Za-z0-9+/=]+"`), `, key "KEY"`},
}

func (o *told) add(name string, m slo.Measurement) {
	if m.Outcome == slo.Up || m.Reason == slo.TransferBroken {
		return
	}
	text := m.Evidence
	for _, d := range differs {
		text = d.words.ReplaceAllString(text, d.as)
	}
	o.lines = append(o.lines, fmt.Sprintf("%s: %s %s: %s\n", name, m.Outcome, m.Reason, text))
}

// golden compares all of it with a file, in the order of the names; where the
// test failed already, it would say the same again.
func (o *told) golden(t *testing.T, file string) {
	t.Helper()
	if !t.Failed() {
		slices.Sort(o.lines)
		golden(t, file, strings.Join(o.lines, ""))
	}
}
