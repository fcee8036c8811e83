package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/assay-sla/assay/agent/probe"
	"github.com/assay-sla/assay/slo"
)

type probeCommand struct {
	HTTP httpProbe `cmd:"" name:"http" help:"Ask for a URL."`
	TCP  tcpProbe  `cmd:"" name:"tcp" help:"Connect to a port, and optionally talk."`
	TLS  tlsProbe  `cmd:"" name:"tls" help:"Shake hands and judge the certificate chain."`
	DNS  dnsProbe  `cmd:"" name:"dns" help:"Ask one question."`
	ICMP icmpProbe `cmd:"" name:"icmp" help:"Send echo requests."`
}

// Help is the longer text of assay-agent probe --help.
func (probeCommand) Help() string {
	return `Runs one probe once from this machine and prints everything it saw: addresses,
the one dialled, the certificate chain, headers, redirects, phases, outcome.

Examples:
  assay-agent probe http https://shop.example.com/health --match ok
  assay-agent probe tls shop.example.com --min-validity 720h
  assay-agent probe dns shop.example.com@192.0.2.53 --type MX

` + exitCodes
}

const exitCodes = "Exit codes: 0 up, 1 down, 2 the command line is wrong, 3 unknown: this machine could\nnot tell."

// once are the flags of every kind.
type once struct {
	Timeout time.Duration `default:"10s" help:"For the whole probe."`
	Output  string        `short:"o" enum:"text,json" default:"text" help:"text or json."`
}

// addressFamily is the flag of kinds that dial a name.
type addressFamily struct {
	IP string `name:"ip" enum:"4,6,any" default:"any" help:"Address family: 4, 6 or any."`
}

func (f addressFamily) value() string {
	if f.IP == "any" {
		return ""
	}
	return f.IP
}

// certificates are the flags of kinds that judge a certificate.
type certificates struct {
	ServerName  string        `help:"Name that the certificate must be for; default the host."`
	CA          string        `name:"ca" placeholder:"FILE" help:"Roots in PEM; default the system's."`
	SkipVerify  bool          `help:"Take any certificate."`
	MinValidity time.Duration `help:"Down where the certificate expires sooner than this."`
}

func (c certificates) options() (slo.TLSOptions, error) {
	o := slo.TLSOptions{ServerName: c.ServerName, SkipVerify: c.SkipVerify, MinValidity: c.MinValidity}
	if c.CA != "" {
		pem, err := os.ReadFile(c.CA)
		if err != nil {
			return o, fmt.Errorf("--ca: %w", err)
		}
		o.CA = string(pem)
	}
	return o, nil
}

type httpProbe struct {
	URL       string   `arg:"" name:"url" help:"https:// is assumed where it has no scheme."`
	Method    string   `default:"GET" help:"Of the request."`
	Header    []string `sep:"none" placeholder:"NAME: VALUE" help:"Sent with the request; may be repeated."`
	Body      string   `help:"Sent with the request."`
	Status    []string `placeholder:"200-299" help:"Accepted statuses, such as 200,301-308."`
	Match     string   `placeholder:"RE2" help:"The body must match it."`
	NoMatch   string   `placeholder:"RE2" help:"The body must not match it."`
	Redirects int      `help:"Followed at most, up to 20; the last answer is judged."`
	MaxBody   int      `placeholder:"BYTES" help:"Read at most; default 1 MiB."`
	addressFamily
	certificates
	once
}

// Help is the longer text of assay-agent probe http --help.
func (httpProbe) Help() string {
	return `Examples:
  assay-agent probe http https://shop.example.com/health
  assay-agent probe http shop.example.com --redirects 3 --match "Welcome"
  assay-agent probe http http://[::1]:8080/ --status 200,204 --timeout 2s -o json
  assay-agent probe http https://api.example.com/ --header "Accept: application/json"

` + exitCodes
}

// Run runs the probe.
func (p httpProbe) Run(ctx context.Context, o output) error {
	s, err := parsed[*slo.HTTP]("http", p.URL)
	if err != nil {
		return o.usage(err)
	}
	if s.TLS, err = p.options(); err != nil {
		return o.usage(err)
	}
	s.Method, s.Body, s.Match, s.NoMatch = p.Method, p.Body, p.Match, p.NoMatch
	s.Redirects, s.MaxBody, s.IP = p.Redirects, p.MaxBody, p.value()
	for _, h := range p.Header {
		name, value, ok := strings.Cut(h, ":")
		if !ok || name == "" {
			return o.usage(fmt.Errorf("--header %q is not NAME: VALUE", h))
		}
		if s.Headers == nil {
			s.Headers = map[string]string{}
		}
		s.Headers[name] = strings.TrimSpace(value)
	}
	for _, w := range p.Status {
		r, err := parseStatus(w)
		if err != nil {
			return o.usage(err)
		}
		s.Status = append(s.Status, r)
	}
	return o.probe(ctx, s, p.once)
}

// parseStatus reads 204 or 200-299.
func parseStatus(s string) (slo.StatusRange, error) {
	from, to, ranged := strings.Cut(s, "-")
	if !ranged {
		to = from
	}
	a, errA := strconv.Atoi(from)
	z, errZ := strconv.Atoi(to)
	if errors.Join(errA, errZ) != nil || a < 100 || z > 999 || z < a {
		return slo.StatusRange{}, fmt.Errorf("--status %q is not a status such as 204 or a range such as 200-299", s)
	}
	return slo.StatusRange{From: a, To: z}, nil
}

