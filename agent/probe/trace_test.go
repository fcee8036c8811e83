package probe

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/assay-sla/assay/slo"
)

func TestTrace(t *testing.T) {
	a := theAuthority()
	s := &redirector{answers: map[string]string{"/": "302 /end?token=opensesame"}}
	address := serve(t, overTLS(a.fresh(t), s.handle))
	trace := new(Trace)
	env := newEnv(t, Options{Resolver: staticNames{"localhost": "127.0.0.1"}})
	port := address[strings.LastIndex(address, ":"):]
	spec := &slo.HTTP{URL: "https://localhost" + port + "/", Redirects: 1, TLS: slo.TLSOptions{CA: a.pem()}}
	want(t, prepare(t, spec, time.Second, env).Run(t.Context(), now, trace), slo.Up, "")
	var b strings.Builder
	if _, err := trace.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	got := strings.ReplaceAll(b.String(), port, ":PORT")
	for _, r := range []struct{ old, new string }{
		{`(?m)^ *[0-9.]+ ms`, "TIME"}, {`from 127\.0\.0\.1:\d+`, "from LOCAL"},
	} {
		got = regexp.MustCompile(r.old).ReplaceAllString(got, r.new)
	}
	golden(t, "testdata/trace.golden", got)
}

func TestTraceOfDNS(t *testing.T) {
	server := nameServer(t, func(_ string, q *dns.Msg) [][]byte {
		return [][]byte{respond(t, q, nil, "web.test. 300 IN A 192.0.2.1")}
	})
	trace := new(Trace)
	m := prepare(t, &slo.DNS{Name: "web.test", Server: server}, time.Second, newEnv(t, Options{})).Run(t.Context(), now, trace)
	want(t, m, slo.Up, "")
	var b strings.Builder
	_, _ = trace.WriteTo(&b)
	for _, part := range []string{"status: NOERROR", "web.test. 300 IN A 192.0.2.1"} {
		if !strings.Contains(b.String(), part) {
			t.Errorf("no %q in\n%s", part, b.String())
		}
	}
}

func TestTraceIsBounded(t *testing.T) {
	trace := new(Trace)
	trace.begin(time.Now(), nil)
	for range 3 * maxSteps {
		trace.add("header", "%s", strings.Repeat("a", 3*maxStepText))
	}
	if len(trace.Steps) != maxSteps+1 || len(trace.Steps[0].Text) > maxStepText {
		t.Errorf("%d steps of %d bytes", len(trace.Steps), len(trace.Steps[0].Text))
	}
	if last := trace.Steps[maxSteps]; last.Text != "the rest is not shown" {
		t.Errorf("ends with %+v", last)
	}
	(*Trace)(nil).add("x", "y")
}

func TestParseTarget(t *testing.T) {
	for _, tt := range []struct{ kind, target, want string }{
		{"http", "example.org/x", "https://example.org/x"},
		{"http", "http://example.org", "http://example.org"},
		{"tcp", "example.org:22", "example.org:22"},
		{"tls", "example.org", "example.org:443"},
		{"tls", "example.org:8443", "example.org:8443"},
		{"tls", "::1", "[::1]:443"},
		{"tls", "[::1]", "[::1]:443"},
		{"dns", "example.org", "example.org"},
		{"dns", "example.org@9.9.9.9", "example.org@9.9.9.9"},
		{"icmp", "example.org", "example.org"},
		{"sql", "postgres://u@db.example:5433/d", "db.example:5433"},
		{"sql", "postgresql://u@db.example", "db.example:5432"},
		{"sql", "mariadb://u@[::1]/d", "[::1]:3306"},
	} {
		spec, err := ParseTarget(tt.kind, tt.target)
		if err != nil || spec.Kind() != tt.kind || spec.Target() != tt.want {
			t.Errorf("%s %s: %v, %v", tt.kind, tt.target, spec, err)
			continue
		}
		prepare(t, spec, time.Second, newEnv(t, Options{}))
	}
	for _, tt := range [][2]string{{"http", ""}, {"gopher", "host"},
		{"sql", "db:5432"}, {"sql", "postgres://db/d"}, {"sql", "postgres://u:pass@db/d"}, {"sql", "oracle://u@db"}, {"sql", "mysql://u@db/d?tls=no"}, {"sql", "postgres://u@db:%zz"}} {
		if _, err := ParseTarget(tt[0], tt[1]); err == nil {
			t.Errorf("%v was accepted", tt)
		}
	}
}
