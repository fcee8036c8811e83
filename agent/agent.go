// Package agent is the agent: it fetches its assignment, runs each probe at
// its slots, keeps what it saw in a durable queue, and pushes that to the
// collector. New opens everything and undoes it on an error, Run blocks.
package agent

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/assay-sla/assay/agent/inputs"
	"github.com/assay-sla/assay/agent/probe"
	"github.com/assay-sla/assay/agent/queue"
	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/slo"
)

// Options are what an agent needs besides its configuration.
type Options struct {
	Version string // of the program, told to the collector
	Log     *slog.Logger

	seams
}

// seams are what tests of a fleet on simulated time put in the place of the
// machine. The zero value is the machine.
type seams struct {
	clock func() reading
	dial  func(ctx context.Context, network, address string) (net.Conn, error) // to the collector
	disk  func() error                                                         // asked before the queue writes
	probe func(p slo.Probe) func(context.Context, slo.Instant) slo.Measurement // in the place of its kind
}

// Bounds of stopping: what runs may end within runGrace and is then told to,
// and what is queued may be delivered within pushGrace.
const (
	runGrace  = 2 * time.Second
	pushGrace = 5 * time.Second
)

// Agent is an agent that is ready to run.
type Agent struct {
	config       Config
	seams        seams
	clock        *push.Clock
	offset       *correction
	log          *slog.Logger
	env          *probe.Env
	uplink       *uplink
	destinations destinations
	heartbeats   *heartbeats // nil: jobs can send none
	heartbeatsAt net.Listener
	heartbeatsBy *http.Server
	credential   *credential // nil: the agent was not enrolled
	queue        *queue.Queue
	client       *push.Client
	counts       *counts
	recorder     *recorder
	schedule     *scheduler
	saturation   *saturation
	orders       *orders
	sources      []source
	listener     net.Listener // nil without metrics
	revision     atomic.Pointer[string]

	assigning sync.Mutex
	undo      []func() error // last first
	closing   sync.Once
	closed    error
}

// New checks the configuration, opens the queue, reads the stored assignment
// and binds the listener. On an error nothing stays open.
func New(c Config, o Options) (*Agent, error) {
	if o.Log == nil {
		return nil, errors.New("building the agent: no log")
	}
	c = c.withDefaults()
	var bad []error
	for _, e := range c.check() {
		bad = append(bad, e)
	}
	if err := errors.Join(bad...); err != nil {
		return nil, fmt.Errorf("building the agent: %w", err)
	}
	a := &Agent{config: c, log: o.Log, seams: o.seams}
	if a.seams.clock == nil {
		a.seams.clock = systemClock()
	}
	a.clock = &push.Clock{Steps: newSteps(a.seams.clock).next}
	a.offset = &correction{estimate: a.clock.Offset}
	if err := a.open(o); err != nil {
		return nil, fmt.Errorf("building the agent: %w", errors.Join(err, a.Close()))
	}
	return a, nil
}

// ProbeOptions are what the probes of this agent may do, and know.
func (c Config) ProbeOptions() probe.Options {
	c = c.withDefaults()
	return probe.Options{Allow: c.dialled, Secrets: c.probeSecret, Commands: c.commands(), Backups: c.backups(), Browser: c.Browser, UserAgent: "assay-agent"}
}

// open opens, in order, everything that Close closes.
func (a *Agent) open(o Options) error {
	if err := a.openQueue(); err != nil {
		return err
	}
	if err := a.openHeartbeats(); err != nil {
		return err
	}
	options := a.config.ProbeOptions()
	if a.heartbeats != nil {
		options.Heartbeats = a.heartbeats.last
	}
	options.Samples = func(at slo.Instant, s []slo.Sample) { a.recorder.readings(slo.Readings{At: at, Samples: s}) }
	env, err := probe.NewEnv(options)
	if err != nil {
		return err
	}
	a.destinations.limit = a.config.PerDestination
	a.env, a.uplink = env, newUplink(a.config.Control, a.log)
	a.undo = append(a.undo, env.Close)
	a.counts = newCounts()
	a.undo = append(a.undo, func() error { a.counts.close(); return nil })
	a.recorder = newRecorder(a.queue, a.config.Location, a.counts, a.log)

	a.schedule = newScheduler(schedulerOptions{
		agent: a.config.Name, limit: a.config.Concurrency, clock: a.seams.clock, offset: a.offset.now, sink: a.recorder,
	})
	a.saturation = &saturation{measure: a.measure, offer: a.offer}
	if err := a.openInputs(); err != nil {
		return err
	}
	if err := a.openOrders(); err != nil {
		return err
	}
	a.openAssignment()
	if err := a.openClient(o.Version); err != nil {
		return err
	}
	if a.config.Metrics.Address != "" {
		if a.listener, err = net.Listen("tcp", a.config.Metrics.Address); err != nil {
			return fmt.Errorf("listening for metrics: %w", err)
		}
		a.undo = append(a.undo, closeListener(a.listener))
	}
	g := gauges{
		depth: a.queue.Depth, lost: a.queue.Dropped, failures: a.client.Failures, offset: a.clock.Offset,
		probes: func() int { return len(a.schedule.jobs()) }, room: a.saturation.room, used: a.saturation.used,
	}
	if a.credential != nil {
		g.expiry = func() time.Time { return a.credential.held.Load().pair.Leaf.NotAfter }
	}
	a.counts.watch(g)
	return nil
}

// now is the agent's own clock, as it is set.
func (a *Agent) now() time.Time { return a.seams.clock().wall }

// measure is what the agent has measured of itself.
func (a *Agent) measure() sample {
	s := a.schedule.sample()
	s.cpu, s.waiting = processorTime(), a.recorder.waiting()
	return s
}

// offer is what the agent can use at most.
func (a *Agent) offer() offer {
	return offer{places: a.config.Concurrency, cores: processors(), records: recordBuffer}
}

func (a *Agent) openQueue() error {
	if err := os.MkdirAll(a.config.Data, 0o700); err != nil {
		return fmt.Errorf("making the data folder: %w", err)
	}
	q, notes, err := queue.Open(filepath.Join(a.config.Data, "queue"), queue.Options{
		MaxBytes: a.config.Queue.Size, MaxAge: a.config.Queue.Age,
		Now:  func() slo.Instant { return slo.At(a.now()).Add(a.offset.now()) },
		Disk: a.seams.disk,
	})
	for _, n := range notes {
		a.log.Warn("opening the queue", "note", n)
	}
	if err != nil {
		return err
	}
	a.queue = q
	a.undo = append(a.undo, q.Close)
	return nil
}

func (a *Agent) openInputs() error {
	for _, in := range a.config.Inputs {
		read, err := inputs.New(in.Name, a.config.settings(in), func(text string) { a.log.Warn("reading the machine", "input", in.Name, "note", text) })
		if err != nil {
			return err
		}
		a.sources = append(a.sources, source{
			name: in.Name, slots: slotsOf(a.config.Name, "input "+in.Name, in.Interval), input: read,
			offset: a.offset.now, recorder: a.recorder, counts: a.counts, log: a.log,
		})
	}
	return nil
}

// settings are what an input is made with.
func (c Config) settings(in Input) inputs.Settings {
	s := inputs.Settings{Servers: in.Servers, User: in.User, CA: in.CA}
	if in.Password != "" {
		s.Password = func() (string, error) { return c.secret(in.Password) }
	}
	return s
}

// openAssignment takes up the stored assignment. A damaged one is no reason
// not to start: the collector gives another.
func (a *Agent) openAssignment() {
	stored, err := loadAssignment(a.config.Data, a.config.Name, a.config.Location)
	if err != nil {
		a.log.Error("starting without an assignment", "error", err)
	}
	a.use(stored)
}

func (a *Agent) openClient(version string) error {
	tlsConfig, err := a.config.TLS.client()
	if err == nil {
		err = a.openCredential(tlsConfig)
	}
	if err != nil {
		return err
	}
	token, err := readToken(a.config.TokenFile)
	if err != nil {
		return err
	}
	a.client, err = push.NewClient(push.ClientOptions{
		Addresses: a.config.Collectors, Agent: a.config.Name, Location: a.config.Location, Labels: a.config.Labels, Version: version,
		Token: token, TLS: tlsConfig, Queue: a.queue, Clock: a.clock, Now: a.now, Dial: a.seams.dial, Started: a.now(),
		Watermark: func() time.Time { return a.watermark().Add(a.offset.now()).Time() },
		Room:      a.saturation.room,
		Assigned:  a.assigned, Revision: func() string { return *a.revision.Load() },
		Grace: pushGrace, Log: a.log,
	})
	return err
}

// openCredential takes up the certificate that enrolment gave the agent, where
// it did, and its file names no other.
func (a *Agent) openCredential(cfg *tls.Config) error {
	held, err := loadIdentity(a.config.Data)
	if held == nil && err == nil && a.config.TLS.Cert == "" && a.config.TokenFile == "" && slices.ContainsFunc(a.config.Collectors, isHTTPS) {
		a.log.Warn("this agent has nothing to show its collector: enroll it with assay-agent enroll, or name a tokenFile or tls.cert")
	}
	if err != nil || held == nil || a.config.TLS.Cert != "" {
		return err
	}
	if held.Agent != a.config.Name || held.Location != a.config.Location {
		return fmt.Errorf("the certificate in %s is of agent %s in %s, and this is %s in %s: enroll it anew",
			a.config.Data, held.Agent, held.Location, a.config.Name, a.config.Location)
	}
	a.credential = &credential{
		data: a.config.Data, log: a.log, now: time.Now,
		renew: func(ctx context.Context, request []byte) (push.EnrollReply, error) {
			return a.client.Renew(ctx, request)
		},
		renewed: func() { a.client.Reconnect() },
	}
	a.credential.held.Store(held)
	return a.credential.use(cfg)
}

