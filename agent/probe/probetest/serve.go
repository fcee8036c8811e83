// Package probetest has the servers of tests of probes: what a target does
// with each connection is a function, so that a test can have it do anything.
// All of them listen on loopback and end with their test.
package probetest

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// Serve runs handle for each connection to a port of its own, until the test
// ends, and returns the address.
func Serve(t testing.TB, handle func(net.Conn)) string {
	t.Helper()
	return ServeOn(t, "127.0.0.1:0", handle)
}

// ServeOn is Serve at an address.
func ServeOn(t testing.TB, address string, handle func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	open := map[net.Conn]bool{}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open[c] = true
			mu.Unlock()
			all.Go(func() {
				handle(c)
				_ = c.Close()
				mu.Lock()
				delete(open, c)
				mu.Unlock()
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		mu.Lock()
		for c := range open {
			_ = c.Close()
		}
		mu.Unlock()
		all.Wait()
	})
	return l.Addr().String()
}

// Answer reads a request's header and sends text.
func Answer(text string) func(net.Conn) {
	return func(c net.Conn) {
		ReadRequest(c)
		_, _ = io.WriteString(c, text)
	}
}

// Endless reads a request's header, sends head, and then part without end.
func Endless(head, part string) func(net.Conn) {
	return func(c net.Conn) {
		ReadRequest(c)
		_, err := io.WriteString(c, head+strings.Repeat(part, 8)) // in one piece, as evidence shows it
		for err == nil {
			_, err = io.WriteString(c, strings.Repeat(part, 64))
		}
	}
}

// Drip reads a request's header, sends head, and then part after every pause.
func Drip(head, part string, pause time.Duration) func(net.Conn) {
	return func(c net.Conn) {
		ReadRequest(c)
		_, err := io.WriteString(c, head)
		tick := time.NewTicker(pause)
		defer tick.Stop()
		for err == nil {
			<-tick.C
			_, err = io.WriteString(c, part)
		}
	}
}

// ReadRequest reads to the end of a request's header and returns it.
func ReadRequest(c net.Conn) string {
	var b strings.Builder
	in := bufio.NewReader(c)
	for {
		line, err := in.ReadString('\n')
		b.WriteString(line)
		if err != nil || line == "\r\n" {
			return b.String()
		}
	}
}

// Hold waits until the other side goes away.
func Hold(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

// Reset ends a connection with a RST.
func Reset(c net.Conn) {
	_ = c.(*net.TCPConn).SetLinger(0)
	_ = c.Close()
}

// OverTLS puts a handler behind TLS, and ends with close_notify.
func OverTLS(cert tls.Certificate, handle func(net.Conn)) func(net.Conn) {
	return shake(cert, handle, func(s *tls.Conn) { _ = s.CloseWrite() })
}

// CutTLS puts a handler behind TLS, and ends without close_notify.
func CutTLS(cert tls.Certificate, handle func(net.Conn)) func(net.Conn) {
	return shake(cert, handle, func(*tls.Conn) {})
}

func shake(cert tls.Certificate, handle func(net.Conn), end func(*tls.Conn)) func(net.Conn) {
	config := &tls.Config{Certificates: []tls.Certificate{cert}}
	return func(c net.Conn) {
		s := tls.Server(c, config)
		if s.Handshake() == nil {
			handle(s)
			end(s)
		}
	}
}

// ClosedPort is the address of a port that nobody listens on.
func ClosedPort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
