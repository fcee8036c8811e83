package probe

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/assay-sla/assay/agent/probe/probetest"
	"github.com/assay-sla/assay/internal/testservers"
	"github.com/assay-sla/assay/slo"
)

// These tests run the probes against web servers and a proxy as Debian ships
// them.

// nginxSite is a running nginx: its addresses.
type nginxSite struct{ plain, secure, old, mutual, upstream string }

// serveNginx runs an nginx with a server for each thing to test.
func serveNginx(t *testing.T) nginxSite {
	t.Helper()
	path := testservers.Program(t, "/usr/sbin/nginx", "nginx-light")
	dir := t.TempDir()
	cert, key := pemFiles(t, dir)
	ca := filepath.Join(dir, "ca.pem")
	save(t, ca, theAuthority().pem())
	page := filepath.Join(dir, "index.html")
	save(t, page, "<h1>Welcome</h1>\n")
	if err := os.Chmod(page, 0o644); err != nil {
		t.Fatal(err)
	}
	save(t, filepath.Join(dir, "users"), "probe:{PLAIN}battery-staple\n")
	if err := os.Chmod(filepath.Join(dir, "users"), 0o644); err != nil {
		t.Fatal(err)
	}
	echo := serveWebSocket(t, func(r *http.Request, c *websocket.Conn) {
		if kind, m, err := c.Read(r.Context()); err == nil {
			_ = c.Write(r.Context(), kind, m)
			_, _, _ = c.Read(r.Context())
		}
	})
	s := nginxSite{}
	for _, a := range []*string{&s.plain, &s.secure, &s.old, &s.mutual, &s.upstream} {
		*a = "127.0.0.1:" + testservers.FreePort(t)
	}
	name, group := me(t)
	config := filepath.Join(dir, "nginx.conf")
	save(t, config, fmt.Sprintf(nginxConfig, dir, cert, key, ca, name, group, s.plain, s.secure, s.old, s.mutual, s.upstream, echo, serveGRPC(t, false, true), closedPort(t)))
	testservers.Daemon(t, s.plain, path, "-c", config, "-p", dir)
	return s
}

const nginxConfig = `
user %[5]s %[6]s;
daemon off;
pid %[1]s/pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/fastcgi;
  uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
  root %[1]s;
  ssl_certificate %[2]s;
  ssl_certificate_key %[3]s;
  server {
    listen %[7]s;
    add_header X-Frame-Options DENY;
    keepalive_requests 2;
    gzip on;
    gzip_min_length 1;
    location = /moved { return 301 /; }
    location = /gone { return 410; }
    location = /private { auth_basic staff; auth_basic_user_file %[1]s/users; try_files /index.html =404; }
    location = /login { add_header Set-Cookie "session=abc-123; Path=/; HttpOnly"; return 200 '{"account": "/account"}'; }
    location = /account { if ($cookie_session != "abc-123") { return 403; } return 200 "signed in"; }
    location = /chat { proxy_pass http://%[12]s; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; }
    location = /dead { proxy_pass http://%[14]s; }
  }
  server {
    listen %[8]s ssl http2;
    ssl_protocols TLSv1.2 TLSv1.3;
    location = /version { return 200 $server_protocol; }
    location = /grpc.health.v1.Health/Check { grpc_pass grpc://%[13]s; }
  }
  server { listen %[9]s ssl; ssl_protocols TLSv1.2; ssl_ciphers AES128-SHA:ECDHE-ECDSA-AES128-SHA; }
  server {
    listen %[10]s ssl;
    ssl_client_certificate %[4]s;
    ssl_verify_client on;
    keepalive_timeout 0;
    location / { return 200 $ssl_client_s_dn; }
  }
  server { listen %[11]s ssl http2; location / { grpc_pass grpc://%[14]s; } }
}
`

// clientPair is a certificate of an authority, with its key, that servers take
// for as long as the authority lasts: they have a clock of their own.
func clientPair(t *testing.T, a authority) string {
	t.Helper()
	pair := a.issue(t, a.Cert.NotBefore, a.Cert.NotAfter, "agent.example")
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]})) +
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))
}

