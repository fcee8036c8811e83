package push

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Bounds of answers, in bytes.
const (
	maxPushReply = 8 << 20
	maxBeatReply = 64 << 10
)

// exchange is one request to a collector.
type exchange struct {
	method, path          string
	contentType, encoding string
	body                  []byte
	timeout               time.Duration // of all of it
	maxReply              int64
}

// errNotModified is an answer of 304.
var errNotModified = errors.New("not modified")

// refusedError is an answer other than 2xx and 304.
type refusedError struct {
	code  int
	after time.Duration // Retry-After; 0 where it says none
	text  string
}

func (e *refusedError) Error() string {
	return fmt.Sprintf("the collector answered %d: %s", e.code, e.text)
}

// away reports whether an error means that the next address may do better:
// nobody answered, or a proxy or a full collector did.
func away(err error) bool {
	var refused *refusedError
	if errors.As(err, &refused) {
		return refused.code >= http.StatusBadGateway
	}
	return !errors.Is(err, errNotModified)
}

// newTransport returns a transport that notices connections that have died
// without a word: after an outage an HTTP/2 connection would otherwise be used
// again until TCP gives it up, a quarter of an hour later.
func newTransport(o *ClientOptions) *http.Transport {
	return &http.Transport{
		TLSClientConfig: o.TLS, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 4, IdleConnTimeout: 90 * time.Second,
		DialContext:         o.Dial,
		TLSHandshakeTimeout: 10 * time.Second,
		HTTP2:               &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 10 * time.Second},
	}
}

// wiring is a transport that can be put in the place of itself.
type wiring struct {
	open    func() *http.Transport
	current atomic.Pointer[http.Transport]
}

// RoundTrip is http.RoundTripper's.
func (w *wiring) RoundTrip(r *http.Request) (*http.Response, error) {
	return w.current.Load().RoundTrip(r)
}

// CloseIdleConnections is for http.Client.
func (w *wiring) CloseIdleConnections() { w.current.Load().CloseIdleConnections() }

// Reconnect puts a new transport in the place of the present one.
func (w *wiring) Reconnect() {
	if old := w.current.Swap(w.open()); old != nil {
		old.CloseIdleConnections()
	}
}

// call makes one exchange with the collector in use, and moves on to the next
// address where that is away.
func (c *Client) call(ctx context.Context, x exchange, into any) error {
	i := c.address.Load()
	err := c.callAt(ctx, c.Addresses[i], x, into)
	if err != nil && ctx.Err() == nil && len(c.Addresses) > 1 && away(err) {
		if c.address.CompareAndSwap(i, (i+1)%int32(len(c.Addresses))) {
			c.lanes.change()
		}
	}
	if err == nil {
		c.answers.give()
	}
	return err
}

func (c *Client) callAt(ctx context.Context, base string, x exchange, into any) error {
	ctx, cancel := context.WithTimeout(ctx, x.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, x.method, strings.TrimRight(base, "/")+x.path, bytes.NewReader(x.body))
	if err != nil {
		return err
	}
	for name, value := range map[string]string{"Content-Type": x.contentType, "Content-Encoding": x.encoding} {
		if value != "" {
			req.Header.Set(name, value)
		}
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
	if err := json.NewDecoder(io.LimitReader(resp.Body, x.maxReply)).Decode(into); err != nil {
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
		said.Error = http.StatusText(resp.StatusCode)
		if bytes.Contains(b, []byte("HTTP request to an HTTPS server")) { // as Go's server says it
			said.Error = "it speaks TLS there: its address begins with https"
		}
	}
	e := &refusedError{code: resp.StatusCode, text: plain(said.Error)}
	if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && s > 0 {
		e.after = time.Duration(min(s, 60)) * time.Second
	}
	return e
}

// backoff is exponential with full jitter, from 200 ms to 30 s.
type backoff struct {
	n       int
	answers *signal
}

// minPause is how long a failure is paused after although the collector
// answers somebody else.
const minPause = time.Second

// wait pauses after a failure; its error is ctx's. Where nobody answered, the
// pause ends early when somebody does: the newest records should not wait for
// the chance of a long pause.
func (b *backoff) wait(ctx context.Context, err error) error {
	most := min(200*time.Millisecond<<min(b.n, 10), 30*time.Second)
	b.n++
	d := time.Duration(rand.Int64N(int64(most))) + time.Millisecond
	var refused *refusedError
	if errors.As(err, &refused) {
		d += refused.after
	}
	if !errors.As(err, new(*url.Error)) {
		return pause(ctx, d)
	}
	answered := b.answers.next()
	if err := pause(ctx, min(d, minPause)); err != nil || d <= minPause {
		return err
	}
	rest, stop := context.WithTimeout(ctx, d-minPause)
	defer stop()
	select {
	case <-answered:
	case <-rest.Done():
	}
	return ctx.Err()
}

// signal wakes everybody who waits for it.
type signal struct {
	mu sync.Mutex
	ch chan struct{}
}

// next is closed when the signal is given the next time.
func (s *signal) next() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ch == nil {
		s.ch = make(chan struct{})
	}
	return s.ch
}

func (s *signal) give() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ch != nil {
		close(s.ch)
		s.ch = nil
	}
}
