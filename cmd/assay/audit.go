package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/assay-sla/assay/collector"
	"github.com/assay-sla/assay/collector/evidence"
	"github.com/assay-sla/assay/slo"
)

type auditCommand struct {
	monthsAsked
	Data string `required:"" help:"Data folder of a collector, running or not, or a copy of one." placeholder:"DIR"`
	sampleAsked
	Output string `help:"text or json." enum:"text,json" default:"text"`
}

// Help is the longer text of assay audit --help.
func (auditCommand) Help() string {
	return `Says how an audit of the last three months would find the records: each clause of
ISO/IEC 20000-1:2018 is covered, thin, missing, or outside of what this product
can show; for how many days there are records; and what a random sample of
incidents lacks. The sample can be drawn again with its seed.

Exits with 1 where a clause is missing, or records are not as the ledger says.

Examples:
  assay audit --data /var/lib/assay
  assay audit --data /var/lib/assay --from 2026-08 --to 2026-10 --seed 7
  assay audit --data copy --lang zh --output json`
}

// Run judges and prints.
func (c auditCommand) Run(ctx context.Context) error {
	now := time.Now()
	zone, err := c.period(now)
	if err != nil {
		return err
	}
	sample, err := c.sampling()
	if err != nil {
		return err
	}
	r, err := collector.Audit(ctx, c.Data, collector.EvidenceOptions{
		From: c.From, To: c.To, Zone: zone, At: slo.At(now), Progress: progress(os.Stderr, time.Now, "auditing"),
		Language: c.language(), Sample: sample,
	})
	if err != nil {
		return err
	}
	if c.Output == "json" {
		e := json.NewEncoder(os.Stdout)
		e.SetIndent("", " ")
		err = e.Encode(r.JSON())
	} else {
		err = printReadiness(os.Stdout, r)
	}
	if err == nil && !r.OK() {
		return exitCode(exitError)
	}
	return err
}

func printReadiness(w io.Writer, r *evidence.Readiness) error {
	days := r.Days()
	fmt.Fprintf(w, "records\tof %s, since %s", count(int64(days), "day", "days"), r.Since)
	if days < evidence.MinDays {
		fmt.Fprintf(w, "; auditors usually ask for %d", evidence.MinDays)
	}
	fmt.Fprint(w, "\n\n")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range r.Findings {
		fmt.Fprintf(t, "%s\t%s\t%s\n", f.Number, strings.ToUpper(f.Standing.Word(r.Language)), f.Title(r.Language))
		for _, l := range f.Lacks {
			fmt.Fprintf(t, "\t\t  %s\n", l)
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nsample of %s, seed %d\n", count(int64(len(r.Sample.Drawn)), "incident", "incidents"), r.Sample.Seed)
	for _, s := range r.Sample.Drawn {
		fmt.Fprintf(w, "  %s  %s  %s\n", s.Case.ID, s.Case.Began, s.Case.Service)
		for _, p := range s.Points {
			if !p.OK {
				fmt.Fprintf(w, "    %s: %s\n", p.What, p.Says)
			}
		}
	}
	for _, u := range r.Unfit {
		if _, err := fmt.Fprintf(w, "\nNOT AS THE LEDGER SAYS: %s\n", u); err != nil {
			return err
		}
	}
	return nil
}
