// Package testservers gives tests the servers that install.sh installs.
package testservers

import (
	"bytes"
	"net"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// Program finds a server's program, or leaves the test out for want of the
// package that brings it.
func Program(t *testing.T, path, pack string) string {
	t.Helper()
	found, err := exec.LookPath(path)
	if err != nil {
		t.Skipf("left out: %s", pack)
	}
	return found
}

// Daemon runs a program until the test ends, and waits until it listens.
func Daemon(t *testing.T, address, path string, args ...string) {
	t.Helper()
	DaemonAs(t, nil, address, path, args...)
}

// DaemonAs is Daemon for a program that runs as somebody else; nil is the test's
// own user.
func DaemonAs(t *testing.T, who *syscall.Credential, address, path string, args ...string) {
	t.Helper()
	DaemonUntil(t, who, func() error {
		c, err := net.Dial("tcp", address)
		if err == nil {
			_ = c.Close()
		}
		return err
	}, path, args...)
}

// DaemonUntil is DaemonAs for a server of which ready says when it serves: it
// returns what is still amiss, or nil.
func DaemonUntil(t *testing.T, who *syscall.Credential, ready func() error, path string, args ...string) {
	t.Helper()
	var out bytes.Buffer
	cmd := exec.Command(path, args...)
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM, Credential: who}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may be gone already
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			_ = cmd.Process.Kill()
			<-ended
		}
		if t.Failed() {
			t.Logf("%s said:\n%s", path, out.String())
		}
	})
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(20 * time.Second); ; {
		err := ready()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-ended:
			t.Fatalf("%s ended: %s", path, out.String())
		case <-end:
			t.Fatalf("%s does not serve: %v: %s", path, err, out.String())
		}
	}
}

// FreePort is a port of loopback that nothing listens at.
func FreePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}
