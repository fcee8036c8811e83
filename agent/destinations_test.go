package agent

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/assay-sla/assay/slo"
)

// TestDestinations lets so many in to one host and no more, and others not wait
// for it.
func TestDestinations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &destinations{limit: 2}
		enter := func(host string, most time.Duration) (func(), error) {
			ctx, cancel := context.WithTimeout(t.Context(), most)
			defer cancel()
			return d.enter(ctx, host)
		}
		first, err := enter("a", time.Second)
		if err != nil {
			t.Fatal(err)
		}
		second, err := enter("a", time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := enter("a", time.Second); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a third: %v", err)
		}
		other, err := enter("b", time.Second)
		if err != nil {
			t.Errorf("another host: %v", err)
		}
		began := time.Now()
		time.AfterFunc(time.Minute, first)
		third, err := enter("a", time.Hour)
		if err != nil || time.Since(began) != time.Minute {
			t.Errorf("after one left: %v, %s", err, time.Since(began))
		}
		for _, leave := range []func(){second, third, other} {
			leave()
		}
		if len(d.hosts) != 0 {
			t.Errorf("%d hosts are remembered", len(d.hosts))
		}
		if leave, err := (&destinations{}).enter(t.Context(), "a"); err != nil {
			t.Errorf("without a bound: %v", err)
		} else {
			leave()
		}
	})
}

// TestPaced says that the agent could not, where no place comes free in the
// probe's timeout, and gives each run its place back.
func TestPaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, p := &destinations{limit: 1}, slo.Probe{Name: "web", Timeout: time.Second, Spec: &slo.HTTP{URL: "https://a.example/x"}}
		took := 10 * time.Second
		run := d.paced(p, func(context.Context, slo.Instant) slo.Measurement {
			time.Sleep(took)
			return slo.Measurement{Probe: "web", Outcome: slo.Up}
		})
		first := make(chan slo.Measurement)
		go func() { first <- run(t.Context(), 1) }()
		synctest.Wait()
		if m := run(t.Context(), 2); m.Outcome != slo.Unknown || m.Reason != slo.AgentOverloaded || m.At != 2 {
			t.Errorf("beside another: %+v", m)
		}
		if m := <-first; m.Outcome != slo.Up {
			t.Errorf("the first: %+v", m)
		}
		took = 0
		for range 3 {
			if m := run(t.Context(), 3); m.Outcome != slo.Up {
				t.Errorf("alone: %+v", m)
			}
		}
	})
}

func TestHostOf(t *testing.T) {
	for target, want := range map[string]string{
		"https://Shop.example:8443/x?y": "shop.example", "db.example:5432": "db.example", "[2001:db8::1]:22": "2001:db8::1",
		"router": "router", "2001:db8::1": "2001:db8::1", "http://[::1]/": "::1", "example.com@192.0.2.1:53": "example.com@192.0.2.1", "": "",
	} {
		if got := hostOf(target); got != want {
			t.Errorf("%q: %q, want %q", target, got, want)
		}
	}
}
