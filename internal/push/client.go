package push

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/sync/errgroup"

	"github.com/assay-sla/assay/slo"
)

// ClientOptions are what a Client is made of.
type ClientOptions struct {
	Addresses []string // base URLs of collectors; the first that answers is used
	Agent     string
	Location  string
	Labels    map[string]string
	Version   string
	Token     string // bearer; "" sends none
	TLS       *tls.Config
	Queue     Queue
	Clock     *Clock
	Now       func() time.Time // the clock that Clock is about; default time.Now
	// Dial connects to collectors; default TCP.
	Dial      func(ctx context.Context, network, address string) (net.Conn, error)
	Started   time.Time
	Watermark func() time.Time // every slot before it is measured and queued
	Room      func() *slo.Room // how many more probes the agent could run; may be nil, and return nil
	// Assigned is given each new assignment; Revision is that of the one in
	// use.
	Assigned func(Assignment) error
	Revision func() string
	Linger   time.Duration // how long the live lane gathers records; default 50 ms
	Beat     time.Duration // between heartbeats; default 10 s
	Grace    time.Duration // to deliver what is queued when Run is told to stop; default 5 s
	Log      *slog.Logger
}

// Queue is what a client delivers: numbered records on disk.
type Queue interface {
	// Epoch is random, made with the queue.
	Epoch() string
	// Next is the number that the next record will get, and Wait returns when
	// a record is durable, or a new epoch has begun.
	Next() uint64
	Wait(ctx context.Context, seq uint64) error
	// Runs yields the numbers that are there, and Read returns records from
	// one on. A record that is gone is an error with a method Missing() that
	// returns the range.
	Runs() iter.Seq2[uint64, uint64]
	Read(from uint64, records, bytes int) ([][]byte, error)
	// Opened returns the first number that this process gave, and the first,
	// at or before it, of which no collector has told yet whether this queue
	// alone gave it. Told notes what one said: from which number on another
	// gave them too, 0 where none did.
	Opened() (own, unproven uint64)
	Told(shared uint64) error
	// Renew begins a new epoch. What stays with the old one is forgotten, the
	// rest is queued anew, and a gap declares as many records as are doubtful.
	Renew(stays, doubtful IntervalSet) error
	// Released is what may be forgotten, and Release adds to it. Numbers that
	// the queue has not given are passed over.
	Released() IntervalSet
	Release(IntervalSet) error
	// Expire gives up what is too old.
	Expire() error
	// Depth is how much waits, and since when.
	Depth() (records, bytes int64, oldest slo.Instant)
}

// Client delivers an agent's queue, and fetches what it is to probe.
type Client struct {
	ClientOptions
	http     *http.Client
	wire     *wiring
	address  atomic.Int32 // index of the collector in use
	failures atomic.Int64
	answers  signal     // given when a collector answers
	asking   sync.Mutex // held while a collector is asked what it has of the epoch
	deflate  *zstd.Encoder
	lanes    *lanes
}

// NewClient checks the options; it does not connect.
func NewClient(o ClientOptions) (*Client, error) {
	if len(o.Addresses) == 0 {
		return nil, errors.New("building the push client: no collector address")
	}
	for i, a := range o.Addresses {
		u, err := url.Parse(a)
		switch {
		case err != nil: // not shown: it may hold a password
			return nil, fmt.Errorf("building the push client: collector address %d is not a URL", i+1)
		case u.User != nil:
			return nil, fmt.Errorf("building the push client: collector address %q holds a user or password; use a token", u.Redacted())
		case u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
			return nil, fmt.Errorf("building the push client: collector address %q is not an http or https URL", a)
		}
	}
	if err := errors.Join(checkName("agent", o.Agent), checkName("location", o.Location), slo.CheckLabels(o.Labels)); err != nil {
		return nil, fmt.Errorf("building the push client: %w", err)
	}
	if o.Queue == nil || o.Clock == nil || o.Log == nil || o.Assigned == nil || o.Revision == nil || o.Watermark == nil {
		return nil, errors.New("building the push client: a required option is missing")
	}
	for p, d := range map[*time.Duration]time.Duration{&o.Linger: 50 * time.Millisecond, &o.Beat: 10 * time.Second, &o.Grace: 5 * time.Second} {
		if *p == 0 {
			*p = d
		}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Dial == nil {
		o.Dial = (&net.Dialer{Timeout: 5 * time.Second}).DialContext
	}
	deflate, err := newDeflate()
	if err != nil {
		return nil, fmt.Errorf("building the push client: %w", err)
	}
	noRedirects := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	wire := &wiring{open: func() *http.Transport { return newTransport(&o) }}
	wire.Reconnect()
	return &Client{
		ClientOptions: o, http: &http.Client{Transport: wire, CheckRedirect: noRedirects}, wire: wire,
		deflate: deflate, lanes: newLanes(o.Queue),
	}, nil
}

// Renew asks for the next certificate of this agent, with the one in use.
func (c *Client) Renew(ctx context.Context, request []byte) (EnrollReply, error) {
	body, err := json.Marshal(RenewRequest{Request: request})
	if err != nil {
		return EnrollReply{}, err
	}
	var reply EnrollReply
	err = c.call(ctx, exchange{
		method: http.MethodPost, path: RenewPath, contentType: "application/json", body: body, timeout: 30 * time.Second, maxReply: maxBeatReply,
	}, &reply)
	return reply, err
}

// Reconnect lets what comes next go over connections of its own, such as ones
// that show another certificate. What is under way ends on the old ones.
func (c *Client) Reconnect() { c.wire.Reconnect() }

// Failures is how many requests failed since the start.
func (c *Client) Failures() int64 { return c.failures.Load() }

// Run delivers, beats and polls until ctx ends, and then tries for as long as
// Grace to deliver the rest. Its error is the queue's: without one it goes on
// whatever the collector does.
func (c *Client) Run(ctx context.Context) error {
	g, run := errgroup.WithContext(ctx)
	g.Go(func() error { return c.deliver(run, c.lanes.pickNewest) })
	g.Go(func() error { return c.deliver(run, c.lanes.pickBacklog) })
	g.Go(func() error { return c.poll(run) })
	g.Go(func() error {
		c.every(run, c.Beat, "telling the collector of this agent failed", c.beat)
		return nil
	})
	g.Go(func() error {
		c.every(run, c.Beat, "beginning a new epoch failed; it is tried again", func(context.Context) error { return c.renew() })
		return nil
	})
	g.Go(func() error {
		c.every(run, time.Minute, "giving up old records failed", func(context.Context) error { return c.Queue.Expire() })
		return nil
	})
	err := g.Wait()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.Grace)
	defer cancel()
	c.drain(grace)
	c.http.CloseIdleConnections()
	return err
}

