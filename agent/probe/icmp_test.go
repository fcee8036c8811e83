package probe

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// mayPing leaves a test out where the system gives no ICMP socket.
func mayPing(t *testing.T, six bool) {
	t.Helper()
	s, err := openPingSocket(six)
	if err != nil {
		t.Skipf("left out, as the system gives no ICMP socket: %v", err)
	}
	_ = s.link.Close()
}

func TestICMP(t *testing.T) {
	mayPing(t, false)
	env := newEnv(t, Options{Resolver: staticNames{"local.test": "127.0.0.1"}})
	for _, spec := range []*slo.ICMP{
		{Host: "127.0.0.1"}, {Host: "local.test", Packets: 5, MaxLoss: 1, IP: "4"}, {Host: "127.0.0.7", Packets: 1},
	} {
		trace := new(Trace)
		m := prepare(t, spec, 2*time.Second, env).Run(t.Context(), now, trace)
		want(t, m, slo.Up, "")
		if m.Latency <= 0 || m.Latency > time.Second {
			t.Errorf("latency %v", m.Latency)
		}
		replies := 0
		for _, s := range trace.Steps {
			if s.Name == "reply" {
				replies++
			}
		}
		if replies != max(spec.Packets, 1) && replies != defaultPackets {
			t.Errorf("%d replies in %+v", replies, trace.Steps)
		}
	}
}

func TestICMPv6(t *testing.T) {
	mayPing(t, true)
	if b, err := os.ReadFile("/proc/net/if_inet6"); err == nil && len(b) == 0 {
		t.Skip("left out, as this machine has no IPv6")
	}
	want(t, once(t, &slo.ICMP{Host: "::1"}, 2*time.Second), slo.Up, "")
}

// Many probes share a socket, and each gets its own replies.
func TestICMPShared(t *testing.T) {
	mayPing(t, false)
	env := newEnv(t, Options{})
	results := make(chan slo.Measurement)
	const many = 50
	for i := range many {
		p := prepare(t, &slo.ICMP{Host: fmt.Sprintf("127.0.1.%d", i+1), Packets: 4}, 5*time.Second, env)
		go func() { results <- p.Run(t.Context(), now, nil) }()
	}
	for range many {
		want(t, <-results, slo.Up, "")
	}
	s, err := env.pinger.socket(false)
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.waiting) != 0 {
		t.Errorf("%d requests were not forgotten", len(s.waiting))
	}
}

func TestICMPWithoutPermission(t *testing.T) {
	env := newEnv(t, Options{})
	env.pinger.open = func(bool) (*pingSocket, error) {
		return nil, fmt.Errorf("listen ip4:icmp: %w", syscall.EPERM)
	}
	m := prepare(t, &slo.ICMP{Host: "127.0.0.1"}, time.Second, env).Run(t.Context(), now, nil)
	want(t, m, slo.Unknown, slo.AgentPermission)
	if !strings.Contains(m.Evidence, "ping_group_range") || !strings.Contains(m.Evidence, "CAP_NET_RAW") {
		t.Errorf("evidence %s", m.Evidence)
	}
	env.pinger.open = func(bool) (*pingSocket, error) { return nil, syscall.EMFILE }
	m = prepare(t, &slo.ICMP{Host: "127.0.0.1"}, time.Second, env).Run(t.Context(), now, nil)
	want(t, m, slo.Unknown, slo.AgentResources)
}

// A socket that nobody reads stands for a network that loses every reply.
func TestICMPNoReply(t *testing.T) {
	mayPing(t, false)
	env := newEnv(t, Options{})
	deaf, err := openPingSocket(false)
	if err != nil {
		t.Fatal(err)
	}
	env.pinger.sockets[false] = deaf
	m := prepare(t, &slo.ICMP{Host: "127.0.0.1", MaxLoss: 2}, short, env).Run(t.Context(), now, nil)
	want(t, m, slo.Down, slo.NoReply)
	if m.Latency < short || m.Latency > short+slack {
		t.Errorf("took %v", m.Latency)
	}
	if len(deaf.waiting) != 0 {
		t.Errorf("%d requests were not forgotten", len(deaf.waiting))
	}
	_ = deaf.link.Close()
	close(deaf.done)
}

