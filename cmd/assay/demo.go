package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/assay-sla/assay/cmd/assay/demo"
)

type demoCommand struct {
	Out    string `required:"" help:"Folder to build in, which is not there yet." placeholder:"DIR"`
	Seed   uint64 `help:"Of all that is drawn: equal seeds draw the same. Default ${default}." default:"1" placeholder:"N"`
	Months int    `help:"Whole months, up to 12. Default ${default}." default:"12" placeholder:"N"`
	Until  string `help:"Last day of the demo. Default today." placeholder:"YYYY-MM-DD"`
}

// Help is the longer text of assay demo --help.
func (demoCommand) Help() string {
	return `Builds a year of a fictitious provider, all of it by a real collector whose clock
is set: 50 services of 8 customers and 4 suppliers, outages and what people did
about them, changes, drills, late measurements and a month that was restated.

Examples:
  assay demo --out demo
  assay serve --config demo/assay.yaml      then open http://127.0.0.1:8420
  assay evidence --data demo/data --out pack.zip
  assay audit --data demo/data`
}

// Run builds it.
func (c demoCommand) Run(ctx context.Context) error {
	until := time.Now()
	if c.Until != "" {
		var err error
		if until, err = time.Parse(time.DateOnly, c.Until); err != nil {
			return usageError{fmt.Errorf("--until: %q is no day, such as 2026-11-30", c.Until)}
		}
	}
	if c.Months < 1 || c.Months > demo.Months {
		return usageError{fmt.Errorf("--months: %d is not from 1 to %d", c.Months, demo.Months)}
	}
	begun := time.Now()
	tell, wipe := told("building")
	defer wipe()
	if err := demo.Build(ctx, demo.Options{Dir: c.Out, Seed: c.Seed, Months: c.Months, Until: until, Version: version(), Progress: tell}); err != nil {
		return err
	}
	wipe()
	fmt.Printf("%s: a year of 50 services, built in %s\nLook at it: assay serve --config %s, then open http://127.0.0.1:8420\n",
		c.Out, time.Since(begun).Round(100*time.Millisecond), filepath.Join(c.Out, "assay.yaml"))
	return nil
}
