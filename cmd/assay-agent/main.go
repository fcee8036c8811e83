// Command assay-agent probes targets and pushes what it saw to a collector.
// `assay-agent --help` lists its commands.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/assay-sla/assay/internal/commandline"
)

// commands is the command line. Each field is one command, in a file of its
// name.
type commands struct {
	Run     runCommand     `cmd:"" help:"Run the agent."`
	Probe   probeCommand   `cmd:"" help:"Run one probe once and print all that it saw."`
	Enroll  enrollCommand  `cmd:"" help:"Turn an invitation into the agent's certificate."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

// Exit codes; those of probe are in its help.
const (
	exitOK    = 0
	exitError = 1
	exitUsage = 2 // the command line or the configuration
)

// output is where a command writes, and which one it is.
type output struct {
	out, err io.Writer
	command  string // such as "assay-agent probe http"
}

// exitCode is the error of a command that has said everything already.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

func main() { os.Exit(run(os.Args[1:], output{out: os.Stdout, err: os.Stderr})) }

func run(args []string, o output) int {
	var c commands
	code := -1
	parser, err := kong.New(&c,
		kong.Name("assay-agent"),
		kong.Description("Assay's agent probes targets from where it stands and pushes what it saw to the collector, which makes availability figures of it."),
		commandline.Durations(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Writers(o.out, o.err),
		kong.Exit(func(n int) { code = n }),
	)
	if err != nil {
		fmt.Fprintln(o.err, "assay-agent:", err)
		return exitError
	}
	if len(args) == 0 { // what there is, for whoever looks around
		parser.Stdout = o.err
		_, _ = parser.Parse([]string{"--help"}) // it prints
		return exitUsage
	}
	k, err := parser.Parse(args)
	if code >= 0 { // --help
		return code
	}
	if err != nil {
		fmt.Fprintf(o.err, "assay-agent: %v\nSee %s --help.\n", err, commandline.UsageOf("assay-agent", err))
		return exitUsage
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	k.BindTo(ctx, (*context.Context)(nil))
	o.command = k.Selected().FullPath()
	k.Bind(o)
	err = k.Run()
	var said exitCode
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &said):
		return int(said)
	}
	fmt.Fprintln(o.err, "assay-agent:", err)
	return exitError
}

// version is the module's version, or the revision that was built.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "devel-" + s.Value[:12]
		}
	}
	return "devel"
}

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(o output) error {
	_, err := fmt.Fprintln(o.out, version())
	return err
}
