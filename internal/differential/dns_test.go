package differential

import (
	"testing"

	"github.com/miekg/dns"

	"github.com/assay-sla/assay/agent/probe/probetest"
	"github.com/assay-sla/assay/slo"
)

// reply makes the messages that a name server sends, by network.
type reply = func(t *testing.T, network string, q *dns.Msg) [][]byte

func knows(r reply) func(*testing.T) string {
	return func(t *testing.T) string {
		return probetest.NameServer(t, func(network string, q *dns.Msg) [][]byte { return r(t, network, q) })
	}
}

// changed answers with an address, changed as change does it.
func changed(change func(*dns.Msg), records ...string) reply {
	return func(t *testing.T, _ string, q *dns.Msg) [][]byte {
		return [][]byte{probetest.Respond(t, q, change, records...)}
	}
}

// truncated sends no record by datagram, and by TCP what then makes.
func truncated(then reply) reply {
	return func(t *testing.T, network string, q *dns.Msg) [][]byte {
		if network == "tcp" {
			return then(t, network, q)
		}
		return [][]byte{probetest.Respond(t, q, func(m *dns.Msg) { m.Truncated = true })}
	}
}

func mute(*testing.T, string, *dns.Msg) [][]byte { return nil }

func garbage(*testing.T, string, *dns.Msg) [][]byte { return [][]byte{[]byte("\x00\xff\x1b[2J")} }

// dnsServers are asked for the address of web.test.
func dnsServers() []contest {
	const address = "web.test. 300 IN A 192.0.2.1"
	good := changed(nil, address)
	rcode := func(code int) reply { return changed(func(m *dns.Msg) { m.Rcode = code }) }
	const plain = "query_name: web.test, query_type: A, transport_protocol: udp"
	const records = `, validate_answer_rrs: {fail_if_none_matches_regexp: ["192"]}`
	args := func(more ...string) []string { return append([]string{"web.test@ADDRESS"}, more...) }
	all := []contest{
		{server: "an address", serve: knows(good)},
		{server: "an address, by TCP", serve: knows(good), module: "query_name: web.test, query_type: A, transport_protocol: tcp", args: args("--transport", "tcp")},
		{server: "an address that matches", serve: knows(good), module: plain + records, args: args("--answer", "192")},
		{server: "an address that does not match", serve: knows(changed(nil, "web.test. 300 IN A 198.51.100.1")), module: plain + records, args: args("--answer", "192"), reason: slo.AnswerMismatch},
		{server: "NXDOMAIN", serve: knows(rcode(dns.RcodeNameError)), reason: slo.RcodeUnexpected},
		{server: "NXDOMAIN, which is accepted", serve: knows(rcode(dns.RcodeNameError)), module: plain + ", valid_rcodes: [NXDOMAIN]", args: args("--rcode", "NXDOMAIN")},
		{server: "SERVFAIL", serve: knows(rcode(dns.RcodeServerFailure)), reason: slo.RcodeUnexpected},
		{server: "REFUSED", serve: knows(rcode(dns.RcodeRefused)), reason: slo.RcodeUnexpected},
		{server: "NOERROR without a record", serve: knows(rcode(dns.RcodeSuccess)), reason: slo.AnswerMismatch},
		{server: "NOERROR without a record, which is accepted", serve: knows(rcode(dns.RcodeSuccess)), module: plain + ", valid_rcodes: [NOERROR]", args: args("--rcode", "NOERROR")},
		{server: "truncated, and whole by TCP", serve: knows(truncated(good))},
		{server: "truncated, and a match by TCP", serve: knows(truncated(good)), module: plain + records, args: args("--answer", "192")},
		{server: "truncated, and silent by TCP", serve: knows(truncated(mute)), reason: slo.FirstByteTimeout, vain: true},
		{server: "aliases in a circle", serve: knows(changed(nil, "web.test. 300 IN CNAME a.test.", "a.test. 300 IN CNAME web.test.")), reason: slo.AnswerMismatch},
		{server: "wrong identifier", serve: knows(changed(func(m *dns.Msg) { m.Id++ }, address)), reason: slo.ProtocolError, vain: true},
		{server: "wrong identifier first, then the right one", serve: knows(func(t *testing.T, _ string, q *dns.Msg) [][]byte {
			return [][]byte{probetest.Respond(t, q, func(m *dns.Msg) { m.Id++ }, address), probetest.Respond(t, q, nil, address)}
		})},
		{server: "answer to another name", serve: knows(changed(func(m *dns.Msg) { m.Question[0].Name = "evil.test." }, address)), reason: slo.ProtocolError, vain: true},
		{server: "a question instead of an answer", serve: knows(changed(func(m *dns.Msg) { m.Response = false }, address)), reason: slo.ProtocolError, vain: true},
		{server: "what is no DNS message", serve: knows(garbage), reason: slo.ProtocolError, vain: true},
		{server: "silence", serve: knows(mute), reason: slo.FirstByteTimeout, vain: true},
		{server: "nobody listens", serve: closed, reason: slo.ConnectRefused},
	}
	for i := range all {
		if all[i].module == "" {
			all[i].module, all[i].args = plain, args()
		}
		all[i].module += ", preferred_ip_protocol: ip4"
	}
	return all
}

// icmpServers is this machine.
func icmpServers() []contest {
	here := func(*testing.T) string { return "127.0.0.1" }
	return []contest{{server: "this machine", serve: here, module: "preferred_ip_protocol: ip4", args: []string{"ADDRESS"}}}
}
