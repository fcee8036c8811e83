package main

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/assay-sla/assay/agent/probe/probetest"
)

// targetKind is the variable that makes this program the target of a kind of
// probes, and targetRoots names the file in which that leaves its authority.
const (
	targetKind  = "ASSAY_BENCH_TARGET"
	targetRoots = "ASSAY_BENCH_ROOTS"
)

// target is the server that is probed, in a process of its own.
type target struct {
	cmd     *exec.Cmd
	in      io.Closer
	address string
	roots   string // file of those who sign its certificate; "" without TLS
}

func startTarget(kind, dir string) (*target, error) {
	if kind != "http" && kind != "https" && kind != "tls" {
		return nil, fmt.Errorf("kind %q is not http, https or tls", kind)
	}
	t := &target{cmd: exec.Command(os.Args[0])}
	if kind != "http" {
		t.roots = filepath.Join(dir, "roots.pem")
	}
	t.cmd.Env = append(os.Environ(), targetKind+"="+kind, targetRoots+"="+t.roots)
	t.cmd.Stderr = os.Stderr
	in, errIn := t.cmd.StdinPipe()
	out, errOut := t.cmd.StdoutPipe()
	if err := errors.Join(errIn, errOut); err != nil {
		return nil, err
	}
	if err := t.cmd.Start(); err != nil {
		return nil, err
	}
	t.in = in
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.stop()
		return nil, fmt.Errorf("the target did not start: %w", err)
	}
	t.address = strings.TrimSpace(line)
	return t, nil
}

func (t *target) stop() {
	_ = t.in.Close()
	_ = t.cmd.Wait()
}

// cpu is what the target has used so far; 0 where that cannot be told.
func (t *target) cpu() time.Duration {
	used, _ := cpuTime(t.cmd.Process.Pid)
	return used
}

// serveTarget is the target's process: it prints its address, and ends with
// the one that started it.
func serveTarget(kind string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err) // tells the parent, which waits for a line
	}
	if kind != "http" {
		l = secured(l, os.Getenv(targetRoots))
	}
	if kind == "tls" {
		go shakeHands(l)
	} else {
		s := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })}
		go func() { _ = s.Serve(l) }()
	}
	fmt.Println(l.Addr())
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// secured is a listener over TLS; who signed its certificate is left in a file.
func secured(l net.Listener, roots string) net.Listener {
	now := time.Now()
	a := probetest.NewAuthority("Benchmark Authority", now.AddDate(-1, 0, 0), now.AddDate(1, 0, 0))
	if err := os.WriteFile(roots, []byte(a.PEM()), 0o600); err != nil {
		panic(err)
	}
	cert := a.Issue(now.AddDate(0, 0, -1), now.AddDate(0, 0, 90), "127.0.0.1")
	return tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{cert}})
}

// shakeHands serves nothing but handshakes.
func shakeHands(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			_, _ = io.Copy(io.Discard, c) // shakes hands first
		}()
	}
}