// TestICMPOddReplies has the real replies of this machine come twice, from
// elsewhere, or after the round.
func TestICMPOddReplies(t *testing.T) {
	mayPing(t, false)
	to, other := netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("192.0.2.9")
	for _, c := range []struct {
		name    string
		deliver func(s *pingSocket, nth int, b []byte)
		outcome slo.State
		reason  slo.Reason
	}{
		{"each twice", func(s *pingSocket, _ int, b []byte) { s.take(b, to, read()); s.take(b, to, read()) }, slo.Up, ""},
		{"one, three times", func(s *pingSocket, nth int, b []byte) {
			for i := 0; nth == 0 && i < 3; i++ {
				s.take(b, to, read())
			}
		}, slo.Down, slo.PacketLoss},
		{"from elsewhere", func(s *pingSocket, _ int, b []byte) { s.take(b, other, read()) }, slo.Down, slo.NoReply},
		{"late", func(*pingSocket, int, []byte) {}, slo.Down, slo.NoReply},
	} {
		t.Run(c.name, func(t *testing.T) {
			env := newEnv(t, Options{})
			s, err := openPingSocket(false)
			if err != nil {
				t.Fatal(err)
			}
			env.pinger.sockets[false] = s
			var replies [][]byte
			go func() {
				defer close(s.done)
				for b := make([]byte, maxMessageICMP); ; {
					message, _, _, err := s.link.receive(b)
					if err != nil {
						return
					}
					if mine(s, message) {
						replies = append(replies, bytes.Clone(message))
						c.deliver(s, len(replies)-1, replies[len(replies)-1])
					}
				}
			}()
			want(t, prepare(t, &slo.ICMP{Host: "127.0.0.1"}, short, env).Run(t.Context(), now, nil), c.outcome, c.reason)
			_ = s.link.Close()
			<-s.done
			for _, b := range replies { // nobody waits for them now
				s.take(b, to, read())
			}
			if len(s.waiting) != 0 || len(replies) == 0 {
				t.Errorf("%d requests of %d that were answered were not forgotten", len(s.waiting), len(replies))
			}
		})
	}
}

// read is an arrival of now, as systems without stamps have it.
func read() arrival { return arrival{read: time.Now()} }

// mine tells the replies to a socket's own requests.
func mine(s *pingSocket, b []byte) bool {
	return len(b) >= 16 && b[0] == 0 && (!s.raw || binary.BigEndian.Uint16(b[4:]) == s.id)
}

func TestICMPAfterClose(t *testing.T) {
	env := newEnv(t, Options{})
	p := prepare(t, &slo.ICMP{Host: "127.0.0.1"}, time.Second, env)
	if err := env.Close(); err != nil {
		t.Fatal(err)
	}
	want(t, p.Run(t.Context(), now, nil), slo.Unknown, slo.AgentShuttingDown)
}

func TestICMPDecision(t *testing.T) {
	to := netip.MustParseAddr("192.0.2.1")
	var evidence told
	for name, tt := range map[string]struct {
		maxLoss int
		round   round
		outcome slo.State
		reason  slo.Reason
		latency time.Duration
	}{
		"all":         {0, round{trips: []time.Duration{7, 13, 8, 12}}, slo.Up, "", 10},
		"allowed":     {1, round{trips: []time.Duration{7, lost, 13, 10}}, slo.Up, "", 10},
		"loss":        {1, round{trips: []time.Duration{10, lost, lost, 20}}, slo.Down, slo.PacketLoss, 15},
		"at once":     {0, round{trips: []time.Duration{0, 0, 0, 0}}, slo.Up, "", 1},
		"none":        {3, round{trips: []time.Duration{lost, lost, lost, lost}}, slo.Down, slo.NoReply, 0},
		"unreachable": {0, round{trips: []time.Duration{lost, lost, lost, lost}, refused: "192.0.2.254 says so"}, slo.Down, slo.ConnectUnreachable, 0},
	} {
		t.Run(name, func(t *testing.T) {
			test := icmpTest{packets: 4, maxLoss: tt.maxLoss}
			r := run{m: new(slo.Measurement)}
			err := test.decide(&r, to, &tt.round)
			got := &failure{outcome: slo.Up}
			if err != nil {
				got = err.(*failure)
			}
			evidence.add(name, slo.Measurement{Outcome: got.outcome, Reason: got.reason, Evidence: got.text})
			if got.outcome != tt.outcome || got.reason != tt.reason || r.m.Latency != tt.latency {
				t.Errorf("got %v %v %v", got.outcome, got.reason, r.m.Latency)
			}
		})
	}
	evidence.golden(t, "testdata/icmp_evidence.golden")
}

