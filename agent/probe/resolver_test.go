package probe

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/assay-sla/assay/slo"
)

// The system's resolver against a name server that answers each family in
// its own way.
func TestSystemResolver(t *testing.T) {
	address := serve(t, hold)
	_, port, _ := net.SplitHostPort(address)
	none, broken := func(m *dns.Msg) { m.RecursionAvailable = true }, func(m *dns.Msg) { m.Rcode = dns.RcodeServerFailure }
	loop := func(m *dns.Msg) { m.Answer = []dns.RR{alias(t, m, "b.test."), alias(t, m, m.Question[0].Name)} }
	unheard := func(m *dns.Msg) { m.Rcode = dns.RcodeNameError }
	for name, tt := range map[string]struct {
		a, aaaa func(*dns.Msg) // nil: an address
		outcome slo.State
		reason  slo.Reason
	}{
		"both":                   {nil, nil, slo.Up, ""},
		"a alone":                {nil, none, slo.Up, ""},
		"a, and aaaa broken":     {nil, broken, slo.Up, ""},
		"aliases in a circle":    {loop, loop, slo.Down, slo.ResolveNotFound},
		"nothing":                {none, none, slo.Down, slo.ResolveNotFound},
		"no such name":           {unheard, unheard, slo.Down, slo.ResolveNotFound},
		"no a, and aaaa broken":  {none, broken, slo.Unknown, slo.ResolveFailed},
		"broken":                 {broken, broken, slo.Unknown, slo.ResolveFailed},
		"a broken, and no aaaa":  {broken, none, slo.Unknown, slo.ResolveFailed},
		"a broken, no such name": {broken, unheard, slo.Unknown, slo.ResolveFailed},
	} {
		t.Run(name, func(t *testing.T) {
			server := nameServer(t, func(_ string, q *dns.Msg) [][]byte {
				change, record := tt.a, q.Question[0].Name+" 1 IN A 127.0.0.1"
				if q.Question[0].Qtype == dns.TypeAAAA {
					change, record = tt.aaaa, q.Question[0].Name+" 1 IN AAAA ::ffff:127.0.0.1"
				}
				if change != nil {
					return [][]byte{respond(t, q, change)}
				}
				return [][]byte{respond(t, q, nil, record)}
			})
			dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, server)
			}
			env := newEnv(t, Options{Resolver: newSystemResolver(dial)})
			spec := &slo.TCP{Address: "web.name.test.:" + port}
			want(t, prepare(t, spec, 5*time.Second, env).Run(t.Context(), now, nil), tt.outcome, tt.reason)
		})
	}
}

// alias is a CNAME record behind those that a message has: it begins where
// the last one led, or at the question.
func alias(t *testing.T, m *dns.Msg, to string) dns.RR {
	t.Helper()
	from := m.Question[0].Name
	if n := len(m.Answer); n > 0 {
		from = m.Answer[n-1].(*dns.CNAME).Target
	}
	rr, err := dns.NewRR(from + " 300 IN CNAME " + to)
	if err != nil {
		t.Fatal(err)
	}
	return rr
}
