package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/assay-sla/assay/slo"
)

type tcpProbe struct {
	Address string   `arg:"" help:"host:port"`
	Send    string   `help:"Sent after the connect. In it, \\r and \\n are line ends."`
	Expect  string   `placeholder:"RE2" help:"What comes back must match it."`
	Step    []string `sep:"none" placeholder:"STEP" help:"One step of a script, instead: 'send TEXT', 'expect RE2' or 'starttls'; may be repeated. In a text, \\r and \\n are line ends."`
	Hex     bool     `help:"What is sent and expected is bytes in hexadecimal."`
	addressFamily
	certificates
	once
}

// Help is the longer text of assay-agent probe tcp --help.
func (tcpProbe) Help() string {
	return `Examples:
  assay-agent probe tcp db.example.com:5432
  assay-agent probe tcp mail.example.com:25 --expect '^220 '
  assay-agent probe tcp cache.example.com:6379 --send 'PING\r\n' --expect PONG
  assay-agent probe tcp mail.example.com:25 --step 'expect ^220 ' --step 'send QUIT\r\n' --step 'expect ^221'

` + exitCodes
}

// Run runs the probe.
func (p tcpProbe) Run(ctx context.Context, o output) error {
	s := &slo.TCP{Address: p.Address, Send: p.Send, Expect: p.Expect, Hex: p.Hex, IP: p.value()}
	var err error
	if s.TLS, err = p.options(); err != nil {
		return o.usage(err)
	}
	if !p.Hex {
		s.Send = lineEnds.Replace(s.Send)
	}
	for _, text := range p.Step {
		step, err := parseStep(text)
		if err != nil {
			return o.usage(err)
		}
		s.Script = append(s.Script, step)
	}
	return o.probe(ctx, s, p.once)
}

var lineEnds = strings.NewReplacer(`\r`, "\r", `\n`, "\n", `\\`, `\`)

// parseStep reads "send TEXT", "expect RE2" or "starttls".
func parseStep(s string) (slo.TCPStep, error) {
	verb, rest, _ := strings.Cut(s, " ")
	switch {
	case verb == "send" && rest != "":
		return slo.TCPStep{Send: lineEnds.Replace(rest)}, nil
	case verb == "expect" && rest != "":
		return slo.TCPStep{Expect: rest}, nil
	case strings.EqualFold(verb, "starttls") && rest == "":
		return slo.TCPStep{StartTLS: true}, nil
	}
	return slo.TCPStep{}, fmt.Errorf("--step %q is not 'send TEXT', 'expect RE2' or 'starttls'", s)
}
