package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/assay-sla/assay/collector/web/auth"
)

type usersCommand struct {
	Hash userHashCommand `cmd:"" help:"Print the line of the users file for a person; the password is asked for, or read from standard input."`
}

type userHashCommand struct {
	Name string `arg:"" help:"Name to sign in with."`
	Role string `help:"viewer, operator, approver or admin." enum:"viewer,operator,approver,admin" default:"viewer"`
}

// Help is the longer text of assay users hash --help.
func (userHashCommand) Help() string {
	return `At a terminal the password is asked for, twice; else it is the first line of
standard input. Only its bcrypt hash is printed.

Examples:
  assay users hash ada --role operator >> users.yaml
  assay users hash ada --role operator < password.txt >> users.yaml`
}

// Run prints the line.
func (c userHashCommand) Run() error {
	role, err := auth.ParseRole(c.Role)
	if err != nil {
		return err
	}
	password, err := readPassword()
	if err != nil {
		return fmt.Errorf("reading the password: %w", err)
	}
	line, err := auth.UserLine(c.Name, password, role)
	if err != nil {
		return err
	}
	fmt.Print(line)
	return nil
}

// readPassword reads a password: at a terminal twice and without showing it,
// else the first line of standard input.
func readPassword() (string, error) {
	terminal := int(os.Stdin.Fd())
	if !term.IsTerminal(terminal) {
		text, err := bufio.NewReader(io.LimitReader(os.Stdin, 4096)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", err
		}
		return strings.TrimRight(text, "\r\n"), nil
	}
	var said [2]string
	for i, prompt := range []string{"Password: ", "Once more: "} {
		fmt.Fprint(os.Stderr, prompt)
		b, err := term.ReadPassword(terminal)
		fmt.Fprintln(os.Stderr)
		if err != nil {
			return "", err
		}
		said[i] = string(b)
	}
	if said[0] != said[1] {
		return "", errors.New("the two are not the same")
	}
	return said[0], nil
}

type tokensCommand struct {
	New tokenNewCommand `cmd:"" help:"Make a bearer token: its line for the tokens file, and the secret, which is shown this once."`
}

type tokenNewCommand struct {
	Name string `arg:"" help:"Who it is for; for an agent, the agent's name."`
	Role string `help:"viewer, operator, approver or admin; of no matter for agents." enum:"viewer,operator,approver,admin" default:"viewer"`

	Secret   string `help:"File to write the secret to; it must not be there yet." placeholder:"FILE"`
	Location string `help:"Of an agent: the one location that the token may speak for; without it, any."`
}

// Help is the longer text of assay tokens new --help.
func (tokenNewCommand) Help() string {
	return `The line goes to standard output. The secret goes to standard error, or with
--secret into a new file that only its owner may read: that is the tokenFile of
an agent.

Examples:
  assay tokens new eu-1 --location eu --secret eu-1.token >> agent-tokens.yaml
  assay tokens new grafana --role viewer >> tokens.yaml`
}

// Run makes the token.
func (c tokenNewCommand) Run() error {
	role, err := auth.ParseRole(c.Role)
	if err != nil {
		return err
	}
	line, secret, err := auth.TokenLine(c.Name, role, c.Location)
	if err != nil {
		return err
	}
	if c.Secret == "" {
		fmt.Print(line)
		fmt.Fprintf(os.Stderr, "token: %s\n", secret)
		return nil
	}
	f, err := os.OpenFile(c.Secret, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("writing the secret: %w", err)
	}
	_, err = f.WriteString(secret + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("writing the secret: %w", err)
	}
	fmt.Print(line)
	return nil
}
