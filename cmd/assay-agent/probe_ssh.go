package main

import (
	"context"

	"github.com/assay-sla/assay/slo"
)

type sshProbe struct {
	Address     string   `arg:"" help:"host:port"`
	Banner      string   `placeholder:"RE2" help:"The identification must match it."`
	Fingerprint []string `placeholder:"SHA256:..." help:"A host key that the server may show; may be repeated."`
	Algorithm   string   `help:"Of the host key that is asked for."`
	addressFamily
	once
}

// Help is the longer text of assay-agent probe ssh --help.
func (sshProbe) Help() string {
	return `Examples:
  assay-agent probe ssh bastion.example.com:22 --banner OpenSSH
  assay-agent probe ssh bastion.example.com:22 --fingerprint SHA256:n0FzTtTmKmXBMHMHJzEnQ0c0PkJGhrrkIXoUu3Jx9yA

` + exitCodes
}

// Run runs the probe.
func (p sshProbe) Run(ctx context.Context, o output) error {
	return o.probe(ctx, &slo.SSH{Address: p.Address, Banner: p.Banner, Fingerprints: p.Fingerprint, Algorithm: p.Algorithm, IP: p.value()}, p.once)
}
