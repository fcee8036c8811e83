package probe

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/assay-sla/assay/slo"
)

// answersAfter is a network that answers every packet after a while.
func answersAfter(d time.Duration) *madeNetwork {
	return &madeNetwork{fate: func(netip.Addr, int) []event { return []event{{after: d, kind: "reply"}} }}
}

// atOnce runs probes of so many hosts, all of which begin at one instant.
func atOnce(t *testing.T, hosts int, spec slo.ICMP, timeout time.Duration, env *Env) []slo.Measurement {
	t.Helper()
	all := make(chan slo.Measurement)
	for i := range hosts {
		s := spec
		s.Host = fmt.Sprintf("198.18.%d.%d", i/250, i%250)
		p := prepare(t, &s, timeout, env)
		go func() { all <- p.Run(t.Context(), now, nil) }()
	}
	got := make([]slo.Measurement, hosts)
	for i := range got {
		got[i] = <-all
	}
	return got
}

// A thousand targets that are due at one instant do not burst: in no stretch of
// time do more packets leave than the pace lets, nor two of a round closer than
// its own pace, and all of them are measured.
func TestPaceOfManyTargets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := answersAfter(20 * time.Millisecond)
		env := pingerOn(t, n, Options{})
		defer env.Close()
		for _, m := range atOnce(t, manyTargets, slo.ICMP{Packets: 3}, 5*time.Second, env) {
			if m.Outcome != slo.Up || m.Latency != 20*time.Millisecond {
				t.Fatalf("%s %s %v: %s", m.Outcome, m.Reason, m.Latency, m.Evidence)
			}
		}
		if len(n.left) != 3*manyTargets {
			t.Errorf("%d packets left", len(n.left))
		}
		// Where each packet and those before it keep the pace, every stretch does.
		for i := packetBurst; i < len(n.left); i++ {
			for _, before := range []int{packetBurst, min(i, 100), min(i, 1000), i} {
				if took := n.left[i].Sub(n.left[i-before]); took < time.Duration(before-packetBurst)*time.Second/maxPacketRate-time.Microsecond {
					t.Fatalf("%d packets left in %v", before+1, took)
				}
			}
		}
		last := map[netip.Addr]time.Time{}
		for i, to := range n.where {
			if before, known := last[to]; known && n.left[i].Sub(before) < maxPace {
				t.Fatalf("packets to %s left %v apart", to, n.left[i].Sub(before))
			}
			last[to] = n.left[i]
		}
	})
}

// What cannot leave in time is not lost: no target is down for it, and the
// agent says that it is overloaded. Those whose turn came are measured.
func TestPaceOfTooMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		env := pingerOn(t, answersAfter(20*time.Millisecond), Options{})
		defer env.Close()
		up, overloaded := 0, 0
		for _, m := range atOnce(t, 3000, slo.ICMP{Packets: 1}, time.Second, env) {
			switch {
			case m.Outcome == slo.Up:
				up++
			case m.Reason == slo.AgentOverloaded && strings.Contains(m.Evidence, "0 of 1 packets"):
				overloaded++
			default:
				t.Fatalf("%s %s: %s", m.Outcome, m.Reason, m.Evidence)
			}
		}
		if wanted := maxPacketRate*3/4 + packetBurst; up < wanted-1 || up > wanted+1 || up+overloaded != 3000 {
			t.Errorf("%d up and %d overloaded; %d can leave in three quarters of a second", up, overloaded, wanted)
		}
		// Nobody's place is kept that was not taken.
		if m := atOnce(t, 1, slo.ICMP{Packets: 1}, time.Second, env)[0]; m.Outcome != slo.Up {
			t.Errorf("%s %s: %s", m.Outcome, m.Reason, m.Evidence)
		}
	})
}

// The last packet leaves with a quarter of the time for its reply, also where
// the name took most of it.
func TestPaceOfARound(t *testing.T) {
	for _, c := range []struct {
		packets  int
		resolved time.Duration
		apart    time.Duration // 0: they cannot all leave
	}{
		{3, 0, 100 * time.Millisecond}, {10, 0, 50 * time.Millisecond}, {20, 0, 25 * time.Millisecond},
		{3, 900 * time.Millisecond, 100 * time.Millisecond / 6}, {20, 900 * time.Millisecond, 0},
	} {
		t.Run(fmt.Sprint(c.packets, " after ", c.resolved), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := answersAfter(time.Millisecond)
				env := pingerOn(t, n, Options{Resolver: slowName(c.resolved)})
				defer env.Close()
				begun := time.Now()
				m := prepare(t, &slo.ICMP{Host: "slow.test", Packets: c.packets}, time.Second, env).Run(t.Context(), now, nil)
				if c.apart == 0 {
					want(t, m, slo.Unknown, slo.AgentOverloaded)
					return
				}
				want(t, m, slo.Up, "")
				for i := 1; i < len(n.left); i++ {
					if apart := n.left[i].Sub(n.left[i-1]); apart != c.apart {
						t.Errorf("%v apart", apart)
					}
				}
				if left := begun.Add(time.Second).Sub(n.left[len(n.left)-1]); left < (time.Second-c.resolved)/4 {
					t.Errorf("%v were left for the last reply", left)
				}
			})
		})
	}
}

// slowName is a resolver that takes a while for any name.
type slowName time.Duration

func (s slowName) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	time.Sleep(time.Duration(s))
	return []netip.Addr{netip.MustParseAddr("192.0.2.1")}, nil
}
