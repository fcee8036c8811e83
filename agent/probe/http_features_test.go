package probe

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"github.com/quic-go/quic-go/http3"

	"github.com/assay-sla/assay/slo"
)

// secretsFrom is an environment whose secrets are these.
func secretsFrom(t testing.TB, values map[string]string) *Env {
	t.Helper()
	return newEnv(t, Options{Secrets: func(name string) (string, error) {
		if v, ok := values[name]; ok {
			return v, nil
		}
		return "", errors.New("is not in this agent's file, under secrets")
	}})
}

func TestHTTPAssert(t *testing.T) {
	json := func(body string) string {
		return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	}
	for _, c := range []struct {
		name, body, assert string
		outcome            slo.State
		reason             slo.Reason
		evidence           string
	}{
		{"holds", `{"db":"ok","lag":3}`, `json.db == "ok" && json.lag < 5 && status == 200`, slo.Up, "", ""},
		{"header and time", `{"at":"2026-10-01T11:58:00Z"}`, `"application/json" in headers["content-type"] && now - timestamp(json.at) < duration("5m")`, slo.Up, "", ""},
		{"does not hold", `{"db":"ok","lag":30}`, `json.lag < 5`, slo.Down, slo.AssertionFailed, `to meet json.lag < 5; status 200 OK, body of 20 bytes begins "{"db":"ok","lag":30}"`},
		{"lacks the key", `{"db":"ok"}`, `json.lag < 5`, slo.Down, slo.AssertionFailed, "but there is no field lag"},
		{"no JSON", `<html>`, `json.lag < 5`, slo.Down, slo.BodyMismatch, "expected JSON from"},
		{"costs too much", "[" + strings.Repeat("1,", 3000) + "1]", `json.all(a, json.all(b, json.all(c, a + b + c == 3)))`, slo.Unknown, slo.AgentOverloaded, "evaluate"}, // too costly, or on a slow machine too late
	} {
		t.Run(c.name, func(t *testing.T) {
			m := once(t, &slo.HTTP{URL: "http://" + serve(t, answer(json(c.body))), Assert: c.assert}, 20*time.Second)
			want(t, m, c.outcome, c.reason)
			if !strings.Contains(m.Evidence, c.evidence) {
				t.Errorf("evidence %q", m.Evidence)
			}
		})
	}
	if _, err := New(slo.Probe{Name: "p", Timeout: time.Second, Spec: &slo.HTTP{URL: "http://a", Assert: "jso.a"}}, newEnv(t, Options{})); err == nil {
		t.Error("an expression with a mistake was taken")
	}
}

// asked200 answers with what it was asked, and the protocol.
var asked200 = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	fmt.Fprintf(w, "%s %s %s %s %s", r.Proto, r.Method, r.Host, r.Header.Get("X-Own"), body)
})

// TestHTTPForgets: what an exchange in HTTP/1.1 met is not held against one in
// HTTP/2 that has its buffers.
func TestHTTPForgets(t *testing.T) {
	s := httptest.NewUnstartedServer(asked200)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{theAuthority().fresh(t)}}
	s.EnableHTTP2 = true
	s.StartTLS()
	defer s.Close()
	closing := serve(t, answer("HTTP/1.1 200 OK\r\n\r\nhello"))
	large := &slo.HTTP{URL: s.URL, Version: "2", MaxBody: 3, TLS: slo.TLSOptions{CA: theAuthority().pem()}}
	for range 10 {
		want(t, once(t, &slo.HTTP{URL: "http://" + closing, Match: "hello"}, 5*time.Second), slo.Up, "")
		want(t, once(t, large, 5*time.Second), slo.Down, slo.ResponseTooLarge)
	}
}

