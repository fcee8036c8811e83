package probe

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/assay-sla/assay/slo"
)

func TestDNS(t *testing.T) {
	const a = "web.test. 300 IN A 192.0.2.1"
	good := func(_ string, q *dns.Msg) [][]byte { return [][]byte{respond(t, q, nil, a)} }
	rcode := func(code int) func(string, *dns.Msg) [][]byte {
		return func(_ string, q *dns.Msg) [][]byte {
			return [][]byte{respond(t, q, func(m *dns.Msg) { m.Rcode = code })}
		}
	}
	changed := func(change func(*dns.Msg)) func(string, *dns.Msg) [][]byte {
		return func(_ string, q *dns.Msg) [][]byte { return [][]byte{respond(t, q, change, a)} }
	}
	raw := func(b string) func(string, *dns.Msg) [][]byte {
		return func(string, *dns.Msg) [][]byte { return [][]byte{[]byte(b)} }
	}
	truncated := func(then func(string, *dns.Msg) [][]byte) func(string, *dns.Msg) [][]byte {
		return func(network string, q *dns.Msg) [][]byte {
			if network == "tcp" {
				return then(network, q)
			}
			return [][]byte{respond(t, q, func(m *dns.Msg) { m.Truncated = true })}
		}
	}
	lost := func() func(string, *dns.Msg) [][]byte {
		seen := 0
		return func(network string, q *dns.Msg) [][]byte {
			if seen++; seen == 1 {
				return nil
			}
			return good(network, q)
		}
	}
	flood := func(_ string, q *dns.Msg) (all [][]byte) {
		for range 3 * dnsStrangers {
			all = append(all, respond(t, q, func(m *dns.Msg) { m.Id++ }, a))
		}
		return all
	}
	cutShort := func(network string, q *dns.Msg) [][]byte {
		if network == "tcp" {
			return good(network, q)
		}
		b := respond(t, q, func(m *dns.Msg) { m.Truncated = true }, a)
		return [][]byte{b[:len(b)-3]}
	}
	aliases := func(pairs ...string) func(string, *dns.Msg) [][]byte {
		var records []string
		for _, p := range pairs {
			from, to, _ := strings.Cut(p, " ")
			records = append(records, from+" 300 IN CNAME "+to)
		}
		return func(_ string, q *dns.Msg) [][]byte { return [][]byte{respond(t, q, nil, records...)} }
	}
	none := func(string, *dns.Msg) [][]byte { return nil }
	tests := []struct {
		name    string
		reply   func(string, *dns.Msg) [][]byte
		spec    slo.DNS
		timeout time.Duration
		outcome slo.State
		reason  slo.Reason
		status  int
	}{
		{name: "answer", reply: good, outcome: slo.Up},
		{name: "case", reply: changed(func(m *dns.Msg) { m.Question[0].Name = "WEB.test." }), outcome: slo.Up},
		{name: "by tcp", reply: good, spec: slo.DNS{Transport: "tcp"}, outcome: slo.Up},
		{name: "truncated", reply: truncated(good), outcome: slo.Up},
		{name: "cut in a record", reply: cutShort, outcome: slo.Up},
		{name: "first datagram lost", reply: lost(), timeout: time.Second, outcome: slo.Up},
		{name: "stranger first", reply: func(_ string, q *dns.Msg) [][]byte {
			return [][]byte{{1, 2}, respond(t, q, func(m *dns.Msg) { m.Id++ }), respond(t, q, nil, a)}
		}, outcome: slo.Up},
		{name: "whole text", reply: good, spec: slo.DNS{Answers: []string{`^web\.test\. 300 IN A 192`}}, outcome: slo.Up},
		{name: "data", reply: good, spec: slo.DNS{Answers: []string{`^192\.0\.2\.1$`}}, outcome: slo.Up},
		{name: "accepted rcode", reply: rcode(dns.RcodeNameError), spec: slo.DNS{Rcode: []string{"NXDOMAIN", "noerror"}}, outcome: slo.Up, status: 3},
		{name: "accepted empty", reply: rcode(dns.RcodeSuccess), spec: slo.DNS{Rcode: []string{"NOERROR"}}, outcome: slo.Up},
		{name: "refusal without question", reply: changed(func(m *dns.Msg) { m.Rcode = dns.RcodeRefused; m.Question = nil }), outcome: slo.Down, reason: slo.RcodeUnexpected, status: 5},

		{name: "alias", reply: aliases("web.test. a.test.", "a.test. b.test."), outcome: slo.Up},
		{name: "alias in a circle that is asked for", reply: aliases("web.test. web.test."), spec: slo.DNS{Type: "CNAME"}, outcome: slo.Up},

		{name: "alias of itself", reply: aliases("web.test. WEB.test."), outcome: slo.Down, reason: slo.AnswerMismatch},
		{name: "aliases in a circle", reply: aliases("web.test. a.test.", "a.test. b.test.", "b.test. a.test."), outcome: slo.Down, reason: slo.AnswerMismatch},
		{name: "nxdomain", reply: rcode(dns.RcodeNameError), outcome: slo.Down, reason: slo.RcodeUnexpected, status: 3},
		{name: "servfail", reply: rcode(dns.RcodeServerFailure), outcome: slo.Down, reason: slo.RcodeUnexpected, status: 2},
		{name: "unwanted noerror", reply: good, spec: slo.DNS{Rcode: []string{"NXDOMAIN"}}, outcome: slo.Down, reason: slo.RcodeUnexpected},
		{name: "empty", reply: rcode(dns.RcodeSuccess), outcome: slo.Down, reason: slo.AnswerMismatch},
		{name: "other answer", reply: good, spec: slo.DNS{Answers: []string{`192`, `198\.51`}}, outcome: slo.Down, reason: slo.AnswerMismatch},
		{name: "silent", reply: none, timeout: short, outcome: slo.Down, reason: slo.FirstByteTimeout},
		{name: "silent tcp", reply: none, spec: slo.DNS{Transport: "tcp"}, timeout: short, outcome: slo.Down, reason: slo.FirstByteTimeout},
		{name: "garbage", reply: raw("\x00\xff\x1b[2J"), timeout: short, outcome: slo.Down, reason: slo.ProtocolError},
		{name: "garbage tcp", reply: raw("\x00\xff\x1b[2J"), spec: slo.DNS{Transport: "tcp"}, outcome: slo.Down, reason: slo.ProtocolError},
		{name: "other identifier", reply: changed(func(m *dns.Msg) { m.Id++ }), timeout: short, outcome: slo.Down, reason: slo.ProtocolError},
		{name: "other name", reply: changed(func(m *dns.Msg) { m.Question[0].Name = "evil.test." }), timeout: short, outcome: slo.Down, reason: slo.ProtocolError},
		{name: "other type", reply: changed(func(m *dns.Msg) { m.Question[0].Qtype = dns.TypeMX }), timeout: short, outcome: slo.Down, reason: slo.ProtocolError},
		{name: "no question", reply: changed(func(m *dns.Msg) { m.Question = nil }), timeout: short, outcome: slo.Down, reason: slo.ProtocolError},
		{name: "a question", reply: changed(func(m *dns.Msg) { m.Response = false }), timeout: short, outcome: slo.Down, reason: slo.ProtocolError},
		{name: "flood of strangers", reply: flood, outcome: slo.Down, reason: slo.ProtocolError},
		{name: "truncated, then silent", reply: truncated(none), timeout: short, outcome: slo.Down, reason: slo.FirstByteTimeout},
	}
	var evidence strings.Builder
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			spec, timeout := tt.spec, 5*time.Second
			if tt.timeout != 0 {
				timeout = tt.timeout
			}
			spec.Name, spec.Server = "web.test", nameServer(t, tt.reply)
			m := once(t, &spec, timeout)
			want(t, m, tt.outcome, tt.reason)
			if m.Status != tt.status {
				t.Errorf("status %d, want %d", m.Status, tt.status)
			}
			if m.Latency > timeout+slack {
				t.Errorf("took %v of %v", m.Latency, timeout)
			}
			if m.Outcome != slo.Up {
				fmt.Fprintf(&evidence, "%s: %s: %s\n", tt.name, m.Reason, strings.ReplaceAll(m.Evidence, spec.Server, "SERVER"))
			}
		})
	}
	if !t.Failed() {
		golden(t, "testdata/dns_evidence.golden", evidence.String())
	}
}

