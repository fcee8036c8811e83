package probe

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/time/rate"

	"github.com/assay-sla/assay/agent/probe/probetest"
	"github.com/assay-sla/assay/slo"
)

// cost is what is compared of one kind.
type cost struct {
	kind   string
	bare   func(*testing.B, benchTargets) func()
	spec   func(benchTargets) slo.Spec
	prober string // of blackbox_exporter, with its options; "" where it has none
	target string // of the exporter: ADDRESS stands for the server's
}

func costs() []cost {
	return []cost{
		{"http", bareHTTP, func(s benchTargets) slo.Spec {
			return &slo.HTTP{URL: "http://" + s.at["http"] + "/health", Match: `"status":"ok"`}
		}, `http, http: {fail_if_body_not_matches_regexp: ['"status":"ok"']}`, "http://ADDRESS/health"},
		{"tls", bareTLS, func(s benchTargets) slo.Spec { return &slo.TLS{Address: s.at["tls"], TLS: tlsOptions(s.ca)} },
			"tcp, tcp: {tls: true, tls_config: {ca_file: CAFILE}}", "ADDRESS"},
		{"tcp", bareTCP, func(s benchTargets) slo.Spec { return &slo.TCP{Address: s.at["tcp"], Expect: "^220 "} },
			`tcp, tcp: {query_response: [{expect: "^220 "}]}`, "ADDRESS"},
		{"dns", bareDNS, func(s benchTargets) slo.Spec { return &slo.DNS{Name: "web.test", Server: s.at["dns"]} },
			"dns, dns: {query_name: web.test, query_type: A, preferred_ip_protocol: ip4}", "ADDRESS"},
		{"icmp", bareICMP, func(benchTargets) slo.Spec { return &slo.ICMP{Host: "127.0.0.1", Packets: 1} },
			"icmp, icmp: {preferred_ip_protocol: ip4}", "127.0.0.1"},
		{"grpc", bareGRPC, func(s benchTargets) slo.Spec { return &slo.GRPC{Address: s.at["grpc"], Security: slo.SecurityNone} },
			"grpc, grpc: {preferred_ip_protocol: ip4}", "ADDRESS"},
		{"websocket", bareWebSocket, func(s benchTargets) slo.Spec { return &slo.WebSocket{URL: "ws://" + s.at["websocket"] + "/"} }, "", ""},
		{"udp", bareUDP, func(s benchTargets) slo.Spec { return &slo.UDP{Address: s.at["udp"], Send: "ping", Expect: "^ping$"} }, "", ""},
		{"ssh", bareSSH, func(s benchTargets) slo.Spec { return &slo.SSH{Address: s.at["ssh"], Banner: "^SSH-2.0-"} },
			`tcp, tcp: {query_response: [{expect: "^SSH-2.0-"}]}`, "ADDRESS"},
		{"ssh-hostkey", bareHostKey, func(s benchTargets) slo.Spec {
			return &slo.SSH{Address: s.at["ssh"], Fingerprints: []string{s.at["fingerprint"]}}
		}, "", ""},
		{"smtp", bareSMTP, func(s benchTargets) slo.Spec { return &slo.SMTP{Address: s.at["smtp"], TLS: tlsOptions(s.ca)} },
			`tcp, tcp: {tls_config: {ca_file: CAFILE}, query_response: [{expect: "^220 "}, {send: "EHLO prober\r"}, {expect: "^250 STARTTLS"}, ` +
				`{send: "STARTTLS\r"}, {expect: "^220 "}, {starttls: true}, {send: "EHLO prober\r"}, {expect: "^250 STARTTLS"}, {send: "QUIT\r"}]}`, "ADDRESS"},
		{"imap", bareIMAP, func(s benchTargets) slo.Spec { return &slo.IMAP{Address: s.at["imap"], TLS: tlsOptions(s.ca)} },
			`tcp, tcp: {tls_config: {ca_file: CAFILE}, query_response: [{expect: "OK.*STARTTLS"}, {send: "a1 STARTTLS\r"}, {expect: "OK"}, {starttls: true}, {send: "a9 LOGOUT\r"}]}`, "ADDRESS"},
		{"sql", barePostgres, func(s benchTargets) slo.Spec {
			return &slo.SQL{Driver: slo.SQLPostgres, Address: s.at["sql"], Username: "probe", Query: benchQuery, Security: slo.SecurityNone}
		}, "", ""},
		{"exec", bareExec, func(benchTargets) slo.Spec { return &slo.Exec{Command: "true"} }, "", ""},
		{"steps", bareSteps, func(s benchTargets) slo.Spec {
			step := slo.HTTP{URL: "http://" + s.at["http"] + "/health", Match: `"status":"ok"`}
			return &slo.Steps{Do: []slo.Step{{Name: "first", HTTP: step}, {Name: "second", HTTP: step}}}
		}, "", ""},
	}
}

