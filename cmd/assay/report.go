package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/assay-sla/assay/collector/report"
)

type reportCommand struct {
	Agreement string   `help:"Name of the agreement." placeholder:"NAME"`
	Customer  string   `help:"Instead: one report on all agreements with a customer." placeholder:"NAME"`
	Service   string   `help:"Instead: on all agreements about a service." placeholder:"NAME"`
	Supplier  string   `help:"Instead: on all agreements with a supplier." placeholder:"NAME"`
	All       bool     `help:"Instead: on the whole management system."`
	Each      bool     `help:"Instead of one report on all of these, one on each agreement."`
	Period    string   `required:"" aliases:"month" help:"A month such as 2026-10, a quarter such as 2026-Q4, a year such as 2026, or days such as 2026-08-01..2026-09-15; one that is not over gives a provisional report." placeholder:"PERIOD"`
	Out       string   `help:"Folder to write the report to." placeholder:"DIR"`
	Format    []string `help:"What to write: ${enum}; several with commas between. Of csv, a file for each table." enum:"html,pdf,xlsx,csv,json,txt" default:"html,txt,json" placeholder:"NAME"`
	Lang      string   `help:"Language to write in, such as en or zh; by default that of the agreement in the collector's file." placeholder:"LANG"`
	Send      bool     `help:"Mail it to the recipients in the collector's file as well."`
	collectorAPI
}

// Help is the longer text of assay report --help.
func (reportCommand) Help() string {
	return `Asks a running collector for the service report of an agreement, a customer,
a service, a supplier or everything, on a month, a quarter, a year or any range
of days.

Examples:
  assay report --period 2026-10 --agreement gold --out reports
  assay report --period 2026-Q4 --customer "Contoso Retail" --out reports --format pdf,xlsx --lang zh
  assay report --period 2026-10 --all --each --out reports --format html,pdf
  assay report --period 2026-10 --agreement gold --send --collector https://assay.example.org --token-file token`
}

// scope is what the report is about.
func (c reportCommand) scope() (report.Scope, error) {
	var list []report.Scope
	for _, s := range []report.Scope{
		{Kind: report.AgreementScope, Name: c.Agreement}, {Kind: report.CustomerScope, Name: c.Customer},
		{Kind: report.ServiceScope, Name: c.Service}, {Kind: report.SupplierScope, Name: c.Supplier},
	} {
		if s.Name != "" {
			list = append(list, s)
		}
	}
	if c.All {
		list = append(list, report.Scope{Kind: report.WholeScope})
	}
	if len(list) != 1 {
		return report.Scope{}, usageError{errors.New("give one of --agreement, --customer, --service, --supplier and --all")}
	}
	return list[0], nil
}

// Run fetches the report, and has it sent.
func (c reportCommand) Run(ctx context.Context) error {
	if c.Out == "" && !c.Send {
		return usageError{errors.New("nothing to do: give --out DIR, --send, or both")}
	}
	of, err := c.scope()
	if err != nil {
		return err
	}
	api, err := c.open()
	if err != nil {
		return err
	}
	scopes := []report.Scope{of}
	if c.Each {
		if scopes, err = c.agreements(ctx, api, of); err != nil {
			return err
		}
	}
	tell, wipe := watched(false, "writing")
	defer wipe()
	for i, of := range scopes {
		tell("reports", int64(i), int64(len(scopes)))
		if c.Out != "" {
			files, err := c.write(ctx, api, of)
			if err != nil {
				return err
			}
			wipe()
			for _, f := range files {
				fmt.Println(f)
			}
		}
		if c.Send {
			wipe()
			if err := c.send(ctx, api, of); err != nil {
				return err
			}
		}
	}
	return nil
}

// agreements are those of a scope, as the collector has them.
func (c reportCommand) agreements(ctx context.Context, api *api, of report.Scope) ([]report.Scope, error) {
	_, model, err := c.model(ctx, api, of)
	if err != nil {
		return nil, err
	}
	var out []report.Scope
	for _, s := range model.Services {
		out = append(out, report.Scope{Kind: report.AgreementScope, Name: s.Agreement})
	}
	return out, nil
}

// send has the report of a scope mailed.
func (c reportCommand) send(ctx context.Context, api *api, of report.Scope) error {
	b, _, err := api.call(ctx, http.MethodPost, "/api/v1/report-mails/"+of.Address(c.Period), nil)
	if err != nil {
		return fmt.Errorf("sending the report: %w", err)
	}
	var sent struct {
		Queued  []string `json:"queued"`
		Already []string `json:"already"`
		Waiting []string `json:"waiting"`
	}
	if err := json.Unmarshal(b, &sent); err != nil {
		return fmt.Errorf("sending the report: reading the answer: %w", err)
	}
	for _, to := range sent.Queued {
		fmt.Println("queued for", to)
	}
	for _, to := range sent.Already {
		fmt.Println("sent or queued before for", to)
	}
	for _, to := range sent.Waiting {
		fmt.Println("waits for release before it goes to", to)
	}
	return nil
}
