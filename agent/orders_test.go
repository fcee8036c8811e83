package agent

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/slo"
)

// ordered are orders whose probes do as the test says.
type ordered struct {
	*orders
	mu   sync.Mutex
	runs int
	got  chan slo.Measurement
}

func newOrders(t *testing.T, file string, run func(context.Context)) *ordered {
	t.Helper()
	x := &ordered{got: make(chan slo.Measurement, 10)}
	x.orders = &orders{
		file: file, log: slog.New(slog.DiscardHandler), places: make(chan struct{}, 1),
		ready: func(p slo.Probe) func(context.Context, slo.Instant) slo.Measurement {
			return func(ctx context.Context, at slo.Instant) slo.Measurement {
				x.mu.Lock()
				x.runs++
				x.mu.Unlock()
				run(ctx)
				return slo.Measurement{Probe: p.Name, At: at, Outcome: slo.Up}
			}
		},
		now: func() (slo.Instant, slo.Measurement) {
			return 1000, slo.Measurement{At: 1500, Offset: 500 * time.Millisecond}
		},
		done: func(_ string, _ slo.Instant, m slo.Measurement) { x.got <- m },
	}
	x.work, x.stop = context.WithCancel(t.Context())
	if err := x.load(); err != nil {
		t.Fatal(err)
	}
	return x
}

func restoreOrder(drill string) push.Order {
	return push.Order{Drill: drill, Probe: &slo.Probe{Name: "restore", Spec: &slo.Exec{Command: "restore"}}}
}

// An order is run once, however often it is given, also after a restart.
func TestOrdersRunOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), ordersFile)
	x := newOrders(t, file, func(context.Context) {})
	for range 3 {
		x.take([]push.Order{restoreOrder("d-1")}, "4711")
	}
	x.take([]push.Order{restoreOrder("d-1"), restoreOrder("d-2")}, "4711")
	x.running.Wait()
	if m := <-x.got; x.runs != 2 || m.At != 1500 || m.Offset != 500*time.Millisecond || m.Revision != "4711" {
		t.Errorf("%d runs, %+v", x.runs, m)
	}
	again := newOrders(t, file, func(context.Context) {})
	again.interrupted()
	again.take([]push.Order{restoreOrder("d-1"), restoreOrder("d-2")}, "4711")
	if again.running.Wait(); again.runs != 0 || len(again.got) != 0 {
		t.Errorf("%d runs after a restart", again.runs)
	}
}

// What was under way when the agent ended is told as unknown, once.
func TestOrdersInterrupted(t *testing.T) {
	file := filepath.Join(t.TempDir(), ordersFile)
	begun := make(chan struct{})
	x := newOrders(t, file, func(ctx context.Context) { close(begun); <-ctx.Done() })
	x.take([]push.Order{restoreOrder("d-1"), restoreOrder("d-2")}, "")
	<-begun
	x.stop()
	if x.running.Wait(); len(x.got) != 0 {
		t.Error("what was given up is measured")
	}
	again := newOrders(t, file, func(context.Context) {})
	again.interrupted()
	for range 2 {
		if m := <-again.got; m.Outcome != slo.Unknown || m.Reason != slo.AgentShuttingDown || m.Probe != "restore" {
			t.Errorf("%+v", m)
		}
	}
	last := newOrders(t, file, func(context.Context) {})
	if last.interrupted(); len(last.got) != 0 {
		t.Error("it is told twice")
	}
}

// Where it cannot be stored that an order begins, it is not run.
func TestOrdersWithoutDisk(t *testing.T) {
	x := newOrders(t, filepath.Join(t.TempDir(), "gone", ordersFile), func(context.Context) {})
	x.take([]push.Order{restoreOrder("d-1")}, "")
	if x.running.Wait(); x.runs != 0 || len(x.known) != 0 {
		t.Errorf("%d runs", x.runs)
	}
}

// An agent that does not know what it ran runs nothing, and says so.
func TestOrdersDamaged(t *testing.T) {
	file := filepath.Join(t.TempDir(), ordersFile)
	x := newOrders(t, file, func(context.Context) {})
	if err := os.WriteFile(file, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	damage := x.load()
	if damage == nil {
		t.Fatal("a damaged file is read")
	}
	if err := x.blind(damage); err != nil {
		t.Fatal(err)
	}
	x.take([]push.Order{restoreOrder("d-1")}, "")
	x.running.Wait()
	if m := <-x.got; x.runs != 0 || m.Outcome != slo.Unknown || m.Reason != slo.AgentInternal {
		t.Errorf("%d runs, %+v", x.runs, m)
	}
}