func TestHTTP2(t *testing.T) {
	s := httptest.NewUnstartedServer(asked200)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{theAuthority().fresh(t)}}
	s.EnableHTTP2 = true
	s.StartTLS()
	defer s.Close()
	spec := slo.HTTP{URL: s.URL + "/x", Version: "2", Method: "POST", Body: "ping", Match: "^HTTP/2.0 POST shop.example mine ping$",
		Headers: map[string]string{"X-Own": "mine", "Host": "shop.example"}, TLS: slo.TLSOptions{CA: theAuthority().pem()}}
	m := once(t, &spec, 5*time.Second)
	want(t, m, slo.Up, "")
	if m.Status != 200 || m.CertExpiry == 0 || m.Phases.FirstByte == 0 || m.Phases.TLS == 0 {
		t.Errorf("%+v", m)
	}
	spec.Match = "HTTP/1"
	want(t, once(t, &spec, 5*time.Second), slo.Down, slo.BodyMismatch)

	old := serve(t, overTLS(theAuthority().fresh(t), answer(okAnswer)))
	m = once(t, &slo.HTTP{URL: "https://" + old, Version: "2", TLS: spec.TLS}, 5*time.Second)
	want(t, m, slo.Down, slo.ProtocolError)
	for name, handle := range map[string]func(net.Conn){
		"closes": func(net.Conn) {},
		"talks":  func(c net.Conn) { _, _ = io.WriteString(c, strings.Repeat("HTTP/1.1 400 Bad\r\n", 20)) },
	} {
		config := &tls.Config{Certificates: []tls.Certificate{theAuthority().fresh(t)}, NextProtos: []string{"h2"}}
		address := serve(t, func(c net.Conn) {
			if s := tls.Server(c, config); s.Handshake() == nil {
				handle(s)
			}
		})
		if m := once(t, &slo.HTTP{URL: "https://" + address, Version: "2", TLS: spec.TLS}, 5*time.Second); m.Outcome != slo.Down {
			t.Errorf("%s: %s %s (%s)", name, m.Outcome, m.Reason, m.Evidence)
		}
	}
	hung := serve(t, hold)
	want(t, once(t, &slo.HTTP{URL: "https://" + hung, Version: "2"}, short), slo.Down, slo.TLSTimeout)
}

func TestHTTP3(t *testing.T) {
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http3.Server{Handler: asked200, TLSConfig: http3.ConfigureTLSConfig(&tls.Config{Certificates: []tls.Certificate{theAuthority().fresh(t)}})}
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Serve(socket) }()
	t.Cleanup(func() { _ = s.Close(); _ = socket.Close(); <-done })
	spec := slo.HTTP{URL: "https://" + socket.LocalAddr().String(), Version: "3", Method: "POST", Body: "ping", Match: "^HTTP/3.0 POST .* ping$", TLS: slo.TLSOptions{CA: theAuthority().pem()}}
	m := once(t, &spec, 5*time.Second)
	want(t, m, slo.Up, "")
	if m.Status != 200 || m.CertExpiry == 0 || m.Phases.TLS == 0 || m.Phases.FirstByte == 0 {
		t.Errorf("%+v", m)
	}
	spec.Match = "nothing"
	want(t, once(t, &spec, 5*time.Second), slo.Down, slo.BodyMismatch)
	spec.Match, spec.MaxBody = "", 3
	want(t, once(t, &spec, 5*time.Second), slo.Down, slo.ResponseTooLarge)
	spec.TLS.CA, spec.MaxBody = "", 0
	want(t, once(t, &spec, 5*time.Second), slo.Down, slo.TLSUntrusted)

	free, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = free.Close()
	want(t, once(t, &slo.HTTP{URL: "https://" + free.LocalAddr().String(), Version: "3"}, 5*time.Second), slo.Down, slo.ConnectRefused)
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	want(t, once(t, &slo.HTTP{URL: "https://" + silent.LocalAddr().String(), Version: "3"}, short), slo.Down, slo.ConnectTimeout)
	denied := newEnv(t, Options{Allow: func(netip.Addr) error { return errors.New("denied") }})
	want(t, prepare(t, &spec, time.Second, denied).Run(t.Context(), now, nil), slo.Unknown, slo.AgentDenied)
}

