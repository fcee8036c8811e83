package probe

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// serveUDP answers each datagram with what answer makes of it and of how many
// came before; nil is silence. Answers come one by one.
func serveUDP(t *testing.T, answer func(n int, got string) []string) string {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 2048)
		for n := 0; ; n++ {
			size, from, err := c.ReadFrom(buf)
			if err != nil {
				return
			}
			for _, a := range answer(n, string(buf[:size])) {
				_, _ = c.WriteTo([]byte(a), from)
			}
		}
	}()
	t.Cleanup(func() { _ = c.Close(); <-done })
	return c.LocalAddr().String()
}

func TestUDP(t *testing.T) {
	say := func(answers ...string) func(int, string) []string {
		return func(int, string) []string { return answers }
	}
	echo := func(_ int, got string) []string { return []string{got} }
	third := func(n int, got string) []string {
		if n < 2 {
			return nil
		}
		return []string{got}
	}
	var evidence told
	for _, c := range []struct {
		name    string
		answer  func(int, string) []string
		spec    slo.UDP
		outcome slo.State
		reason  slo.Reason
	}{
		{"any answer", say("x"), slo.UDP{Send: "ping"}, slo.Up, ""},
		{"an empty answer", say(""), slo.UDP{Send: "ping"}, slo.Up, ""},
		{"the answer", echo, slo.UDP{Send: "ping", Expect: "^ping$"}, slo.Up, ""},
		{"after others", say("a", "b", "pong"), slo.UDP{Send: "ping", Expect: "pong"}, slo.Up, ""},
		{"the third datagram", third, slo.UDP{Send: "ping"}, slo.Up, ""},
		{"one try only", third, slo.UDP{Send: "ping", Tries: 1}, slo.Down, slo.NoReply},
		{"bytes", echo, slo.UDP{Hex: true, Send: "00 ff", Expect: "ff"}, slo.Up, ""},
		{"silence", say(), slo.UDP{Send: "ping"}, slo.Down, slo.NoReply},
		{"another answer", say("\x1b[2Jno"), slo.UDP{Send: "ping", Expect: "pong"}, slo.Down, slo.BannerMismatch},
		{"a flood", say(make([]string, 200)...), slo.UDP{Send: "ping", Expect: "pong"}, slo.Down, slo.BannerMismatch},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.spec.Address = serveUDP(t, c.answer)
			m := once(t, &c.spec, 2*short)
			want(t, m, c.outcome, c.reason)
			evidence.add(c.name, m)
			if m.Outcome == slo.Up && m.Phases.FirstByte <= 0 {
				t.Errorf("phases %+v", m.Phases)
			}
			if m.Latency > 2*short+slack || strings.ContainsRune(m.Evidence, 0x1b) {
				t.Errorf("took %s: %s", m.Latency, m.Evidence)
			}
		})
	}
	closed, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	m := once(t, &slo.UDP{Address: closed.LocalAddr().String(), Send: "x"}, time.Second)
	want(t, m, slo.Down, slo.ConnectRefused)
	evidence.add("nobody listens", m)
	evidence.golden(t, "testdata/udp_evidence.golden")
}

// A datagram whose turn comes when the time is over, as on a machine that
// stood still, is no other silence than those before it.
func TestUDPLateTurn(t *testing.T) {
	address := serveUDP(t, func(int, string) []string { return nil })
	for range 300 {
		m := once(t, &slo.UDP{Address: address, Send: "ping", Tries: 10}, 500*time.Microsecond)
		if m.Reason == slo.FirstByteTimeout {
			t.Fatalf("got %s: %s", m.Reason, m.Evidence)
		}
	}
}

func TestUDPRefusals(t *testing.T) {
	for _, spec := range []slo.UDP{
		{}, {Address: "a:1"}, {Address: "a", Send: "x"}, {Address: "a:1", Send: "x", Expect: "("}, {Address: "a:1", Send: "x", Tries: 11},
		{Address: "a:1", Send: "xyz", Hex: true}, {Address: "a:1", Send: strings.Repeat("x", 1401)},
	} {
		if _, err := New(slo.Probe{Name: "p", Timeout: time.Second, Spec: &spec}, newEnv(t, Options{})); err == nil {
			t.Errorf("%+v was accepted", spec)
		}
	}
}
