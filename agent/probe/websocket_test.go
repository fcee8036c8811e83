package probe

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/assay-sla/assay/slo"
)

// serveWebSocket runs a server that does something with each WebSocket, and
// returns its address.
func serveWebSocket(t *testing.T, do func(*http.Request, *websocket.Conn)) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "/", http.StatusFound)
			return
		}
		c, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"chat"}})
		if err != nil {
			return
		}
		defer func() { _ = c.CloseNow() }()
		do(r, c)
	}))
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

func TestWebSocket(t *testing.T) {
	say := func(messages ...string) func(*http.Request, *websocket.Conn) {
		return func(r *http.Request, c *websocket.Conn) {
			for _, m := range messages {
				if c.Write(r.Context(), websocket.MessageText, []byte(m)) != nil {
					return
				}
			}
			_, _, _ = c.Read(r.Context())
		}
	}
	echo := func(r *http.Request, c *websocket.Conn) {
		if _, m, err := c.Read(r.Context()); err == nil {
			say(string(m)+" "+r.Header.Get("X-Probe"))(r, c)
		}
	}
	bye := func(_ *http.Request, c *websocket.Conn) { _ = c.Close(4001, "go away\x1b[2J") }
	raw := func(text string) string { return serve(t, answer(text)) }
	var evidence told
	for _, c := range []struct {
		name    string
		address string
		spec    slo.WebSocket
		timeout time.Duration
		outcome slo.State
		reason  slo.Reason
	}{
		{"opens", serveWebSocket(t, say()), slo.WebSocket{}, 0, slo.Up, ""},
		{"subprotocol", serveWebSocket(t, say()), slo.WebSocket{Subprotocol: "chat"}, 0, slo.Up, ""},
		{"talks", serveWebSocket(t, echo), slo.WebSocket{Send: "hello", Expect: "^hello probe$", Headers: map[string]string{"X-Probe": "probe"}}, 0, slo.Up, ""},
		{"after other messages", serveWebSocket(t, say("a", "b", "ready")), slo.WebSocket{Expect: "ready"}, 0, slo.Up, ""},
		{"another subprotocol", serveWebSocket(t, say()), slo.WebSocket{Subprotocol: "mqtt"}, 0, slo.Down, slo.ProtocolError},
		{"another message", serveWebSocket(t, say("no")), slo.WebSocket{Expect: "ready"}, short, slo.Down, slo.BodyMismatch},
		{"silence", serveWebSocket(t, say()), slo.WebSocket{Expect: "ready"}, short, slo.Down, slo.TransferTimeout},
		{"too many messages", serveWebSocket(t, say(make([]string, 200)...)), slo.WebSocket{Expect: "ready"}, 0, slo.Down, slo.BodyMismatch},
		{"too large a message", serveWebSocket(t, say(strings.Repeat("x", maxMessage+1))), slo.WebSocket{Expect: "ready"}, 0, slo.Down, slo.ResponseTooLarge},
		{"closes", serveWebSocket(t, bye), slo.WebSocket{Expect: "ready"}, 0, slo.Down, slo.TransferBroken},
		{"a redirect", serveWebSocket(t, say()) + "/moved", slo.WebSocket{}, 0, slo.Down, slo.StatusUnexpected},
		{"a plain page", raw(okAnswer), slo.WebSocket{}, 0, slo.Down, slo.StatusUnexpected},
		{"another handshake", raw("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n"), slo.WebSocket{}, 0, slo.Down, slo.ProtocolError},
		{"no HTTP", raw("hello\r\n\r\n"), slo.WebSocket{}, 0, slo.Down, slo.ProtocolError},
		{"never answers", serve(t, hold), slo.WebSocket{}, short, slo.Down, slo.FirstByteTimeout},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.spec.URL = "ws://" + c.address
			if c.timeout == 0 {
				c.timeout = 5 * time.Second
			}
			var trace Trace
			m := prepare(t, &c.spec, c.timeout, newEnv(t, Options{})).Run(t.Context(), now, &trace)
			want(t, m, c.outcome, c.reason)
			evidence.add(c.name, m)
			if m.Latency > c.timeout+slack || strings.ContainsRune(m.Evidence, 0x1b) {
				t.Errorf("took %s: %s", m.Latency, m.Evidence)
			}
		})
	}
	evidence.golden(t, "testdata/websocket_evidence.golden")
}

func TestWebSocketOverTLS(t *testing.T) {
	cert := theAuthority().fresh(t)
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, err := websocket.Accept(w, r, nil); err == nil {
			_ = c.Close(websocket.StatusNormalClosure, "")
		}
	})
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	t.Cleanup(func() { _ = server.Close() })
	conns := &oneByOne{conns: make(chan net.Conn), done: make(chan struct{})}
	go func() { _ = server.Serve(conns) }()
	address := serve(t, overTLS(cert, func(c net.Conn) {
		ended := make(chan struct{})
		select {
		case conns.conns <- endingConn{c, ended}:
			<-ended
		case <-conns.done:
		}
	}))
	m := once(t, &slo.WebSocket{URL: "wss://" + address, TLS: slo.TLSOptions{CA: theAuthority().pem()}}, 5*time.Second)
	want(t, m, slo.Up, "")
	if m.Status != 101 || m.CertExpiry == 0 || m.Phases.TLS <= 0 || m.Phases.FirstByte <= 0 {
		t.Errorf("it saw %+v", m)
	}
	want(t, once(t, &slo.WebSocket{URL: "wss://" + address}, 5*time.Second), slo.Down, slo.TLSUntrusted)
}

// oneByOne is a listener of connections that somebody else accepted.
type oneByOne struct {
	conns chan net.Conn
	done  chan struct{}
}

func (l *oneByOne) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, io.EOF
	}
}

func (l *oneByOne) Close() error {
	select {
	case <-l.done:
	default:
		close(l.done)
	}
	return nil
}

func (l *oneByOne) Addr() net.Addr { return &net.TCPAddr{} }

// endingConn tells when it is closed.
type endingConn struct {
	net.Conn
	ended chan struct{}
}

func (c endingConn) Close() error {
	select {
	case <-c.ended:
	default:
		close(c.ended)
	}
	return c.Conn.Close()
}

func TestWebSocketRefusals(t *testing.T) {
	for _, spec := range []slo.WebSocket{
		{}, {URL: "http://a/"}, {URL: "ws://"}, {URL: "ws://a/", Expect: "("}, {URL: "ws://a/", Headers: map[string]string{"a b": "c"}}, {URL: "ws://a/", IP: "5"},
	} {
		if _, err := New(slo.Probe{Name: "p", Timeout: time.Second, Spec: &spec}, newEnv(t, Options{})); err == nil {
			t.Errorf("%+v was accepted", spec)
		}
	}
}