func TestHTTPCompression(t *testing.T) {
	zeros := strings.Repeat("0", 4<<20)
	packed, bombs := map[string]string{"gzip": zipped("hello")}, map[string]string{"gzip": zipped(zeros)}
	for name, pack := range map[string]func(io.Writer) io.WriteCloser{
		"deflate": func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) },
		"raw":     func(w io.Writer) io.WriteCloser { z, _ := flate.NewWriter(w, 5); return z },
		"br":      func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) },
		"zstd":    func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w); return z },
	} {
		whole := func(text string) string {
			var b bytes.Buffer
			z := pack(&b)
			_, _ = io.WriteString(z, text)
			_ = z.Close()
			return b.String()
		}
		packed[name], bombs[name] = whole("hello"), whole(zeros)
	}
	for name, body := range packed {
		coding := strings.Replace(name, "raw", "deflate", 1)
		var asked atomic.Value
		address := serve(t, func(c net.Conn) {
			asked.Store(readRequest(c))
			_, _ = fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n%s", coding, len(body), body)
		})
		want(t, once(t, &slo.HTTP{URL: "http://" + address, Compression: []string{coding}, Match: "^hello$"}, 5*time.Second), slo.Up, "")
		if !strings.Contains(asked.Load().(string), "\r\nAccept-Encoding: "+coding+"\r\n") {
			t.Errorf("%s: the request was %q", name, asked.Load())
		}
		want(t, once(t, &slo.HTTP{URL: "http://" + address, Match: "^hello$"}, 5*time.Second), slo.Down, slo.BodyMismatch) // not asked for
		broken := answer(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\n\r\n%s", coding, "\x00\x00nonsense"))
		want(t, once(t, &slo.HTTP{URL: "http://" + serve(t, broken), Compression: []string{coding}}, 5*time.Second), slo.Down, slo.ProtocolError)
	}
	for name, bomb := range bombs {
		coding := strings.Replace(name, "raw", "deflate", 1)
		big := answer(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n%s", coding, len(bomb), bomb))
		want(t, once(t, &slo.HTTP{URL: "http://" + serve(t, big), Compression: slo.Compressions()}, 5*time.Second), slo.Down, slo.ResponseTooLarge)
	}
}

func TestHTTPCookiesGoWithRedirects(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := r.Cookie("session")
		switch {
		case r.URL.Path == "/":
			http.SetCookie(w, &http.Cookie{Name: "session", Value: "abc-123", Path: "/"})
			http.Redirect(w, r, "/home", http.StatusFound)
		case err == nil && c.Value == "abc-123":
			fmt.Fprint(w, "welcome")
		default:
			http.Error(w, "who are you", http.StatusForbidden)
		}
	}))
	defer s.Close()
	want(t, once(t, &slo.HTTP{URL: s.URL, Redirects: 1, Cookies: true, Match: "welcome"}, 5*time.Second), slo.Up, "")
	want(t, once(t, &slo.HTTP{URL: s.URL, Redirects: 1}, 5*time.Second), slo.Down, slo.StatusUnexpected)
}

func TestHTTPClientCertificate(t *testing.T) {
	mine := theAuthority().fresh(t)
	key, err := x509.MarshalPKCS8PrivateKey(mine.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	pair := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: mine.Certificate[0]})) +
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))
	pool := x509.NewCertPool()
	pool.AddCert(theAuthority().Cert)
	config := &tls.Config{Certificates: []tls.Certificate{theAuthority().fresh(t)}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool, Time: now.Time}
	address := serve(t, func(c net.Conn) {
		if s := tls.Server(c, config); s.Handshake() == nil {
			answer(okAnswer)(s)
			_ = s.CloseWrite()
		}
	})
	env := secretsFrom(t, map[string]string{"pair": pair, "broken": "no PEM"})
	spec := func(name string) *slo.HTTP {
		return &slo.HTTP{URL: "https://" + address, TLS: slo.TLSOptions{CA: theAuthority().pem(), Client: slo.Secret{Name: name}}}
	}
	want(t, prepare(t, spec("pair"), 5*time.Second, env).Run(t.Context(), now, nil), slo.Up, "")
	want(t, prepare(t, spec("broken"), 5*time.Second, env).Run(t.Context(), now, nil), slo.Unknown, slo.AgentSecret)
	want(t, prepare(t, spec("absent"), 5*time.Second, env).Run(t.Context(), now, nil), slo.Unknown, slo.AgentSecret)
	if m := prepare(t, spec(""), 5*time.Second, env).Run(t.Context(), now, nil); m.Outcome != slo.Down {
		t.Errorf("without a certificate: %+v", m)
	}
}

