package main

import (
	"fmt"
	"os"

	"github.com/assay-sla/assay/collector"
	"github.com/assay-sla/assay/slo/catalog"
)

type checkCommand struct {
	Dir string `arg:"" help:"Folder of the catalogue; its subfolders are read as well."`
}

// Help is the longer text of assay check --help.
func (checkCommand) Help() string {
	return `Prints each error with file:line:column, the source line and a caret, all of
them at once, and exits 1 where there is one. Warnings do not fail the check.
Of each probe whose locations or agents are chosen by labels or number, it says
what the choice comes to.

Example:
  assay check configs/quickstart/catalogue`
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
	fmt.Printf("%s, %s, %s: revision %s\n",
		counted(len(cat.Probes), "probe"), counted(len(cat.Services), "service"), counted(len(cat.Agreements), "agreement"), cat.Revision)
	printChoices(os.Stdout, cat)
	return nil
}

// counted is a number of things, such as 1 probe or 2 probes.
func counted(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}
