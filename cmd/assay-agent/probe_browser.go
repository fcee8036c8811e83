package main

import (
	"context"

	"github.com/assay-sla/assay/agent/probe"
	"github.com/assay-sla/assay/slo"
)

type browserProbe struct {
	URL        string   `arg:"" name:"url" help:"https:// is assumed where it has no scheme."`
	Wait       []string `sep:"none" placeholder:"SELECTOR" help:"CSS selector of what must be visible; may be repeated."`
	Assert     []string `sep:"none" placeholder:"CEL" help:"Condition over page and now that must come to hold; may be repeated."`
	SkipVerify bool     `help:"Take any certificate."`
	Browser    string   `placeholder:"FILE" help:"The program; default chromium, chromium-browser or google-chrome."`
	once
}

// Help is the longer text of assay-agent probe browser --help.
func (browserProbe) Help() string {
	return `A browser is never run as root. Clicking and typing is for a probe of a
catalogue: assay-agent probe from.

Examples:
  assay-agent probe browser https://shop.example.com --timeout 30s
  assay-agent probe browser https://shop.example.com --wait '#basket' --assert 'page.errors == 0'

` + exitCodes
}

// Run runs the probe.
func (p browserProbe) Run(ctx context.Context, o output) error {
	s, err := parsed[*slo.Browser]("browser", p.URL)
	if err != nil {
		return o.usage(err)
	}
	for _, selector := range p.Wait {
		s.Do = append(s.Do, slo.BrowserStep{Wait: selector})
	}
	for _, condition := range p.Assert {
		s.Do = append(s.Do, slo.BrowserStep{Assert: condition})
	}
	s.TLS.SkipVerify = p.SkipVerify
	return o.run(ctx, slo.Probe{Spec: s}, p.once, probe.Options{Browser: p.Browser})
}
