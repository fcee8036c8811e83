package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/assay-sla/assay/agent/probe"
	"github.com/assay-sla/assay/slo"
)

type probeCommand struct {
	HTTP      httpProbe      `cmd:"" name:"http" help:"Ask for a URL."`
	WebSocket websocketProbe `cmd:"" name:"websocket" help:"Open a WebSocket, and optionally talk."`
	GRPC      grpcProbe      `cmd:"" name:"grpc" help:"Ask a gRPC health service."`
	TCP       tcpProbe       `cmd:"" name:"tcp" help:"Connect to a port, and optionally talk."`
	TLS       tlsProbe       `cmd:"" name:"tls" help:"Shake hands and judge the certificate chain."`
	UDP       udpProbe       `cmd:"" name:"udp" help:"Send a datagram and wait for an answer."`
	DNS       dnsProbe       `cmd:"" name:"dns" help:"Ask one question."`
	ICMP      icmpProbe      `cmd:"" name:"icmp" help:"Send echo requests."`
	SSH       sshProbe       `cmd:"" name:"ssh" help:"Read an SSH server's identification and host key."`
	SMTP      smtpProbe      `cmd:"" name:"smtp" help:"Speak with a mail server."`
	Exec      execProbe      `cmd:"" name:"exec" help:"Run a plugin of Nagios or Monitoring Plugins."`
	IMAP      imapProbe      `cmd:"" name:"imap" help:"Speak with a mailbox server."`
	SQL       sqlProbe       `cmd:"" name:"sql" help:"Ask a database."`
	PromQL    promqlProbe    `cmd:"" name:"promql" help:"Count requests by a Prometheus-compatible API."`
	Browser   browserProbe   `cmd:"" name:"browser" help:"Open a page in Chromium."`
	Backup    backupProbe    `cmd:"" name:"backup" help:"Look at the newest backup of a set of files."`
	From      fromProbe      `cmd:"" name:"from" help:"Run a probe of a catalogue, of any kind."`
}

// Help is the longer text of assay-agent probe --help.
func (probeCommand) Help() string {
	return `Runs one probe once from this machine and prints everything it saw: addresses,
the one dialled, the certificate chain, headers, redirects, phases, outcome.

Examples:
  assay-agent probe http https://shop.example.com/health --match ok
  assay-agent probe tls shop.example.com --min-validity 30d
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
	IP string `name:"ip" enum:"4,6,prefer4,prefer6,any" default:"any" help:"Address family: 4, 6, prefer4, prefer6 or any."`
}

func (f addressFamily) value() string {
	if f.IP == "any" {
		return ""
	}
	return f.IP
}

// login are the flags of kinds that log in.
type login struct {
	Username     string `help:"Who logs in."`
	PasswordFile string `placeholder:"FILE" help:"File of the password."`
}

const passwordSecret = "password"

// secret names the password, where there is one.
func (l login) secret() slo.Secret {
	if l.PasswordFile == "" {
		return slo.Secret{}
	}
	return slo.Secret{Name: passwordSecret}
}

// secrets reads the password, the one secret that there is here.
func (l login) secrets(string) (string, error) { return readSecret(l.PasswordFile) }

func readSecret(file string) (string, error) {
	b, err := os.ReadFile(file)
	return strings.TrimRight(string(b), "\r\n"), err
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
	fmt.Fprintf(o.err, "assay-agent: %v\nSee %s --help.\n", err, o.command)
	return exitCode(exitUsage)
}

// probe runs a probe, prints what it saw, and ends with its exit code.
func (o output) probe(ctx context.Context, spec slo.Spec, flags once, secrets ...func(string) (string, error)) error {
	options := probe.Options{}
	for _, s := range secrets {
		options.Secrets = s
	}
	return o.run(ctx, slo.Probe{Spec: spec}, flags, options)
}

func (o output) run(ctx context.Context, tested slo.Probe, flags once, options probe.Options) error {
	if flags.Timeout <= 0 {
		return o.usage(fmt.Errorf("--timeout %s is not positive", flags.Timeout))
	}
	env, err := probe.NewEnv(options)
	if err != nil {
		return err
	}
	defer env.Close()
	tested.Name, tested.Timeout = "the probe", flags.Timeout
	p, err := probe.New(tested, env)
	if err != nil {
		return o.usage(err)
	}
	seen := sight{spec: tested.Spec}
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
