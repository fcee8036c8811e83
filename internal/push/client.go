package push

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/assay-sla/assay/slo"
)

// ClientOptions are what a Client is made of.
type ClientOptions struct {
	Addresses []string // base URLs of collectors; the first that answers is used
	Agent     string
	Location  string
	Version   string
	Token     string // bearer; "" sends none
	TLS       *tls.Config
	Queue     Queue
	Clock     *Clock
	Started   time.Time
	Watermark func() time.Time // every slot before it is measured and queued
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
	// a record is durable.
	Next() uint64
	Wait(ctx context.Context, seq uint64) error
	// Runs yields the numbers that are there, and Read returns records from
	// one on. A record that is gone is an error with a method Missing() that
	// returns the range.
	Runs() iter.Seq2[uint64, uint64]
	Read(from uint64, records, bytes int) ([][]byte, error)
	// Released is what may be forgotten, and Release adds to it.
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
	address  atomic.Int32 // index of the collector in use
	failures atomic.Int64
	lanes    *lanes
}

// NewClient checks the options; it does not connect.
func NewClient(o ClientOptions) (*Client, error) {
	if len(o.Addresses) == 0 {
		return nil, errors.New("building the push client: no collector address")
	}
	for _, a := range o.Addresses {
		if u, err := url.Parse(a); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
			return nil, fmt.Errorf("building the push client: collector address %q is not an http or https URL", a)
		}
	}
	if err := errors.Join(checkName("agent", o.Agent), checkName("location", o.Location)); err != nil {
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
	transport := &http.Transport{
		TLSClientConfig: o.TLS, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 4, IdleConnTimeout: 90 * time.Second,
		DialContext:           (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: longPoll + 15*time.Second,
	}
	noRedirects := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{ClientOptions: o, http: &http.Client{Transport: transport, CheckRedirect: noRedirects}, lanes: newLanes(o.Queue)}, nil
}

// Failures is how many requests failed since the start.
func (c *Client) Failures() int64 { return c.failures.Load() }

// Run delivers, beats and polls until ctx ends, and then tries for as long as
// Grace to deliver the rest.
func (c *Client) Run(ctx context.Context) error {
	g, run := errgroup.WithContext(ctx)
	g.Go(func() error { return c.deliver(run, c.lanes.live) })
	g.Go(func() error { return c.deliver(run, c.lanes.backfill) })
	g.Go(func() error { return c.every(run, c.Beat, c.beat) })
	g.Go(func() error { return c.poll(run) })
	g.Go(func() error {
		return c.every(run, time.Minute, func(context.Context) error { return c.Queue.Expire() })
	})
	err := g.Wait()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.Grace)
	defer cancel()
	c.drain(grace)
	c.http.CloseIdleConnections()
	return err
}

// drain delivers what is queued, oldest first, and stops at the first failure.
func (c *Client) drain(ctx context.Context) {
	for ctx.Err() == nil {
		s, ok := c.lanes.backfill.pickAll()
		if !ok || c.send(ctx, s) != nil {
			return
		}
	}
}

// deliver sends what a lane picks until ctx ends.
func (c *Client) deliver(ctx context.Context, l lane) error {
	b := backoff{}
	for {
		s, err := l.next(ctx, c.Linger)
		if err != nil {
			return nil // ctx ended
		}
		err = c.send(ctx, s)
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			b = backoff{}
			continue
		}
		c.failed("pushing measurements failed; they stay queued", err)
		if b.wait(ctx, err) != nil {
			return nil
		}
	}
}

// send pushes one slice of the queue and takes the answer in.
func (c *Client) send(ctx context.Context, s slice) error {
	defer c.lanes.done(s)
	batch, err := c.lanes.read(s)
	if err != nil {
		return err
	}
	if len(batch) == 0 {
		return nil
	}
	body, err := EncodeBatch(Batch{Agent: c.Agent, Epoch: c.Queue.Epoch(), Records: batch})
	if err != nil {
		return err
	}
	var reply Reply
	if err := c.call(ctx, http.MethodPost, PushPath, ContentType, compress(body), &reply); err != nil {
		var refused *refusedError
		if errors.As(err, &refused) && refused.code == http.StatusRequestEntityTooLarge {
			c.lanes.smaller()
		}
		return err
	}
	if n := len(reply.Conflicts); n > 0 {
		c.Log.Error("the collector has other records under the same identities", "count", n, "first", reply.Conflicts[0])
	}
	for _, r := range reply.Rejected {
		c.Log.Error("the collector cannot read a record", "seq", r.Seq, "reason", r.Reason)
	}
	c.lanes.accept(reply.Accepted)
	return c.Queue.Release(reply.Released)
}

// beat sends one heartbeat and reads the collector's clock from the answer.
func (c *Client) beat(ctx context.Context) error {
	records, size, oldest := c.Queue.Depth()
	body, err := json.Marshal(Heartbeat{
		Agent: c.Agent, Location: c.Location, Epoch: c.Queue.Epoch(), Version: c.Version, Started: c.Started.UnixMilli(),
		Watermark: c.Watermark().UnixMilli(), QueueRecords: records, QueueBytes: size, QueueOldest: int64(oldest),
		OffsetMS: c.Clock.Offset().Milliseconds(),
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	var reply heartbeatReply
	sent := time.Now()
	if err := c.call(ctx, http.MethodPost, HeartbeatPath, "application/json", body, &reply); err != nil {
		return err
	}
	c.Clock.Observe(sent, time.Now(), time.UnixMilli(reply.Time))
	return nil
}

// poll fetches the assignment whenever it changes.
func (c *Client) poll(ctx context.Context) error {
	b := backoff{}
	for ctx.Err() == nil {
		q := url.Values{"agent": {c.Agent}, "location": {c.Location}, "revision": {c.Revision()}}
		var a Assignment
		err := c.call(ctx, http.MethodGet, AssignmentPath+"?"+q.Encode(), "", nil, &a)
		switch {
		case errors.Is(err, errNotModified):
			b = backoff{}
			continue
		case err == nil:
			err = c.Assigned(a)
		}
		if err == nil {
			b = backoff{}
			continue
		}
		if ctx.Err() == nil {
			c.failed("fetching the assignment failed; the present one stays in use", err)
			_ = b.wait(ctx, err)
		}
	}
	return nil
}

// every calls f at once and then at an interval. Failures are logged.
func (c *Client) every(ctx context.Context, interval time.Duration, f func(context.Context) error) error {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		if err := f(ctx); err != nil && ctx.Err() == nil {
			c.failed("telling the collector of this agent failed", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (c *Client) failed(what string, err error) {
	c.failures.Add(1)
	c.Log.Warn(what, "error", err)
}

var errNotModified = errors.New("not modified")

// refusedError is an answer other than 2xx.
type refusedError struct {
	code  int
	after time.Duration // Retry-After; 0 where it says none
	text  string
}

func (e *refusedError) Error() string {
	return fmt.Sprintf("the collector answered %d: %s", e.code, e.text)
}

// maxReply bounds an answer, in bytes.
const maxReply = MaxAssignment

// call makes one request to the collector in use, and moves on to the next
// address where it does not answer.
func (c *Client) call(ctx context.Context, method, path, contentType string, body []byte, into any) error {
	i := c.address.Load()
	err := c.callAt(ctx, c.Addresses[i], method, path, contentType, body, into)
	var refused *refusedError
	if err != nil && ctx.Err() == nil && !errors.Is(err, errNotModified) && !errors.As(err, &refused) && len(c.Addresses) > 1 {
		if c.address.CompareAndSwap(i, (i+1)%int32(len(c.Addresses))) {
			c.lanes.forget() // the next one has not accepted what this one has
		}
	}
	return err
}

func (c *Client) callAt(ctx context.Context, base, method, path, contentType string, body []byte, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(base, "/")+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if contentType == ContentType {
		req.Header.Set("Content-Encoding", "zstd")
	}
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusNotModified:
		return errNotModified
	case resp.StatusCode/100 != 2:
		return refusal(resp)
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxReply)).Decode(into); err != nil {
		return fmt.Errorf("reading the collector's answer: %w", err)
	}
	return nil
}

func refusal(resp *http.Response) error {
	b, _ := io.ReadAll(io.LimitReader(resp.Body, 1024)) // what there is of it
	var said struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(b, &said) != nil || said.Error == "" {
		said.Error = strings.ToValidUTF8(string(b), "?")
	}
	e := &refusedError{code: resp.StatusCode, text: bounded(said.Error)}
	if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && s > 0 {
		e.after = min(time.Duration(s)*time.Second, time.Minute)
	}
	return e
}

// backoff is exponential with full jitter, from 200 ms to 30 s.
type backoff struct{ n int }

// wait pauses after a failure; its error is ctx's.
func (b *backoff) wait(ctx context.Context, err error) error {
	most := min(200*time.Millisecond<<min(b.n, 10), 30*time.Second)
	b.n++
	pause := time.Duration(rand.Int64N(int64(most))) + time.Millisecond
	var refused *refusedError
	if errors.As(err, &refused) && refused.after > 0 {
		pause += refused.after
	}
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
