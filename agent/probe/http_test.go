package probe

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/agent/probe/probetest"
	"github.com/assay-sla/assay/slo"
)

const okAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

// short is the timeout of tests that run into it.
const short = 250 * time.Millisecond

// slack is what a busy machine may add to a timeout; an idle one adds 1 ms.
const slack = 500 * time.Millisecond

func TestHTTPOutcomes(t *testing.T) {
	const pause = 5 * time.Millisecond // between two bytes
	tests := []struct {
		name    string
		handle  func(net.Conn)
		spec    slo.HTTP
		timeout time.Duration
		outcome slo.State
		reason  slo.Reason
		status  int
	}{
		{name: "plain", handle: answer(okAnswer), outcome: slo.Up, status: 200},
		{name: "match", handle: answer(okAnswer), spec: slo.HTTP{Match: "^hel+o$"}, outcome: slo.Up, status: 200},
		{name: "noMatch holds", handle: answer(okAnswer), spec: slo.HTTP{NoMatch: "error"}, outcome: slo.Up, status: 200},
		{name: "empty body", handle: answer("HTTP/1.1 204 No Content\r\n\r\n"), outcome: slo.Up, status: 204},
		{name: "until close", handle: answer("HTTP/1.0 200 OK\r\n\r\nhello"), spec: slo.HTTP{Match: "hello"}, outcome: slo.Up, status: 200},
		{name: "chunked", handle: answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"), spec: slo.HTTP{Match: "^hello$"}, outcome: slo.Up, status: 200},
		{name: "interim", handle: answer("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + okAnswer), outcome: slo.Up, status: 200},
		{name: "more than its length", handle: answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhello"), spec: slo.HTTP{Match: "^hel$"}, outcome: slo.Up, status: 200},
		{name: "head", handle: answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), spec: slo.HTTP{Method: "HEAD"}, outcome: slo.Up, status: 200},
		{name: "accepted 404", handle: answer("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), spec: slo.HTTP{Status: []slo.StatusRange{{From: 200, To: 299}, {From: 404, To: 404}}}, outcome: slo.Up, status: 404},
		{name: "keeps the connection", handle: func(c net.Conn) { answer(okAnswer)(c); hold(c) }, outcome: slo.Up, status: 200},
		{name: "answers before it reads", handle: func(c net.Conn) { _, _ = io.WriteString(c, okAnswer); hold(c) }, outcome: slo.Up, status: 200},

		{name: "status", handle: answer("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 9\r\n\r\ntry later"), outcome: slo.Down, reason: slo.StatusUnexpected, status: 503},
		{name: "status without body", handle: answer("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"), outcome: slo.Down, reason: slo.StatusUnexpected, status: 500},
		{name: "status with a broken body", handle: answer("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 900\r\n\r\noops"), outcome: slo.Down, reason: slo.StatusUnexpected, status: 502},
		{name: "redirect not followed", handle: answer("HTTP/1.1 302 Found\r\nLocation: https://login.example/?token=abcdef&next=1\r\nContent-Length: 0\r\n\r\n"), outcome: slo.Down, reason: slo.StatusUnexpected, status: 302},
		{name: "switching protocols", handle: answer("HTTP/1.1 101 Switching Protocols\r\n\r\n"), outcome: slo.Down, reason: slo.StatusUnexpected, status: 101},
		{name: "no match", handle: answer(okAnswer), spec: slo.HTTP{Match: "goodbye"}, outcome: slo.Down, reason: slo.BodyMismatch, status: 200},
		{name: "forbidden match", handle: answer(okAnswer), spec: slo.HTTP{NoMatch: "h.l"}, outcome: slo.Down, reason: slo.BodyMismatch, status: 200},
		{name: "silent", handle: hold, timeout: short, outcome: slo.Down, reason: slo.FirstByteTimeout},
		{name: "closed at once", handle: func(net.Conn) {}, outcome: slo.Down, reason: slo.TransferBroken},
		{name: "closed without answer", handle: func(c net.Conn) { readRequest(c) }, outcome: slo.Down, reason: slo.TransferBroken},
		{name: "reset", handle: func(c net.Conn) { readRequest(c); reset(c) }, outcome: slo.Down, reason: slo.TransferBroken},
		{name: "half a header", handle: answer("HTTP/1.1 200 OK\r\nContent-"), outcome: slo.Down, reason: slo.TransferBroken},
		{name: "half a body", handle: answer("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello"), outcome: slo.Down, reason: slo.TransferBroken, status: 200},
		{name: "reset after the header", handle: func(c net.Conn) { answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")(c); reset(c) }, outcome: slo.Down, reason: slo.TransferBroken, status: 200},
		{name: "half a chunk", handle: answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhello"), outcome: slo.Down, reason: slo.TransferBroken, status: 200},
		{name: "garbage", handle: answer("\x16\x03\x01\x00\x1b[31mSSH-2.0-OpenSSH\r\n\u202egarbage"), outcome: slo.Down, reason: slo.ProtocolError},
		{name: "bad status", handle: answer("HTTP/1.1 abc OK\r\n\r\n"), outcome: slo.Down, reason: slo.ProtocolError},
		{name: "bad header", handle: answer("HTTP/1.1 200 OK\r\nno colon here\r\n\r\n"), outcome: slo.Down, reason: slo.ProtocolError},
		{name: "two lengths", handle: answer("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"), outcome: slo.Down, reason: slo.ProtocolError},
		{name: "negative length", handle: answer("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello"), outcome: slo.Down, reason: slo.ProtocolError},
		{name: "endless interim", handle: probetest.Endless("", "HTTP/1.1 100 Continue\r\n\r\n"), outcome: slo.Down, reason: slo.ProtocolError},
		{name: "broken chunk", handle: answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n"), outcome: slo.Down, reason: slo.ProtocolError, status: 200},
		{name: "chunk longer than it says", handle: answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n"), outcome: slo.Down, reason: slo.ProtocolError, status: 200},
		{name: "giant chunk", handle: answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n"), outcome: slo.Down, reason: slo.ProtocolError, status: 200},
		{name: "chunk of 2^62", handle: answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4000000000000000\r\nabc"), outcome: slo.Down, reason: slo.TransferBroken, status: 200},
		{name: "endless header", handle: probetest.Endless("HTTP/1.1 200 OK\r\n", "X-A: aaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"), outcome: slo.Down, reason: slo.ResponseTooLarge},
		{name: "endless header line", handle: probetest.Endless("HTTP/1.1 200 OK\r\nX-A: ", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa"), outcome: slo.Down, reason: slo.ResponseTooLarge},
		{name: "endless status line", handle: probetest.Endless("HTTP/1.1 200 ", "OK "), outcome: slo.Down, reason: slo.ResponseTooLarge},
		{name: "endless body", handle: probetest.Endless("HTTP/1.1 200 OK\r\n\r\n", strings.Repeat("body ", 50)), outcome: slo.Down, reason: slo.ResponseTooLarge, status: 200},
		{name: "endless body that is wanted", handle: probetest.Endless("HTTP/1.1 200 OK\r\n\r\n", strings.Repeat("body ", 50)), spec: slo.HTTP{Match: "x", MaxBody: 1000}, outcome: slo.Down, reason: slo.ResponseTooLarge, status: 200},
		{name: "body of 8 GiB", handle: probetest.Endless("HTTP/1.1 200 OK\r\nContent-Length: 8589934592\r\n\r\n", strings.Repeat("body ", 50)), outcome: slo.Down, reason: slo.ResponseTooLarge, status: 200},
		{name: "chunk of no content", handle: probetest.Endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1;"+strings.Repeat("e", 1000)+"\r\na\r\n"), outcome: slo.Down, reason: slo.ProtocolError, status: 200},
		{name: "endless trailer", handle: probetest.Endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n", "X-A: "+strings.Repeat("e", 1000)+"\r\n"), outcome: slo.Down, reason: slo.ProtocolError, status: 200},
		{name: "dripped header", handle: probetest.Drip("HTTP/1.1 200 OK\r\n", "X", pause), timeout: short, outcome: slo.Down, reason: slo.TransferTimeout},
		{name: "dripped body", handle: probetest.Drip("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", "X", pause), timeout: short, outcome: slo.Down, reason: slo.TransferTimeout, status: 200},
	}
	var evidence strings.Builder
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			spec := tt.spec
			address := serve(t, tt.handle)
			spec.URL = "http://" + address + "/path?q=1"
			timeout := 5 * time.Second
			if tt.timeout != 0 {
				timeout = tt.timeout
			}
			m := once(t, &spec, timeout)
			want(t, m, tt.outcome, tt.reason)
			if m.Status != tt.status {
				t.Errorf("status %d, want %d", m.Status, tt.status)
			}
			if m.Latency > timeout+slack {
				t.Errorf("took %v of %v", m.Latency, timeout)
			}
			if m.Outcome != slo.Up && tt.name != "closed at once" { // seen as a reset at times
				fmt.Fprintf(&evidence, "%s: %s: %s\n", tt.name, m.Reason, strings.ReplaceAll(m.Evidence, address, "ADDRESS"))
			}
		})
	}
	if !t.Failed() {
		counts := regexp.MustCompile(`body of \d{5,} bytes`) // how much came of an endless one
		golden(t, "testdata/http_evidence.golden", counts.ReplaceAllString(evidence.String(), "body of MANY bytes"))
	}
}

func TestHTTPPhases(t *testing.T) {
	const part = 30 * time.Millisecond
	address := serve(t, func(c net.Conn) {
		readRequest(c)
		<-time.After(part)
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe")
		<-time.After(part)
		_, _ = io.WriteString(c, "llo")
	})
	_, port, _ := net.SplitHostPort(address)
	env := newEnv(t, Options{Resolver: staticNames{"web.test": "127.0.0.1"}})
	m := prepare(t, &slo.HTTP{URL: "http://web.test:" + port}, time.Second, env).Run(t.Context(), now, nil)
	want(t, m, slo.Up, "")
	p := m.Phases
	if p.Resolve <= 0 || p.Connect <= 0 || p.TLS != 0 || p.FirstByte < part || p.Transfer < part {
		t.Errorf("phases %+v", p)
	}
	sum := p.Resolve + p.Connect + p.FirstByte + p.Transfer
	if m.Latency < sum || m.Latency > sum+part/2 {
		t.Errorf("phases sum to %v of %v", sum, m.Latency)
	}
	if m.Probe != "p" || m.At != now {
		t.Errorf("measurement is of %q at %v", m.Probe, m.At)
	}
}

func TestHTTPRequest(t *testing.T) {
	var got string
	address := serve(t, func(c net.Conn) {
		for b := make([]byte, 1); !strings.HasSuffix(got, "\r\n\r\nping"); got += string(b) {
			if _, err := c.Read(b); err != nil {
				return
			}
		}
		_, _ = io.WriteString(c, okAnswer)
	})
	m := once(t, &slo.HTTP{
		URL: "http://user:pass@" + address + "/a%20b?x=y#part", Method: "POST", Body: "ping",
		Headers: map[string]string{"host": "other.example", "X-Two": "2", "user-agent": "mine"},
	}, time.Second)
	want(t, m, slo.Up, "")
	golden(t, "testdata/http_request.golden", strings.ReplaceAll(got, "\r", ""))
}

func TestHTTPRefusals(t *testing.T) {
	for name, spec := range map[string]slo.HTTP{
		"scheme":       {URL: "file:///etc/passwd"},
		"no host":      {URL: "http://"},
		"port":         {URL: "http://a:0"},
		"control":      {URL: "http://a/\x00"},
		"match":        {URL: "http://a", Match: "("},
		"noMatch":      {URL: "http://a", NoMatch: "["},
		"method":       {URL: "http://a", Method: "GE T"},
		"header name":  {URL: "http://a", Headers: map[string]string{"A B": "c"}},
		"header value": {URL: "http://a", Headers: map[string]string{"A": "b\r\nC: d"}},
		"own header":   {URL: "http://a", Headers: map[string]string{"content-length": "3"}},
		"host header":  {URL: "http://a", Headers: map[string]string{"Host": "a b"}},
		"redirects":    {URL: "http://a", Redirects: 21},
		"maxBody":      {URL: "http://a", MaxBody: 17 << 20},
		"family":       {URL: "http://127.0.0.1", IP: "6"},
		"ip":           {URL: "http://a", IP: "5"},
		"ca":           {URL: "https://a", TLS: slo.TLSOptions{CA: "nothing"}},
		"validity":     {URL: "https://a", TLS: slo.TLSOptions{MinValidity: -1}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := New(slo.Probe{Name: "p", Timeout: time.Second, Spec: &spec}, newEnv(t, Options{})); err == nil {
				t.Error("accepted")
			} else if strings.Contains(err.Error(), "secret") {
				t.Errorf("error tells a secret: %v", err)
			}
		})
	}
}

func TestHTTPGzip(t *testing.T) {
	bomb := zipped(strings.Repeat("a", 1<<20))
	head := "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
	asked := map[string]string{"Accept-Encoding": "gzip"}
	for name, tt := range map[string]struct {
		body    string
		spec    slo.HTTP
		outcome slo.State
		reason  slo.Reason
	}{
		"asked":     {zipped("hello"), slo.HTTP{Headers: asked, Match: "^hello$"}, slo.Up, ""},
		"not asked": {zipped("hello"), slo.HTTP{Match: "^hello$"}, slo.Down, slo.BodyMismatch},
		"bomb":      {bomb, slo.HTTP{Headers: asked, MaxBody: 1000}, slo.Down, slo.ResponseTooLarge},
		"cut":       {bomb[:len(bomb)-20], slo.HTTP{Headers: asked, MaxBody: 2 << 20}, slo.Down, slo.TransferBroken},
		"not gzip":  {"hello hello hello", slo.HTTP{Headers: asked}, slo.Down, slo.ProtocolError},
	} {
		t.Run(name, func(t *testing.T) {
			tt.spec.URL = "http://" + serve(t, answer(head+tt.body))
			want(t, once(t, &tt.spec, time.Second), tt.outcome, tt.reason)
		})
	}
}

func TestHTTPLargeMatch(t *testing.T) {
	body := strings.Repeat("x", 300<<10) + "needle"
	url := "http://" + serve(t, answer(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)))
	want(t, once(t, &slo.HTTP{URL: url, Match: "needle$"}, 5*time.Second), slo.Up, "")
	want(t, once(t, &slo.HTTP{URL: url, Match: "haystack"}, 5*time.Second), slo.Down, slo.BodyMismatch)
}

func TestMatchingEndsWithTheTime(t *testing.T) {
	r := run{deadline: time.Now().Add(-time.Second)}
	_, err := r.matches(regexp.MustCompile("b"), []byte(strings.Repeat("a", wholeMatch+1)))
	f, ok := err.(*failure)
	if !ok || f.reason != slo.AgentOverloaded || f.outcome != slo.Unknown {
		t.Errorf("got %v", err)
	}
}

func TestEvidenceHidesWhatTheTargetEchoes(t *testing.T) {
	address := serve(t, func(c net.Conn) {
		request := readRequest(c)
		_, _ = fmt.Fprintf(c, "HTTP/1.1 500 No\r\n\r\n%s and %s", strings.ReplaceAll(request, ": ", " is "), "opensesame")
	})
	m := once(t, &slo.HTTP{
		URL:     "http://me:opensesame@" + address + "/?api_key=k3yk3yk3y",
		Headers: map[string]string{"X-Api-Key": "headerkey1", "Cookie": "sid=c00kie99"},
	}, time.Second)
	want(t, m, slo.Down, slo.StatusUnexpected)
	for _, secret := range []string{"opensesame", "k3yk3yk3y", "headerkey1", "c00kie99", "bWU6b3BlbnNlc2FtZQ"} {
		if strings.Contains(m.Evidence, secret) {
			t.Errorf("evidence has %s: %s", secret, m.Evidence)
		}
	}
}

func TestDeniedAddress(t *testing.T) {
	asked := []netip.Addr{}
	env := newEnv(t, Options{
		Allow: func(a netip.Addr) error {
			asked = append(asked, a)
			return fmt.Errorf("loopback is not for probes")
		},
		Resolver: staticNames{"web.test": "::ffff:127.0.0.1"},
	})
	address := serve(t, func(c net.Conn) { t.Error("connected to a denied address") })
	_, port, _ := net.SplitHostPort(address)
	m := prepare(t, &slo.HTTP{URL: "http://web.test:" + port}, time.Second, env).Run(t.Context(), now, nil)
	want(t, m, slo.Unknown, slo.AgentDenied)
	if len(asked) != 1 || asked[0] != netip.MustParseAddr("127.0.0.1") {
		t.Errorf("asked about %v", asked)
	}
}

func TestMain(m *testing.M) {
	if os.Getenv(benchServer) != "" {
		serveBenchmark()
		return
	}
	if url := os.Getenv(benchBrowser); url != "" {
		loadPages(url)
		return
	}
	os.Exit(m.Run())
}
