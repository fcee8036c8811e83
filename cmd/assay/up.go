package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/assay-sla/assay/agent"
	"github.com/assay-sla/assay/collector"
	"github.com/assay-sla/assay/internal/wal"
)

type upCommand struct {
	Targets      []string `arg:"" optional:"" name:"url" help:"http or https URLs to probe besides this machine."`
	Data         string   `help:"Folder of everything that is kept, the catalogue included. Default ${default}." default:"data" placeholder:"DIR"`
	Listen       string   `help:"Where the pages are. Default ${default}." default:"127.0.0.1:8420" placeholder:"HOST:PORT"`
	ListenAgents string   `help:"Where agents push to. Default ${default}." default:"127.0.0.1:8421" placeholder:"HOST:PORT"`
}

// Help is the longer text of assay up --help.
func (upCommand) Help() string {
	return `The catalogue is made in DIR/catalogue at the first start and is yours to change
then; SIGHUP takes the changes. The URLs are written to its file targets.yaml.

Examples:
  assay up
  assay up https://a.example https://b.example --data /tmp/assay`
}

// Run runs both until ctx ends; the agent stops first, so that it can deliver
// what it has.
func (u upCommand) Run(ctx context.Context) error {
	catalogue := filepath.Join(u.Data, "catalogue")
	hold, err := holdData(u.Data)
	if err != nil {
		return err
	}
	defer hold.Close()
	if err := seed(catalogue, u.Listen); err != nil {
		return err
	}
	if err := writeTargets(catalogue, u.Targets); err != nil {
		return err
	}
	cfg := collector.Config{Catalogue: catalogue, Data: u.Data, Listen: u.Listen}
	cfg.Agents.Listen = u.ListenAgents
	if cfg, err = cfg.Complete(); err != nil {
		return err
	}
	log := logger()
	c, err := collector.New(ctx, cfg, collector.Options{Version: version(), Log: log})
	if err != nil {
		return tellProblems(err)
	}
	go reloadOnHangup(ctx, c)
	serving, stopServing := context.WithCancel(context.WithoutCancel(ctx))
	defer stopServing()
	g, running := errgroup.WithContext(serving)
	g.Go(func() error { return c.Run(running) })
	a, err := agent.New(u.agentConfig(c.AgentsAddr()), agent.Options{Version: version(), Log: log})
	if err != nil {
		stopServing()
		return errors.Join(fmt.Errorf("starting the agent: %w", err), g.Wait())
	}
	fmt.Fprintf(os.Stderr, "Assay is at http://%s/ and its catalogue in %s\n", c.Addr(), catalogue)
	probing, stopProbing := context.WithCancel(ctx)
	defer stopProbing()
	context.AfterFunc(running, stopProbing) // a collector that failed ends the agent as well
	err = a.Run(probing)
	stopServing()
	return errors.Join(err, g.Wait())
}

// holdData takes the data folder, before a file in it is touched: another
// assay up may be running there.
func holdData(dir string) (io.Closer, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the data folder: %w", err)
	}
	hold, err := wal.LockFolder(dir)
	if errors.Is(err, wal.ErrLocked) {
		return nil, fmt.Errorf("another assay up runs on the data folder %s: stop it, or give this one another by --data", dir)
	}
	if err != nil {
		return nil, fmt.Errorf("taking the data folder %s: %w", dir, err)
	}
	return hold, nil
}

func (u upCommand) agentConfig(collector string) agent.Config {
	var inputs []agent.Input
	for _, name := range []string{"cpu", "mem", "disk"} {
		inputs = append(inputs, agent.Input{Name: name, Interval: 5 * time.Second})
	}
	name := "local"
	if host, err := os.Hostname(); err == nil && hostLabel(host) != "" {
		name = hostLabel(host)
	}
	return agent.Config{
		Collectors: []string{"http://" + collector}, Name: name, Location: "here", Data: filepath.Join(u.Data, "agent"), Inputs: inputs,
	}
}

// hostLabel is a host's name as an agent's, "" where nothing of it is usable.
func hostLabel(host string) string {
	if net.ParseIP(host) != nil {
		return ""
	}
	return notName.ReplaceAllString(host, "-")
}
