package sqlwire

import (
	"errors"
	"fmt"

	"github.com/assay-sla/assay/slo"
)

// ErrTooLarge is the end of a conversation that would be longer than its bound.
var ErrTooLarge = errors.New("too large")

// Refusal is the end of a conversation by what the server said: it refuses, or
// what it sends is not what the protocol, or a bound, has it send. Its text is
// for people, and the server's words in it are clean.
type Refusal struct {
	Reason slo.Reason
	Text   string
}

// Error is the text.
func (r *Refusal) Error() string { return r.Text }

func refusalf(reason slo.Reason, format string, args ...any) *Refusal {
	return &Refusal{reason, fmt.Sprintf(format, args...)}
}

// Stage is the part of a conversation in which its connection broke.
type Stage uint8

// The stages.
const (
	Sending      Stage = iota
	Awaiting           // the answer to a login or the first of a result
	Transferring       // the rest of a result
)

// String is the stage as an error has it, before the server's name.
func (s Stage) String() string {
	return [...]string{"sending to", "waiting for the first byte from", "receiving from"}[s]
}

// Break is the end of a conversation by its connection, by its deadline, or by
// a bound on its bytes (ErrTooLarge).
type Break struct {
	Stage Stage
	Peer  string
	Err   error // what the connection said
}

// Error names stage, peer and cause.
func (b *Break) Error() string { return fmt.Sprintf("%s %s: %v", b.Stage, b.Peer, b.Err) }

// Unwrap is the cause.
func (b *Break) Unwrap() error { return b.Err }

// broken is the failure of a connection in a stage.
func (c *Client) broken(s Stage, err error) error { return &Break{s, c.o.Peer, err} }

// stage is that in which a failure of reading comes.
func (c *Client) stage() Stage {
	if c.begun.IsZero() {
		return Awaiting
	}
	return Transferring
}

// plainPassword says that a login wants the password itself and that there is
// no TLS that would protect it.
func (c *Client) plainPassword() error {
	return refusalf(slo.LoginRefused, "%s wants the password itself, and without TLS it is not sent", c.o.Peer)
}

// noTLS says that a server does not go over to TLS.
func (c *Client) noTLS(answer string) error {
	return refusalf(slo.StartTLSRefused, "%s does not go over to TLS: %s", c.o.Peer, c.o.quote(answer, 240))
}

// strange is the failure of what is not the protocol.
func (c *Client) strange(format string, args ...any) error {
	return refusalf(slo.ProtocolError, "%s sent what is not %s: %s", c.o.Peer, c.o.Driver, c.o.Clean(fmt.Sprintf(format, args...), 160))
}

// said is a server's own words on a failure, with its code.
func (c *Client) said(reason slo.Reason, doing, code, text string) error {
	return refusalf(reason, "%s %s: error %s, %s", c.o.Peer, doing, c.o.Clean(code, 20), c.o.quote(text, 240))
}

// wide says that there are too many columns.
func (c *Client) wide(n uint64) error {
	return refusalf(slo.ResponseTooLarge, "%s answers with %d columns; at most %d are read", c.o.Peer, n, MaxColumns)
}

// quote is Clean in quotes, which are not escaped inside.
func (o *Options) quote(text string, limit int) string { return `"` + o.Clean(text, limit) + `"` }
