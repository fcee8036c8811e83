package main

import (
	"context"

	"github.com/assay-sla/assay/slo"
)

type udpProbe struct {
	Address string `arg:"" help:"host:port"`
	Send    string `required:"" help:"The datagram."`
	Expect  string `placeholder:"RE2" help:"An answer must match it; default any answer."`
	Hex     bool   `help:"Both are bytes in hexadecimal."`
	Tries   int    `default:"3" help:"Datagrams sent at most, up to 10."`
	addressFamily
	once
}

// Help is the longer text of assay-agent probe udp --help.
func (udpProbe) Help() string {
	return `Examples:
  assay-agent probe udp play.example.com:27015 --send status --expect players
  assay-agent probe udp ntp.example.com:123 --hex --send "e30006ec 0000000000000000 0000000000000000 0000000000000000 0000000000000000 0000000000000000 00000000"

` + exitCodes
}

// Run runs the probe.
func (p udpProbe) Run(ctx context.Context, o output) error {
	return o.probe(ctx, &slo.UDP{Address: p.Address, Send: p.Send, Expect: p.Expect, Hex: p.Hex, Tries: p.Tries, IP: p.value()}, p.once)
}
