package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"

	"github.com/assay-sla/assay/collector/report"
)

// fileName is that of a report's file: gold-2026-10.pdf, or of a table
// gold-2026-10.outages.csv.
func fileName(of report.Scope, period, table string, f report.Format) string {
	name := of.FileName(period)
	if table != "" {
		name += "." + table
	}
	return filepath.Base(name + "." + string(f))
}

// address is where a collector has the report of a scope in a format.
func (c reportCommand) address(of report.Scope, f report.Format) string {
	q := url.Values{"format": {string(f)}}
	if c.Lang != "" {
		q.Set("lang", c.Lang)
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

// write fetches the faces of a report, writes them when all are there, and says
// which files it wrote. The JSON comes first, whether or not it is written: it
// tells whose report it is, and the tables are made of it.
func (c reportCommand) write(ctx context.Context, api *api, of report.Scope) ([]string, error) {
	model, made, err := c.model(ctx, api, of)
	if err != nil {
		return nil, err
	}
	faces := map[string][]byte{}
	var names []string
	keep := func(name string, b []byte) { names, faces[name] = append(names, name), b }
	for _, name := range c.Format {
		switch f := report.Format(name); f {
		case report.FormatJSON:
			keep(fileName(of, c.Period, "", f), model)
		case report.FormatCSV:
			for _, table := range report.Tables() {
				var b bytes.Buffer
				if err := report.CSV(&b, made, table); err != nil {
					return nil, err
				}
				keep(fileName(of, c.Period, table, f), b.Bytes())
			}
		default:
			b, err := c.fetch(ctx, api, of, f)
			if err != nil {
				return nil, err
			}
			keep(fileName(of, c.Period, "", f), b)
		}
	}
	if err := os.MkdirAll(c.Out, 0o750); err != nil {
		return nil, fmt.Errorf("writing the report: %w", err)
	}
	var files []string
	for _, name := range names {
		file := filepath.Join(c.Out, name)
		if err := os.WriteFile(file, faces[name], 0o640); err != nil {
			return files, fmt.Errorf("writing the report: %w", err)
		}
		files = append(files, file)
	}
	return files, nil
}

// fetch gets one file from a collector, and nothing else from another server.
func (c reportCommand) fetch(ctx context.Context, api *api, of report.Scope, f report.Format) ([]byte, error) {
	b, media, err := api.call(ctx, http.MethodGet, c.address(of, f), nil)
	if want := f.MediaType(); err == nil && media != want {
		err = fmt.Errorf("%s answered with %q instead of %s: is that a collector?", api.base, media, want)
	}
	if err != nil {
		return nil, fmt.Errorf("fetching the report: %w", err)
	}
	return b, nil
}

// model is the report that was asked for, as JSON and as what that says, so that
// what another server says is never taken for one.
func (c reportCommand) model(ctx context.Context, api *api, of report.Scope) ([]byte, report.Report, error) {
	b, err := c.fetch(ctx, api, of, report.FormatJSON)
	if err != nil {
		return nil, report.Report{}, err
	}
	var r report.Report
	if err := json.Unmarshal(b, &r); err != nil || r.Identity.Scope != of {
		return nil, report.Report{}, fmt.Errorf("fetching the report: %s: the answer is not the report of %s", api.base, of.FileName(c.Period))
	}
	return b, r, nil
}
