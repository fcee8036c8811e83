package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
)

type importCommand struct {
	Changes importChanges `cmd:"" help:"Tell a collector of the changes and releases in a CSV file."`
}

type importChanges struct {
	File string `arg:"" help:"CSV file, or - for standard input." placeholder:"FILE"`
	collectorAPI
}

// Help is the longer text of assay import changes --help.
func (importChanges) Help() string {
	return `The first line names the columns: from, services and summary, and as wanted
key, kind, to, description, by, link, major and maintenance. Instants are such as
2026-10-01T12:00:00+02:00; services are separated by ; or ,. Rows with the same
key, and rows that say the same, are the same change, so a file may be imported
again.

Example:
  assay import changes changes.csv --collector https://assay.example.org --token-file token

Exit codes: 0 all are on record; 1 some are not, or the collector cannot be asked.`
}

// importRows bounds the rows that are sent at once, maxImport the file in bytes.
const (
	importRows = 500
	maxImport  = 64 << 20
)

// Run sends the file in parts.
func (c importChanges) Run(ctx context.Context) error {
	head, rows, err := readRows(c.File)
	if err != nil {
		return fmt.Errorf("reading %s: %w", c.File, err)
	}
	api, err := c.open()
	if err != nil {
		return err
	}
	recorded, known, refused := 0, 0, 0
	for from := 0; from < len(rows); from += importRows {
		part := rows[from:min(from+importRows, len(rows))]
		var got struct {
			Recorded int `json:"recorded"`
			Known    int `json:"known"`
			Refused  []struct {
				Row     int    `json:"row"`
				Message string `json:"message"`
			} `json:"refused"`
		}
		if err := sendRows(ctx, api, "/api/v1/changes", head, part, &got); err != nil {
			return fmt.Errorf("importing rows %d to %d: %w", from+1, from+len(part), err)
		}
		for _, r := range got.Refused {
			fmt.Fprintf(os.Stderr, "row %d: %s\n", from+r.Row, r.Message)
		}
		recorded, known, refused = recorded+got.Recorded, known+got.Known, refused+len(got.Refused)
	}
	fmt.Printf("%d recorded, %d known before, %d refused\n", recorded, known, refused)
	if refused > 0 {
		return exitCode(exitError)
	}
	return nil
}

// readRows reads a CSV file, its first line apart.
func readRows(name string) (head []string, rows [][]string, err error) {
	f := os.Stdin
	if name != "-" {
		if f, err = os.Open(name); err != nil {
			return nil, nil, err
		}
		defer f.Close()
	}
	b, err := io.ReadAll(io.LimitReader(f, maxImport+1))
	if err == nil && len(b) > maxImport {
		err = fmt.Errorf("it has more than %d MiB", maxImport>>20)
	}
	if err != nil {
		return nil, nil, err
	}
	rows, err = csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte("\ufeff")))).ReadAll()
	if err != nil {
		return nil, nil, err
	}
	if len(rows) == 0 {
		return nil, nil, errors.New("it is empty")
	}
	return rows[0], rows[1:], nil
}

// sendRows posts rows with their head as CSV, and reads the answer.
func sendRows(ctx context.Context, a *api, path string, head []string, rows [][]string, into any) error {
	var b bytes.Buffer
	out := csv.NewWriter(&b)
	if err := errors.Join(out.Write(head), out.WriteAll(rows)); err != nil {
		return err
	}
	answer, _, err := a.send(ctx, http.MethodPost, path, "text/csv", &b)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return fmt.Errorf("reading the answer of %s: it is no collector's", a.base)
	}
	return nil
}
