package main

import (
	"context"

	"github.com/assay-sla/assay/slo"
)

type icmpProbe struct {
	Host    string `arg:"" help:"Name or address."`
	Packets int    `default:"3" help:"Sent, up to 20."`
	MaxLoss int    `help:"Packets that may be lost."`
	addressFamily
	once
}

// Help is the longer text of assay-agent probe icmp --help.
func (icmpProbe) Help() string {
	return `Examples:
  assay-agent probe icmp router.example.com
  assay-agent probe icmp 192.0.2.1 --packets 10 --max-loss 1

` + exitCodes
}

// Run runs the probe.
func (p icmpProbe) Run(ctx context.Context, o output) error {
	return o.probe(ctx, &slo.ICMP{Host: p.Host, Packets: p.Packets, MaxLoss: p.MaxLoss, IP: p.value()}, p.once)
}
