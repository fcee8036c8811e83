package probe

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

func TestTCP(t *testing.T) {
	greet := func(text string) func(net.Conn) {
		return func(c net.Conn) { _, _ = io.WriteString(c, text); hold(c) }
	}
	endless := func(c net.Conn) {
		for {
			if _, err := io.WriteString(c, "aaaaaaaaaaaaaaaa"); err != nil {
				return
			}
		}
	}
	drip := func(c net.Conn) {
		for tick := time.NewTicker(time.Millisecond); ; <-tick.C {
			if _, err := io.WriteString(c, "a"); err != nil {
				tick.Stop()
				return
			}
		}
	}
	late := func(c net.Conn) {
		for range 100 { // past the eager matches
			_, _ = io.WriteString(c, "a")
			<-time.After(time.Millisecond)
		}
		_, _ = io.WriteString(c, "ready")
	}
	echo := func(c net.Conn) { _, _ = io.Copy(c, c) }
	mail := "S: 220 mx.example ready\nC: EHLO mx.example $1\nS: 250-mx.example\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go"
	speaks := func(script string) func(net.Conn) {
		return func(c net.Conn) { exchangeOf(script)(c); hold(c) }
	}
	secure := func(c net.Conn) {
		if exchangeOf(mail)(c) {
			overTLS(theAuthority().fresh(t), speaks("C: QUIT\nS: 221 bye"))(c)
		}
	}
	login := []slo.TCPStep{
		{Expect: `^220 (?P<host>\S+)`}, {Send: "EHLO ${host} $$1\r\n"}, {Expect: `(?m)^250[ -]STARTTLS\r\n`}, {Send: "STARTTLS\r\n"},
		{Expect: `(?m)^220 .*\n`}, {StartTLS: true}, {Send: "QUIT\r\n"}, {Expect: "^221 "},
	}
	trusted := slo.TLSOptions{CA: theAuthority().pem()}
	var evidence told
	for name, tt := range map[string]struct {
		handle  func(net.Conn)
		spec    slo.TCP
		timeout time.Duration
		outcome slo.State
		reason  slo.Reason
	}{
		"connects":          {handle: hold, outcome: slo.Up},
		"closed at once":    {handle: func(net.Conn) {}, outcome: slo.Up},
		"banner":            {handle: greet("220 mail ready\r\n"), spec: slo.TCP{Expect: "^220 "}, outcome: slo.Up},
		"answer":            {handle: echo, spec: slo.TCP{Send: "PING\r\n", Expect: "PING"}, outcome: slo.Up},
		"in the end":        {handle: late, spec: slo.TCP{Expect: "ready"}, outcome: slo.Up},
		"other banner":      {handle: greet("421 busy\x1b[2J\r\n"), spec: slo.TCP{Expect: "^220 "}, timeout: short, outcome: slo.Down, reason: slo.BannerMismatch},
		"other, then close": {handle: answer("421 busy"), spec: slo.TCP{Send: "\r\n", Expect: "^220 "}, outcome: slo.Down, reason: slo.BannerMismatch},
		"endless":           {handle: endless, spec: slo.TCP{Expect: "b"}, outcome: slo.Down, reason: slo.BannerMismatch},
		"dripped":           {handle: drip, spec: slo.TCP{Expect: "b"}, timeout: short, outcome: slo.Down, reason: slo.BannerMismatch},
		"silent":            {handle: hold, spec: slo.TCP{Expect: "b"}, timeout: short, outcome: slo.Down, reason: slo.FirstByteTimeout},
		"script":            {handle: secure, spec: slo.TCP{Script: login, TLS: trusted}, outcome: slo.Up},
		"script, untrusted": {handle: secure, spec: slo.TCP{Script: login}, outcome: slo.Down, reason: slo.TLSUntrusted},
		"script, stuck":     {handle: speaks("S: 220 mx.example ready\nC: EHLO mx.example $1\nS: 250 SIZE"), spec: slo.TCP{Script: login}, timeout: short, outcome: slo.Down, reason: slo.BannerMismatch},
		"script, leftover":  {handle: greet("one two three"), spec: slo.TCP{Script: []slo.TCPStep{{Expect: "one "}, {Expect: "^two"}, {Expect: "^ three$"}}}, outcome: slo.Up},
		"script, injected":  {handle: greet("go\r\nnow"), spec: slo.TCP{Script: []slo.TCPStep{{Expect: "go\r\nn"}, {StartTLS: true}}}, timeout: short, outcome: slo.Down, reason: slo.ProtocolError},
		"bytes":             {handle: echo, spec: slo.TCP{Hex: true, Send: "ff 00 fe", Expect: "00fe"}, outcome: slo.Up},
		"other bytes":       {handle: echo, spec: slo.TCP{Hex: true, Send: "ff 00 fe", Expect: "01"}, timeout: short, outcome: slo.Down, reason: slo.BannerMismatch},
		"closed, expecting": {handle: func(net.Conn) {}, spec: slo.TCP{Expect: "b"}, outcome: slo.Down, reason: slo.TransferBroken},
	} {
		t.Run(name, func(t *testing.T) {
			spec, timeout := tt.spec, 5*time.Second
			if tt.timeout != 0 {
				timeout = tt.timeout
			}
			spec.Address = serve(t, tt.handle)
			m := once(t, &spec, timeout)
			want(t, m, tt.outcome, tt.reason)
			if name != "script, stuck" { // it may have read less where the machine is busy
				evidence.add(name, m)
			}
			if m.Latency > timeout+slack {
				t.Errorf("took %v of %v", m.Latency, timeout)
			}
		})
	}
	m := once(t, &slo.TCP{Address: closedPort(t)}, time.Second)
	want(t, m, slo.Down, slo.ConnectRefused)
	evidence.add("nobody listens", m)
	evidence.golden(t, "testdata/tcp_evidence.golden")
}

func TestTCPRefusals(t *testing.T) {
	for _, spec := range []slo.TCP{
		{}, {Address: "host"}, {Address: "host:0"}, {Address: "host:65536"}, {Address: ":80"}, {Address: "a b:80"},
		{Address: "a:80", Hex: true, Send: "f"}, {Address: "a:80", Send: "x", Script: []slo.TCPStep{{Send: "y"}}},
		{Address: "a:80", Script: []slo.TCPStep{{}}}, {Address: "a:80", Script: []slo.TCPStep{{Send: "x", Expect: "y"}}},
		{Address: "a:80", Script: make([]slo.TCPStep, maxScript+1)}, {Address: "a:80", Expect: "("}, {Address: "a:80", IP: "7"}, {Address: "[::1]:80", IP: "4"}, {Address: strings.Repeat("a", 300) + ":80"},
	} {
		if _, err := New(slo.Probe{Name: "p", Timeout: time.Second, Spec: &spec}, newEnv(t, Options{})); err == nil {
			t.Errorf("%+v was accepted", spec)
		}
	}
}
