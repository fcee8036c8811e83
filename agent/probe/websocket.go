package probe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/coder/websocket"

	"github.com/assay-sla/assay/slo"
)

const (
	maxMessages     = 64       // that are read in search of one that matches
	maxMessage      = 64 << 10 // bytes of one
	maxMessageBytes = 1 << 20  // bytes of all, frames included
)

// wsTest opens a WebSocket, and optionally talks.
type wsTest struct {
	url         *url.URL // http or https
	host        host
	port        uint16
	judge       *judge // nil: without TLS
	header      http.Header
	asHost      string
	subprotocol string
	send        string
	expect      *regexp.Regexp
}

func newWebSocket(spec slo.Spec, env *Env) (Test, error) {
	s, ok := spec.(*slo.WebSocket)
	if !ok {
		return nil, fmt.Errorf("websocket: spec is a %T", spec)
	}
	t := &wsTest{header: http.Header{"User-Agent": {env.userAgent}}, subprotocol: s.Subprotocol, send: s.Send}
	if err := t.prepare(s, env); err != nil {
		return nil, fmt.Errorf("websocket: %w", err)
	}
	return t.run, nil
}

func (t *wsTest) prepare(s *slo.WebSocket, env *Env) (err error) {
	scheme, rest, _ := strings.Cut(s.URL, "://")
	if scheme != "ws" && scheme != "wss" {
		return errors.New("the URL is not ws or wss")
	}
	if t.url, err = parseURL("http" + strings.TrimPrefix(scheme, "ws") + "://" + rest); err != nil {
		return err
	}
	if t.host, t.port, err = newHostPort(hostPort(t.url), s.IP, ""); err != nil {
		return err
	}
	if t.asHost, err = putHeaders(t.header, s.Headers); err != nil {
		return err
	}
	if s.Expect != "" {
		if t.expect, err = regexp.Compile(s.Expect); err != nil {
			return fmt.Errorf("expect: %w", err)
		}
	}
	if scheme == "wss" {
		if t.judge, err = newJudge(s.TLS, t.host, env); err != nil {
			return err
		}
		t.judge.config.NextProtos = []string{"http/1.1"}
	}
	return nil
}

func (t *wsTest) run(r *run) error {
	c, err := r.dial("tcp", t.host, t.port)
	if err != nil {
		return err
	}
	defer c.Close()
	x := newExchange()
	defer x.free()
	if t.judge == nil {
		x.on(c)
	} else {
		secure, err := r.handshake(c, t.judge)
		if err != nil {
			return err
		}
		x.on(secure)
	}
	ctx, cancel := r.timed()
	defer cancel()
	ws, err := t.open(ctx, r, x)
	if err != nil {
		return err
	}
	defer func() { _ = ws.CloseNow() }() // the library's parts end with it
	if err := t.talk(ctx, r, x, ws); err != nil {
		return err
	}
	_ = ws.Close(websocket.StatusNormalClosure, "") // its answer proves nothing more
	return nil
}

