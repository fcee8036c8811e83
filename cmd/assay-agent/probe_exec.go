package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"

	"github.com/assay-sla/assay/agent/probe"
	"github.com/assay-sla/assay/slo"
)

type execProbe struct {
	Warning string `enum:"up,down" default:"up" help:"What exit code 1 counts as: up or down."`
	once
	Program string   `arg:"" help:"A plugin."`
	Args    []string `arg:"" optional:"" passthrough:"" help:"Its arguments."`
}

// Help is the longer text of assay-agent probe exec --help.
func (execProbe) Help() string {
	return `Flags come before the program.

Examples:
  assay-agent probe exec /usr/lib/nagios/plugins/check_load -w 5 -c 10
  assay-agent probe exec --warning down /usr/lib/nagios/plugins/check_disk -w 10% -p /

` + exitCodes
}

// Run runs the plugin as an agent would whose file has it.
func (p execProbe) Run(ctx context.Context, o output) error {
	program, err := exec.LookPath(p.Program)
	if err == nil {
		program, err = filepath.Abs(program)
	}
	if err != nil {
		return o.usage(fmt.Errorf("finding the plugin: %w", err))
	}
	name := filepath.Base(program)
	return o.run(ctx, slo.Probe{Spec: &slo.Exec{Command: name, Warning: p.Warning}}, p.once, probe.Options{
		Commands: map[string][]string{name: append([]string{program}, p.Args...)},
	})
}
