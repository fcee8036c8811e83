package main

import (
	"context"
	"fmt"
	"time"

	"github.com/assay-sla/assay/agent"
	"github.com/assay-sla/assay/agent/probe"
	"github.com/assay-sla/assay/slo"
	"github.com/assay-sla/assay/slo/catalog"
)

type fromProbe struct {
	Catalogue string        `arg:"" help:"Folder of the catalogue."`
	Name      string        `arg:"" help:"Name of the probe."`
	Config    string        `placeholder:"FILE" help:"An agent's file: its secrets, commands and networks are in force. Without it there are no secrets and no commands, and every network may be dialled."`
	Timeout   time.Duration `placeholder:"DURATION" help:"For the whole probe. Default the catalogue's."`
	Output    string        `short:"o" enum:"text,json" default:"text" help:"text or json."`
}

// Help is the longer text of assay-agent probe from --help.
func (fromProbe) Help() string {
	return `Examples:
  assay-agent probe from conf/ checkout
  assay-agent probe from --config /etc/assay-agent/agent.yaml conf/ checkout

` + exitCodes
}

// Run runs the probe as an agent would that it is assigned to.
func (p fromProbe) Run(ctx context.Context, o output) error {
	cat, problems := catalog.Load(p.Catalogue)
	if problems.Err() != nil {
		if err := problems.Render(o.err); err != nil {
			return err
		}
		return exitCode(exitUsage)
	}
	options := probe.Options{}
	if p.Config != "" {
		config, problems := agent.LoadConfig(p.Config)
		if problems.Err() != nil {
			if err := problems.Render(o.err); err != nil {
				return err
			}
			return exitCode(exitUsage)
		}
		options = config.ProbeOptions()
	}
	for _, known := range cat.Probes {
		if known.Name == p.Name {
			return o.run(ctx, slo.Probe{Every: known.Every, Spec: known.Spec}, once{Timeout: p.timeout(known), Output: p.Output}, options)
		}
	}
	return o.usage(fmt.Errorf("the catalogue has no probe %q", p.Name))
}

func (p fromProbe) timeout(known *slo.Probe) time.Duration {
	if p.Timeout != 0 {
		return p.Timeout
	}
	return known.Timeout
}
