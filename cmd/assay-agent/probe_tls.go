package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/assay-sla/assay/slo"
)

type tlsProbe struct {
	Address  string `arg:"" help:"host[:443]"`
	StartTLS string `name:"starttls" enum:",ftp,imap,ldap,pop3,postgres,smtp,xmpp" default:"" help:"Protocol in which the server is asked to go over to TLS: ftp, imap, ldap, pop3, postgres, smtp or xmpp."`
	addressFamily
	certificates
	once
}

// Help is the longer text of assay-agent probe tls --help.
func (tlsProbe) Help() string {
	return `Examples:
  assay-agent probe tls shop.example.com
  assay-agent probe tls 192.0.2.7:8443 --server-name shop.example.com --min-validity 30d
  assay-agent probe tls mail.example.com:25 --starttls smtp

` + exitCodes
}

// Run runs the probe.
func (p tlsProbe) Run(ctx context.Context, o output) error {
	s, err := parsed[*slo.TLS]("tls", p.Address)
	if err == nil {
		s.TLS, err = p.options()
	}
	if err != nil {
		return o.usage(err)
	}
	s.IP, s.StartTLS = p.value(), p.StartTLS
	return o.probe(ctx, s, p.once)
}

// certificates are the flags of kinds that judge a certificate.
type certificates struct {
	ServerName  string        `help:"Name that the certificate must be for; default the host."`
	CA          string        `name:"ca" placeholder:"FILE" help:"Roots in PEM; default the system's."`
	SkipVerify  bool          `help:"Take any certificate."`
	MinValidity time.Duration `help:"Down where the certificate expires sooner than this."`
	MinVersion  string        `enum:"1.0,1.1,1.2,1.3" default:"1.2" help:"Least version of TLS."`
	Cipher      []string      `placeholder:"NAME" help:"Accepted cipher suites; default all without known weakness."`
	Staple      bool          `help:"Down without a stapled OCSP answer that is good."`
}

func (c certificates) options() (slo.TLSOptions, error) {
	o := slo.TLSOptions{ServerName: c.ServerName, SkipVerify: c.SkipVerify, MinValidity: c.MinValidity, MinVersion: c.MinVersion, Ciphers: c.Cipher, Staple: c.Staple}
	if c.CA != "" {
		pem, err := os.ReadFile(c.CA)
		if err != nil {
			return o, fmt.Errorf("--ca: %w", err)
		}
		o.CA = string(pem)
	}
	return o, nil
}
