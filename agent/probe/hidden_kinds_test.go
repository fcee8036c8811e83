package probe

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/jackc/pgx/v5/pgproto3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/assay-sla/assay/slo"
)

// betrayal is a target that knows the probe's secret and says it in a place
// from which evidence is taken.
type betrayal struct {
	kind, place string
	spec        func(t *testing.T, said string) slo.Spec
}

// held is the secret as a catalogue names it.
var held = slo.Secret{Name: "held"}

func betrayals() (all []betrayal) {
	for _, places := range [][]betrayal{httpBetrayals(), callBetrayals(), mailBetrayals(), sqlBetrayals(), promqlBetrayals()} {
		all = append(all, places...)
	}
	return append(all, betrayal{"exec", "output", func(*testing.T, string) slo.Spec { return &slo.Exec{Command: "betray"} }})
}

// httpBetrayals are the places of an HTTP answer.
func httpBetrayals() (all []betrayal) {
	for place, text := range map[string]string{
		"status line":      "HTTP/1.1 500 no SAID\r\nContent-Length: 0\r\n\r\n",
		"body":             "HTTP/1.1 500 no\r\n\r\n{\"no\": \"SAID\"}",
		"header":           "HTTP/1.1 200 OK\r\nX-Said: SAID\r\n\r\n",
		"what is no HTTP":  "no SAID\r\n\r\n",
		"a bad header":     "HTTP/1.1 200 OK\r\nno SAID\r\n\r\n",
		"a bad length":     "HTTP/1.1 200 OK\r\nContent-Length: SAID\r\n\r\n",
		"a bad encoding":   "HTTP/1.1 200 OK\r\nTransfer-Encoding: SAID\r\n\r\n",
		"a redirect":       "HTTP/1.1 302 Found\r\nLocation: /SAID\r\nContent-Length: 0\r\n\r\n",
		"a wrong redirect": "HTTP/1.1 302 Found\r\nLocation: SAID://host/\r\nContent-Length: 0\r\n\r\n",
		"a host":           "HTTP/1.1 302 Found\r\nLocation: http://SAID/\r\nContent-Length: 0\r\n\r\n",
		"a field":          "HTTP/1.1 200 OK\r\n\r\n{\"SAID\": 1}",
	} {
		server := func(t *testing.T, said string) string {
			return "http://" + serve(t, answer(strings.ReplaceAll(text, "SAID", said)))
		}
		rules := slo.HTTP{HeaderMatch: map[string]string{"X-Said": "^$"}, Redirects: 3, Assert: "json.none == 1"}
		all = append(all, betrayal{"http", place, func(t *testing.T, said string) slo.Spec {
			s := rules
			s.URL, s.Bearer = server(t, said)+"/", held
			return &s
		}}, betrayal{"http", place + ", a password", func(t *testing.T, said string) slo.Spec {
			s := rules
			s.URL, s.Username, s.Password = server(t, said)+"/", "ann", held
			return &s
		}}, betrayal{"http", place + ", a header", func(t *testing.T, said string) slo.Spec {
			s := rules
			s.URL, s.Headers = server(t, said)+"/", map[string]string{"X-Api-Key": oddSecret}
			return &s
		}}, betrayal{"steps", place, func(t *testing.T, said string) slo.Spec {
			s := rules
			s.URL, s.Method, s.Body = server(t, said)+"/a/${held}?q=${held}", "POST", `{"a": "${held}"}`
			s.Headers = map[string]string{"Content-Type": "application/json"}
			return &slo.Steps{Secrets: map[string]slo.Secret{"held": held}, Do: []slo.Step{{Name: "in", HTTP: s}}}
		}}, betrayal{"websocket", place, func(t *testing.T, said string) slo.Spec {
			return &slo.WebSocket{URL: "ws" + strings.TrimPrefix(server(t, said), "http") + "/", Headers: map[string]string{"Authorization": "Bearer " + oddSecret}}
		}})
	}
	return all
}

// callBetrayals are those of messages over HTTP.
func callBetrayals() []betrayal {
	headers := map[string]string{"X-Token": oddSecret}
	talk := func(t *testing.T, do func(*http.Request, *websocket.Conn)) *slo.WebSocket {
		return &slo.WebSocket{URL: "ws://" + serveWebSocket(t, do) + "/", Headers: headers, Send: oddSecret, Expect: "^$"}
	}
	return []betrayal{
		{"websocket", "message", func(t *testing.T, said string) slo.Spec {
			return talk(t, func(r *http.Request, c *websocket.Conn) {
				_ = c.Write(r.Context(), websocket.MessageText, []byte("no "+said))
				_ = c.Close(websocket.StatusNormalClosure, "")
			})
		}},
		{"websocket", "close", func(t *testing.T, said string) slo.Spec {
			return talk(t, func(_ *http.Request, c *websocket.Conn) { _ = c.Close(4001, said) })
		}},
		{"grpc", "message", func(t *testing.T, said string) slo.Spec {
			s := grpc.NewServer(grpc.UnknownServiceHandler(func(any, grpc.ServerStream) error { return status.Error(codes.PermissionDenied, said) }))
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			go func() { _ = s.Serve(l) }()
			t.Cleanup(s.Stop)
			return &slo.GRPC{Address: l.Addr().String(), Security: slo.SecurityNone, Metadata: headers}
		}},
		{"grpc", "what is no HTTP/2", func(t *testing.T, said string) slo.Spec {
			return &slo.GRPC{Address: serve(t, answer("no "+said+"\r\n")), Security: slo.SecurityNone, Metadata: headers}
		}},
	}
}

// scripted is a server over TLS that answers line by line.
func scripted(t *testing.T, lines ...string) string {
	return serve(t, overTLS(theAuthority().fresh(t), func(c net.Conn) {
		in := bufio.NewReader(c)
		for _, line := range lines {
			if _, err := io.WriteString(c, line+"\r\n"); err != nil {
				return
			}
			if _, err := in.ReadString('\n'); err != nil {
				return
			}
		}
	}))
}

func mailBetrayals() (all []betrayal) {
	trusted := slo.TLSOptions{CA: theAuthority().pem()}
	for place, refusal := range map[string]string{"refusal": "535 no ", "what is no SMTP": "no "} {
		all = append(all, betrayal{"smtp", place, func(t *testing.T, said string) slo.Spec {
			return &slo.SMTP{Address: scripted(t, "220 mx", "250-mx\r\n250 AUTH PLAIN", refusal+said), Security: slo.SecurityTLS, TLS: trusted, Username: "ann", Password: held}
		}})
	}
	for place, refusal := range map[string]string{"refusal": "a2 NO ", "what is no IMAP": "no "} {
		all = append(all, betrayal{"imap", place, func(t *testing.T, said string) slo.Spec {
			return &slo.IMAP{Address: scripted(t, "* OK imap", refusal+said), Security: slo.SecurityTLS, TLS: trusted, Username: "ann", Password: held}
		}})
	}
	return all
}

func sqlBetrayals() (all []betrayal) {
	for place, serveIt := range map[string]struct {
		driver string
		serve  func(said string) func(net.Conn)
	}{
		"login": {"postgres", func(said string) func(net.Conn) {
			return fakePostgresLogin(func(c net.Conn, b *pgproto3.Backend) bool {
				says(&pgproto3.ErrorResponse{Severity: "FATAL", Code: "28P01", Message: "no " + said})(c, b)
				return false
			}, nil)
		}},
		"mechanisms": {"postgres", func(said string) func(net.Conn) {
			return fakePostgresLogin(func(c net.Conn, b *pgproto3.Backend) bool {
				says(&pgproto3.AuthenticationSASL{AuthMechanisms: []string{said}})(c, b)
				return false
			}, nil)
		}},
		"row": {"postgres", func(said string) func(net.Conn) {
			return fakePostgres(func(c net.Conn, b *pgproto3.Backend) {
				says(columnsOf("id", "x"+said), rowOf("1", said), &pgproto3.CommandComplete{CommandTag: []byte("SELECT 1")}, &pgproto3.ReadyForQuery{TxStatus: 'T'})(c, b)
				if received[*pgproto3.Query](b) {
					says(&pgproto3.CommandComplete{CommandTag: []byte("ROLLBACK")}, &pgproto3.ReadyForQuery{TxStatus: 'I'})(c, b)
				}
			})
		}},
		"error": {"postgres", func(said string) func(net.Conn) {
			return fakePostgres(says(&pgproto3.ErrorResponse{Severity: "ERROR", Code: "XX000", Message: said}))
		}},
		"what is no login": {"mysql", func(said string) func(net.Conn) {
			return func(c net.Conn) { mysqlSays(c, said) }
		}},
		"method": {"mysql", func(said string) func(net.Conn) {
			return func(c net.Conn) { mysqlSays(c, "\xfe"+said+"\x00"+mysqlNonce+"\x00") }
		}},
		"refusal": {"mysql", func(said string) func(net.Conn) {
			return func(c net.Conn) { mysqlSays(c, "\xff\x15\x04#28000no "+said) }
		}},
		"what is no row": {"mysql", func(said string) func(net.Conn) {
			return fakeMySQL(func(p *mysqlPeer) { p.says("\x01\x01" + said) })
		}},
	} {
		all = append(all, betrayal{"sql", serveIt.driver + ", " + place, func(t *testing.T, said string) slo.Spec {
			return &slo.SQL{Driver: serveIt.driver, Address: serve(t, serveIt.serve(said)), Username: "assay", Password: held, Security: slo.SecurityNone, Assert: "size(rows) == 0"}
		}})
	}
	return all
}

