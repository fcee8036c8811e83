package probe

import (
	"context"
	"crypto/sha256"
	"net/netip"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"
)

// BenchmarkICMPLatency is the round trip to this machine as an idle and as a
// busy agent tell it, in microseconds: until the packet was read (user), and
// until the kernel had it (kernel), both of the same packets. The truth is that
// of the idle agent, so that what is more is error. The work of a busy agent is
// as that of handshakes: every processor has a goroutine that computes.
func BenchmarkICMPLatency(b *testing.B) {
	for _, load := range []struct {
		name string
		each int // goroutines for each processor
	}{{"idle", 0}, {"busy", 1}} {
		b.Run(load.name, func(b *testing.B) {
			s, err := openPingSocket(false)
			if err != nil {
				b.Skipf("left out, as the system gives no ICMP socket: %v", err)
			}
			defer s.link.Close()
			defer compute(load.each * runtime.GOMAXPROCS(0))()
			told := newLatencies(s)
			for b.Loop() {
				told.ping(b)
			}
			told.report(b)
		})
	}
}

// compute keeps so many goroutines busy until the returned function is called.
func compute(n int) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			for sum := [sha256.Size]byte{}; ctx.Err() == nil; {
				sum = sha256.Sum256(sum[:])
			}
		})
	}
	return func() { cancel(); all.Wait() }
}

// latencies are those of requests over one socket, told in both ways.
type latencies struct {
	socket       *pingSocket
	arrived      chan arrival
	user, kernel []time.Duration
}

func newLatencies(s *pingSocket) *latencies {
	l := &latencies{socket: s, arrived: make(chan arrival)}
	go func() {
		defer close(l.arrived)
		for buf := make([]byte, maxMessageICMP); ; {
			message, _, at, err := s.link.receive(buf)
			if err != nil {
				return
			}
			if mine(s, message) {
				l.arrived <- at
			}
		}
	}()
	return l
}

// ping sends one request, as a probe does, and waits for its reply.
func (l *latencies) ping(b *testing.B) {
	const pause = 2 * time.Millisecond // in which the receiver goes to sleep, as it does between probes
	time.Sleep(pause)
	message := l.socket.request(1, 1)
	sent := time.Now()
	if err := l.socket.link.send(message, netip.MustParseAddr("127.0.0.1")); err != nil {
		b.Fatal(err)
	}
	at := <-l.arrived
	l.user = append(l.user, at.read.Sub(sent))
	l.kernel = append(l.kernel, at.since(sent))
}

// report tells the middle and the hundredth that is worst.
func (l *latencies) report(b *testing.B) {
	for name, all := range map[string][]time.Duration{"user": l.user, "kernel": l.kernel} {
		slices.Sort(all)
		b.ReportMetric(float64(all[len(all)/2].Nanoseconds())/1000, name+"-p50-µs")
		b.ReportMetric(float64(all[len(all)*99/100].Nanoseconds())/1000, name+"-p99-µs")
	}
	b.ReportMetric(0, "ns/op") // of pauses and work says nothing
}