// beat sends one heartbeat.
func (c *Client) beat(ctx context.Context) error {
	// The watermark comes first: a record queued after it must not be missing
	// from what is said to be queued.
	watermark := c.Watermark().UnixMilli()
	records, size, oldest := c.Queue.Depth()
	var room *slo.Room
	if c.Room != nil {
		room = c.Room()
	}
	body, err := json.Marshal(Heartbeat{
		Agent: c.Agent, Location: c.Location, Epoch: c.Queue.Epoch(), Version: c.Version, Started: c.Started.UnixMilli(),
		Watermark: watermark, QueueRecords: records, QueueBytes: size, QueueOldest: int64(oldest),
		OffsetMS: c.Clock.Offset().Milliseconds(), Room: room, Labels: c.Labels,
	})
	if err != nil {
		return err
	}
	var reply heartbeatReply
	sent := c.Now()
	if err := c.call(ctx, exchange{
		method: http.MethodPost, path: HeartbeatPath, contentType: "application/json", body: body,
		timeout: 10 * time.Second, maxReply: maxBeatReply,
	}, &reply); err != nil {
		return err
	}
	c.observe(sent, reply.Time)
	return nil
}

// observe takes the collector's clock from an answer, in Unix milliseconds; 0 is
// an answer without it.
func (c *Client) observe(sent time.Time, collector int64) {
	if collector != 0 {
		c.Clock.Observe(sent, c.Now(), time.UnixMilli(collector))
	}
}

// pollPause is the least time between two requests for the assignment, however
// fast they are answered.
const pollPause = time.Second

// poll fetches the assignment whenever it changes.
func (c *Client) poll(ctx context.Context) error {
	b := backoff{answers: &c.answers}
	for ctx.Err() == nil {
		began := time.Now()
		err := c.fetch(ctx)
		switch {
		case ctx.Err() != nil:
		case err == nil:
			b.n = 0
			_ = pause(ctx, pollPause-time.Since(began))
		default:
			c.failed("fetching the assignment failed; the present one stays in use", err)
			_ = b.wait(ctx, err)
		}
	}
	return nil
}

// fetch asks once for an assignment other than the one in use, and hands it on
// where there is one.
func (c *Client) fetch(ctx context.Context) error {
	q := AssignmentRequest{Agent: c.Agent, Location: c.Location, Labels: c.Labels, Revision: c.Revision()}
	var a Assignment
	err := c.call(ctx, exchange{
		method: http.MethodGet, path: AssignmentPath + "?" + q.query(), timeout: longPoll + 30*time.Second, maxReply: MaxAssignment,
	}, &a)
	if errors.Is(err, errNotModified) {
		return nil
	}
	if err != nil {
		return err
	}
	return c.Assigned(a)
}

// every calls f at once and then at an interval. Failures are logged.
func (c *Client) every(ctx context.Context, interval time.Duration, what string, f func(context.Context) error) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		if err := f(ctx); err != nil && ctx.Err() == nil {
			c.failed(what, err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (c *Client) failed(what string, err error) {
	c.failures.Add(1)
	c.Log.Warn(what, "error", err)
}
