package web

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/assay-sla/assay/internal/spreadsheet"
	"github.com/assay-sla/assay/slo"
)

// maxServiceRequestRows bounds the rows that are taken at once.
const maxServiceRequestRows = 1000

// serviceRequestColumns are the columns of counts as CSV, the first of which a
// file may have in any order.
var serviceRequestColumns = []string{"service", "agreement", "period", "received", "completed", "in_target", "total_s"}

// readServiceRequests reads counts from CSV (RFC 4180) in UTF-8, with a header.
// The columns may stand in any order; agreement may be missing. A cell is data
// whatever it begins with; of one that a spreadsheet was kept from taking for a
// formula the apostrophe before it is left out. Its error is a *RowsRefused or a
// refusal.
func readServiceRequests(b []byte) ([]slo.ServiceRequests, error) {
	in := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte("\ufeff"))))
	in.TrimLeadingSpace = true
	header, err := in.Read()
	if err != nil {
		return nil, badRequest("the first row names the columns: " + strings.Join(serviceRequestColumns, ","))
	}
	place, err := columnsOf(header)
	if err != nil {
		return nil, err
	}
	var out []slo.ServiceRequests
	var refused RowsRefused
	for n := 1; ; n++ {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, badRequest("the rows cannot be read: " + clean(err.Error(), 200))
		}
		if n > maxServiceRequestRows {
			return nil, badRequest(fmt.Sprintf("more than %d rows; send them in several requests", maxServiceRequestRows))
		}
		r, err := serviceRequestOf(func(column string) string {
			if i, ok := place[column]; ok {
				return spreadsheet.Text(cells[i])
			}
			return ""
		})
		if err != nil {
			refused.Problems = append(refused.Problems, RowProblem{n, err.Error()})
		}
		out = append(out, r)
	}
	if len(refused.Problems) > 0 {
		return nil, &refused
	}
	return out, nil
}

// columnsOf says where each column stands.
func columnsOf(header []string) (map[string]int, error) {
	place := map[string]int{}
	for i, name := range header {
		name = strings.ToLower(strings.TrimSpace(name))
		if _, twice := place[name]; twice || !slices.Contains(serviceRequestColumns, name) {
			return nil, badRequest(fmt.Sprintf("the column %.40q is unknown, or there twice; the columns are %s", clean(name, 40), strings.Join(serviceRequestColumns, ",")))
		}
		place[name] = i
	}
	for _, name := range serviceRequestColumns {
		if _, ok := place[name]; !ok && name != "agreement" {
			return nil, badRequest("the column " + name + " is missing")
		}
	}
	return place, nil
}

// serviceRequestOf reads one row.
func serviceRequestOf(cell func(string) string) (slo.ServiceRequests, error) {
	r := slo.ServiceRequests{Service: cell("service"), Agreement: cell("agreement")}
	var err error
	if r.Period, err = slo.ParseCountedPeriod(cell("period")); err != nil {
		return r, fmt.Errorf("period: %w", err)
	}
	for _, c := range []struct {
		name string
		into *int64
	}{{"received", &r.Received}, {"completed", &r.Completed}, {"in_target", &r.InTarget}, {"total_s", &r.TotalS}} {
		text := cell(c.name)
		if *c.into, err = strconv.ParseInt(text, 10, 64); err != nil || strconv.FormatInt(*c.into, 10) != text {
			return r, fmt.Errorf("%s: %.40q is no whole number", c.name, clean(text, 40))
		}
	}
	return r, r.Check()
}

// writeServiceRequests writes counts as readServiceRequests reads them, so that
// no spreadsheet takes a cell for a formula.
func writeServiceRequests(list []slo.ServiceRequests) []byte {
	var b bytes.Buffer
	out := csv.NewWriter(&b)
	out.UseCRLF = true
	text := spreadsheet.Cell
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	records := [][]string{serviceRequestColumns}
	for _, r := range list {
		records = append(records, []string{text(r.Service), text(r.Agreement), string(r.Period), number(r.Received), number(r.Completed), number(r.InTarget), number(r.TotalS)})
	}
	out.WriteAll(records) // into memory
	return b.Bytes()
}
