package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/assay-sla/assay/agent"
)

type enrollCommand struct {
	Config         string `required:"" placeholder:"FILE" help:"The agent's configuration: it says which collector, and the agent's name and location."`
	InvitationFile string `placeholder:"FILE" help:"File of the invitation. Default standard input."`
}

// Help is the longer text of assay-agent enroll --help.
func (enrollCommand) Help() string {
	return `Turns an invitation, made by assay agents invite, into a certificate in the data
folder. The agent shows it from its next start on, and renews it by itself.
An enrolment that broke off may be tried again with the same invitation. It is
run as the user that the agent runs as.

Examples:
  assay-agent enroll --config agent.yaml < invitation
  assay-agent enroll --config /etc/assay-agent/agent.yaml --invitation-file invitation

Exit codes: 0 enrolled; 1 refused, or the collector was not reached; 2 the command
line or the configuration is wrong.`
}

// Run enrolls the agent.
func (c enrollCommand) Run(ctx context.Context, o output) error {
	config, problems := agent.LoadConfig(c.Config)
	if problems.Err() != nil {
		if err := problems.Render(o.err); err != nil {
			return err
		}
		return exitCode(exitUsage)
	}
	invitation, err := c.read(o)
	if err != nil {
		return fmt.Errorf("reading the invitation: %w", err)
	}
	done, err := agent.Enroll(ctx, config, invitation)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(o.out, "Agent %s in %s is enrolled; its certificate is good until %s and is renewed before.\n"+
		"The agent shows it from its next start on; one that replaces another also without, within ten minutes.\n",
		done.Agent, done.Location, done.Expires.Local().Format("2006-01-02"))
	return err
}

// maxInvitation bounds an invitation, in bytes.
const maxInvitation = 4096

func (c enrollCommand) read(o output) (string, error) {
	in := os.Stdin
	if c.InvitationFile != "" {
		f, err := os.Open(c.InvitationFile)
		if err != nil {
			return "", err
		}
		defer f.Close()
		in = f
	} else if terminal := int(in.Fd()); term.IsTerminal(terminal) {
		fmt.Fprint(o.err, "Invitation: ")
		b, err := term.ReadPassword(terminal)
		fmt.Fprintln(o.err)
		return string(b), err
	}
	b, err := io.ReadAll(io.LimitReader(in, maxInvitation))
	if err == nil && len(b) == 0 {
		return "", errors.New("there is none: it is what assay agents invite prints")
	}
	return strings.TrimSpace(string(b)), err
}
