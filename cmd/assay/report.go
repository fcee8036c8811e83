package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"

	"github.com/assay-sla/assay/collector/report"
)

type reportCommand struct {
	Agreement string   `required:"" help:"Name of the agreement." placeholder:"NAME"`
	Period    string   `required:"" aliases:"month" help:"A month such as 2026-10, a quarter such as 2026-Q4, a year such as 2026, or days such as 2026-08-01..2026-09-15; one that is not over gives a provisional report." placeholder:"PERIOD"`
	Out       string   `help:"Folder to write the report to." placeholder:"DIR"`
	Format    []string `help:"What to write: ${enum}; several with commas between. Of csv, a file for each table." enum:"html,pdf,xlsx,csv,json,txt" default:"html,txt,json" placeholder:"NAME"`
	Lang      string   `help:"Language to write in, such as en or zh; by default that of the agreement in the collector's file." placeholder:"LANG"`
	Send      bool     `help:"Mail it to the recipients in the collector's file as well."`
	collectorAPI
}

// Help is the longer text of assay report --help.
func (reportCommand) Help() string {
	return `Asks a running collector for the service report of an agreement on a month, a quarter, a
year or any range of days.

Examples:
  assay report --period 2026-10 --agreement gold --out reports
  assay report --period 2026-Q4 --agreement gold --out reports --format pdf,xlsx --lang zh
  assay report --period 2026-10 --agreement gold --send --collector https://assay.example.org --token-file token`
}

// Run fetches the report, and has it sent.
func (c reportCommand) Run(ctx context.Context) error {
	if c.Out == "" && !c.Send {
		return usageError{errors.New("nothing to do: give --out DIR, --send, or both")}
	}
	api, err := c.open()
	if err != nil {
		return err
	}
	path := url.PathEscape(c.Agreement) + "/" + url.PathEscape(c.Period)
	if c.Out != "" {
		if err := c.write(ctx, api, path); err != nil {
			return err
		}
	}
	if !c.Send {
		return nil
	}
	b, _, err := api.call(ctx, http.MethodPost, "/api/v1/report-mails/"+path, nil)
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

// reportFile is a file of a report: its format, and of CSV its table.
type reportFile struct {
	format report.Format
	table  string
}

// query is how a collector is asked for the file.
func (f reportFile) query(lang string) string {
	q := url.Values{"format": {string(f.format)}}
	if lang != "" {
		q.Set("lang", lang)
	}
	if f.table != "" {
		q.Set("table", f.table)
	}
	return "?" + q.Encode()
}

// name is the file's: gold-2026-10.pdf, or of a table gold-2026-10.outages.csv.
func (f reportFile) name(agreement, period string) string {
	name := agreement + "-" + period
	if f.table != "" {
		name += "." + f.table
	}
	return filepath.Base(name + "." + string(f.format))
}

// files are those of the formats that are asked for.
func (c reportCommand) files() []reportFile {
	var out []reportFile
	for _, f := range c.Format {
		if format := report.Format(f); format == report.FormatCSV {
			for _, table := range report.Tables() {
				out = append(out, reportFile{format, table})
			}
		} else {
			out = append(out, reportFile{format, ""})
		}
	}
	return out
}

// write fetches the faces of the report, and writes them when all are there.
// The JSON comes first, whether or not it is written: it tells whose report it
// is.
func (c reportCommand) write(ctx context.Context, api *api, path string) error {
	model, err := c.fetch(ctx, api, path, reportFile{report.FormatJSON, ""})
	if err != nil {
		return err
	}
	if err := c.isReport(model); err != nil {
		return fmt.Errorf("fetching the report: %s: %w", api.base, err)
	}
	files := c.files()
	faces := make([][]byte, len(files))
	for i, f := range files {
		if faces[i], err = c.fetch(ctx, api, path, f); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(c.Out, 0o750); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	for i, f := range files {
		file := filepath.Join(c.Out, f.name(c.Agreement, c.Period))
		if err := os.WriteFile(file, faces[i], 0o640); err != nil {
			return fmt.Errorf("writing the report: %w", err)
		}
		fmt.Println(file)
	}
	return nil
}

// fetch gets one file from a collector, and nothing else from another server.
func (c reportCommand) fetch(ctx context.Context, api *api, path string, f reportFile) ([]byte, error) {
	b, media, err := api.call(ctx, http.MethodGet, "/api/v1/reports/"+path+f.query(c.Lang), nil)
	if want := f.format.MediaType(); err == nil && media != want {
		err = fmt.Errorf("%s answered with %q instead of %s: is that a collector?", api.base, media, want)
	}
	if err != nil {
		return nil, fmt.Errorf("fetching the report: %w", err)
	}
	return b, nil
}

// isReport says whether JSON is the report that was asked for, so that what
// another server says is never taken for one.
func (c reportCommand) isReport(b []byte) error {
	var r struct {
		Identity struct {
			Agreement string `json:"agreement"`
		} `json:"identity"`
	}
	if err := json.Unmarshal(b, &r); err != nil || r.Identity.Agreement != c.Agreement {
		return fmt.Errorf("the answer is not the report of %s", c.Agreement)
	}
	return nil
}