// tokens is a server of tokens and one that wants them.
type tokens struct {
	mu      sync.Mutex
	issued  int
	revoked bool
	status  int
	answer  string
}

func (s *tokens) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.URL.Path == "/token" {
		id, secret, _ := r.BasicAuth()
		_ = r.ParseForm()
		if id != "me" || secret != "s3cret%2B" && secret != "s3cret+" || r.PostForm.Get("grant_type") != "client_credentials" || r.PostForm.Get("scope") != "read write" {
			http.Error(w, `{"error":"invalid_client"}`, http.StatusUnauthorized)
			return
		}
		if s.status != 0 {
			w.WriteHeader(s.status)
			return
		}
		s.issued++
		if s.answer != "" {
			fmt.Fprint(w, s.answer)
			return
		}
		fmt.Fprintf(w, `{"access_token":"token-%d","token_type":"Bearer","expires_in":3600}`, s.issued)
		return
	}
	if r.Header.Get("Authorization") != fmt.Sprintf("Bearer token-%d", s.issued) || s.revoked {
		s.revoked = false
		http.Error(w, "got "+r.Header.Get("Authorization"), http.StatusUnauthorized)
		return
	}
	fmt.Fprint(w, "hello")
}

func TestHTTPOAuth2(t *testing.T) {
	server := &tokens{}
	s := httptest.NewServer(server)
	defer s.Close()
	env := secretsFrom(t, map[string]string{"client": "s3cret+", "wrong": "no"})
	spec := func(secret string) *slo.HTTP {
		return &slo.HTTP{URL: s.URL, OAuth2: slo.OAuth2{TokenURL: s.URL + "/token", ClientID: "me", ClientSecret: slo.Secret{Name: secret}, Scopes: []string{"read", "write"}}}
	}
	p := prepare(t, spec("client"), 5*time.Second, env)
	for range 3 {
		want(t, p.Run(t.Context(), now, nil), slo.Up, "")
	}
	if server.issued != 1 {
		t.Errorf("%d tokens for three runs", server.issued)
	}
	want(t, p.Run(t.Context(), now.Add(2*time.Hour), nil), slo.Up, "")
	if server.issued != 2 {
		t.Errorf("%d tokens after the first one's expiry", server.issued)
	}
	server.revoked = true
	want(t, p.Run(t.Context(), now.Add(2*time.Hour), nil), slo.Up, "")
	if server.issued != 3 {
		t.Errorf("%d tokens after the second was revoked", server.issued)
	}
	m := prepare(t, spec("wrong"), 5*time.Second, env).Run(t.Context(), now, nil)
	want(t, m, slo.Unknown, slo.AgentToken)
	if m.Status != 0 || !strings.Contains(m.Evidence, "401") {
		t.Errorf("%+v", m)
	}
	for _, answer := range []string{"no json", `{}`, `{"access_token":"a","token_type":"mac"}`} {
		server.answer = answer
		want(t, prepare(t, spec("client"), 5*time.Second, env).Run(t.Context(), now, nil), slo.Unknown, slo.AgentToken)
	}
	server.answer, server.status = "", 503
	want(t, prepare(t, spec("client"), 5*time.Second, env).Run(t.Context(), now, nil), slo.Unknown, slo.AgentToken)
}