// open makes the opening handshake (RFC 6455, 4.1).
func (t *wsTest) open(ctx context.Context, r *run, x *exchange) (*websocket.Conn, error) {
	o := &websocket.DialOptions{
		HTTPClient: &http.Client{Transport: upgrade{r, x}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		HTTPHeader: t.header, Host: t.asHost,
	}
	if t.subprotocol != "" {
		o.Subprotocols = []string{t.subprotocol}
	}
	ws, resp, err := websocket.Dial(ctx, t.url.String(), o)
	var f *failure
	switch {
	case errors.As(err, &f):
		return nil, f
	case err != nil && resp != nil && resp.StatusCode != http.StatusSwitchingProtocols:
		return nil, downf(slo.StatusUnexpected, "expected %s to open a WebSocket with status 101, got %s%s", r.peer, r.statusLine(resp), r.location(resp))
	case err != nil:
		return nil, downf(slo.ProtocolError, "%s does not open a WebSocket: %s", r.peer, r.clean(err.Error(), 240))
	}
	if t.subprotocol != "" && ws.Subprotocol() != t.subprotocol {
		_ = ws.CloseNow()
		return nil, downf(slo.ProtocolError, "%s does not speak the subprotocol %s", r.peer, t.subprotocol)
	}
	ws.SetReadLimit(maxMessage)
	return ws, nil
}

// talk sends the message, and reads until one matches.
func (t *wsTest) talk(ctx context.Context, r *run, x *exchange, ws *websocket.Conn) error {
	start := time.Now()
	defer func() { r.m.Phases.Transfer += time.Since(start) }()
	if t.send != "" {
		if err := ws.Write(ctx, websocket.MessageText, []byte(t.send)); err != nil {
			return r.fail(sending, cause(x, err))
		}
		if r.trace != nil {
			r.trace.add("sent", "%s", r.excerpt([]byte(t.send)))
		}
	}
	if t.expect == nil {
		return nil
	}
	var last []byte
	for range maxMessages {
		_, message, err := ws.Read(ctx)
		if err != nil {
			return t.unmatched(r, x, err, last)
		}
		if r.trace != nil {
			r.trace.add("received", "%s", r.excerpt(message))
		}
		if t.expect.Match(message) {
			return nil
		}
		last = append(last[:0], message...)
	}
	return t.mismatch(r, last)
}

func (t *wsTest) mismatch(r *run, last []byte) error {
	return downf(slo.BodyMismatch, "expected %s to send a message that matches %s, the last was %s", r.peer, t.expect, r.excerpt(last))
}

// unmatched is the failure of a conversation that ended without a match.
func (t *wsTest) unmatched(r *run, x *exchange, err error, last []byte) error {
	var closed websocket.CloseError
	switch {
	case r.stopped():
		return r.fail(transferring, context.Canceled)
	case errors.Is(err, websocket.ErrMessageTooBig):
		return downf(slo.ResponseTooLarge, "%s sent a message of more than %d bytes", r.peer, maxMessage)
	case last != nil:
		return t.mismatch(r, last)
	case errors.As(err, &closed):
		return downf(slo.TransferBroken, "%s closed the WebSocket: %d %s", r.peer, closed.Code, r.clean(closed.Reason, 160))
	}
	return r.fail(transferring, cause(x, err))
}

// cause is what the connection said, where it is the cause of err.
func cause(x *exchange, err error) error {
	if x.in.err != nil {
		return x.in.err
	}
	return err
}

// upgrade is the transport of the opening request: one exchange on a
// connection that is there, which then is the body.
type upgrade struct {
	r *run
	x *exchange
}

// RoundTrip sends the request and reads the answer's header.
func (u upgrade) RoundTrip(req *http.Request) (*http.Response, error) {
	var wire bytes.Buffer
	if err := req.Write(&wire); err != nil {
		return nil, unknownf(slo.AgentInternal, "writing the request: %v", err)
	}
	if u.r.trace != nil {
		u.r.trace.add("request", "%s %s", req.Method, req.URL.Redacted())
	}
	resp, err := u.x.ask(u.r, &hop{wire: wire.Bytes(), asked: &http.Request{Method: req.Method}})
	if err != nil {
		return nil, err
	}
	u.r.m.Status = resp.StatusCode
	if u.r.trace != nil {
		u.r.traceResponse(resp)
	}
	u.x.in.left, u.x.in.over = maxMessageBytes, fmt.Sprintf("more than %d bytes of messages", maxMessageBytes)
	if resp.StatusCode == http.StatusSwitchingProtocols {
		resp.Body = stream{u.x.br, u.x.stream}
	}
	return resp, nil
}

// stream is a connection whose first bytes may be in a buffer. Closing it is
// the probe's business.
type stream struct {
	io.Reader
	io.Writer
}

func (stream) Close() error { return nil }
