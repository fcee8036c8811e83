package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/assay-sla/assay/internal/archive"
	"github.com/assay-sla/assay/slo"
	"github.com/assay-sla/assay/slo/catalog"
)

type explainCommand struct {
	Objective string `required:"" help:"Whose figure." placeholder:"AGREEMENT/OBJECTIVE"`
	Catalogue string `required:"" help:"Folder of the catalogue." placeholder:"DIR"`
	recordsFlags
	exclusionsFlag
	Window string `help:"Which window: a day (2026-10-05), week (2026-W41), month (2026-10), quarter (2026-Q4) or year (2026) as the objective has them, or an instant: the window that holds the one just before it. Default --at." placeholder:"WINDOW"`
	At     string `help:"What is known: measurements before this instant (RFC 3339). Default now." placeholder:"INSTANT"`
	All    bool   `help:"List every stretch, rather than the 20 longest of a kind."`
	Output string `help:"text or json." enum:"text,json" default:"text"`
}

// Help is the longer text of assay explain --help.
func (explainCommand) Help() string {
	return `Shows how a figure came about, in order: the window and its agreed time, what
maintenance and exclusions took out of it and what was refused, each outage with
the probes, locations and measurements behind it, what was forgiven, each unknown
stretch with what was known of it, and the arithmetic. The pieces sum up to the
figure. Measurements are read twice, so standard input will not do.

Examples:
  assay explain --objective gold/month --window 2026-10 --catalogue conf --archive data/archive
  assay explain --objective gold/month --catalogue conf --archive data/archive --all
  assay explain --objective gold/30d --window 2026-10-20T00:00:00Z --catalogue conf --measurements m.ndjson --output json`
}

// explainedShort is how many stretches of a kind are listed without --all.
const explainedShort = 20

// Run explains and prints.
func (c explainCommand) Run(ctx context.Context) error {
	if c.Measurements == "-" {
		return usageError{errors.New("--measurements: explain reads measurements twice, so standard input will not do")}
	}
	at, err := instantFlag("--at", c.At, slo.At(time.Now()))
	if err != nil {
		return err
	}
	cat, err := loadCatalogue(c.Catalogue)
	if err == nil {
		cat, err = c.over(ctx, cat)
	}
	if err != nil {
		return err
	}
	a, o, err := findObjective(cat, c.Objective)
	if err != nil {
		return usageError{fmt.Errorf("--objective: %w", err)}
	}
	window, err := o.Window.Asked(c.Window, a.Zone, at)
	if err != nil {
		return usageError{fmt.Errorf("--window: %w", err)}
	}
	if o.Window.At(window, a.Zone).From >= at {
		return usageError{fmt.Errorf("--window: %s has not begun at %s", c.Window, at)}
	}
	x, err := c.explain(ctx, cat, a, o, at, window)
	if err != nil {
		return err
	}
	if c.Output == "json" {
		return x.WriteJSON(os.Stdout)
	}
	return printExplanation(os.Stdout, x)
}

// explain reads the measurements: once for the figure, and those that it speaks
// of again for what was seen.
func (c explainCommand) explain(ctx context.Context, cat *slo.Catalog, a *slo.Agreement, o *slo.Objective, at, window slo.Instant) (*slo.Explanation, error) {
	m, wipe := watched(c.Progress, "reading")
	defer wipe()
	probes := probesBehind(cat, a)
	r := slo.NewReplay(cat, at)
	var queries []archive.Query
	for _, p := range probes {
		queries = append(queries, archive.Query{To: at, Probe: p, Kinds: archive.Measurements})
	}
	if err := c.read(ctx, queries, m, func(rec slo.Record) {
		if rec.Measurement != nil && slices.Contains(probes, rec.Measurement.Probe) {
			r.Add(rec)
		}
	}); err != nil {
		return nil, err
	}
	limit := explainedShort
	if c.All {
		limit = slo.MaxExplained
	}
	x := r.Explain(a, o, window, limit)
	w := slo.NewWitness(x)
	if err := c.read(ctx, archive.Wanted(w.Probes(), w.Wants()), m, w.Add); err != nil {
		return nil, err
	}
	w.Finish(slo.MinInstant)
	return x, nil
}

// probesBehind lists the probes that an agreement's figures rest on: those of
// its services, and of the suppliers' services that these depend on.
func probesBehind(c *slo.Catalog, a *slo.Agreement) []string {
	services := map[string]bool{}
	for _, s := range a.Services() {
		services[s] = true
		for _, u := range c.Underpinning(s) {
			services[u.Service] = true
		}
	}
	probes := map[string]bool{}
	for _, s := range c.Services {
		if services[s.Name] {
			for _, p := range s.Up.Probes() {
				probes[p] = true
			}
		}
	}
	for _, p := range a.Counters() {
		probes[p] = true
	}
	return slices.Sorted(maps.Keys(probes))
}

// findObjective finds AGREEMENT/OBJECTIVE.
func findObjective(c *slo.Catalog, name string) (*slo.Agreement, *slo.Objective, error) {
	agreement, objective, _ := strings.Cut(name, "/")
	var have []string
	for _, a := range c.Agreements {
		for i := range a.Objectives {
			o := &a.Objectives[i]
			if a.Name == agreement && o.Name == objective {
				return a, o, nil
			}
			have = append(have, a.Name+"/"+o.Name)
		}
	}
	return nil, nil, fmt.Errorf("%q is not one of %s", name, strings.Join(have, ", "))
}

// loadCatalogue loads a folder; what is wrong with it is printed.
func loadCatalogue(dir string) (*slo.Catalog, error) {
	cat, problems := catalog.Load(dir)
	return cat, printProblems(problems)
}

// printProblems prints what is wrong with a catalogue that cannot be used, and
// returns an error then.
func printProblems(problems catalog.Problems) error {
	if problems.Err() == nil {
		return nil
	}
	if err := problems.Render(os.Stderr); err != nil {
		return err
	}
	return exitCode(exitError)
}

// instantFlag is the instant that a flag gives, or another where it gives none.
func instantFlag(name, value string, otherwise slo.Instant) (slo.Instant, error) {
	if value == "" {
		return otherwise, nil
	}
	i, err := slo.ParseInstant(value)
	if err != nil {
		return 0, usageError{fmt.Errorf("%s: %w", name, err)}
	}
	return i, nil
}
