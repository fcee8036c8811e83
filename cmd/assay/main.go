// Command assay is the collector and the tools around it. `assay --help` lists
// its commands.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	_ "time/tzdata" // zones on machines that have none

	"github.com/alecthomas/kong"

	"github.com/assay-sla/assay/internal/commandline"
)

// commands is the command line. Each field is one command, in a file of its
// name.
type commands struct {
	Up       upCommand       `cmd:"" help:"Start a collector and an agent with a quickstart catalogue, all in one process."`
	Serve    serveCommand    `cmd:"" help:"Run the collector."`
	Check    checkCommand    `cmd:"" help:"Check a catalogue and print every error with its place."`
	Report   reportCommand   `cmd:"" help:"Write, or mail, a service report: of an agreement, a customer, a service, a supplier or all."`
	Users    usersCommand    `cmd:"" help:"People who may sign in."`
	Tokens   tokensCommand   `cmd:"" help:"Bearer tokens of machines and agents."`
	Agents   agentsCommand   `cmd:"" help:"The agents: invite, list, revoke."`
	Channels channelsCommand `cmd:"" help:"The channels that are told of incidents and budgets: list, test."`
	Mails    mailsCommand    `cmd:"" help:"The mails: list, get, send again, and tell of those that came back."`
	Import   importCommand   `cmd:"" help:"What other tools know: changes and releases."`
	Rules    rulesCommand    `cmd:"" help:"What is alerted on, as rules of Prometheus."`
	Replay   replayCommand   `cmd:"" help:"Compute every figure of a catalogue from a file of measurements, or from the archive."`
	Explain  explainCommand  `cmd:"" help:"Show how a figure came about: agreed time, each outage with its measurements, the arithmetic."`
	Verify   verifyCommand   `cmd:"" help:"Check a pack of evidence, or the ledger of sealed figures, and compute each of them again from the archive."`
	Evidence evidenceCommand `cmd:"" help:"Write a pack of evidence for an auditor: each clause with the records found and what is missing."`
	Audit    auditCommand    `cmd:"" help:"Say how an audit would find the records, with a random sample of incidents."`
	Demo     demoCommand     `cmd:"" help:"Build a year of a fictitious provider, to look at."`
	Ledger   ledgerCommand   `cmd:"" help:"The ledger's key, and a new epoch of it."`

	Version versionCommand `cmd:"" help:"Print the version."`
}

// Exit codes.
const (
	exitOK    = 0
	exitError = 1 // what was asked for could not be done, or was found wrong
	exitUsage = 2 // the command line or the configuration
)

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	var c commands
	code := -1
	parser, err := kong.New(&c,
		kong.Name("assay"),
		kong.Description("Assay tests services and stamps what it found: availability, SLA and SLO figures that can be traced back to the measurements that made them."),
		kong.UsageOnError(),
		commandline.Durations(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Exit(func(n int) { code = n }),
	)
	if err != nil {
		fmt.Fprintln(os.Stderr, "assay:", err)
		return exitError
	}
	if len(args) == 0 { // what there is, for whoever looks around
		parser.Stdout = os.Stderr
		_, _ = parser.Parse([]string{"--help"}) // it prints
		return exitUsage
	}
	k, err := parser.Parse(args)
	if code >= 0 { // --help
		return code
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "assay: %v\nSee %s --help.\n", err, commandline.UsageOf("assay", err))
		return exitUsage
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	k.BindTo(ctx, (*context.Context)(nil))
	err = k.Run()
	var said exitCode
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &said):
		return int(said)
	}
	fmt.Fprintln(os.Stderr, "assay:", err)
	if usage := (usageError{}); errors.As(err, &usage) {
		return exitUsage
	}
	return exitError
}

// usageError is a command line that makes no sense, seen after it was parsed.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// exitCode is the error of a command that has said everything already.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }
