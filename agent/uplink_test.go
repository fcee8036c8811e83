package agent

import (
	"context"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/assay-sla/assay/agent/probe"
	"github.com/assay-sla/assay/slo"
)

// controls are control addresses that can go away.
type controls struct {
	err   atomic.Pointer[error]
	calls atomic.Int32
	at    time.Time
}

func (c *controls) set(err error) { c.err.Store(&err) }

func (c *controls) connect(context.Context, string) error {
	c.calls.Add(1)
	return *c.err.Load()
}

func controlled(err error) (*uplink, *controls) {
	c := &controls{at: time.Unix(1, 0)}
	c.set(err)
	u := newUplink([]string{"192.0.2.1:443", "192.0.2.2:443"}, slog.New(slog.DiscardHandler))
	u.connect, u.now = c.connect, func() time.Time { return c.at }
	return u, c
}

func TestUplinkJudges(t *testing.T) {
	down := func(r slo.Reason) slo.Measurement {
		return slo.Measurement{Outcome: slo.Down, Reason: r, Evidence: "seen"}
	}
	for _, c := range []struct {
		name string
		m    slo.Measurement
		err  error // of the control addresses
		want slo.Reason
	}{
		{"not answered, network away", down(slo.ConnectTimeout), syscall.ENETUNREACH, slo.AgentUplink},
		{"not answered, network silent", down(slo.NoReply), context.DeadlineExceeded, slo.AgentUplink},
		{"not answered, network there", down(slo.ConnectTimeout), nil, slo.ConnectTimeout},
		{"not answered, control refuses", down(slo.ConnectTimeout), syscall.ECONNREFUSED, slo.ConnectTimeout},
		{"refused: somebody answered", down(slo.ConnectRefused), syscall.ENETUNREACH, slo.ConnectRefused},
		{"another status: somebody answered", down(slo.StatusUnexpected), syscall.ENETUNREACH, slo.StatusUnexpected},
		{"up", slo.Measurement{Outcome: slo.Up}, syscall.ENETUNREACH, ""},
		{"unknown already", slo.Measurement{Outcome: slo.Unknown, Reason: slo.ResolveTimeout}, syscall.ENETUNREACH, slo.ResolveTimeout},
	} {
		t.Run(c.name, func(t *testing.T) {
			u, _ := controlled(c.err)
			got := u.judged(t.Context(), c.m)
			if got.Reason != c.want || (got.Reason == slo.AgentUplink) != (got.Outcome == slo.Unknown && c.m.Outcome == slo.Down) {
				t.Errorf("got %s %s", got.Outcome, got.Reason)
			}
			if got.Reason == slo.AgentUplink && (!strings.Contains(got.Evidence, string(c.m.Reason)) || !strings.Contains(got.Evidence, "192.0.2.2:443")) {
				t.Errorf("evidence %q", got.Evidence)
			}
		})
	}
}

// TestUplinkHolds: many failures ask once, and a network that is back is seen.
func TestUplinkHolds(t *testing.T) {
	u, c := controlled(syscall.ENETUNREACH)
	m := slo.Measurement{Outcome: slo.Down, Reason: slo.ConnectTimeout}
	for range 100 {
		if got := u.judged(t.Context(), m); got.Outcome != slo.Unknown {
			t.Fatalf("got %+v", got)
		}
	}
	if n := c.calls.Load(); n != 2 {
		t.Errorf("%d connects for two addresses", n)
	}
	c.set(nil)
	c.at = c.at.Add(controlHolds)
	if got := u.judged(t.Context(), m); got.Outcome != slo.Down {
		t.Errorf("the network is back: %+v", got)
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	c.set(context.Canceled)
	c.at = c.at.Add(controlHolds)
	if got := u.judged(stopped, m); got.Outcome != slo.Down {
		t.Errorf("an agent that stops has found nothing: %+v", got)
	}
	if got := newUplink(nil, slog.New(slog.DiscardHandler)).judged(t.Context(), m); got.Outcome != slo.Down {
		t.Errorf("without control addresses: %+v", got)
	}
}

// TestUplinkIsAsked: what every probe of the agent says goes by its network.
func TestUplinkIsAsked(t *testing.T) {
	env, err := probe.NewEnv(probe.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = env.Close() })
	deaf, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer deaf.Close()
	u, c := controlled(syscall.ENETUNREACH)
	p := slo.Probe{Name: "game", Timeout: 50 * time.Millisecond, Spec: &slo.UDP{Address: deaf.LocalAddr().String(), Send: "x"}}
	got := prepare(p, env, nil, u)(t.Context(), slo.At(time.Now()))
	if got.Outcome != slo.Unknown || got.Reason != slo.AgentUplink || c.calls.Load() != 2 {
		t.Errorf("got %s %s after %d connects: %s", got.Outcome, got.Reason, c.calls.Load(), got.Evidence)
	}
}
