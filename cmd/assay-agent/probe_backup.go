package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/assay-sla/assay/agent/probe"
	"github.com/assay-sla/assay/slo"
)

type backupProbe struct {
	Within  time.Duration `default:"26h" help:"How old the newest may be."`
	MinSize int           `help:"MiB that it has at least."`
	Pattern string        `arg:"" help:"Path of the backups, with wildcards in its last part, such as '/var/backups/shop-*.dump'."`
	once
}

// Help is the longer text of assay-agent probe backup --help.
func (backupProbe) Help() string {
	return `Examples:
  assay-agent probe backup '/var/backups/shop-*.dump' --within 26h --min-size 100

` + exitCodes
}

// Run looks at the files as an agent would whose file has them.
func (p backupProbe) Run(ctx context.Context, o output) error {
	pattern, err := filepath.Abs(p.Pattern)
	if err == nil {
		err = probe.CheckBackups(pattern)
	}
	if err != nil {
		return o.usage(fmt.Errorf("finding the backups: %w", err))
	}
	spec := &slo.Backup{Set: "backups", Within: p.Within, MinSize: p.MinSize}
	return o.run(ctx, slo.Probe{Spec: spec}, p.once, probe.Options{Backups: map[string]string{"backups": pattern}})
}
