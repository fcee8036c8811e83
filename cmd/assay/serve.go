package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/assay-sla/assay/collector"
)

type serveCommand struct {
	Config string `required:"" help:"The collector's file; docs/collector.md describes it." type:"path" placeholder:"FILE"`
}

// Help is the longer text of assay serve --help.
func (serveCommand) Help() string {
	return `Runs until SIGINT or SIGTERM. SIGHUP takes a changed catalogue and changed
credentials, all or nothing.

Example:
  assay serve --config /etc/assay/collector.yaml`
}

// Run runs the collector.
func (s serveCommand) Run(ctx context.Context) error {
	cfg, err := collector.LoadConfig(s.Config)
	if err != nil {
		return err
	}
	c, err := collector.New(ctx, cfg, collector.Options{Version: version(), Log: logger()})
	if err != nil {
		return tellProblems(err)
	}
	go reloadOnHangup(ctx, c)
	return c.Run(ctx)
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
	return foundWrong{}
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
			_ = c.Reload(ctx) // it has logged its error, and the pages show it
		}
	}
}