// forward is a proxy that wants to know who asks.
func forward(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Proxy-Authorization") != "Basic bWU6cHc=" {
		w.WriteHeader(http.StatusProxyAuthRequired)
		return
	}
	if r.Method != http.MethodConnect {
		r.RequestURI = ""
		r.Header.Del("Proxy-Authorization")
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
		return
	}
	to, err := net.Dial("tcp", r.Host)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer to.Close()
	c, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer c.Close()
	_, _ = io.WriteString(c, "HTTP/1.1 200 Connected\r\n\r\n")
	go func() { _, _ = io.Copy(to, c); _ = to.Close() }()
	_, _ = io.Copy(c, to)
}

func TestHTTPProxy(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(forward))
	defer proxy.Close()
	env := secretsFrom(t, map[string]string{"pw": "pw", "bad": "bad"})
	through := func(target, secret string) slo.Measurement {
		return prepare(t, &slo.HTTP{URL: target, Match: "hello", Proxy: slo.Proxy{URL: proxy.URL, Username: "me", Password: slo.Secret{Name: secret}},
			TLS: slo.TLSOptions{CA: theAuthority().pem()}}, 5*time.Second, env).Run(t.Context(), now, nil)
	}
	plain, secure := "http://"+serve(t, answer(okAnswer)), "https://"+serve(t, overTLS(theAuthority().fresh(t), answer(okAnswer)))
	want(t, through(plain, "pw"), slo.Up, "")
	want(t, through(secure, "pw"), slo.Up, "")
	want(t, through(secure, "bad"), slo.Unknown, slo.AgentProxy)
	want(t, through(plain, "bad"), slo.Unknown, slo.AgentProxy)
	want(t, through("https://"+closedPort(t), "pw"), slo.Down, slo.ProxyRefused)
	away := &slo.HTTP{URL: plain, Proxy: slo.Proxy{URL: "http://" + closedPort(t)}}
	want(t, once(t, away, 5*time.Second), slo.Unknown, slo.AgentProxy)
	only := netip.MustParseAddrPort(strings.TrimPrefix(proxy.URL, "http://"))
	closed := newEnv(t, Options{Allow: func(a netip.Addr) error {
		if a == only.Addr() {
			return nil
		}
		return errors.New("denied")
	}})
	m := prepare(t, &slo.HTTP{URL: "http://169.254.169.254/", Proxy: slo.Proxy{URL: proxy.URL}}, time.Second, closed).Run(t.Context(), now, nil)
	want(t, m, slo.Unknown, slo.AgentDenied)
}

func TestHTTPSourceAddress(t *testing.T) {
	var from atomic.Value
	address := serve(t, func(c net.Conn) { from.Store(c.RemoteAddr().(*net.TCPAddr).IP.String()); answer(okAnswer)(c) })
	want(t, once(t, &slo.HTTP{URL: "http://" + address, Source: "127.0.0.7"}, 5*time.Second), slo.Up, "")
	if from.Load() != "127.0.0.7" {
		t.Errorf("it came from %s", from.Load())
	}
	want(t, once(t, &slo.HTTP{URL: "http://" + address, Source: "192.0.2.77"}, 5*time.Second), slo.Unknown, slo.AgentUnsupported)
}

