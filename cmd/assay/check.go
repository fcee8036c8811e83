package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/assay-sla/assay/collector"
	"github.com/assay-sla/assay/slo"
	"github.com/assay-sla/assay/slo/catalog"
)

type checkCommand struct {
	Dir     string `arg:"" help:"Folder of the catalogue; its subfolders are read as well."`
	Against string `help:"Folder of the catalogue in force: says which terms in force this one edits." placeholder:"DIR"`
	At      string `help:"With --against: when it is to be loaded (RFC 3339). Default now." placeholder:"INSTANT"`
}

// Help is the longer text of assay check --help.
func (checkCommand) Help() string {
	return `Prints each error with file:line:column, the source line and a caret, all of
them at once, and exits 1 where there is one. Warnings do not fail the check.
Of each probe whose locations or agents are chosen by labels or number, it says
what the choice comes to. With --against it says which agreements have terms in
force that the catalogue edits: figures that were sealed are restated then.

Examples:
  assay check configs/quickstart/catalogue
  assay check --against /etc/assay/catalogue catalogue`
}

// Run checks the catalogue.
func (c checkCommand) Run() error {
	cat, problems := catalog.Load(c.Dir)
	if err := problems.Render(os.Stderr); err != nil {
		return err
	}
	if problems.Err() != nil {
		return exitCode(exitError)
	}
	if err := collector.CheckResources(cat); err != nil {
		return err
	}
	fmt.Printf("%s: revision %s\n", strings.Join(holds(cat), ", "), cat.Revision)
	printChoices(os.Stdout, cat)
	if c.Against == "" {
		return nil
	}
	at, err := instantFlag("--at", c.At, slo.At(time.Now()))
	if err != nil {
		return err
	}
	before, problems := catalog.Load(c.Against)
	if err := problems.Err(); err != nil {
		return fmt.Errorf("reading the catalogue in force: %w", err)
	}
	printEdits(os.Stdout, before, cat, at)
	return nil
}

// holds counts what a catalogue has: of resources and continuity plans, which
// not everybody has, only where there are any.
func holds(cat *slo.Catalog) []string {
	list := []string{counted(len(cat.Probes), "probe"), counted(len(cat.Services), "service"), counted(len(cat.Agreements), "agreement")}
	if n := len(cat.Resources); n > 0 {
		list = append(list, counted(n, "resource"))
	}
	if n := len(cat.Plans); n > 0 {
		list = append(list, counted(n, "continuity plan"))
	}
	return list
}

// printEdits says which terms in force a catalogue edits that is loaded at an
// instant after another one, and how to let others hold from a date on.
func printEdits(w io.Writer, before, after *slo.Catalog, at slo.Instant) {
	edited := catalog.Compare(before, after).Edited(at)
	for _, e := range edited {
		what := "terms in force are edited: " + strings.Join(e.Fields, ", ")
		if e.Fields == nil {
			what = "it leaves the catalogue: windows of it that are not sealed never will be"
		}
		fmt.Fprintf(w, "agreement %s: %s\n", e.Agreement.Name, what)
	}
	if len(edited) == 0 {
		fmt.Fprintf(w, "no terms in force are edited\n")
		return
	}
	fmt.Fprint(w, `Sealed figures that such an edit changes are restated, with the figure before and
after. To let other terms hold from a date on, give the agreement "to: DATE" and
write the new terms as another agreement with "from: DATE".
`)
}

// counted is a number of things, such as 1 probe or 2 probes.
func counted(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}
