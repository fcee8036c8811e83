package probe

import (
	"encoding/binary"
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/assay-sla/assay/slo"
)

// madeNetwork says what comes of each packet.
type madeNetwork struct {
	fate   func(to netip.Addr, nth int) []event // of the nth packet that left
	in     chan packet
	closed chan struct{}

	mu    sync.Mutex
	left  []time.Time // when each packet left
	where []netip.Addr
}

// event is something that comes back for a packet, after a while.
type event struct {
	after  time.Duration
	unread time.Duration // for which it then lies in the kernel, stamped
	kind   string        // reply, foreign, forged, refusal
}

// packet is what a socket reads.
type packet struct {
	message []byte
	from    netip.Addr
	stamp   time.Time
}

// pingerOn is an environment whose ICMP goes to a network. It lives in the
// bubble of a test, and is closed by it.
func pingerOn(t *testing.T, n *madeNetwork, o Options) *Env {
	t.Helper()
	n.in, n.closed = make(chan packet, 1<<16), make(chan struct{})
	env, err := NewEnv(o)
	if err != nil {
		t.Fatal(err)
	}
	env.pinger.open = func(six bool) (*pingSocket, error) { return newPingSocket(n, six, true), nil }
	return env
}

func (n *madeNetwork) send(message []byte, to netip.Addr) error {
	n.mu.Lock()
	nth := len(n.left)
	n.left, n.where = append(n.left, time.Now()), append(n.where, to)
	n.mu.Unlock()
	for _, e := range n.fate(to, nth) {
		b, from := slices.Clone(message), to
		b[0] = 0 // the reply
		switch e.kind {
		case "foreign":
			from = netip.MustParseAddr("192.0.2.250")
		case "forged":
			b[8] ^= 1
		case "refusal":
			from, b = netip.MustParseAddr("192.0.2.254"), refusalFor(message, to)
		}
		time.AfterFunc(e.after, func() {
			p := packet{b, from, time.Now().Round(0)}
			time.AfterFunc(e.unread, func() { n.in <- p })
		})
	}
	return nil
}

// refusalFor is what a router sends back for a request.
func refusalFor(request []byte, to netip.Addr) []byte {
	s := &pingSocket{raw: true, id: binary.BigEndian.Uint16(request[4:])}
	return refusalOf(s, to, binary.BigEndian.Uint16(request[6:]))
}

func (n *madeNetwork) receive([]byte) ([]byte, netip.Addr, arrival, error) {
	select {
	case p := <-n.in:
		return p.message, p.from, arrival{read: time.Now(), stamp: p.stamp}, nil
	case <-n.closed:
		return nil, netip.Addr{}, arrival{}, net.ErrClosed
	}
}

func (n *madeNetwork) Close() error {
	select {
	case <-n.closed:
	default:
		close(n.closed)
	}
	return nil
}

// modelled is what a round must come to, worked out event by event.
type modelled struct {
	outcome slo.State
	latency time.Duration
	loss    float64
	jitter  float64 // below 0: none
}

// model counts a round of packets that leave at an even pace.
func model(fates [][]event, maxLoss int, timeout time.Duration) modelled {
	pace := min(100*time.Millisecond, max(10*time.Millisecond, timeout/time.Duration(2*len(fates))))
	m := modelled{jitter: -1, outcome: slo.Up}
	var total, differences time.Duration
	replies, pairs, before := 0, 0, time.Duration(-1)
	for i, events := range fates {
		var first *event // that is read, and in time
		for _, e := range events {
			in := e.kind == "reply" || e.kind == "refusal"
			if in && time.Duration(i)*pace+e.after+e.unread < timeout && (first == nil || e.after+e.unread < first.after+first.unread) {
				first = &e
			}
		}
		end := timeout
		if first != nil {
			end = time.Duration(i)*pace + first.after + first.unread
		}
		m.latency = max(m.latency, end) // of a round without replies: the time waited
		trip := time.Duration(-1)
		if first != nil && first.kind == "reply" {
			trip = first.after
			replies++
			total += trip
		}
		if trip >= 0 && before >= 0 {
			differences += max(trip-before, before-trip)
			pairs++
		}
		before = trip
	}
	if replies > 0 {
		m.latency = total / time.Duration(replies)
	}
	if len(fates)-replies > maxLoss {
		m.outcome = slo.Down
	}
	m.loss = float64(len(fates)-replies) / float64(len(fates))
	if pairs > 0 {
		m.jitter = (differences / time.Duration(pairs)).Seconds()
	}
	return m
}

// Rounds of packets that are lost, late, doubled, refused, and answered by
// others come to what the model counts.
func TestRoundsAgainstModel(t *testing.T) {
	const timeout = time.Second
	rapid.Check(t, func(rt *rapid.T) {
		at := 0 // so that no two events fall on one instant
		anEvent := rapid.Custom(func(t *rapid.T) event {
			at++
			return event{
				after:  time.Duration(rapid.IntRange(0, 1300).Draw(t, "ms"))*time.Millisecond + time.Duration(at)*time.Microsecond,
				unread: time.Duration(rapid.SampledFrom([]int{0, 0, 1, 30}).Draw(t, "unread ms")) * time.Millisecond,
				kind:   rapid.SampledFrom([]string{"reply", "reply", "reply", "foreign", "forged", "refusal"}).Draw(t, "kind"),
			}
		})
		fates := rapid.SliceOfN(rapid.SliceOfN(anEvent, 0, 3), 1, maxPackets).Draw(rt, "fates")
		maxLoss := rapid.IntRange(0, len(fates)-1).Draw(rt, "maxLoss")
		wanted, got := model(fates, maxLoss, timeout), modelled{jitter: -1}
		synctest.Test(t, func(t *testing.T) {
			env := pingerOn(t, &madeNetwork{fate: func(_ netip.Addr, nth int) []event { return fates[nth] }}, Options{
				Samples: func(_ slo.Instant, samples []slo.Sample) {
					for _, s := range samples {
						*map[string]*float64{lossName: &got.loss, jitterName: &got.jitter}[s.Name] = s.Value
					}
				},
			})
			defer env.Close()
			m := prepare(t, &slo.ICMP{Host: "192.0.2.1", Packets: len(fates), MaxLoss: maxLoss}, timeout, env).Run(t.Context(), now, nil)
			got.outcome, got.latency = m.Outcome, m.Latency
		})
		if got != wanted {
			rt.Fatalf("got %+v, want %+v", got, wanted)
		}
	})
}
