package main

import (
	"context"

	"github.com/assay-sla/assay/slo"
)

type grpcProbe struct {
	Address  string            `arg:"" help:"host:port"`
	Service  string            `help:"Asked about; default the server as a whole."`
	Plain    bool              `help:"Without TLS."`
	Metadata map[string]string `placeholder:"NAME=VALUE" help:"Sent with the call; may be repeated."`
	addressFamily
	certificates
	once
}

// Help is the longer text of assay-agent probe grpc --help.
func (grpcProbe) Help() string {
	return `Examples:
  assay-agent probe grpc cart.example.com:443 --service shop.Cart
  assay-agent probe grpc 127.0.0.1:50051 --plain --metadata x-probe=assay

` + exitCodes
}

// Run runs the probe.
func (p grpcProbe) Run(ctx context.Context, o output) error {
	s := &slo.GRPC{Address: p.Address, Service: p.Service, Metadata: p.Metadata, IP: p.value()}
	if p.Plain {
		s.Security = slo.SecurityNone
	}
	var err error
	if s.TLS, err = p.options(); err != nil {
		return o.usage(err)
	}
	return o.probe(ctx, s, p.once)
}
