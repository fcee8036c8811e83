package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/miekg/dns"
	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write the golden parts of the scripts")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"assay-agent": main})
}

// TestScripts runs the command as people do, against servers of this process.
func TestScripts(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/ok", func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Date"] = nil
		fmt.Fprint(w, "all is \x1b[31mwell")
	})
	mux.HandleFunc("/broken", func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "out of paper", http.StatusInternalServerError)
	})
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/ok", http.StatusFound) })
	mux.HandleFunc("/api/v1/query", func(w http.ResponseWriter, r *http.Request) { // the value is the query's own
		fmt.Fprintf(w, `{"status":"success","data":{"resultType":"scalar","result":[0,%q]}}`, r.FormValue("query"))
	})
	mux.HandleFunc("/slow", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	plain, secure := httptest.NewServer(mux), httptest.NewTLSServer(mux)
	t.Cleanup(secure.Close) // the scripts run after this function has returned
	t.Cleanup(plain.Close)
	names := nameServer(t)

	testscript.Run(t, testscript.Params{
		Dir:           "testdata",
		UpdateScripts: *update,
		Setup: func(e *testscript.Env) error {
			e.Setenv("HTTP", plain.URL)
			e.Setenv("HTTPS", secure.URL)
			e.Setenv("ADDR", plain.Listener.Addr().String())
			e.Setenv("TLSADDR", secure.Listener.Addr().String())
			e.Setenv("DNS", names)
			e.Setenv("CLOSED", closedPort(t))
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){"blur": blur, "json": readJSON},
	})
}

// closedPort is an address where nobody listens.
func closedPort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// nameServer answers for name.test and nothing else.
func nameServer(t *testing.T) string {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &dns.Server{PacketConn: conn, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		a := new(dns.Msg)
		a.SetReply(q)
		if q.Question[0].Name == "name.test." {
			rr, err := dns.NewRR("name.test. 60 IN A 192.0.2.7")
			if err != nil {
				panic(err) // a constant
			}
			a.Answer = append(a.Answer, rr)
		} else {
			a.Rcode = dns.RcodeNameError
		}
		_ = w.WriteMsg(a) // the client notices
	})}
	go func() { _ = s.ActivateAndServe() }()
	t.Cleanup(func() { _ = s.Shutdown() })
	return conn.LocalAddr().String()
}

var (
	times     = regexp.MustCompile(` *\d+\.\d{3} ms( +#+| +\.)?`)
	instants  = regexp.MustCompile(`\d{4}-\d\d-\d\dT[0-9:.]+Z`)
	ports     = regexp.MustCompile(`127\.0\.0\.1:\d+`)
	daysLeft  = regexp.MustCompile(`\d+\.\d days left`)
	durations = regexp.MustCompile(`  +#+`)
)

// blur FILE replaces what differs from run to run: times, ports, instants.
func blur(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: blur FILE")
	}
	text := ts.ReadFile(args[0])
	text = times.ReplaceAllString(text, " TIME")
	text = instants.ReplaceAllString(text, "INSTANT")
	text = ports.ReplaceAllString(text, "ADDR")
	text = daysLeft.ReplaceAllString(text, "DAYS")
	text = durations.ReplaceAllString(text, "")
	ts.Check(os.WriteFile(filepath.Join(ts.Getenv("WORK"), "blurred"), []byte(text), 0o600))
}

// json FILE KEY VALUE holds that a key of a JSON object has a value.
func readJSON(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: json FILE KEY VALUE")
	}
	var v map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &v))
	if got := fmt.Sprint(v[args[1]]); got != args[2] {
		ts.Fatalf("%s is %s, want %s", args[1], got, args[2])
	}
}
