package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/assay-sla/assay/collector"
	"github.com/assay-sla/assay/slo/catalog"
)

type serveCommand struct {
	Config string `required:"" help:"The collector's file; docs/collector.md describes it." placeholder:"FILE"`
	Check  bool   `help:"Check the configuration and the catalogue, and exit."`
}

// Help is the longer text of assay serve --help.
func (serveCommand) Help() string {
	return `Runs until SIGINT or SIGTERM. SIGHUP takes a changed catalogue and changed
credentials, all or nothing.

Examples:
  assay serve --config /etc/assay/collector.yaml
  assay serve --config collector.yaml --check

Exit codes: 0 stopped, or all is fine; 1 could not run, or the catalogue is wrong;
2 the command line or the configuration is wrong.`
}

// Run runs the collector.
func (s serveCommand) Run(ctx context.Context) error {
	cfg, problems := collector.LoadConfig(s.Config)
	if err := problems.Render(os.Stderr); err != nil {
		return err
	}
	if problems.Err() != nil {
		return exitCode(exitUsage)
	}
	if s.Check {
		return checkAll(cfg)
	}
	c, err := collector.New(ctx, cfg, collector.Options{Version: version(), Log: logger()})
	if err != nil {
		return tellProblems(err)
	}
	go reloadOnHangup(ctx, c)
	return c.Run(ctx)
}

// checkAll checks the catalogue that a collector's file names, and what the
// file says of it.
func checkAll(cfg collector.Config) error {
	if err := (checkCommand{Dir: cfg.Catalogue}).Run(); err != nil {
		return err
	}
	cat, problems := catalog.Load(cfg.Catalogue)
	if err := problems.Err(); err != nil {
		return err
	}
	return cfg.CheckCatalogue(cat)
}

// logger writes to standard error, for people and for the system's journal.
func logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(os.Stderr, nil))
}

// tellProblems prints a catalogue's problems in full; other errors are
// returned as they are.
func tellProblems(err error) error {
	var c *collector.CatalogueError
	if !errors.As(err, &c) {
		return err
	}
	if err := c.Problems.Render(os.Stderr); err != nil {
		return err
	}
	return exitCode(exitError)
}

func reloadOnHangup(ctx context.Context, c *collector.Collector) {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangups:
			_ = c.ReloadAsked(ctx) // it has logged its error, and the pages show it
		}
	}
}
