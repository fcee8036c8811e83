package agent

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assay-sla/assay/agent/probe"
	"github.com/assay-sla/assay/slo"
)

// The agent's own allow-list against what an assignment may say. In these
// tests 127.0.0.1 and ::1 are denied and all else is allowed, so that 127.0.0.2
// is a server that leads the agent on.

// tripwire listens where the agent must not go, by TCP and UDP at one port.
type tripwire struct {
	port string
	came chan string // from where; whoever comes waits until that is read
}

func newTripwire(t *testing.T) *tripwire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	w := &tripwire{port: port, came: make(chan string)}
	w.listen(t, l)
	if six, err := net.Listen("tcp", net.JoinHostPort("::1", port)); err == nil { // a machine may have no IPv6
		w.listen(t, six)
	}
	u, err := net.ListenPacket("udp", "127.0.0.1:"+port)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { u.Close() })
	go func() {
		for b := make([]byte, 2048); ; {
			_, from, err := u.ReadFrom(b)
			if err != nil {
				return
			}
			w.trip(t, "udp "+from.String())
		}
	}()
	return w
}

func (w *tripwire) listen(t *testing.T, l net.Listener) {
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
			w.trip(t, "tcp "+c.RemoteAddr().String())
		}
	}()
}

func (w *tripwire) trip(t *testing.T, from string) {
	select {
	case w.came <- from:
	case <-t.Context().Done():
	}
}

// quiet fails the test where something came: the next to come by each way is
// the test itself.
func (w *tripwire) quiet(t *testing.T) {
	t.Helper()
	for _, way := range [][2]string{{"tcp", "127.0.0.1"}, {"tcp", "::1"}, {"udp", "127.0.0.1"}} {
		c, err := net.Dial(way[0], net.JoinHostPort(way[1], w.port))
		if err != nil {
			continue // no IPv6
		}
		if _, err := c.Write([]byte("me")); err != nil && way[0] == "udp" {
			t.Fatal(err)
		}
		own := way[0] + " " + c.LocalAddr().String()
		for from := range w.came {
			if from == own {
				break
			}
			t.Errorf("the agent went where it must not, from %s", from)
		}
		c.Close()
	}
}

// leads are names with their addresses, those of each look-up in turn; the last
// ones stay.
type leads struct {
	mu    sync.Mutex
	names map[string][]string
}

// LookupNetIP is a resolver's.
func (l *leads) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	turns, ok := l.names[host]
	if !ok {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	if len(turns) > 1 {
		l.names[host] = turns[1:]
	}
	var addrs []netip.Addr
	for _, f := range strings.Fields(turns[0]) {
		addrs = append(addrs, netip.MustParseAddr(f))
	}
	return addrs, nil
}

// confined is an agent that may not go to 127.0.0.1 and ::1.
type confined struct {
	config Config
	env    *probe.Env
	uplink *uplink
}

func newConfined(t *testing.T, names map[string][]string) *confined {
	t.Helper()
	c := &confined{config: Config{
		Deny:    Deny{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("::1/128")}},
		Secrets: []Secret{{Name: "secret", Env: "ASSAY_TEST_ALLOW"}},
	}}
	t.Setenv("ASSAY_TEST_ALLOW", "hush")
	o := c.config.ProbeOptions()
	o.Resolver = &leads{names: names}
	env, err := probe.NewEnv(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = env.Close() })
	c.env, c.uplink = env, newUplink(nil, slog.New(slog.NewTextHandler(io.Discard, nil)))
	return c
}

// run runs a probe as the scheduler does.
func (c *confined) run(t *testing.T, spec slo.Spec, timeout time.Duration) slo.Measurement {
	t.Helper()
	p := slo.Probe{Name: "p", Every: time.Minute, Timeout: timeout, Spec: spec}
	return prepare(p, c.env, c.config.Allow.Kinds, c.uplink)(t.Context(), slo.At(time.Now()))
}

// everyKind are probes of every kind at a host and a port, by kind and variant.
// What dials nothing has none.
func everyKind(host, port string) map[string]slo.Spec {
	at := net.JoinHostPort(host, port)
	secret := slo.Secret{Name: "secret"}
	step := slo.Step{Name: "one", HTTP: slo.HTTP{URL: "http://" + at + "/"}}
	specs := map[string]slo.Spec{
		"http": &slo.HTTP{URL: "http://" + at + "/"}, "http over TLS": &slo.HTTP{URL: "https://" + at + "/"},
		"http 2": &slo.HTTP{URL: "https://" + at + "/", Version: "2"}, "http 3": &slo.HTTP{URL: "https://" + at + "/", Version: "3"},
		"http on one connection": &slo.HTTP{URL: "http://" + at + "/", Connection: "reuse"},
		"http at each address":   &slo.HTTP{URL: "http://" + at + "/", Addresses: "each"},
		"http with a preference": &slo.HTTP{URL: "http://" + at + "/", IP: "prefer6"},
		"websocket":              &slo.WebSocket{URL: "ws://" + at + "/"}, "websocket over TLS": &slo.WebSocket{URL: "wss://" + at + "/"},
		"grpc": &slo.GRPC{Address: at}, "grpc in the clear": &slo.GRPC{Address: at, Security: slo.SecurityNone},
		"tcp": &slo.TCP{Address: at}, "tcp with a script": &slo.TCP{Address: at, Script: []slo.TCPStep{{StartTLS: true}}},
		"tls":  &slo.TLS{Address: at},
		"udp":  &slo.UDP{Address: at, Send: "x"},
		"icmp": &slo.ICMP{Host: host},
		"ssh":  &slo.SSH{Address: at},
		"smtp": &slo.SMTP{Address: at}, "smtp over TLS": &slo.SMTP{Address: at, Security: slo.SecurityTLS, Username: "u", Password: secret},
		"imap": &slo.IMAP{Address: at}, "imap over TLS": &slo.IMAP{Address: at, Security: slo.SecurityTLS, Username: "u", Password: secret},
		"steps": &slo.Steps{Do: []slo.Step{step}}, "promql": &slo.PromQL{URL: "http://" + at, Total: "a", Good: "b"},
		"browser": &slo.Browser{URL: "http://" + at + "/"},
	}
	if !strings.Contains(host, ":") { // the source is of IPv4
		specs["http from an address"] = &slo.HTTP{URL: "http://" + at + "/", Source: "127.0.0.2"}
	}
	for _, protocol := range slo.StartTLSProtocols() {
		specs["tls by "+protocol] = &slo.TLS{Address: at, StartTLS: protocol}
	}
	for _, how := range []string{"udp", "tcp", "tls", "https"} {
		specs["dns by "+how] = &slo.DNS{Name: "example.com", Server: at, Transport: how}
	}
	for _, driver := range slo.SQLDrivers() {
		for _, security := range []slo.Security{slo.SecurityStartTLS, slo.SecurityNone} {
			specs[fmt.Sprintf("sql of %s by %s", driver, security)] = &slo.SQL{Driver: driver, Address: at, Username: "u", Password: secret, Security: security}
		}
	}
	return specs
}

