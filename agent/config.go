package agent

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/assay-sla/assay/agent/inputs"
	"github.com/assay-sla/assay/agent/probe"
	"github.com/assay-sla/assay/agent/queue"
	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/internal/settings"
	"github.com/assay-sla/assay/slo"
)

// Config says what an agent is; docs/agent.md describes its file. New fills in
// the defaults.
type Config struct {
	Collectors  []string          // base URLs; the first that answers is used
	Name        string            // unique among the collector's agents
	Location    string            // where it probes from
	Labels      map[string]string // that probes choose agents by
	Data        string            // folder, made where it is not there
	TokenFile   string            // holds the bearer token for the collector; "" sends none
	TLS         TLSFiles
	Allow       Allow
	Deny        Deny
	Control     []string // host:port that show whether the agent's own network is there; none: it is not looked at
	Queue       QueueBounds
	Inputs      []Input
	Secrets     []Secret
	Commands    []Command
	Backups     []Backups
	Browser     string // path of the program of browser probes; "" looks in the search path
	Metrics     Listen
	Heartbeats  HeartbeatListen
	Concurrency int // probes that run at the same time; default 1000
	// PerDestination is how many probes of one host run at the same time; 0 is as
	// many as there are.
	PerDestination int
}

// TLSFiles are PEM files for the connection to the collector.
type TLSFiles struct {
	CA   string // roots that the collector's certificate is verified by; "" is the system's
	Cert string // client certificate, with Key
	Key  string
}

// Allow is what the agent may be told to probe. It is stronger than any
// assignment, and is asked for the address dialled, at every hop.
type Allow struct {
	Kinds    []string       // nil: all; one that names none is a mistake
	Networks []netip.Prefix // nil: all; as above
}

// Deny is what the agent never dials, whatever Allow says.
type Deny struct {
	Networks []netip.Prefix // nil: those of metadata
}

// metadata are the networks that hold the metadata services of clouds, which
// give credentials to whoever asks from the machine: those of the link, and the
// addresses that Amazon, Google and Alibaba have beside them.
func metadata() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("fe80::/10"),
		netip.MustParsePrefix("fd00:ec2::254/128"), netip.MustParsePrefix("fd00:ec2::23/128"), netip.MustParsePrefix("fd20:ce::254/128"),
		netip.MustParsePrefix("100.100.100.200/32"),
	}
}

// QueueBounds bound what waits for the collector. What is beyond them is
// dropped, the oldest first, and declared.
type QueueBounds struct {
	Size int64         // bytes; default 256 MiB
	Age  time.Duration // default 72 h
}

// Input is a source of readings of the agent's machine.
type Input struct {
	Name     string        // one of inputs.Names
	Interval time.Duration // default 10 s

	// Of the inputs that read servers alone.
	Servers  []string // as inputs.Settings has them; empty is inputs.Defaults
	User     string   // "" is none
	Password string   // name of the secret; "" sends none
	CA       string   // PEM file of the roots that verify the servers; "" is the system's
}

// Secret is where the value of a secret lies that probes name: exactly one of
// File and Env is set. It is read at each use, so a changed file needs no
// restart; a line end at the end of a file is not part of it.
type Secret struct {
	Name string
	File string
	Env  string // name of an environment variable
}

// Command is a program that exec probes may name, with its whole argument list.
type Command struct {
	Name string
	Run  []string // the program's absolute path, and its arguments
}

// Backups is a set of backups that backup probes may name.
type Backups struct {
	Name string
	Path string // absolute; its last part may have wildcards
}

// Listen is the optional listener for the agent's own metrics.
type Listen struct {
	Address        string // host:port; "" is no listener; an empty host is 127.0.0.1
	BeyondLoopback bool   // lets Address be reached from elsewhere; there is no sign-in
}

// HeartbeatListen is the optional listener that jobs send heartbeats to. Beyond
// loopback it has a token and a certificate.
type HeartbeatListen struct {
	Address   string // host:port; "" is no listener
	TokenFile string // holds the bearer token of the jobs; "" lets in who is on this machine
	Cert, Key string // PEM files; "" is plain HTTP
}

// Bounds of a configuration.
const (
	maxConcurrency = 100_000
	minInterval    = time.Second
	maxInterval    = 24 * time.Hour
	maxCollectors  = 16
	maxControl     = 16
)