func TestHTTPAddresses(t *testing.T) {
	_, port, _ := net.SplitHostPort(serve(t, answer(okAnswer)))
	resolver := staticNames{"both.example": "127.0.0.1 127.0.0.2", "half.example": "127.0.0.2 127.0.0.1", "six.example": "127.0.0.1 ::1"}
	_ = serveOn(t, "127.0.0.2:"+port, answer("HTTP/1.1 503 Sorry\r\nContent-Length: 0\r\n\r\n"))
	env := newEnv(t, Options{Resolver: resolver})
	probe := func(name, ip, addresses string) slo.Measurement {
		return prepare(t, &slo.HTTP{URL: "http://" + name + ":" + port, IP: ip, Addresses: addresses}, 5*time.Second, env).Run(t.Context(), now, nil)
	}
	want(t, probe("both.example", "", "one"), slo.Up, "")
	m := probe("both.example", "", "each")
	want(t, m, slo.Down, slo.StatusUnexpected)
	if !strings.Contains(m.Evidence, "address 2 of 2") {
		t.Errorf("evidence %q", m.Evidence)
	}
	var trace Trace
	_ = prepare(t, &slo.HTTP{URL: "http://six.example:" + port, IP: "prefer6"}, 5*time.Second, env).Run(t.Context(), now, &trace)
	if lines := trace.Steps; len(lines) == 0 || !strings.Contains(fmt.Sprint(lines), "::1, 127.0.0.1") {
		t.Errorf("the other family came first: %v", lines)
	}
	want(t, probe("six.example", "prefer6", ""), slo.Up, "") // falls back
}

func TestHTTPReuse(t *testing.T) {
	var connections, requests atomic.Int32
	var closing atomic.Bool
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		if closing.Load() {
			w.Header().Set("Connection", "close")
		}
		fmt.Fprint(w, "hello")
	}))
	s.TLS = &tls.Config{Certificates: []tls.Certificate{theAuthority().fresh(t)}}
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	s.StartTLS()
	defer s.Close()
	p := prepare(t, &slo.HTTP{URL: s.URL, Connection: "reuse", Match: "hello", TLS: slo.TLSOptions{CA: theAuthority().pem()}}, 5*time.Second, newEnv(t, Options{}))
	first := p.Run(t.Context(), now, nil)
	want(t, first, slo.Up, "")
	second := p.Run(t.Context(), now, nil)
	want(t, second, slo.Up, "")
	if connections.Load() != 1 || first.Phases.Connect == 0 || first.Phases.TLS == 0 || second.Phases.Connect != 0 || second.Phases.TLS != 0 || second.CertExpiry != first.CertExpiry {
		t.Errorf("%d connections, %+v, %+v", connections.Load(), first.Phases, second)
	}
	late := p.Run(t.Context(), now.Add(200*24*time.Hour), nil) // the certificate of a standing connection expires too
	want(t, late, slo.Down, slo.TLSExpired)

	want(t, p.Run(t.Context(), now, nil), slo.Up, "")
	s.CloseClientConnections() // between two runs
	third := p.Run(t.Context(), now, nil)
	want(t, third, slo.Up, "")
	if third.Phases.Connect == 0 {
		t.Error("it did not connect anew")
	}
	closing.Store(true)
	want(t, p.Run(t.Context(), now, nil), slo.Up, "")
	before := connections.Load()
	want(t, p.Run(t.Context(), now, nil), slo.Up, "")
	if connections.Load() != before+1 {
		t.Error("a connection that the server closes was kept")
	}
}

func TestHTTPOptionsThatDoNotGoTogether(t *testing.T) {
	u, _ := url.Parse("http://127.0.0.1:1")
	for name, s := range map[string]slo.HTTP{
		"reuse of a POST":      {URL: u.String(), Method: "POST", Connection: "reuse"},
		"version 2 in clear":   {URL: u.String(), Version: "2"},
		"a version":            {URL: u.String(), Version: "4"},
		"a compression":        {URL: u.String(), Compression: []string{"lzma"}},
		"a family":             {URL: u.String(), IP: "prefer5"},
		"a source":             {URL: u.String(), Source: "here"},
		"a proxy by https":     {URL: u.String(), Proxy: slo.Proxy{URL: "https://a"}},
		"two ways to identify": {URL: u.String(), Bearer: slo.Secret{Name: "a"}, Username: "a", Password: slo.Secret{Name: "a"}},
	} {
		if _, err := New(slo.Probe{Name: "p", Timeout: time.Second, Spec: &s}, newEnv(t, Options{})); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
