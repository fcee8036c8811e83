package main

import (
	"context"

	"github.com/assay-sla/assay/slo"
)

type smtpProbe struct {
	Address  string `arg:"" help:"host:port"`
	Security string `enum:"starttls,tls,none" default:"starttls" help:"starttls, tls or none."`
	login
	From string `help:"Offer a message from this address,"`
	To   string `help:"to this one, and take it back."`
	addressFamily
	certificates
	once
}

// Help is the longer text of assay-agent probe smtp --help.
func (smtpProbe) Help() string {
	return `Examples:
  assay-agent probe smtp mail.example.com:25
  assay-agent probe smtp mail.example.com:587 --username probe --password-file pw --from a@example.com --to b@example.com
  assay-agent probe smtp mail.example.com:465 --security tls

` + exitCodes
}

// Run runs the probe.
func (p smtpProbe) Run(ctx context.Context, o output) error {
	s := &slo.SMTP{Address: p.Address, Security: slo.Security(p.Security), Username: p.Username, Password: p.secret(), From: p.From, To: p.To, IP: p.value()}
	var err error
	if s.TLS, err = p.options(); err != nil {
		return o.usage(err)
	}
	return o.probe(ctx, s, p.once, p.secrets)
}