// withDefaults fills in what was left out.
func (c Config) withDefaults() Config {
	if c.Queue.Size == 0 {
		c.Queue.Size = 256 << 20
	}
	if c.Queue.Age == 0 {
		c.Queue.Age = 72 * time.Hour
	}
	if c.Deny.Networks == nil {
		c.Deny.Networks = metadata()
	}
	if c.Concurrency == 0 {
		c.Concurrency = 1000
	}
	c.Inputs = slices.Clone(c.Inputs)
	for i := range c.Inputs {
		if c.Inputs[i].Interval == 0 {
			c.Inputs[i].Interval = 10 * time.Second
		}
	}
	if host, port, err := net.SplitHostPort(c.Metrics.Address); err == nil && host == "" {
		c.Metrics.Address = net.JoinHostPort("127.0.0.1", port)
	}
	return c
}

// check returns everything that is wrong with a configuration that has its
// defaults.
func (c Config) check() []settings.Mistake {
	var bad []settings.Mistake
	wrong := func(field, format string, args ...any) {
		bad = append(bad, settings.Mistake{Field: field, Message: fmt.Sprintf(format, args...)})
	}
	if len(c.Collectors) == 0 {
		wrong("collectors", "is missing; it is the address of the collector, such as https://assay.example.com:8421")
	}
	if len(c.Collectors) > maxCollectors {
		wrong("collectors", "there are %d; at most %d are taken", len(c.Collectors), maxCollectors)
	}
	for i, a := range c.Collectors {
		if err := checkCollector(a); err != nil {
			wrong(fmt.Sprintf("collectors[%d]", i), "%v", err)
		}
	}
	for _, n := range []struct{ field, what, value string }{{"name", "agent", c.Name}, {"location", "location", c.Location}} {
		if n.value == "" {
			wrong(n.field, "is missing")
		} else if err := push.CheckName(n.what, n.value); err != nil {
			wrong(n.field, "%v", err)
		}
	}
	c.checkLabels(wrong)
	if c.Data == "" {
		wrong("data", "is missing; it is the folder of the queue and the assignment")
	}
	if (c.TLS.Cert == "") != (c.TLS.Key == "") {
		wrong("tls", "cert and key go together")
	}
	c.Allow.check(wrong)
	checkNetworks("deny.networks", c.Deny.Networks, wrong)
	for i, k := range c.Allow.Kinds {
		if !slices.Contains(slo.Kinds(), k) {
			wrong(fmt.Sprintf("allow.kinds[%d]", i), "%q is not one of %s", k, strings.Join(slo.Kinds(), ", "))
		}
	}
	if c.Queue.Size < queue.MinBytes {
		wrong("queue.size", "%d bytes are less than %d MiB", c.Queue.Size, queue.MinBytes>>20)
	}
	if c.Queue.Age < time.Minute {
		wrong("queue.age", "%s is less than a minute", c.Queue.Age)
	}
	if c.PerDestination < 0 || c.PerDestination > maxConcurrency {
		wrong("perDestination", "%d is not 0 to %d", c.PerDestination, maxConcurrency)
	}
	if c.Concurrency < 1 || c.Concurrency > maxConcurrency {
		wrong("concurrency", "%d is not 1 to %d", c.Concurrency, maxConcurrency)
	}
	c.checkInputs(wrong)
	for _, x := range c.Commands {
		field := "commands." + x.Name
		if err := push.CheckName("command", x.Name); err != nil {
			wrong(field, "%v", err)
		} else if len(x.Run) == 0 || !filepath.IsAbs(x.Run[0]) {
			wrong(field+".run", "the program's absolute path is missing, such as [/usr/lib/nagios/plugins/check_load, -w, 5]")
		}
	}
	for _, x := range c.Backups {
		if err := errors.Join(push.CheckName("set of backups", x.Name), probe.CheckBackups(x.Path)); err != nil {
			wrong("backups."+x.Name, "%v", err)
		}
	}
	if len(c.Control) > maxControl {
		wrong("control", "there are %d; at most %d are asked", len(c.Control), maxControl)
	}
	for i, a := range c.Control {
		if err := checkControl(a); err != nil {
			wrong(fmt.Sprintf("control[%d]", i), "%v", err)
		}
	}
	for _, s := range c.Secrets {
		if err := push.CheckName("secret", s.Name); err != nil {
			wrong("secrets."+s.Name, "%v", err)
		} else if (s.File == "") == (s.Env == "") {
			wrong("secrets."+s.Name, "one of file and env is wanted")
		}
	}
	if err := c.Heartbeats.check(); err != nil {
		wrong("heartbeats.listen", "%v", err)
	}
	if err := c.Metrics.check(); err != nil {
		wrong("metrics.listen", "%v", err)
	}
	return bad
}

// check wants lists that say what they mean: who writes an empty one may mean
// that nothing is allowed, and a network that is written otherwise than the
// addresses are contains none.
func (a Allow) check(wrong func(field, format string, args ...any)) {
	const none = "names none; leave it out to allow all"
	if a.Kinds != nil && len(a.Kinds) == 0 {
		wrong("allow.kinds", none)
	}
	if a.Networks != nil && len(a.Networks) == 0 {
		wrong("allow.networks", none)
	}
	checkNetworks("allow.networks", a.Networks, wrong)
}

