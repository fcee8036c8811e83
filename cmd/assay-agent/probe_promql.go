package main

import (
	"context"
	"fmt"
	"time"

	"github.com/assay-sla/assay/agent/probe"
	"github.com/assay-sla/assay/slo"
)

type promqlProbe struct {
	URL        string        `arg:"" name:"url" help:"Of the API, without /api/v1/query; https:// is assumed where it has no scheme."`
	Total      string        `required:"" placeholder:"PROMQL" help:"How many requests there were; $${window} is the length of the increment."`
	Good       string        `xor:"part" required:"" placeholder:"PROMQL" help:"How many of them were good."`
	Bad        string        `xor:"part" required:"" placeholder:"PROMQL" help:"How many of them were not."`
	Every      time.Duration `default:"1m" help:"Length of the increment."`
	Delay      time.Duration `default:"1m" help:"How long after its end the increment is asked for."`
	Header     []string      `sep:"none" placeholder:"NAME: VALUE" help:"Sent with the request; may be repeated."`
	BearerFile string        `placeholder:"FILE" help:"File of a bearer token."`
	login
	addressFamily
	certificates
	once
}

// Help is the longer text of assay-agent probe promql --help.
func (promqlProbe) Help() string {
	return `Examples:
  assay-agent probe promql http://127.0.0.1:9090 --total 'sum(increase(http_requests_total[${window}]))' --bad 'sum(increase(http_requests_total{code=~"5.."}[${window}]))'
  assay-agent probe promql http://127.0.0.1:8420/prometheus --total 'sum(increase(http_requests_total[${window}]))' --good 'sum(increase(http_requests_total{code!~"5.."}[${window}]))' --every 5m

` + exitCodes
}

// Run runs the probe.
func (p promqlProbe) Run(ctx context.Context, o output) error {
	s, err := parsed[*slo.PromQL]("promql", p.URL)
	if err == nil {
		s.TLS, err = p.options()
	}
	if err == nil {
		s.Headers, err = parseHeaders(p.Header)
	}
	if err == nil && (p.Every < slo.MinIncrement || p.Every > slo.MaxIncrement) {
		err = fmt.Errorf("--every %s is not %s to %s", p.Every, slo.MinIncrement, slo.MaxIncrement)
	}
	if err != nil {
		return o.usage(err)
	}
	s.Total, s.Good, s.Bad, s.Delay, s.IP = p.Total, p.Good, p.Bad, p.Delay, p.value()
	s.Username, s.Password = p.Username, p.secret()
	if p.BearerFile != "" {
		s.Bearer = slo.Secret{Name: bearerSecret}
	}
	return o.run(ctx, slo.Probe{Every: p.Every, Spec: s}, p.once, probe.Options{Secrets: func(name string) (string, error) {
		if name == bearerSecret {
			return readSecret(p.BearerFile)
		}
		return p.secrets(name)
	}})
}
