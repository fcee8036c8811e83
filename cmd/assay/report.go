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
)

type reportCommand struct {
	Agreement string `required:"" help:"Name of the agreement." placeholder:"NAME"`
	Month     string `required:"" help:"The month, such as 2026-10; the present one gives a provisional report." placeholder:"YYYY-MM"`
	Out       string `help:"Folder to write the report to, as HTML, text and JSON." placeholder:"DIR"`
	Send      bool   `help:"Mail it to the recipients in the collector's file as well."`
	collectorAPI
}

// Help is the longer text of assay report --help.
func (reportCommand) Help() string {
	return `Asks a running collector for the monthly service report of an agreement.

Examples:
  assay report --month 2026-10 --agreement gold --out reports
  assay report --month 2026-10 --agreement gold --send --collector https://assay.example.org --token-file token`
}

// reportFormats are the faces of a report: the ends of their files' names, and
// their media types. The first is the one that tells whose report it is.
var reportFormats = []struct{ name, media string }{
	{"json", "application/json"}, {"html", "text/html"}, {"txt", "text/plain"},
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
	path := url.PathEscape(c.Agreement) + "/" + url.PathEscape(c.Month)
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
	return nil
}

// write fetches the faces of the report, and writes them when all are there.
func (c reportCommand) write(ctx context.Context, api *api, path string) error {
	faces := make([][]byte, len(reportFormats))
	for i, f := range reportFormats {
		b, kind, err := api.call(ctx, http.MethodGet, "/api/v1/reports/"+path+"?format="+f.name, nil)
		if err == nil && kind != f.media {
			err = fmt.Errorf("%s answered with %q instead of %s: is that a collector?", api.base, kind, f.media)
		}
		if err != nil {
			return fmt.Errorf("fetching the report: %w", err)
		}
		faces[i] = b
	}
	if err := c.isReport(faces[0]); err != nil {
		return fmt.Errorf("fetching the report: %s: %w", api.base, err)
	}
	if err := os.MkdirAll(c.Out, 0o750); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	for i, f := range reportFormats {
		file := filepath.Join(c.Out, filepath.Base(c.Agreement+"-"+c.Month+"."+f.name))
		if err := os.WriteFile(file, faces[i], 0o640); err != nil {
			return fmt.Errorf("writing the report: %w", err)
		}
		fmt.Println(file)
	}
	return nil
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