func promqlBetrayals() (all []betrayal) {
	for place, answer := range map[string]string{
		"error": `{"status":"error","error":%s}`, "warning": `{"status":"success","warnings":[%s]}`,
		"type": `{"status":"success","data":{"resultType":%s}}`, "value": `{"status":"success","data":{"resultType":"scalar","result":[1,%s]}}`,
		"what is no JSON": "no %s",
	} {
		all = append(all, betrayal{"promql", place, func(t *testing.T, said string) slo.Spec {
			text, err := json.Marshal(said)
			if err != nil {
				t.Fatal(err)
			}
			base, _ := counter(t, map[string]string{"total": strings.ReplaceAll(answer, "%s", string(text))})
			return &slo.PromQL{URL: base, Total: "total", Good: "good", Bearer: held}
		}})
	}
	return all
}

// mysqlSays greets, hears who asks, and answers.
func mysqlSays(c net.Conn, answer string) {
	p := &mysqlPeer{c: c}
	if p.says(string(mysqlGreeting("8.4.0", mysqlNative, mysqlOfAll))) {
		if _, ok := p.hears(); ok {
			p.says(answer)
		}
	}
}

// kindsWithoutSecrets are those whose probes send none that a target could say
// again: a client's certificate is proved, and its key stays here.
var kindsWithoutSecrets = []string{"backup", "dns", "icmp", "push", "ssh", "tcp", "tls", "udp"}

// A secret that a target says again is in no evidence and in no trace, in
// whichever writing it comes, whatever the kind and the place.
func TestSecretsOfEveryKind(t *testing.T) {
	tested := map[string]bool{"browser": true} // by TestBrowser, with a secret like this
	for _, kind := range kindsWithoutSecrets {
		tested[kind] = true
	}
	for _, b := range betrayals() {
		tested[b.kind] = true
		t.Run(b.kind+"/"+b.place, func(t *testing.T) {
			for way, write := range writings() {
				said := write(oddSecret)
				secret := oddSecret
				if b.kind == "imap" {
					secret = strings.ReplaceAll(oddSecret, "ö", "o") // IMAP carries ASCII
					said = write(secret)
				}
				env := newEnv(t, Options{
					Secrets:  func(string) (string, error) { return secret, nil },
					Commands: map[string][]string{"betray": {"/bin/sh", "-c", `printf '%s\n' "no $0"; exit 2`, said, "--password", secret}},
					Resolver: staticNames{},
				})
				var trace Trace
				m := prepare(t, b.spec(t, said), 5*time.Second, env).Run(t.Context(), now, &trace)
				if m.Outcome == slo.Up || m.Evidence == "" {
					t.Errorf("%s: %+v", way, m)
				}
				tells(t, m.Evidence, secret)
				for _, s := range trace.Steps {
					tells(t, s.Text, secret)
				}
			}
		})
	}
	for kind := range Kinds() {
		if !tested[kind] {
			t.Errorf("no target says the secret of a probe of kind %s", kind)
		}
	}
}