func TestDNSServerAway(t *testing.T) {
	address := closedPort(t)
	m := once(t, &slo.DNS{Name: "web.test", Server: address}, time.Second)
	want(t, m, slo.Down, slo.ConnectRefused)
	m = once(t, &slo.DNS{Name: "web.test", Server: address, Transport: "tcp"}, time.Second)
	want(t, m, slo.Down, slo.ConnectRefused)
}

// Without a server of its own, a probe asks the agent's: what is wrong with
// that one is not the target's fault.
func TestDNSAgentsResolver(t *testing.T) {
	file := filepath.Join(t.TempDir(), "resolv.conf")
	run := func(conf, name, qtype string) slo.Measurement {
		t.Helper()
		if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
			t.Fatal(err)
		}
		env := newEnv(t, Options{ResolvConf: file})
		return prepare(t, &slo.DNS{Name: name, Type: qtype}, short, env).Run(t.Context(), now, nil)
	}
	// Nobody listens on 127.0.0.9.
	want(t, run("nameserver 127.0.0.9\n", "web.test", "A"), slo.Unknown, slo.AgentResolver)
	want(t, run("nonsense\n", "web.test", "A"), slo.Unknown, slo.AgentResolver)
	want(t, run("nameserver nowhere\n", "web.test", "A"), slo.Unknown, slo.AgentResolver)
	env := newEnv(t, Options{ResolvConf: file + ".none"})
	m := prepare(t, &slo.DNS{Name: "web.test", Type: "MX"}, short, env).Run(t.Context(), now, nil)
	want(t, m, slo.Unknown, slo.AgentResolver)
}