type tcpProbe struct {
	Address string `arg:"" help:"host:port"`
	Send    string `help:"Sent after the connect."`
	Expect  string `placeholder:"RE2" help:"What comes back must match it."`
	addressFamily
	once
}

// Help is the longer text of assay-agent probe tcp --help.
func (tcpProbe) Help() string {
	return `Examples:
  assay-agent probe tcp db.example.com:5432
  assay-agent probe tcp mail.example.com:25 --expect '^220 '

` + exitCodes
}

// Run runs the probe.
func (p tcpProbe) Run(ctx context.Context, o output) error {
	return o.probe(ctx, &slo.TCP{Address: p.Address, Send: p.Send, Expect: p.Expect, IP: p.value()}, p.once)
}

type tlsProbe struct {
	Address string `arg:"" help:"host[:443]"`
	addressFamily
	certificates
	once
}

// Help is the longer text of assay-agent probe tls --help.
func (tlsProbe) Help() string {
	return `Examples:
  assay-agent probe tls shop.example.com
  assay-agent probe tls 192.0.2.7:8443 --server-name shop.example.com --min-validity 720h

` + exitCodes
}

// Run runs the probe.
func (p tlsProbe) Run(ctx context.Context, o output) error {
	s, err := parsed[*slo.TLS]("tls", p.Address)
	if err == nil {
		s.TLS, err = p.options()
	}
	if err != nil {
		return o.usage(err)
	}
	s.IP = p.value()
	return o.probe(ctx, s, p.once)
}

type dnsProbe struct {
	Name      string   `arg:"" help:"name[@server[:53]]"`
	Type      string   `default:"A" help:"A, AAAA, MX, ..."`
	Server    string   `placeholder:"HOST[:53]" help:"Default this machine's first resolver."`
	Transport string   `enum:"udp,tcp" default:"udp" help:"udp or tcp."`
	Rcode     []string `placeholder:"NOERROR" help:"Accepted response codes."`
	Answer    []string `sep:"none" placeholder:"RE2" help:"One answer record must match it; may be repeated."`
	once
}

// Help is the longer text of assay-agent probe dns --help.
func (dnsProbe) Help() string {
	return `Examples:
  assay-agent probe dns shop.example.com
  assay-agent probe dns example.com@192.0.2.53 --type MX --answer 'mail\.example\.com'
  assay-agent probe dns gone.example.com --rcode NXDOMAIN

` + exitCodes
}

// Run runs the probe.
func (p dnsProbe) Run(ctx context.Context, o output) error {
	s, err := parsed[*slo.DNS]("dns", p.Name)
	if err != nil {
		return o.usage(err)
	}
	if p.Server != "" {
		if s.Server != "" {
			return o.usage(errors.New("the server is there twice: after @ and as --server"))
		}
		s.Server = p.Server
	}
	s.Type, s.Transport, s.Rcode, s.Answers = strings.ToUpper(p.Type), p.Transport, p.Rcode, p.Answer
	return o.probe(ctx, s, p.once)
}

type icmpProbe struct {
	Host    string `arg:"" help:"Name or address."`
	Packets int    `default:"3" help:"Sent, up to 20."`
	MaxLoss int    `help:"Packets that may be lost."`
	addressFamily
	once
}

// Help is the longer text of assay-agent probe icmp --help.
func (icmpProbe) Help() string {
	return `Examples:
  assay-agent probe icmp router.example.com
  assay-agent probe icmp 192.0.2.1 --packets 10 --max-loss 1

` + exitCodes
}

// Run runs the probe.
func (p icmpProbe) Run(ctx context.Context, o output) error {
	return o.probe(ctx, &slo.ICMP{Host: p.Host, Packets: p.Packets, MaxLoss: p.MaxLoss, IP: p.value()}, p.once)
}

// parsed is what a person typed, as the spec of a kind.
func parsed[S slo.Spec](kind, target string) (s S, err error) {
	spec, err := probe.ParseTarget(kind, target)
	if err != nil {
		return s, err
	}
	return spec.(S), nil
}

// usage tells what is wrong with the command line.
func (o output) usage(err error) error {
	fmt.Fprintf(o.err, "assay-agent: %v\nSee assay-agent probe --help.\n", err)
	return exitCode(exitUsage)
}

// probe runs a probe, prints what it saw, and ends with its exit code.
func (o output) probe(ctx context.Context, spec slo.Spec, flags once) error {
	if flags.Timeout <= 0 {
		return o.usage(fmt.Errorf("--timeout %s is not positive", flags.Timeout))
	}
	env, err := probe.NewEnv(probe.Options{})
	if err != nil {
		return err
	}
	defer env.Close()
	p, err := probe.New(slo.Probe{Name: "probe", Timeout: flags.Timeout, Spec: spec}, env)
	if err != nil {
		return o.usage(err)
	}
	seen := sight{spec: spec}
	seen.m = p.Run(ctx, slo.At(time.Now()), &seen.trace)
	if flags.Output == "json" {
		err = seen.writeJSON(o.out)
	} else {
		err = seen.writeText(o.out)
	}
	if err != nil {
		return fmt.Errorf("printing: %w", err)
	}
	return exitCode(map[slo.State]int{slo.Up: 0, slo.Down: 1, slo.Unknown: 3}[seen.m.Outcome])
}
