// Package probe tests targets: it runs one probe once and says what it saw as
// a slo.Measurement. A probe is prepared once with New, which compiles its
// expressions, TLS configuration and request, and is then run as often as its
// schedule says.
//
// Everything that a target sends is hostile: sizes and times are bounded, the
// evidence is cleaned, and a panic becomes a measurement of unknown. A target
// is down only where the target, its name or the path to it was seen to fail;
// what the agent itself could not do is unknown.
package probe

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Kind prepares the test of one kind from its spec. It returns an error for a
// spec that could never run; the catalogue's checks should have caught it.
type Kind func(spec slo.Spec, env *Env) (Test, error)

// Test runs a prepared probe once. It fills the run's measurement as it goes
// and returns nil where the target is up, otherwise a failure.
type Test func(*run) error

// Kinds is every kind of probe that this agent has.
func Kinds() map[string]Kind {
	return map[string]Kind{
		"http":      newHTTP,
		"websocket": newWebSocket,
		"grpc":      newGRPC,
		"tcp":       newTCP,
		"tls":       newTLS,
		"udp":       newUDP,
		"dns":       newDNS,
		"icmp":      newICMP,
		"ssh":       newSSH,
		"smtp":      newSMTP,
		"imap":      newIMAP,
		"sql":       newSQL,
		"exec":      newExec,
		"steps":     newSteps,
		"push":      newPush,
		"backup":    newBackup,
		"browser":   newBrowser,
		"promql":    newPromQL,
	}
}

// Prober is a prepared probe. It may be run from several goroutines at once.
type Prober struct {
	name    string
	timeout time.Duration
	every   time.Duration
	test    Test
	env     *Env
	hidden  secrets
}

// New prepares p. The timeout must be positive; env must outlive the prober.
// Without an every it is a minute, which matters to kinds that look back so far.
func New(p slo.Probe, env *Env) (*Prober, error) {
	if env == nil {
		return nil, fmt.Errorf("preparing %s: no environment", p.Name)
	}
	if p.Spec == nil {
		return nil, fmt.Errorf("preparing %s: no spec", p.Name)
	}
	if p.Timeout <= 0 {
		return nil, fmt.Errorf("preparing %s: timeout %v is not positive", p.Name, p.Timeout)
	}
	kind, ok := Kinds()[p.Spec.Kind()]
	if !ok {
		return nil, fmt.Errorf("preparing %s: this agent has no kind %q", p.Name, p.Spec.Kind())
	}
	test, err := kind(p.Spec, env)
	if err != nil {
		return nil, fmt.Errorf("preparing %s: %w", p.Name, err)
	}
	every := p.Every
	if every <= 0 {
		every = time.Minute
	}
	return &Prober{name: p.Name, timeout: p.Timeout, every: every, test: test, env: env, hidden: secretsOf(p.Spec)}, nil
}

// Run tests the target once, within the probe's timeout. at is the instant
// that the measurement bears and at which certificates are judged; durations
// are taken from the monotonic clock. With a trace, everything seen is noted
// there as well; nil notes nothing and costs nothing.
//
// The measurement has everything but the location, the catalogue's revision
// and the clock offset. Cancelling ctx ends the run at once with an outcome of
// unknown.
func (p *Prober) Run(ctx context.Context, at slo.Instant, trace *Trace) (m slo.Measurement) {
	r := run{env: p.env, at: at, every: p.every, m: &m, trace: trace, hidden: p.hidden, start: time.Now(), ctx: ctx}
	trace.begin(r.start, p.hidden)
	r.deadline = r.start.Add(p.timeout)
	if d, ok := ctx.Deadline(); ok && d.Before(r.deadline) {
		r.deadline = d
	}

	m.Probe, m.At = p.name, at
	defer func() {
		if v := recover(); v != nil {
			conclude(&m, unknownf(slo.AgentInternal, "the probe failed with a panic: %v", v), r.hidden)
		}
		if m.Latency == 0 {
			m.Latency = time.Since(r.start)
		}
	}()
	err := p.test(&r)
	conclude(&m, err, r.hidden)
	return m
}

// conclude writes what a test returned into its measurement.
func conclude(m *slo.Measurement, err error, hidden secrets) {
	if err == nil {
		m.Outcome = slo.Up
		return
	}
	var f *failure
	if !errors.As(err, &f) {
		f = unknownf(slo.AgentInternal, "%v", err)
	}
	m.Outcome, m.Reason = f.outcome, f.reason
	m.Evidence = hidden.clean(f.text, slo.MaxEvidence)
}

// run is one run of one probe: its budget, and what it has found so far.
type run struct {
	env      *Env
	ctx      context.Context // the caller's, whose end means that the agent stops
	start    time.Time
	deadline time.Time
	at       slo.Instant
	every    time.Duration // from one run to the next
	m        *slo.Measurement
	trace    *Trace
	hidden   secrets
	peer     netip.AddrPort // dialled last
	source   netip.Addr     // to dial from; invalid: the system chooses
}

// fail is the failure that err means in a phase, with the peer as evidence.
func (r *run) fail(p phase, err error) *failure {
	if r.stopped() {
		return unknownf(slo.AgentShuttingDown, "the agent stopped while the probe ran")
	}
	outcome, reason := classify(p, err)
	return &failure{outcome, reason, fmt.Sprintf("%s %s: %s", p, r.peer, plainError(err))}
}

// stopped reports whether the caller has ended the run; the end of a deadline
// that the caller set is a timeout like any other.
func (r *run) stopped() bool { return errors.Is(r.ctx.Err(), context.Canceled) }

// timed is the caller's context with the run's deadline.
func (r *run) timed() (context.Context, context.CancelFunc) {
	return context.WithDeadline(r.ctx, r.deadline)
}

// seen notes the earlier of two certificate expiries.
func (r *run) seen(expiry slo.Instant) {
	if r.m.CertExpiry == 0 || expiry < r.m.CertExpiry {
		r.m.CertExpiry = expiry
	}
}
