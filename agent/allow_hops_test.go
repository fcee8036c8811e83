package agent

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/assay-sla/assay/slo"
)

// leader is a server at 127.0.0.2, where the agent may go, that leads it on: it
// redirects, tells where to go next, and refuses no request.
func leader(t *testing.T, cert *tls.Certificate) (at string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/to", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", r.URL.Query().Get("url"))
		w.WriteHeader(http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/next", func(w http.ResponseWriter, r *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]string{"next": r.URL.Query().Get("url")})
	})
	srv := &http.Server{Handler: mux}
	t.Cleanup(func() { srv.Close() })
	if cert != nil {
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{*cert}, NextProtos: []string{"http/1.1"}})
	}
	go func() { _ = srv.Serve(l) }()
	return l.Addr().String()
}

// telltale is the certificate of a server, of an authority that it does not
// show, which says that this, answers and revocations are to be had where the
// agent must not go.
func telltale(t *testing.T, where string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Absent"}, IsCA: true, BasicConstraintsValid: true, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "leaf"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 2)},
		NotBefore: ca.NotBefore, NotAfter: ca.NotAfter,
		IssuingCertificateURL: []string{where + "/ca"}, OCSPServer: []string{where + "/ocsp"}, CRLDistributionPoints: []string{where + "/crl"},
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, ca, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// truncating is a name server at 127.0.0.2 whose answers are all cut off, so
// that the agent asks again by TCP.
func truncating(t *testing.T, port string) {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.2:"+port)
	if err != nil {
		t.Fatal(err)
	}
	srv := &dns.Server{PacketConn: c, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg)
		m.SetReply(q)
		m.Truncated = true
		_ = w.WriteMsg(m)
	})}
	started := make(chan struct{})
	srv.NotifyStartedFunc = func() { close(started) }
	go func() { _ = srv.ActivateAndServe() }()
	<-started
	t.Cleanup(func() { _ = srv.ShutdownContext(context.Background()) })
}