func TestICMPRefusals(t *testing.T) {
	for _, spec := range []slo.ICMP{
		{}, {Host: "a", Packets: 21}, {Host: "a", Packets: -1}, {Host: "a", MaxLoss: 3}, {Host: "a", MaxLoss: -1}, {Host: "a/b"}, {Host: "::1", IP: "4"},
	} {
		if _, err := New(slo.Probe{Name: "p", Timeout: time.Second, Spec: &spec}, newEnv(t, Options{})); err == nil {
			t.Errorf("%+v was accepted", spec)
		}
	}
}

// fakeSocket is a socket whose messages a test makes itself.
func fakeSocket(six, raw bool) *pingSocket {
	return &pingSocket{six: six, raw: raw, id: 77, waiting: map[uint16]*echo{}}
}

// echoOf is the reply to a request.
func echoOf(s *pingSocket, seq uint16, token uint64) []byte {
	b := s.request(seq, token)
	b[0] = 0
	if s.six {
		b[0] = 129
	}
	return b
}

// refusalOf is what a router sends back for a request to an IPv4 address.
func refusalOf(s *pingSocket, to netip.Addr, seq uint16) []byte {
	b := []byte{3, 1, 0, 0, 0, 0, 0, 0}
	ip := make([]byte, 20)
	ip[0], ip[9] = 0x45, 1
	copy(ip[16:], to.AsSlice())
	return append(append(b, ip...), s.request(seq, 1)[:8]...)
}

func TestRepliesAreTakenFromWhomWasAsked(t *testing.T) {
	to, other := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	s := fakeSocket(false, true)
	replies := make(chan echoReply, 1)
	seq, err := s.expect(&echo{to: to, token: 5, reply: replies})
	if err != nil {
		t.Fatal(err)
	}
	strangeID := echoOf(s, seq, 5)
	binary.BigEndian.PutUint16(strangeID[4:], 78)
	for name, m := range map[string]struct {
		b    []byte
		from netip.Addr
	}{
		"other address":    {echoOf(s, seq, 5), other},
		"other token":      {echoOf(s, seq, 6), to},
		"other sequence":   {echoOf(s, seq+1, 5), to},
		"other identifier": {strangeID, to},
		"the request":      {s.request(seq, 5), to},
		"short":            {echoOf(s, seq, 5)[:12], to},
		"empty":            {nil, to},
		"refusal of other": {refusalOf(s, other, seq), other},
		"cut refusal":      {refusalOf(s, to, seq)[:30], other},
	} {
		s.take(m.b, m.from, read())
		if len(replies) != 0 {
			t.Fatalf("%s was taken", name)
		}
	}
	s.take(echoOf(s, seq, 5), to, read())
	if got := <-replies; got.seq != seq || got.refused != "" {
		t.Errorf("got %+v", got)
	}
	s.take(echoOf(s, seq, 5), to, read()) // a duplicate
	seq, _ = s.expect(&echo{to: to, token: 5, reply: replies})
	s.take(refusalOf(s, to, seq), other, read())
	if got := <-replies; !strings.Contains(got.refused, "192.0.2.2") {
		t.Errorf("got %+v", got)
	}
}

func FuzzICMPMessage(f *testing.F) {
	to := netip.MustParseAddr("192.0.2.1")
	s := fakeSocket(false, true)
	f.Add(echoOf(s, 0, 5), false)
	f.Add(refusalOf(s, to, 0), false)
	f.Add(echoOf(fakeSocket(true, true), 0, 5), true)
	f.Add(bytes.Repeat([]byte{1}, 60), true)
	f.Fuzz(func(t *testing.T, b []byte, six bool) {
		s := fakeSocket(six, true)
		replies := make(chan echoReply, 1)
		if _, err := s.expect(&echo{to: to, token: 5, reply: replies}); err != nil {
			t.Fatal(err)
		}
		s.take(b, to, read())
		s.take(b, to, read())
	})
}
