package main

import (
	"context"

	"github.com/assay-sla/assay/slo"
)

type sqlProbe struct {
	Target       string `arg:"" help:"postgres://user@host[:5432][/database] or mysql://user@host[:3306][/database]"`
	PasswordFile string `placeholder:"FILE" help:"File of the password."`
	Query        string `placeholder:"SQL" help:"One statement that changes nothing; default select 1."`
	Assert       string `placeholder:"CEL" help:"Condition over rows and now that must hold."`
	Security     string `enum:"starttls,tls,none" default:"starttls" help:"starttls (TLS by the protocol's own way), tls from the first byte (PostgreSQL) or none."`
	addressFamily
	certificates
	once
}

// Help is the longer text of assay-agent probe sql --help.
func (sqlProbe) Help() string {
	return `Examples:
  assay-agent probe sql postgres://probe@db.example.com/shop --password-file pw
  assay-agent probe sql postgres://probe@db.example.com/shop --password-file pw --query 'select max(ended) as last from jobs' --assert 'now - rows[0].last < duration("2h")'
  assay-agent probe sql mysql://probe@127.0.0.1/shop --password-file pw --security none

` + exitCodes
}

// Run runs the probe.
func (p sqlProbe) Run(ctx context.Context, o output) error {
	s, err := parsed[*slo.SQL]("sql", p.Target)
	if err == nil {
		s.TLS, err = p.options()
	}
	if err != nil {
		return o.usage(err)
	}
	file := login{PasswordFile: p.PasswordFile}
	s.Password, s.Query, s.Assert, s.Security, s.IP = file.secret(), p.Query, p.Assert, slo.Security(p.Security), p.value()
	return o.probe(ctx, s, p.once, file.secrets)
}