// TestNginx: pages with and without TLS, what is in the way of old clients,
// who must show a certificate, and what lies behind a reverse proxy.
func TestNginx(t *testing.T) {
	s := serveNginx(t)
	trusted := slo.TLSOptions{CA: theAuthority().pem()}
	with := func(client string) slo.TLSOptions {
		return slo.TLSOptions{CA: trusted.CA, Client: slo.Secret{Name: client}}
	}
	stranger := authority{probetest.NewAuthority("Another Authority", theAuthority().Cert.NotBefore, theAuthority().Cert.NotAfter)}
	secrets := map[string]string{"pair": clientPair(t, theAuthority()), "stranger": clientPair(t, stranger), "staff": "battery-staple", "wrong": "horse-correct"}
	askReal(t, secrets, []realCase{
		{"page", &slo.HTTP{URL: "http://" + s.plain, Match: "Welcome", HeaderMatch: map[string]string{"X-Frame-Options": "DENY"}}, slo.Up, ""},
		{"redirect", &slo.HTTP{URL: "http://" + s.plain + "/moved", Redirects: 1, Match: "Welcome"}, slo.Up, ""},
		{"gone", &slo.HTTP{URL: "http://" + s.plain + "/gone"}, slo.Down, slo.StatusUnexpected},
		{"gzip", &slo.HTTP{URL: "http://" + s.plain, Compression: []string{"gzip"}, Match: "Welcome", HeaderMatch: map[string]string{"Content-Encoding": "^gzip$"}}, slo.Up, ""},
		{"a compression that it does not have", &slo.HTTP{URL: "http://" + s.plain, Compression: []string{"br"}, Match: "Welcome", HeaderNoMatch: map[string]string{"Content-Encoding": "."}}, slo.Up, ""},
		{"a password", &slo.HTTP{URL: "http://" + s.plain + "/private", Username: "probe", Password: slo.Secret{Name: "staff"}, Match: "Welcome"}, slo.Up, ""},
		{"another password", &slo.HTTP{URL: "http://" + s.plain + "/private", Username: "probe", Password: slo.Secret{Name: "wrong"}}, slo.Down, slo.StatusUnexpected},
		{"a journey", &slo.Steps{Do: []slo.Step{
			{Name: "sign in", HTTP: slo.HTTP{URL: "http://" + s.plain + "/login"}, Capture: []slo.Capture{{Name: "next", Regex: `"account": "/(\w+)"`}}},
			{Name: "account", HTTP: slo.HTTP{URL: "http://" + s.plain + "/${next}", Match: "signed in"}},
		}}, slo.Up, ""},
		{"a journey without its beginning", &slo.Steps{Do: []slo.Step{{Name: "account", HTTP: slo.HTTP{URL: "http://" + s.plain + "/account"}}}}, slo.Down, slo.StatusUnexpected},

		{"over TLS", &slo.HTTP{URL: "https://" + s.secure, TLS: slo.TLSOptions{CA: trusted.CA, MinVersion: "1.3"}}, slo.Up, ""},
		{"HTTP/2", &slo.HTTP{URL: "https://" + s.secure + "/version", Version: "2", Match: "^HTTP/2.0$", TLS: trusted}, slo.Up, ""},
		{"HTTP/1.1 beside it", &slo.HTTP{URL: "https://" + s.secure + "/version", Match: "^HTTP/1.1$", TLS: trusted}, slo.Up, ""},
		{"HTTP/2 that it does not speak", &slo.HTTP{URL: "https://" + s.old, Version: "2", TLS: trusted}, slo.Down, slo.TLSFailed},
		{"too old a TLS", &slo.HTTP{URL: "https://" + s.old, TLS: slo.TLSOptions{CA: trusted.CA, MinVersion: "1.3"}}, slo.Down, slo.TLSVersionLow},
		{"a cipher that is not wanted", &slo.TLS{Address: s.old, TLS: slo.TLSOptions{CA: trusted.CA, Ciphers: []string{"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"}}}, slo.Down, slo.TLSCipherRefused},

		{"a client's certificate", &slo.HTTP{URL: "https://" + s.mutual, TLS: with("pair"), Match: "^CN=agent.example$"}, slo.Up, ""},
		{"without one", &slo.HTTP{URL: "https://" + s.mutual, TLS: trusted}, slo.Down, slo.StatusUnexpected},
		{"one of another authority", &slo.HTTP{URL: "https://" + s.mutual, TLS: with("stranger")}, slo.Down, slo.StatusUnexpected},

		{"gRPC behind it", &slo.GRPC{Address: s.secure, TLS: trusted}, slo.Up, ""},
		{"a gRPC service behind it", &slo.GRPC{Address: s.secure, Service: "shop.Search", TLS: trusted}, slo.Down, slo.NotServing},
		{"no gRPC behind it", &slo.GRPC{Address: s.upstream, TLS: trusted}, slo.Down, slo.StatusUnexpected},
		{"a WebSocket behind it", &slo.WebSocket{URL: "ws://" + s.plain + "/chat", Send: "hear, hear", Expect: "^hear, hear$"}, slo.Up, ""},
		{"no WebSocket there", &slo.WebSocket{URL: "wss://" + s.secure, TLS: trusted}, slo.Down, slo.StatusUnexpected},
		{"nothing behind it", &slo.HTTP{URL: "http://" + s.plain + "/dead"}, slo.Down, slo.StatusUnexpected},
	})
	t.Run("reuse", func(t *testing.T) { s.reuse(t) })
}

