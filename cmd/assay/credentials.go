package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/assay-sla/assay/collector/web/auth"
)

type usersCommand struct {
	Hash userHashCommand `cmd:"" help:"Print the line of the users file for a person; the password is read from standard input."`
}

type userHashCommand struct {
	Name string `arg:"" help:"Name to sign in with."`
	Role string `help:"viewer, operator, approver or admin." enum:"viewer,operator,approver,admin" default:"viewer"`
}

// Help is the longer text of assay users hash --help.
func (userHashCommand) Help() string {
	return `Example:
  assay users hash ada --role operator < password.txt >> users.yaml`
}

// Run prints the line.
func (c userHashCommand) Run() error {
	role, err := auth.ParseRole(c.Role)
	if err != nil {
		return err
	}
	password, err := bufio.NewReader(io.LimitReader(os.Stdin, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading the password: %w", err)
	}
	line, err := auth.UserLine(c.Name, strings.TrimRight(password, "\r\n"), role)
	if err != nil {
		return err
	}
	fmt.Println(line)
	return nil
}

type tokensCommand struct {
	New tokenNewCommand `cmd:"" help:"Make a bearer token: its line for the tokens file, and the secret, which is shown this once."`
}

type tokenNewCommand struct {
	Name string `arg:"" help:"Who it is for; for an agent, the agent's name."`
	Role string `help:"viewer, operator, approver or admin; of no matter for agents." enum:"viewer,operator,approver,admin" default:"viewer"`

	Location string `help:"Of an agent: the one location that the token may speak for; without it, any."`
}

// Help is the longer text of assay tokens new --help.
func (tokenNewCommand) Help() string {
	return `The line goes to standard output, the secret to standard error.

Example:
  assay tokens new eu-1 --location eu >> agent-tokens.yaml`
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
	fmt.Println(line)
	fmt.Fprintf(os.Stderr, "token: %s\n", secret)
	return nil
}
