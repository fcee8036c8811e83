package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/assay-sla/assay/slo"
)

const (
	controlTimeout = 2 * time.Second // of a connect to one control address
	controlHolds   = 5 * time.Second // that what a check found is believed
)

// uplink tells whether the agent's own network is there, by connecting to the
// addresses that its file lists under control. A probe that was not answered
// while none of these can be reached says nothing of its target.
type uplink struct {
	addresses []string
	connect   func(ctx context.Context, address string) error
	now       func() time.Time
	log       *slog.Logger

	mu      sync.Mutex // held while a check runs, so that others wait for it
	checked time.Time
	away    string // what the last check found; "" is a network that is there
}

func newUplink(addresses []string, log *slog.Logger) *uplink {
	return &uplink{addresses: addresses, connect: connectTo, now: time.Now, log: log}
}

func connectTo(ctx context.Context, address string) error {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", address)
	if err == nil {
		_ = c.Close()
	}
	return err
}

// silent reports whether a measurement may be of the agent's own network: its
// target was not reached, and nobody answered for it.
func silent(m slo.Measurement) bool {
	if m.Outcome != slo.Down {
		return false
	}
	switch m.Reason {
	case slo.ConnectTimeout, slo.ConnectUnreachable, slo.NoReply, slo.PacketLoss, slo.TLSTimeout, slo.FirstByteTimeout, slo.TransferTimeout:
		return true
	}
	return false
}

// judged is a measurement as it stands once the agent's own network is looked
// at: unknown where that is away.
func (u *uplink) judged(ctx context.Context, m slo.Measurement) slo.Measurement {
	if len(u.addresses) == 0 || !silent(m) {
		return m
	}
	if away := u.check(ctx); away != "" {
		m.Evidence = plain(fmt.Sprintf("the agent's own network is away (%s); the probe saw %s: %s", away, m.Reason, m.Evidence), slo.MaxEvidence)
		m.Outcome, m.Reason = slo.Unknown, slo.AgentUplink
	}
	return m
}

// check connects to all control addresses at once; the first that answers, or
// refuses, shows that the network is there. What it found holds for a while.
func (u *uplink) check(ctx context.Context) (away string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.checked.IsZero() && u.now().Sub(u.checked) < controlHolds {
		return u.away
	}
	before := u.away
	u.away = u.reach(ctx)
	if ctx.Err() != nil { // the agent stops: nothing was found
		u.away = before
		return ""
	}
	u.checked = u.now()
	switch {
	case before == "" && u.away != "":
		u.log.Error("the agent's own network is away; probes that are not answered say unknown", "found", u.away)
	case before != "" && u.away == "":
		u.log.Info("the agent's own network is back")
	}
	return u.away
}

// reach is "" where one address can be reached, else what became of each.
func (u *uplink) reach(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, controlTimeout)
	defer cancel()
	found := make(chan string, len(u.addresses))
	for _, a := range u.addresses {
		go func() {
			err := u.connect(ctx, a)
			switch {
			case err == nil, errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ECONNRESET):
				found <- ""
			default:
				found <- a + ": " + lastError(err)
			}
		}()
	}
	var bad []string
	for range u.addresses {
		f := <-found
		if f == "" {
			return ""
		}
		bad = append(bad, f)
	}
	return strings.Join(bad, ", ")
}

// lastError is an error in the words of its cause.
func lastError(err error) string {
	var errno syscall.Errno
	var dns *net.DNSError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer"
	case errors.As(err, &dns):
		return "its name cannot be resolved"
	case errors.As(err, &errno):
		return errno.Error()
	}
	return "cannot be reached"
}
