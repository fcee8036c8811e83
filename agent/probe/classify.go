package probe

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/assay-sla/assay/internal/sqlwire"
	"github.com/assay-sla/assay/slo"
)

// phase is the part of a run in which an error came.
type phase uint8

const (
	resolving phase = iota
	connecting
	handshaking
	sending
	awaiting     // the first byte of the answer
	transferring // the rest of it
)

var phaseNames = [...]string{
	resolving:    "resolving",
	connecting:   "connecting to",
	handshaking:  "TLS handshake with",
	sending:      "sending to",
	awaiting:     "waiting for the first byte from",
	transferring: "receiving from",
}

// String is the phase as evidence has it, before the target's name.
func (p phase) String() string { return phaseNames[p] }

// Errors that classify knows beside those of the system.
var (
	// errNoRoute says that this machine has no route to an address: the
	// failure is its own network's, not that of a router on the way.
	errNoRoute = errors.New("this machine has no route to the address")
	// errDenied says that the agent's own allow-list forbids an address.
	errDenied = errors.New("not allowed")
	// errTooLarge says that a bound on what a target may send was reached.
	errTooLarge = errors.New("too large")
)

// classify says whose failure an error is, by the phase in which it came. The
// system's own shortages and refusals are the agent's in every phase, and so
// is what is not known here: only a failure that was seen to be the target's,
// its name's or the path's is down.
func classify(p phase, err error) (slo.State, slo.Reason) {
	switch {
	case errors.Is(err, context.Canceled):
		return slo.Unknown, slo.AgentShuttingDown
	case errors.Is(err, errDenied):
		return slo.Unknown, slo.AgentDenied
	case errors.Is(err, errTooLarge), errors.Is(err, sqlwire.ErrTooLarge):
		return slo.Down, slo.ResponseTooLarge
	}
	if reason, ok := ownFault(err); ok {
		return slo.Unknown, reason
	}
	switch p {
	case resolving:
		return classifyResolve(err)
	case connecting:
		return classifyConnect(err)
	case handshaking:
		if isTimeout(err) {
			return slo.Down, slo.TLSTimeout
		}
		return slo.Down, slo.TLSFailed
	case sending:
		return slo.Down, slo.SendFailed
	case awaiting:
		return classifyAnswer(err, slo.FirstByteTimeout)
	case transferring:
		return classifyAnswer(err, slo.TransferTimeout)
	}
	return slo.Unknown, slo.AgentInternal
}

// ownFault names what the agent's own system lacks or forbids.
func ownFault(err error) (slo.Reason, bool) {
	if errors.Is(err, errNoRoute) {
		return slo.AgentUplink, true
	}
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return "", false
	}
	switch errno {
	case syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM,
		syscall.EADDRNOTAVAIL, syscall.EADDRINUSE, syscall.EAGAIN:
		return slo.AgentResources, true
	case syscall.EACCES, syscall.EPERM:
		return slo.AgentPermission, true
	case syscall.ENETDOWN, syscall.ENODEV, syscall.ENXIO:
		return slo.AgentUplink, true
	case syscall.EAFNOSUPPORT, syscall.EPROTONOSUPPORT, syscall.ESOCKTNOSUPPORT:
		return slo.AgentUnsupported, true
	}
	return "", false
}

// classifyResolve: a resolver that answers "no such name" speaks of the
// target; one that does not answer, or fails, is the agent's own.
func classifyResolve(err error) (slo.State, slo.Reason) {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return slo.Down, slo.ResolveNotFound
	case isTimeout(err):
		return slo.Unknown, slo.ResolveTimeout
	}
	return slo.Unknown, slo.ResolveFailed
}

// classifyConnect: what the other machine or a router on the way said.
func classifyConnect(err error) (slo.State, slo.Reason) {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return slo.Down, slo.ConnectRefused
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.ECONNABORTED):
		return slo.Down, slo.ConnectReset
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH),
		errors.Is(err, syscall.EHOSTDOWN), errors.Is(err, syscall.EPROTO):
		return slo.Down, slo.ConnectUnreachable
	case isTimeout(err):
		return slo.Down, slo.ConnectTimeout
	}
	return slo.Unknown, slo.AgentInternal
}

// classifyAnswer: an answer may not come, break off, or not be the protocol.
func classifyAnswer(err error, timeout slo.Reason) (slo.State, slo.Reason) {
	switch {
	case isTimeout(err):
		return slo.Down, timeout
	case errors.Is(err, syscall.ECONNREFUSED): // a datagram that nobody listens for
		return slo.Down, slo.ConnectRefused
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return slo.Down, slo.ConnectUnreachable
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), isBroken(err):
		return slo.Down, slo.TransferBroken
	}
	return slo.Down, slo.ProtocolError
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) ||
		errors.As(err, &t) && t.Timeout()
}

func isBroken(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		errors.Is(err, syscall.ECONNABORTED)
}

// plainError is err in the words of its cause: the addresses that net puts
// around it are in the evidence already, and a local port would make every
// evidence text of one fault different.
func plainError(err error) string {
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(err, &dns):
		if dns.IsTimeout {
			return "the resolver did not answer in time"
		}
		return plainResolver(dns.Err)
	case isTimeout(err):
		return "no answer in time"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was closed"
	case errors.As(err, &op):
		return plainError(op.Err)
	}
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno.Error()
	}
	return err.Error()
}

// plainResolver drops the socket addresses from a resolver's network error.
func plainResolver(text string) string {
	if i := strings.Index(text, "->"); i >= 0 {
		if j := strings.Index(text[i:], ": "); j >= 0 {
			return "the resolver could not be asked: " + text[i+j+2:]
		}
	}
	return text
}