// TestNoHopGoesWhereItMustNot: a server that the agent may ask, a resolver or a
// certificate leads it to where it must not go.
func TestNoHopGoesWhereItMustNot(t *testing.T) {
	w := newTripwire(t)
	c := newConfined(t, map[string][]string{
		"denied.test": {"127.0.0.1"}, "mixed.test": {"127.0.0.2 127.0.0.1 ::1"}, "first.test": {"127.0.0.1 127.0.0.2"},
		"turning.test": {"127.0.0.2", "127.0.0.1"}, "rebound.test": {"127.0.0.2", "127.0.0.1"},
	})
	at := leader(t, nil)
	_, port, err := net.SplitHostPort(at)
	if err != nil {
		t.Fatal(err)
	}
	forbidden := "http://127.0.0.1:" + w.port
	cert := telltale(t, forbidden)
	secure := leader(t, &cert)
	truncating(t, w.port)
	to := func(u string) string { return "http://" + at + "/to?url=" + url.QueryEscape(u) }
	get := func(u string) *slo.HTTP { return &slo.HTTP{URL: u, Redirects: 5} }
	secret := slo.Secret{Name: "secret"}
	tokens := func(u string) *slo.HTTP {
		return &slo.HTTP{URL: "http://" + at + "/", OAuth2: slo.OAuth2{TokenURL: u, ClientID: "c", ClientSecret: secret}}
	}
	through := func(u, proxy string) *slo.HTTP {
		return &slo.HTTP{URL: u, Proxy: slo.Proxy{URL: proxy, Username: "u", Password: secret}}
	}
	next := func(said, u string) *slo.Steps {
		return &slo.Steps{Do: []slo.Step{
			{Name: "one", HTTP: slo.HTTP{URL: "http://" + at + "/next?url=" + url.QueryEscape(said)}, Capture: []slo.Capture{{Name: "next", JSON: "json.next"}}},
			{Name: "two", HTTP: *get(u)},
		}}
	}
	for name, h := range map[string]struct {
		spec    slo.Spec
		outcome slo.State
		reason  slo.Reason
	}{
		"redirect":                         {get(to(forbidden)), slo.Unknown, slo.AgentDenied},
		"redirect to a name":               {get(to("http://denied.test:" + w.port)), slo.Unknown, slo.AgentDenied},
		"redirect to TLS":                  {get(to("https://127.0.0.1:" + w.port)), slo.Unknown, slo.AgentDenied},
		"redirect to a mapped address":     {get(to("http://[::ffff:127.0.0.1]:" + w.port)), slo.Unknown, slo.AgentDenied},
		"redirect to no address":           {get(to("http://0.0.0.0:" + w.port)), slo.Unknown, slo.AgentDenied},
		"redirect without a scheme":        {get(to("//127.0.0.1:" + w.port + "/x")), slo.Unknown, slo.AgentDenied},
		"redirect by another":              {get(to(to(forbidden))), slo.Unknown, slo.AgentDenied},
		"redirect with a user":             {get(to("http://127.0.0.2@127.0.0.1:" + w.port)), slo.Unknown, slo.AgentDenied},
		"redirect to an interface":         {get(to("http://[::1%25lo]:" + w.port)), slo.Down, slo.RedirectInvalid},
		"redirect to a file":               {get(to("file:///etc/passwd")), slo.Down, slo.RedirectInvalid},
		"redirect from each address":       {&slo.HTTP{URL: to(forbidden), Redirects: 1, Addresses: "each"}, slo.Unknown, slo.AgentDenied},
		"redirect on one connection":       {&slo.HTTP{URL: to(forbidden), Redirects: 1, Connection: "reuse"}, slo.Unknown, slo.AgentDenied},
		"server of tokens":                 {tokens(forbidden), slo.Unknown, slo.AgentDenied},
		"server of tokens by a name":       {tokens("https://denied.test:" + w.port), slo.Unknown, slo.AgentDenied},
		"server of tokens that redirects":  {tokens(to(forbidden)), slo.Unknown, slo.AgentToken},
		"proxy":                            {through("http://"+at+"/", forbidden), slo.Unknown, slo.AgentDenied},
		"proxy by a name":                  {through("https://"+at+"/", "http://denied.test:"+w.port), slo.Unknown, slo.AgentDenied},
		"behind a proxy":                   {through(forbidden, "http://"+at), slo.Unknown, slo.AgentDenied},
		"behind a proxy, over TLS":         {through("https://127.0.0.1:"+w.port, "http://"+at), slo.Unknown, slo.AgentDenied},
		"a step's capture for a host":      {next("127.0.0.1:"+w.port, "http://${next}/"), slo.Unknown, slo.AgentUnsupported},
		"a step's capture for a user":      {next("@127.0.0.1:"+w.port, "http://"+at+"${next}/"), slo.Unknown, slo.AgentUnsupported},
		"a step's capture":                 {next(forbidden, "http://"+at+"/to?url=${next}"), slo.Unknown, slo.AgentDenied},
		"a step's redirect":                {&slo.Steps{Do: []slo.Step{{Name: "one", HTTP: *get(to(forbidden))}}}, slo.Unknown, slo.AgentDenied},
		"the next address of a name":       {get("http://mixed.test:" + w.port), slo.Down, slo.ConnectRefused},
		"the next address, by TCP":         {&slo.TCP{Address: "mixed.test:" + w.port}, slo.Down, slo.ConnectRefused},
		"the next address, by QUIC":        {&slo.HTTP{URL: "https://mixed.test:" + port, Version: "3"}, slo.Down, slo.ConnectRefused},
		"the address after a denied one":   {&slo.TCP{Address: "first.test:" + port}, slo.Up, ""},
		"each address of a name":           {&slo.HTTP{URL: "http://first.test:" + port + "/next", Addresses: "each"}, slo.Unknown, slo.AgentDenied},
		"a name that turns":                {&slo.DNS{Name: "example.com", Server: "turning.test:" + w.port}, slo.Unknown, slo.AgentDenied},
		"a name that turns on a redirect":  {get("http://rebound.test:" + port + "/to?url=" + url.QueryEscape("http://rebound.test:"+w.port)), slo.Unknown, slo.AgentDenied},
		"a certificate's addresses":        {&slo.TLS{Address: secure}, slo.Down, slo.TLSUntrusted},
		"a certificate's, with a staple":   {&slo.TLS{Address: secure, TLS: slo.TLSOptions{SkipVerify: true, Staple: true}}, slo.Down, slo.TLSStapleMissing},
		"a certificate's, of a web server": {get("https://" + secure + "/next"), slo.Down, slo.TLSUntrusted},
	} {
		m := c.run(t, h.spec, 5*time.Second)
		if m.Outcome != h.outcome || m.Reason != h.reason {
			t.Errorf("%s: %s %s: %s", name, m.Outcome, m.Reason, m.Evidence)
		}
		if h.outcome == slo.Unknown && m.Reason == slo.AgentDenied && m.Evidence == "" {
			t.Errorf("%s: there is no evidence", name)
		}
		w.quiet(t)
	}
}

// TestTheEnvironmentIsNoProxy: what the agent's own environment says of proxies
// leads no probe away.
func TestTheEnvironmentIsNoProxy(t *testing.T) {
	w := newTripwire(t)
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"} {
		t.Setenv(name, "http://127.0.0.1:"+w.port)
	}
	c := newConfined(t, nil)
	at := leader(t, nil)
	for kind, spec := range map[string]slo.Spec{
		"http": &slo.HTTP{URL: "http://" + at + "/next"}, "websocket": &slo.WebSocket{URL: "ws://" + at + "/"},
		"grpc": &slo.GRPC{Address: at, Security: slo.SecurityNone}, "dns": &slo.DNS{Name: "example.com", Server: at, Transport: "https"},
		"steps": &slo.Steps{Do: []slo.Step{{Name: "one", HTTP: slo.HTTP{URL: "http://" + at + "/next"}}}},
	} {
		if m := c.run(t, spec, 5*time.Second); m.Outcome == slo.Unknown {
			t.Errorf("%s: %s", kind, fmt.Sprint(m.Reason, " ", m.Evidence))
		}
		w.quiet(t)
	}
}