func tlsOptions(ca string) slo.TLSOptions { return slo.TLSOptions{CA: ca} }

// benchTimeout is the timeout of probes that are measured.
const benchTimeout = 10 * time.Second

// BenchmarkCost prints the CPU time, user and system, of one probe of each
// kind in microseconds: of the bare loop, of the agent's probe, and of
// blackbox_exporter where that is installed. Short bursts take turns, so that
// what else the machine does falls on all alike. The exporter's has its HTTP
// handler in it and ours no scheduler and no queue: it is what each spends
// until there is a verdict.
func BenchmarkCost(b *testing.B) {
	servers := benchServers(b)
	exporter := benchBlackbox(b, servers)
	for _, c := range costs() {
		b.Run(c.kind, func(b *testing.B) {
			rivals := []rival{{"bare", cpuTime, c.bare(b, servers)}, {"agent", cpuTime, c.probe(b, servers)}}
			if exporter != nil && c.prober != "" {
				rivals = append(rivals, rival{"blackbox", exporter.cpuTime, exporter.probe(b, c, servers)})
			}
			compare(b, rivals)
		})
	}
	b.Run("browser", compareBrowsers)
}

// BenchmarkProbe is the agent's probe of each kind alone, as a profile wants
// it: -bench 'Probe/tls' -cpuprofile FILE.
func BenchmarkProbe(b *testing.B) {
	servers := benchServers(b)
	for _, c := range costs() {
		b.Run(c.kind, func(b *testing.B) { measureCPU(b, c.probe(b, servers)) })
	}
}

// probe is one run of the agent's probe.
func (c cost) probe(b *testing.B, s benchTargets) func() {
	env := newEnv(b, Options{Commands: map[string][]string{"true": {benchProgram}}})
	env.pinger.pace.SetLimit(rate.Inf) // more than an agent sends, and none is to wait
	p := prepare(b, c.spec(s), benchTimeout, env)
	return func() {
		if m := p.Run(b.Context(), slo.At(time.Now()), nil); m.Outcome != slo.Up {
			b.Fatal(m)
		}
	}
}

// rival is one of those that are compared.
type rival struct {
	name string
	cpu  func(*testing.B) time.Duration // used so far by the process that does it
	do   func()
}

// compare gives each rival its turn, and reports what each cost.
func compare(b *testing.B, rivals []rival) {
	const burst = 50
	used := make([]time.Duration, len(rivals))
	for _, r := range rivals { // the first has pools to fill
		r.do()
	}
	for b.Loop() {
		for i, r := range rivals {
			before := r.cpu(b)
			for range burst {
				r.do()
			}
			used[i] += r.cpu(b) - before
		}
	}
	for i, r := range rivals {
		b.ReportMetric(float64(used[i].Nanoseconds())/1000/float64(b.N*burst), r.name+"-µs")
		if i > 0 {
			b.ReportMetric(float64(used[i])/float64(used[0]), r.name+"/bare")
		}
	}
	b.ReportMetric(0, "ns/op") // of all bursts together says nothing
}

// benchExporter is a running blackbox_exporter with a module of each kind.
type benchExporter struct{ *probetest.Blackbox }

// benchBlackbox starts the exporter, where it is installed.
func benchBlackbox(b *testing.B, s benchTargets) *benchExporter {
	b.Helper()
	path, found := probetest.FindBlackbox()
	if !found {
		b.Log("without blackbox_exporter: prometheus-blackbox-exporter is not installed")
		return nil
	}
	ca := filepath.Join(b.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, []byte(s.ca), 0o600); err != nil {
		b.Fatal(err)
	}
	var config strings.Builder
	config.WriteString("modules:\n")
	for _, c := range costs() {
		if c.prober != "" {
			fmt.Fprintf(&config, "  %s: {timeout: %s, prober: %s}\n", c.kind, benchTimeout, strings.ReplaceAll(c.prober, "CAFILE", ca))
		}
	}
	return &benchExporter{probetest.StartBlackbox(b, path, config.String())}
}

// probe has the exporter probe once.
func (e *benchExporter) probe(b *testing.B, c cost, s benchTargets) func() {
	target := strings.ReplaceAll(c.target, "ADDRESS", cmp.Or(s.at[c.kind], "none"))
	return func() {
		if up, text, err := e.Ask(b.Context(), c.kind, target, false); err != nil || !up {
			b.Fatal(err, text)
		}
	}
}

// cpuTime is what the exporter's process has used: its CPU clock, whose
// number clock_getcpuclockid(3) makes of a process's.
func (e *benchExporter) cpuTime(b *testing.B) time.Duration {
	const scheduled = 2 // CPUCLOCK_SCHED
	var t unix.Timespec
	if err := unix.ClockGettime(^int32(e.PID)<<3|scheduled, &t); err != nil {
		b.Fatal(err)
	}
	return time.Duration(t.Nano())
}
