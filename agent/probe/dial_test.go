package probe

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// full is a listener whose queue has no room: a connect to it never ends.
func full(t *testing.T, address string) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(fd) })
	ap := netip.MustParseAddrPort(address)
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Port: int(ap.Port()), Addr: ap.Addr().As4()}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	sa, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	address = netip.AddrPortFrom(ap.Addr(), uint16(sa.(*syscall.SockaddrInet4).Port)).String()
	for { // the queue takes one or two
		c, err := net.DialTimeout("tcp", address, 100*time.Millisecond)
		if err != nil {
			return address
		}
		t.Cleanup(func() { _ = c.Close() })
	}
}

func TestConnectTimeout(t *testing.T) {
	address := full(t, "127.0.0.1:0")
	p := prepare(t, &slo.TCP{Address: address}, short, newEnv(t, Options{}))
	for _, ctx := range []context.Context{t.Context(), context.Background()} {
		m := p.Run(ctx, now, nil)
		want(t, m, slo.Down, slo.ConnectTimeout)
		if m.Latency > short+slack || m.Phases.Connect < short/2 {
			t.Errorf("took %v, %+v", m.Latency, m.Phases)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	stop := time.AfterFunc(short/2, cancel)
	defer stop.Stop()
	want(t, p.Run(ctx, now, nil), slo.Unknown, slo.AgentShuttingDown)
}

// A dead first address leaves time for the second.
func TestFallback(t *testing.T) {
	_, port, _ := net.SplitHostPort(full(t, "127.0.0.1:0"))
	serveOn(t, "127.0.0.2:"+port, hold)
	env := newEnv(t, Options{Resolver: staticNames{
		"stalled.test": "127.0.0.1 127.0.0.2", "refused.test": "127.0.0.3 127.0.0.2", "all.test": "127.0.0.3 127.0.0.4", "v6.test": "::1",
	}})
	run := func(name, ip string) slo.Measurement {
		return prepare(t, &slo.TCP{Address: name + ":" + port, IP: ip}, time.Second, env).Run(t.Context(), now, nil)
	}
	want(t, run("stalled.test", ""), slo.Up, "")
	want(t, run("refused.test", "4"), slo.Up, "")
	m := run("all.test", "")
	want(t, m, slo.Down, slo.ConnectRefused)
	for _, a := range []string{"127.0.0.3", "127.0.0.4"} {
		if !strings.Contains(m.Evidence, a) {
			t.Errorf("evidence lacks %s: %s", a, m.Evidence)
		}
	}
	want(t, run("v6.test", "4"), slo.Down, slo.ResolveNotFound)
}

// A name that has addresses of one family only, asked for each way.
func TestIPv6OnlyName(t *testing.T) {
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skip("left out, as this machine has no IPv6")
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	_ = l.Close()
	serveOn(t, "[::1]:"+port, answer(okAnswer))
	env := newEnv(t, Options{Resolver: staticNames{"six.test": "::1"}})
	for ip, reason := range map[string]slo.Reason{"": "", "6": "", "prefer6": "", "prefer4": "", "4": slo.ResolveNotFound} {
		outcome := slo.Down
		if reason == "" {
			outcome = slo.Up
		}
		for _, spec := range []slo.Spec{&slo.TCP{Address: "six.test:" + port, IP: ip}, &slo.HTTP{URL: "http://six.test:" + port, IP: ip}} {
			want(t, prepare(t, spec, time.Second, env).Run(t.Context(), now, nil), outcome, reason)
		}
	}
}

// A forbidden address is skipped, not dialled, and the next one serves.
func TestFallbackSkipsForbidden(t *testing.T) {
	address := serve(t, hold)
	_, port, _ := net.SplitHostPort(address)
	env := newEnv(t, Options{
		Resolver: staticNames{"web.test": "10.0.0.1 127.0.0.1"},
		Allow: func(a netip.Addr) error {
			if a.IsPrivate() {
				return errors.New("private")
			}
			return nil
		},
	})
	want(t, prepare(t, &slo.TCP{Address: "web.test:" + port}, time.Second, env).Run(t.Context(), now, nil), slo.Up, "")
}

func TestResolving(t *testing.T) {
	env := newEnv(t, Options{Resolver: staticNames{
		"slow.test":    func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
		"timeout.test": &net.DNSError{Err: "i/o timeout", Name: "timeout.test", IsTimeout: true},
		"fail.test":    &net.DNSError{Err: "server misbehaving", Name: "fail.test", IsTemporary: true},
		"fds.test":     &net.OpError{Op: "dial", Err: syscall.EMFILE},
		"empty.test":   "",
	}})
	for name, tt := range map[string]struct {
		outcome slo.State
		reason  slo.Reason
	}{
		"slow.test":    {slo.Unknown, slo.ResolveTimeout},
		"timeout.test": {slo.Unknown, slo.ResolveTimeout},
		"fail.test":    {slo.Unknown, slo.ResolveFailed},
		"fds.test":     {slo.Unknown, slo.AgentResources},
		"empty.test":   {slo.Down, slo.ResolveNotFound},
		"none.test":    {slo.Down, slo.ResolveNotFound},
	} {
		for _, spec := range []slo.Spec{&slo.TCP{Address: name + ":80"}, &slo.ICMP{Host: name}} {
			m := prepare(t, spec, short, env).Run(t.Context(), now, nil)
			want(t, m, tt.outcome, tt.reason)
			if m.Outcome != slo.Up && !strings.HasPrefix(m.Evidence, "resolving "+name+": ") {
				t.Errorf("evidence %q", m.Evidence)
			}
		}
	}
}

func TestNoRoute(t *testing.T) {
	err := ownRoute(syscall.ENETUNREACH, netip.MustParseAddrPort("127.0.0.1:9"))
	if outcome, reason := classify(connecting, err); outcome != slo.Down || reason != slo.ConnectUnreachable {
		t.Errorf("where this machine has a route: %v %v", outcome, reason)
	}
	err = ownRoute(syscall.ENETUNREACH, netip.MustParseAddrPort("[fe80::1]:9")) // a link-local address without its link
	if outcome, reason := classify(connecting, err); outcome != slo.Unknown || reason != slo.AgentUplink {
		t.Errorf("where it has none: %v %v", outcome, reason)
	}
}

func TestStopping(t *testing.T) {
	accepted := make(chan struct{}, 1)
	address := serve(t, func(c net.Conn) { accepted <- struct{}{}; hold(c) })
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-accepted; cancel() }()
	start := time.Now()
	m := prepare(t, &slo.HTTP{URL: "http://" + address}, 10*time.Second, newEnv(t, Options{})).Run(ctx, now, nil)
	want(t, m, slo.Unknown, slo.AgentShuttingDown)
	if took := time.Since(start); took > time.Second {
		t.Errorf("stopped after %v", took)
	}
	for _, spec := range []slo.Spec{&slo.TCP{Address: address}, &slo.DNS{Name: "a.test", Server: address}} {
		want(t, prepare(t, spec, time.Second, newEnv(t, Options{})).Run(ctx, now, nil), slo.Unknown, slo.AgentShuttingDown)
	}
}

// The caller's own deadline is a timeout of the target's.
func TestCallersDeadline(t *testing.T) {
	address := serve(t, hold)
	ctx, cancel := context.WithTimeout(t.Context(), short)
	defer cancel()
	m := prepare(t, &slo.HTTP{URL: "http://" + address}, 10*time.Second, newEnv(t, Options{})).Run(ctx, now, nil)
	want(t, m, slo.Down, slo.FirstByteTimeout)
}

func TestPanicIsUnknown(t *testing.T) {
	p := prepare(t, &slo.TCP{Address: "127.0.0.1:1"}, time.Second, newEnv(t, Options{}))
	p.test = func(*run) error { panic("boom \x1b[2J") }
	m := p.Run(t.Context(), now, nil)
	want(t, m, slo.Unknown, slo.AgentInternal)
	if !strings.Contains(m.Evidence, "boom") || strings.Contains(m.Evidence, "\x1b") {
		t.Errorf("evidence %q", m.Evidence)
	}
}

func TestNewRefusals(t *testing.T) {
	env := newEnv(t, Options{})
	for _, p := range []slo.Probe{
		{}, {Spec: &slo.TCP{Address: "a:1"}}, {Timeout: time.Second}, {Timeout: time.Second, Spec: odd{}},
	} {
		if _, err := New(p, env); err == nil {
			t.Errorf("%+v was accepted", p)
		}
	}
	if _, err := New(slo.Probe{Timeout: 1, Spec: &slo.TCP{Address: "a:1"}}, nil); err == nil {
		t.Error("no environment was accepted")
	}
	for kind, prepare := range Kinds() {
		if _, err := prepare(odd{}, env); err == nil {
			t.Errorf("%s took another kind's spec", kind)
		}
	}
}

// odd is a spec of no kind.
type odd struct{}

func (odd) Kind() string   { return "odd" }
func (odd) Target() string { return "" }

func TestKindsAreTheDomains(t *testing.T) {
	for _, kind := range slo.Kinds() {
		if Kinds()[kind] == nil {
			t.Errorf("no %s", kind)
		}
	}
	if len(Kinds()) != len(slo.Kinds()) {
		t.Error("a kind that the domain has not got")
	}
}