// isHTTPS tells collectors that ask an agent who it is.
func isHTTPS(collector string) bool { return strings.HasPrefix(collector, "https:") }

// watermark is an instant, by the agent's own clock, before which every slot
// is measured and queued.
func (a *Agent) watermark() slo.Instant {
	// In this order: what moves from one to the other meanwhile is seen by one.
	mark := a.schedule.watermark()
	return a.recorder.watermark(mark)
}

// assigned takes a new assignment from the collector.
func (a *Agent) assigned(n push.Assignment) error {
	a.use(n)
	if err := saveAssignment(a.config.Data, a.config.Name, a.config.Location, n); err != nil {
		a.log.Error("the assignment is in use but was not stored", "error", err)
	}
	a.log.Info("took an assignment", "revision", n.Revision, "probes", len(n.Probes))
	return nil
}

func (a *Agent) use(n push.Assignment) {
	a.assigning.Lock()
	defer a.assigning.Unlock()
	if a.heartbeats != nil {
		if err := a.heartbeats.await(n.Probes); err != nil {
			a.log.Error("waiting for the heartbeats of an assignment failed", "error", err)
		}
	}
	a.schedule.assign(a.jobs(n, a.schedule.jobs()))
	a.orders.take(n.Orders, n.Catalogue)
	a.revision.Store(&n.Revision)
}

// Addr is where metrics are served, nil where they are not.
func (a *Agent) Addr() net.Addr {
	if a.listener == nil {
		return nil
	}
	return a.listener.Addr()
}

// Run probes and pushes until ctx ends. Then what runs may end, everything is
// queued, and what is queued may be delivered, each within its bound. It
// closes the agent.
func (a *Agent) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	serving, stopServing := context.WithCancelCause(context.WithoutCancel(ctx))
	pushing, stopPushing := context.WithCancel(context.WithoutCancel(ctx))
	recording, stopRecording := context.WithCancel(context.WithoutCancel(ctx))
	defer stopServing(nil)
	defer stopPushing()
	defer stopRecording()

	probing, failed := context.WithCancelCause(ctx)
	defer failed(nil)
	if a.listener != nil {
		wg.Go(func() {
			if err := serveSelf(serving, a.listener, a.counts, a.healthy); err != nil {
				failed(err)
			}
		})
	}
	wg.Go(func() {
		if err := a.client.Run(pushing); err != nil {
			failed(err)
		}
	})
	if a.heartbeats != nil {
		wg.Go(func() {
			if err := a.serveHeartbeats(serving); err != nil {
				failed(err)
			}
		})
	}
	if a.credential != nil {
		wg.Go(func() { a.credential.loop(pushing) })
	}
	recorded := make(chan struct{})
	wg.Go(func() { a.recorder.loop(recording); close(recorded) })
	wg.Go(func() { a.saturation.loop(probing) })
	var gathering sync.WaitGroup
	for _, s := range a.sources {
		gathering.Go(func() { s.loop(probing) })
	}

	a.schedule.loop(probing)
	a.schedule.drain(runGrace)
	gathering.Wait()
	stopRecording()
	<-recorded
	stopPushing()
	stopServing(nil)
	wg.Wait()
	err := context.Cause(probing)
	if ctx.Err() != nil {
		err = nil
	}
	return errors.Join(err, a.Close())
}

// maxStill is how long the scheduler may not turn before the agent calls
// itself unhealthy.
const maxStill = 10 * time.Second

func (a *Agent) healthy() error {
	if still := slo.At(a.now()).Sub(a.schedule.turned()); still > maxStill {
		return fmt.Errorf("the scheduler has not turned for %s", still)
	}
	if a.recorder.broken() {
		return errors.New("the disk takes no measurements")
	}
	return nil
}

// Close closes what New opened. Run does it too; a second call does nothing.
func (a *Agent) Close() error {
	a.closing.Do(func() {
		var errs []error
		for i := len(a.undo) - 1; i >= 0; i-- {
			errs = append(errs, a.undo[i]())
		}
		a.closed = errors.Join(errs...)
	})
	return a.closed
}

// closeListener closes a listener that its server may have closed before.
func closeListener(l net.Listener) func() error {
	return func() error {
		if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	}
}
