package main

import (
	"fmt"
	"os"

	"github.com/assay-sla/assay/slo/catalog"
)

type checkCommand struct {
	Dir string `arg:"" help:"Folder of the catalogue; its subfolders are read as well." type:"path"`
}

// Help is the longer text of assay check --help.
func (checkCommand) Help() string {
	return `Prints each error with file:line:column, the source line and a caret, all of
them at once, and exits 1 where there is one. Warnings do not fail the check.

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
		return foundWrong{}
	}
	fmt.Printf("%d probes, %d services, %d agreements: revision %s\n", len(cat.Probes), len(cat.Services), len(cat.Agreements), cat.Revision)
	return nil
}