// localhost is in the hosts file, and no name server need know it.
func TestDNSLocalhost(t *testing.T) {
	file := filepath.Join(t.TempDir(), "resolv.conf")
	if err := os.WriteFile(file, []byte("nameserver 127.0.0.9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := newEnv(t, Options{ResolvConf: file})
	m := prepare(t, &slo.DNS{Name: "localhost", Answers: []string{`^127\.`}}, time.Second, env).Run(t.Context(), now, nil)
	want(t, m, slo.Up, "")
	m = prepare(t, &slo.DNS{Name: "localhost.", Answers: []string{"10.0.0.1"}}, time.Second, env).Run(t.Context(), now, nil)
	want(t, m, slo.Down, slo.AnswerMismatch)
	if !strings.Contains(m.Evidence, "the hosts file") {
		t.Errorf("evidence %s", m.Evidence)
	}
}

func TestDNSRefusals(t *testing.T) {
	for _, spec := range []slo.DNS{
		{}, {Name: "a..b"}, {Name: strings.Repeat("a", 64)}, {Name: "a", Type: "WHAT"}, {Name: "a", Type: "AXFR"},
		{Name: "a", Server: "h:0"}, {Name: "a", Transport: "tls"}, {Name: "a", Rcode: []string{"FINE"}}, {Name: "a", Answers: []string{"("}},
	} {
		if _, err := New(slo.Probe{Name: "p", Timeout: time.Second, Spec: &spec}, newEnv(t, Options{})); err == nil {
			t.Errorf("%+v was accepted", spec)
		}
	}
}

func FuzzDNSAnswer(f *testing.F) {
	asked := new(dns.Msg).SetQuestion("web.test.", dns.TypeA)
	asked.Id = 7
	f.Add(respond(f, asked, nil, "web.test. 300 IN A 192.0.2.1", `web.test. 1 IN TXT "\027[2J" "x"`))
	f.Add(respond(f, asked, func(m *dns.Msg) { m.Truncated = true }))
	f.Add([]byte("\x00\x07\x84\x00\x00\x01\x00\x01\x00\x00\x00\x00\xc0\x0c\x00\x01\x00\x01"))
	f.Fuzz(func(t *testing.T, b []byte) {
		answer, err := parseAnswer(asked, b)
		if err != nil {
			return
		}
		if answer.Id != 7 || !answer.Response {
			t.Errorf("took %v", answer)
		}
		_ = answer.String()
	})
}
