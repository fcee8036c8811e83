// Package differential asks Debian's blackbox_exporter and this agent about
// the same servers, most of them odd, and holds their verdicts against each
// other. Where they differ, a table says why, and docs/probes/differences.md
// has the same table.
package differential

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assay-sla/assay/agent/probe/probetest"
	"github.com/assay-sla/assay/slo"
)

// contest is one server, and how each of the two is asked about it. In the
// target, the module and the arguments, ADDRESS stands for the server's
// address and CAFILE for a file of the authority that signed for it.
type contest struct {
	server string // what it is or does, unique in its kind
	serve  func(*testing.T) string
	target string     // of the exporter; "" is ADDRESS
	module string     // of the exporter: its prober's options in YAML
	args   []string   // of the agent: assay-agent probe KIND ARGS
	reason slo.Reason // the agent's; "" is up
	vain   bool       // one of the two waits for what does not come
}

// patience is what the two may take for a server that does something, and
// silence for one that is waited for in vain.
const (
	patience = 8 * time.Second
	silence  = time.Second
)

// timeout is what both are given.
func (c contest) timeout() time.Duration {
	if c.vain {
		return silence
	}
	return patience
}

// kinds are the contests by kind of probe, in the order of the page.
func kinds() []kind {
	return []kind{
		{"http", "http", httpServers()}, {"tls", "tcp", tlsServers()}, {"tcp", "tcp", tcpServers()},
		{"dns", "dns", dnsServers()}, {"icmp", "icmp", icmpServers()}, {"grpc", "grpc", grpcServers()},
	}
}

// kind is a kind of probe.
type kind struct {
	name   string // of ours
	prober string // the exporter's
	all    []contest
}

// root signs what the two trust, and is valid now.
var root = sync.OnceValue(func() probetest.Authority {
	return probetest.NewAuthority("Differential Authority", time.Now().AddDate(-1, 0, 0), time.Now().AddDate(5, 0, 0))
})

// caFile writes the root to a file.
func caFile(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, []byte(root().PEM()), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// filled puts the address and the authority's file into a text.
func filled(text, address, ca string) string {
	return strings.NewReplacer("ADDRESS", address, "CAFILE", ca).Replace(text)
}

// does is a server that does something with each connection.
func does(handle func(c conn)) func(*testing.T) string {
	return func(t *testing.T) string { return probetest.Serve(t, handle) }
}