func checkNetworks(field string, networks []netip.Prefix, wrong func(field, format string, args ...any)) {
	for i, n := range networks {
		if !n.IsValid() || n.Addr().Is4In6() {
			wrong(fmt.Sprintf("%s[%d]", field, i), "%s is not a network of IPv4 or IPv6", n)
		}
	}
}

func (c Config) checkLabels(wrong func(field, format string, args ...any)) {
	if len(c.Labels) > slo.MaxLabels {
		wrong("labels", "there are %d; at most %d are taken", len(c.Labels), slo.MaxLabels)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Labels)) {
		if err := errors.Join(slo.CheckLabel(name), slo.CheckLabel(c.Labels[name])); err != nil {
			wrong("labels."+name, "%v", err)
		}
	}
}

func (c Config) checkInputs(wrong func(field, format string, args ...any)) {
	seen := map[string]bool{}
	for _, in := range c.Inputs {
		field := "inputs." + in.Name
		if !slices.Contains(inputs.Names(), in.Name) {
			wrong(field, "there is no such input: one of %s", strings.Join(inputs.Names(), ", "))
		} else if in.Interval < minInterval || in.Interval > maxInterval {
			wrong(field+".interval", "%s is not 1s to 24h", in.Interval)
		}
		c.checkServers(in, wrong)
		if seen[in.Name] {
			wrong(field, "is there twice")
		}
		seen[in.Name] = true
	}
}

// checkServers says what is wrong with the servers that an input reads.
func (c Config) checkServers(in Input, wrong func(field, format string, args ...any)) {
	field := "inputs." + in.Name
	if len(in.Servers) > inputs.MaxServers {
		wrong(field+".servers", "there are %d; at most %d are read", len(in.Servers), inputs.MaxServers)
	}
	if in.Name == "docker" && len(in.Servers) > 1 {
		wrong(field+".servers", "there are %d; one engine is read", len(in.Servers))
	}
	for i, server := range in.Servers {
		if err := inputs.CheckServer(in.Name, server, in.Password != ""); err != nil {
			wrong(fmt.Sprintf("%s.servers[%d]", field, i), "%v", err)
		}
	}
	switch {
	case inputs.NeedsUser(in.Name) && in.User == "":
		wrong(field+".user", "is missing; it is whom the agent logs in as")
	case !inputs.NeedsUser(in.Name) && in.User != "" && in.Password == "":
		wrong(field+".user", "there is no password with it")
	}
	if in.Password != "" && !slices.ContainsFunc(c.Secrets, func(s Secret) bool { return s.Name == in.Password }) {
		wrong(field+".password", "%q is not under secrets, where its file or environment variable is named", in.Password)
	}
}

// checkCollector wants https, except where nothing leaves the machine.
func checkCollector(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("it is not a URL such as https://assay.example.com:8421")
	case u.User != nil:
		return fmt.Errorf("it holds a user; the bearer token goes into tokenFile")
	case u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("it has a query or a fragment")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return fmt.Errorf("%q is beyond this machine, which takes https", u.Host)
	}
	return nil
}

// checkControl wants an address beyond this machine.
func checkControl(address string) error {
	host, port, err := net.SplitHostPort(address)
	n, numErr := strconv.ParseUint(port, 10, 16)
	switch {
	case err != nil || host == "" || numErr != nil || n == 0:
		return fmt.Errorf("%q is not host:port, such as 192.0.2.1:443", address)
	case loopback(host):
		return fmt.Errorf("%q is this machine, which is there without a network", address)
	}
	return nil
}

func (l HeartbeatListen) check() error {
	if l.Address == "" {
		return nil
	}
	host, _, err := net.SplitHostPort(l.Address)
	switch {
	case err != nil:
		return fmt.Errorf("%q is not host:port, such as 127.0.0.1:8424", l.Address)
	case (l.Cert == "") != (l.Key == ""):
		return errors.New("cert and key go together")
	case !loopback(host) && (l.TokenFile == "" || l.Cert == ""):
		return fmt.Errorf("%q can be reached from elsewhere: that needs tokenFile, cert and key", l.Address)
	}
	return nil
}

func (l Listen) check() error {
	if l.Address == "" {
		return nil
	}
	host, _, err := net.SplitHostPort(l.Address)
	if err != nil {
		return fmt.Errorf("%q is not host:port, such as 127.0.0.1:8422", l.Address)
	}
	if !l.BeyondLoopback && !loopback(host) {
		return fmt.Errorf("%q can be reached from elsewhere without sign-in; say beyondLoopback: true if that is meant", l.Address)
	}
	return nil
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}