// TestNoKindGoesWhereItMustNot: whatever kind an assignment names, and however
// it writes an address that is denied.
func TestNoKindGoesWhereItMustNot(t *testing.T) {
	w := newTripwire(t)
	c := newConfined(t, map[string][]string{
		"denied.test": {"127.0.0.1"}, "mapped.test": {"::ffff:127.0.0.1"}, "six.test": {"::1"}, "none.test": {"0.0.0.0"}, "none6.test": {"::"},
		"several.test": {"127.0.0.1 ::1 ::ffff:127.0.0.1 0.0.0.0"}, "wrapped.test": {"64:ff9b::7f00:1"}, "zone.test": {"::1%lo"},
	})
	seen := map[string]bool{"exec": true, "push": true, "backup": true} // they dial nothing
	for _, host := range []string{
		"127.0.0.1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::1", "::1%lo", "0.0.0.0", "::", "::ffff:0.0.0.0", "64:ff9b::127.0.0.1", "2002:7f00:1::",
		"denied.test", "mapped.test", "six.test", "none.test", "none6.test", "several.test", "wrapped.test", "zone.test", "DENIED.test",
	} {
		specs := everyKind(host, w.port)
		for _, name := range slices.Sorted(maps.Keys(specs)) {
			spec := specs[name]
			seen[spec.Kind()] = true
			if strings.Contains(host, "%") && (spec.Kind() == "browser" || strings.Contains(spec.Target(), "://") || spec.Kind() == "steps") {
				continue // no URL has a zone unescaped
			}
			m := c.run(t, spec, 5*time.Second)
			switch {
			case m.Outcome == slo.Unknown && m.Reason == slo.AgentDenied:
			case spec.Kind() == "browser" && (m.Reason == slo.AgentPermission || m.Reason == slo.AgentUnsupported): // no browser runs here
			case name == "http from an address" && m.Reason == slo.ResolveNotFound: // it has no address of the source's family
			default:
				t.Errorf("%s at %s: %s %s: %s", name, host, m.Outcome, m.Reason, m.Evidence)
			}
		}
		w.quiet(t)
	}
	for _, kind := range slo.Kinds() {
		if !seen[kind] {
			t.Errorf("no probe of kind %s was tried", kind)
		}
	}
}

// TestNoKindRunsThatIsNotAllowed: a kind that the agent's file does not list is
// not even prepared.
func TestNoKindRunsThatIsNotAllowed(t *testing.T) {
	c := newConfined(t, nil)
	for _, kind := range slo.Kinds() {
		c.config.Allow.Kinds = slices.DeleteFunc(slo.Kinds(), func(k string) bool { return k == kind })
		spec, ok := slo.NewSpec(kind)
		if !ok {
			t.Fatal(kind)
		}
		if m := c.run(t, spec, time.Second); m.Outcome != slo.Unknown || m.Reason != slo.AgentDenied || !strings.Contains(m.Evidence, kind) {
			t.Errorf("%s: %s %s: %s", kind, m.Outcome, m.Reason, m.Evidence)
		}
	}
}

// TestNoCommandOfAnAssignment: a command is one of the agent's file, by its
// whole name.
func TestNoCommandOfAnAssignment(t *testing.T) {
	c := newConfined(t, nil)
	for _, command := range []string{"/bin/sh", "sh", "check -x", "check\x00", "../check", "CHECK", "", "check;id"} {
		c.config.Commands = []Command{{Name: "check", Run: []string{"/bin/true"}}}
		o := c.config.ProbeOptions()
		env, err := probe.NewEnv(o)
		if err != nil {
			t.Fatal(err)
		}
		c.env = env
		if m := c.run(t, &slo.Exec{Command: command}, time.Second); m.Outcome != slo.Unknown || m.Reason != slo.AgentUnsupported {
			t.Errorf("%q: %s %s: %s", command, m.Outcome, m.Reason, m.Evidence)
		}
		_ = env.Close()
	}
}
