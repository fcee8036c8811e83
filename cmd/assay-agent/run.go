package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/assay-sla/assay/agent"
	"github.com/assay-sla/assay/agent/inputs"
)

type runCommand struct {
	Config string `required:"" placeholder:"FILE" help:"The agent's configuration, in YAML."`
	Check  bool   `help:"Check the configuration and exit."`
	Log    string `enum:"debug,info,warn,error" default:"info" help:"Least level that is logged: ${enum}."`
}

// Help is the longer text of assay-agent run --help.
func (runCommand) Help() string {
	return `The smallest configuration:
  collectors: http://127.0.0.1:8421
  name: eu-1
  location: eu
  data: data/eu-1

What to probe comes from the collector. The last assignment is kept in the data
folder, so the agent starts and probes without it. SIGTERM and Ctrl-C let running
probes end and deliver what is queued, for nine seconds at most.

Readings of this machine, and of servers on it, are switched on under inputs in
the configuration: ` + strings.Join(inputs.Names(), ", ") + `.

Examples:
  assay-agent run --config /etc/assay/agent.yaml
  assay-agent run --config agent.yaml --check

Exit codes: 0 stopped, or the configuration is fine; 1 could not run; 2 the command
line or the configuration is wrong.`
}

// Run runs the agent until it is told to stop.
func (c runCommand) Run(ctx context.Context, o output) error {
	config, problems := agent.LoadConfig(c.Config)
	if problems.Err() != nil {
		if err := problems.Render(o.err); err != nil {
			return err
		}
		return exitCode(exitUsage)
	}
	if c.Check {
		_, err := fmt.Fprintf(o.out, "%s: agent %s at %s, collectors %v\n", c.Config, config.Name, config.Location, config.Collectors)
		return err
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Log)); err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(o.err, &slog.HandlerOptions{Level: level}))
	a, err := agent.New(config, agent.Options{Version: version(), Log: log})
	if err != nil {
		return err
	}
	started := []any{"name", config.Name, "location", config.Location}
	if addr := a.Addr(); addr != nil {
		started = append(started, "metrics", "http://"+addr.String()+"/metrics")
	}
	log.Info("the agent runs", started...)
	err = a.Run(ctx)
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	if err == nil {
		log.Info("the agent stopped")
	}
	return err
}
