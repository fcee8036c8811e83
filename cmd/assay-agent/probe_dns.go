package main

import (
	"context"
	"errors"
	"strings"

	"github.com/assay-sla/assay/slo"
)

type dnsProbe struct {
	Name        string   `arg:"" help:"name[@server[:53]]"`
	Type        string   `default:"A" help:"A, AAAA, MX, ..."`
	Server      string   `placeholder:"HOST[:53]" help:"Default this machine's first resolver."`
	Transport   string   `enum:"udp,tcp,tls,https" default:"udp" help:"udp, tcp, tls or https."`
	Path        string   `help:"Of https; default /dns-query."`
	Rcode       []string `placeholder:"NOERROR" help:"Accepted response codes."`
	Answer      []string `sep:"none" placeholder:"RE2" help:"One answer record must match it; may be repeated."`
	Authority   []string `sep:"none" placeholder:"RE2" help:"The same of the authority section."`
	Additional  []string `sep:"none" placeholder:"RE2" help:"The same of the additional section."`
	NoRecursion bool     `help:"Ask for what the server itself knows."`
	MinSerial   int      `help:"Least serial of an SOA record."`
	certificates
	once
}

// Help is the longer text of assay-agent probe dns --help.
func (dnsProbe) Help() string {
	return `Examples:
  assay-agent probe dns shop.example.com
  assay-agent probe dns example.com@192.0.2.53 --type MX --answer 'mail\.example\.com'
  assay-agent probe dns gone.example.com --rcode NXDOMAIN
  assay-agent probe dns example.com@dns.example.net --transport https

` + exitCodes
}

// Run runs the probe.
func (p dnsProbe) Run(ctx context.Context, o output) error {
	s, err := parsed[*slo.DNS]("dns", p.Name)
	if err != nil {
		return o.usage(err)
	}
	if p.Server != "" {
		if s.Server != "" {
			return o.usage(errors.New("the server is there twice: after @ and as --server"))
		}
		s.Server = p.Server
	}
	if s.TLS, err = p.options(); err != nil {
		return o.usage(err)
	}
	s.Type, s.Transport, s.Path, s.Rcode, s.Answers = strings.ToUpper(p.Type), p.Transport, p.Path, p.Rcode, p.Answer
	s.Authority, s.Additional, s.NoRecursion, s.MinSerial = p.Authority, p.Additional, p.NoRecursion, p.MinSerial
	return o.probe(ctx, s, p.once)
}