// reuse: nginx closes this server's connections after two requests, and keeps
// none of the one that wants a client's certificate.
func (s nginxSite) reuse(t *testing.T) {
	env := secretsFrom(t, map[string]string{"pair": clientPair(t, theAuthority())})
	for _, c := range []struct {
		name  string
		spec  slo.HTTP
		again []bool // whether each run asks over the connection of the one before
	}{
		{"two requests", slo.HTTP{URL: "http://" + s.plain}, []bool{false, true, false, true}},
		{"none is kept", slo.HTTP{URL: "https://" + s.mutual, TLS: slo.TLSOptions{CA: theAuthority().pem(), Client: slo.Secret{Name: "pair"}}}, []bool{false, false}},
		{"over TLS", slo.HTTP{URL: "https://" + s.secure, TLS: slo.TLSOptions{CA: theAuthority().pem()}}, []bool{false, true, true}},
	} {
		c.spec.Connection = "reuse"
		p := prepare(t, &c.spec, 10*time.Second, env)
		for i, again := range c.again {
			m := p.Run(t.Context(), now, nil)
			want(t, m, slo.Up, "")
			if (m.Phases.Connect == 0) != again {
				t.Errorf("%s: request %d: connected within %s, over the one before: %t", c.name, i+1, m.Phases.Connect, again)
			}
		}
	}
}

// TestTinyproxy goes through a proxy that wants to know who asks.
func TestTinyproxy(t *testing.T) {
	path := testservers.Program(t, "tinyproxy", "tinyproxy")
	dir, who := unprivileged(t)
	port := testservers.FreePort(t)
	config := filepath.Join(dir, "tinyproxy.conf")
	save(t, config, fmt.Sprintf(`
Port %s
Listen 127.0.0.1
Allow 127.0.0.1
BasicAuth probe battery-staple
LogFile "%s/log"
LogLevel Connect
`, port, dir))
	own(t, who, config)
	testservers.DaemonAs(t, who, "127.0.0.1:"+port, path, "-d", "-c", config)

	through := func(target, secret string) *slo.HTTP {
		s := &slo.HTTP{URL: target, Match: "hello", Proxy: slo.Proxy{URL: "http://127.0.0.1:" + port}, TLS: slo.TLSOptions{CA: theAuthority().pem()}}
		if secret != "" {
			s.Proxy.Username, s.Proxy.Password = "probe", slo.Secret{Name: secret}
		}
		return s
	}
	plain, secure := "http://"+serve(t, answer(okAnswer)), "https://"+serve(t, overTLS(theAuthority().fresh(t), answer(okAnswer)))
	untrusted := through(secure, "staff")
	untrusted.TLS.CA = ""
	askReal(t, map[string]string{"staff": "battery-staple", "wrong": "horse-correct"}, []realCase{
		{"plain", through(plain, "staff"), slo.Up, ""},
		{"by CONNECT", through(secure, "staff"), slo.Up, ""},
		{"the target's certificate", untrusted, slo.Down, slo.TLSUntrusted},
		{"plain with another password", through(plain, "wrong"), slo.Down, slo.StatusUnexpected}, // to which it says 401, as a target would
		{"plain without a password", through(plain, ""), slo.Unknown, slo.AgentProxy},
		{"CONNECT with another password", through(secure, "wrong"), slo.Unknown, slo.AgentProxy},
		{"CONNECT without a password", through(secure, ""), slo.Unknown, slo.AgentProxy},
		{"CONNECT to nobody", through("https://"+closedPort(t), "staff"), slo.Down, slo.ProxyRefused},
		{"plain to nobody", through("http://"+closedPort(t), "staff"), slo.Down, slo.StatusUnexpected}, // 500
	})
}

// TestNgtcp2 speaks HTTP/3 with a server that shares no code with the probe.
func TestNgtcp2(t *testing.T) {
	path := testservers.Program(t, "/usr/sbin/gtlsserver", "ngtcp2-server")
	dir := t.TempDir()
	cert, key := pemFiles(t, dir)
	save(t, filepath.Join(dir, "index.html"), "<h1>Welcome</h1>\n")
	address, port := "", testservers.FreePort(t)
	address = "127.0.0.1:" + port
	asked := func(change func(*slo.HTTP)) *slo.HTTP {
		s := &slo.HTTP{URL: "https://" + address + "/index.html", Version: "3", TLS: slo.TLSOptions{CA: theAuthority().pem()}}
		change(s)
		return s
	}
	page := asked(func(s *slo.HTTP) { s.Match = "Welcome" })
	env := newEnv(t, Options{})
	serving := func() error {
		if m := prepare(t, page, 10*time.Second, env).Run(t.Context(), now, nil); m.Reason == slo.ConnectRefused {
			return errors.New(m.Evidence)
		}
		return nil
	}
	testservers.DaemonUntil(t, nil, serving, path, "-q", "-d", dir, "127.0.0.1", port, key, cert)
	askReal(t, nil, []realCase{
		{"page", page, slo.Up, ""},
		{"absent", asked(func(s *slo.HTTP) { s.URL += ".gone" }), slo.Down, slo.StatusUnexpected},
		{"other words", asked(func(s *slo.HTTP) { s.Match = "Farewell" }), slo.Down, slo.BodyMismatch},
		{"too large", asked(func(s *slo.HTTP) { s.MaxBody = 3 }), slo.Down, slo.ResponseTooLarge},
		{"untrusted", asked(func(s *slo.HTTP) { s.TLS.CA = "" }), slo.Down, slo.TLSUntrusted},
		{"another name", asked(func(s *slo.HTTP) { s.TLS.ServerName = "shop.example" }), slo.Down, slo.TLSNameMismatch},
	})
}
