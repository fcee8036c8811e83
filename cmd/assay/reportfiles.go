package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"

	"github.com/assay-sla/assay/collector/report"
)

// reportFile is a file of a report: its format, and of CSV its table.
type reportFile struct {
	format report.Format
	table  string
}

// name is the file's: gold-2026-10.pdf, or of a table gold-2026-10.outages.csv.
func (f reportFile) name(of report.Scope, period string) string {
	name := of.FileName(period)
	if f.table != "" {
		name += "." + f.table
	}
	return filepath.Base(name + "." + string(f.format))
}

// address is where a collector has a file of the report of a scope.
func (c reportCommand) address(of report.Scope, f reportFile) string {
	q := url.Values{"format": {string(f.format)}}
	if c.Lang != "" {
		q.Set("lang", c.Lang)
	}
	if f.table != "" {
		q.Set("table", f.table)
	}
	path := "/api/v1/reports/" + url.PathEscape(of.Name)
	if of.Kind != report.AgreementScope {
		path = "/api/v1/scoped-reports/" + string(of.Kind)
		if of.Name != "" {
			q.Set("name", of.Name)
		}
	}
	return path + "/" + url.PathEscape(c.Period) + "?" + q.Encode()
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

// write fetches the faces of a report, and writes them when all are there. The
// JSON comes first, whether or not it is written: it tells whose report it is.
func (c reportCommand) write(ctx context.Context, api *api, of report.Scope) error {
	if _, err := c.model(ctx, api, of); err != nil {
		return err
	}
	files := c.files()
	faces := make([][]byte, len(files))
	tell := watched(false, "fetching")
	for i, f := range files {
		tell("files", int64(i), int64(len(files)))
		var err error
		if faces[i], err = c.fetch(ctx, api, of, f); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(c.Out, 0o750); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	for i, f := range files {
		file := filepath.Join(c.Out, f.name(of, c.Period))
		if err := os.WriteFile(file, faces[i], 0o640); err != nil {
			return fmt.Errorf("writing the report: %w", err)
		}
		fmt.Println(file)
	}
	return nil
}

// fetch gets one file from a collector, and nothing else from another server.
func (c reportCommand) fetch(ctx context.Context, api *api, of report.Scope, f reportFile) ([]byte, error) {
	b, media, err := api.call(ctx, http.MethodGet, c.address(of, f), nil)
	if want := f.format.MediaType(); err == nil && media != want {
		err = fmt.Errorf("%s answered with %q instead of %s: is that a collector?", api.base, media, want)
	}
	if err != nil {
		return nil, fmt.Errorf("fetching the report: %w", err)
	}
	return b, nil
}

// reportModel is what tells whose report a JSON is.
type reportModel struct {
	Identity struct {
		Scope report.Scope `json:"scope"`
	} `json:"identity"`
	Services []struct {
		Agreement string `json:"agreement"`
	} `json:"services"`
}

// model is the report that was asked for, as JSON has it, so that what another
// server says is never taken for one.
func (c reportCommand) model(ctx context.Context, api *api, of report.Scope) (reportModel, error) {
	b, err := c.fetch(ctx, api, of, reportFile{report.FormatJSON, ""})
	if err != nil {
		return reportModel{}, err
	}
	var r reportModel
	if err := json.Unmarshal(b, &r); err != nil || r.Identity.Scope != of {
		return reportModel{}, fmt.Errorf("fetching the report: %s: the answer is not the report of %s", api.base, of.FileName(c.Period))
	}
	return r, nil
}
