package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/assay-sla/assay/rules"
	"github.com/assay-sla/assay/slo/catalog"
)

type rulesCommand struct {
	Export rulesExportCommand `cmd:"" help:"Write the alert conditions of a catalogue as Prometheus rule files."`
}

type rulesExportCommand struct {
	Dir string `arg:"" help:"Folder of the catalogue; its subfolders are read as well."`
	Out string `help:"Folder to write a file for each agreement into, NAME.rules.yaml. Default: all in one on standard output." placeholder:"DIR"`
}

// Help is the longer text of assay rules export --help.
func (rulesExportCommand) Help() string {
	return `Writes what the collector alerts on of error budgets, ErrorBudgetBurn and
MissingData, as recording and alerting rules for Prometheus or the ruler of
Thanos or Mimir, over the series that the collector writes. Burn rates are
computed from assay_service_state where that gives the same; standard error
and the comments of the file say of each other objective why it reads
assay_objective_burn_rate, or has no burn conditions. docs/alerting.md tells
where the rules and the collector can differ.

Files of agreements that the catalogue does not have any more are left alone.

Examples:
  assay rules export conf > assay.rules.yaml
  assay rules export conf --out /etc/prometheus/rules
  assay rules export conf | promtool check rules`
}

// Run exports the rules.
func (c rulesExportCommand) Run() error {
	cat, problems := catalog.Load(c.Dir)
	if err := problems.Render(os.Stderr); err != nil {
		return err
	}
	if problems.Err() != nil {
		return exitCode(exitError)
	}
	files := rules.Export(cat)
	if err := c.write(files); err != nil {
		return err
	}
	for _, f := range files {
		for _, n := range f.Notes {
			if n.Reads+n.Left != "" {
				fmt.Fprintf(os.Stderr, "%s/%s: %s\n", f.Agreement, n.Objective, n)
			}
		}
	}
	return nil
}

func (c rulesExportCommand) write(files []rules.File) error {
	if c.Out == "" {
		b, err := rules.YAML(files...)
		if err != nil {
			return err
		}
		_, err = os.Stdout.Write(b)
		return err
	}
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return fmt.Errorf("making the folder of the rules: %w", err)
	}
	for _, f := range files {
		b, err := rules.YAML(f)
		if err != nil {
			return err
		}
		// A name holds no slash, so the file lies in the folder.
		if err := os.WriteFile(filepath.Join(c.Out, f.Agreement+".rules.yaml"), b, 0o644); err != nil {
			return fmt.Errorf("writing the rules of %s: %w", f.Agreement, err)
		}
	}
	return nil
}
