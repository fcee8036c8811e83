package main

import (
	"context"

	"github.com/assay-sla/assay/slo"
)

type imapProbe struct {
	Address  string `arg:"" help:"host:port"`
	Security string `enum:"starttls,tls,none" default:"starttls" help:"starttls, tls or none."`
	login
	Mailbox string `help:"Looked at after the login."`
	addressFamily
	certificates
	once
}

// Help is the longer text of assay-agent probe imap --help.
func (imapProbe) Help() string {
	return `Examples:
  assay-agent probe imap mail.example.com:143
  assay-agent probe imap mail.example.com:993 --security tls --username probe --password-file pw --mailbox INBOX

` + exitCodes
}

// Run runs the probe.
func (p imapProbe) Run(ctx context.Context, o output) error {
	s := &slo.IMAP{Address: p.Address, Security: slo.Security(p.Security), Username: p.Username, Password: p.secret(), Mailbox: p.Mailbox, IP: p.value()}
	var err error
	if s.TLS, err = p.options(); err != nil {
		return o.usage(err)
	}
	return o.probe(ctx, s, p.once, p.secrets)
}
