package probe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/assay-sla/assay/slo"
)

func TestClassify(t *testing.T) {
	system := func(call string, errno syscall.Errno) error {
		return &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError(call, errno)}
	}
	const down, unknown = slo.Down, slo.Unknown
	for _, tt := range []struct {
		phase   phase
		err     error
		outcome slo.State
		reason  slo.Reason
	}{
		{resolving, &net.DNSError{IsNotFound: true}, down, slo.ResolveNotFound},
		{resolving, &net.DNSError{IsTimeout: true}, unknown, slo.ResolveTimeout},
		{resolving, context.DeadlineExceeded, unknown, slo.ResolveTimeout},
		{resolving, &net.DNSError{Err: "server misbehaving", IsTemporary: true}, unknown, slo.ResolveFailed},
		{resolving, errors.New("anything"), unknown, slo.ResolveFailed},
		{resolving, system("socket", syscall.EMFILE), unknown, slo.AgentResources},
		{connecting, system("connect", syscall.ECONNREFUSED), down, slo.ConnectRefused},
		{connecting, system("connect", syscall.ECONNRESET), down, slo.ConnectReset},
		{connecting, system("connect", syscall.ETIMEDOUT), down, slo.ConnectTimeout},
		{connecting, os.ErrDeadlineExceeded, down, slo.ConnectTimeout},
		{connecting, context.DeadlineExceeded, down, slo.ConnectTimeout},
		{connecting, system("connect", syscall.EHOSTUNREACH), down, slo.ConnectUnreachable},
		{connecting, system("connect", syscall.ENETUNREACH), down, slo.ConnectUnreachable},
		{connecting, fmt.Errorf("%w: %w", errNoRoute, syscall.ENETUNREACH), unknown, slo.AgentUplink},
		{connecting, system("connect", syscall.ENETDOWN), unknown, slo.AgentUplink},
		{connecting, system("socket", syscall.EMFILE), unknown, slo.AgentResources},
		{connecting, system("socket", syscall.ENFILE), unknown, slo.AgentResources},
		{connecting, system("socket", syscall.ENOBUFS), unknown, slo.AgentResources},
		{connecting, system("socket", syscall.ENOMEM), unknown, slo.AgentResources},
		{connecting, system("connect", syscall.EADDRNOTAVAIL), unknown, slo.AgentResources},
		{connecting, system("connect", syscall.EADDRINUSE), unknown, slo.AgentResources},
		{connecting, system("connect", syscall.EACCES), unknown, slo.AgentPermission},
		{connecting, system("connect", syscall.EPERM), unknown, slo.AgentPermission},
		{connecting, system("socket", syscall.EAFNOSUPPORT), unknown, slo.AgentUnsupported},
		{connecting, fmt.Errorf("%w: private", errDenied), unknown, slo.AgentDenied},
		{connecting, context.Canceled, unknown, slo.AgentShuttingDown},
		{connecting, errors.New("never seen before"), unknown, slo.AgentInternal},
		{handshaking, os.ErrDeadlineExceeded, down, slo.TLSTimeout},
		{handshaking, io.EOF, down, slo.TLSFailed},
		{handshaking, system("read", syscall.ECONNRESET), down, slo.TLSFailed},
		{handshaking, errors.New("tls: no common version"), down, slo.TLSFailed},
		{sending, system("write", syscall.EPIPE), down, slo.SendFailed},
		{sending, os.ErrDeadlineExceeded, down, slo.SendFailed},
		{sending, system("write", syscall.ENOBUFS), unknown, slo.AgentResources},
		{awaiting, os.ErrDeadlineExceeded, down, slo.FirstByteTimeout},
		{awaiting, io.EOF, down, slo.TransferBroken},
		{awaiting, system("read", syscall.ECONNREFUSED), down, slo.ConnectRefused},
		{awaiting, system("read", syscall.EHOSTUNREACH), down, slo.ConnectUnreachable},
		{transferring, os.ErrDeadlineExceeded, down, slo.TransferTimeout},
		{transferring, io.ErrUnexpectedEOF, down, slo.TransferBroken},
		{transferring, system("read", syscall.ECONNRESET), down, slo.TransferBroken},
		{transferring, fmt.Errorf("body: %w", errTooLarge), down, slo.ResponseTooLarge},
		{transferring, errors.New("malformed"), down, slo.ProtocolError},
		{phase(99), errors.New("no such phase"), unknown, slo.AgentInternal},
	} {
		outcome, reason := classify(tt.phase, tt.err)
		if outcome != tt.outcome || reason != tt.reason {
			t.Errorf("phase %d, %v: %s %s, want %s %s", tt.phase, tt.err, outcome, reason, tt.outcome, tt.reason)
		}
		if (outcome == slo.Unknown) != (reason.Fault() == slo.FaultAgent || reason == slo.ResolveTimeout || reason == slo.ResolveFailed) {
			t.Errorf("%s is the %s's fault, but %s", reason, reason.Fault(), outcome)
		}
	}
}

func TestPlainError(t *testing.T) {
	for want, err := range map[string]error{
		"connection refused":                       &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)},
		"no answer in time":                        &net.OpError{Op: "read", Err: os.ErrDeadlineExceeded},
		"the connection was closed":                io.ErrUnexpectedEOF,
		"no such host":                             &net.DNSError{Err: "no such host", IsNotFound: true},
		"the resolver did not answer in time":      &net.DNSError{Err: "i/o timeout", IsTimeout: true},
		"the resolver could not be asked: refused": &net.DNSError{Err: "read udp 10.0.0.1:4242->10.0.0.2:53: refused"},
		"tls: bad":                                 errors.New("tls: bad"),
	} {
		if got := plainError(err); got != want {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
	}
}
