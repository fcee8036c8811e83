package probe

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/netip"

	"github.com/assay-sla/assay/slo"
)

// Resolver turns a name into addresses, in the order in which they are to be
// tried; net.Resolver is one. The network is ip, ip4 or ip6.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Options configure what the probes of an agent share. The zero value is
// that of an agent without restrictions.
type Options struct {
	// Allow is asked for every address before it is dialled, at every hop; an
	// error forbids it. IPv4 addresses come as such, never mapped into IPv6.
	// Nil allows all.
	Allow func(netip.Addr) error
	// Resolver is the agent's own; nil is the system's.
	Resolver Resolver
	// Roots verify certificates of probes without a CA of their own; nil is
	// the system's, read once.
	Roots *x509.CertPool
	// ResolvConf names the file that holds the first resolver, asked by dns
	// probes without a server. Default /etc/resolv.conf.
	ResolvConf string
	// Secrets gives the value of a secret by its name. Nil knows none.
	Secrets func(name string) (string, error)
	// Commands are what exec probes may run, by name: a program's absolute
	// path and its arguments.
	Commands map[string][]string
	// Backups are the files that backup probes look at, by the name of the set:
	// patterns that CheckBackups allows.
	Backups map[string]string
	// Browser is the program that browser probes start. Default the first of
	// Browsers that the search path has when a probe runs.
	Browser string
	// Samples takes numbers that a probe brought besides its outcome. Nil
	// drops them.
	Samples func(at slo.Instant, samples []slo.Sample)
	// Heartbeats gives what is known of a job; false where nothing is. Nil is an
	// agent that takes none.
	Heartbeats func(job string) (Heartbeat, bool)
	// UserAgent is sent by http probes. Default assay-agent.
	UserAgent string
}

// Env is what the probes of an agent share: its resolver, its allow-list, its
// roots and its ICMP sockets.
type Env struct {
	allow      func(netip.Addr) error
	resolver   Resolver
	hosts      Resolver // the hosts file alone
	roots      *x509.CertPool
	resolvConf string
	userAgent  string
	secrets    func(string) (string, error)
	commands   map[string][]string
	backups    map[string]string
	samples    func(slo.Instant, []slo.Sample)
	heartbeats func(string) (Heartbeat, bool)
	browser    string
	browsing   chan struct{} // a place for each browser that may run
	pinger     *pinger
}

// NewEnv prepares the environment; close it after the last run.
func NewEnv(o Options) (*Env, error) {
	e := &Env{
		allow: o.Allow, resolver: o.Resolver, roots: o.Roots,
		resolvConf: o.ResolvConf, userAgent: o.UserAgent, secrets: o.Secrets,
		commands: o.Commands, backups: o.Backups, samples: o.Samples, heartbeats: o.Heartbeats, browser: o.Browser, browsing: make(chan struct{}, maxBrowsers),
		hosts: hostsFile(), pinger: newPinger(),
	}
	if e.resolver == nil {
		e.resolver = newSystemResolver(nil)
	}
	if e.roots == nil {
		roots, err := x509.SystemCertPool()
		if err != nil {
			return nil, fmt.Errorf("reading the system's root certificates: %w", err)
		}
		e.roots = roots
	}
	if e.resolvConf == "" {
		e.resolvConf = "/etc/resolv.conf"
	}
	if e.userAgent == "" {
		e.userAgent = "assay-agent"
	}
	return e, nil
}

// Close closes the shared sockets. Runs that wait on them end as unknown.
func (e *Env) Close() error { return e.pinger.close() }

// permit asks the allow-list about an address that is about to be dialled.
func (e *Env) permit(addr netip.Addr) error {
	if e.allow == nil {
		return nil
	}
	if err := e.allow(addr); err != nil {
		return fmt.Errorf("%s is %w: %w", addr, errDenied, err)
	}
	return nil
}
