package register

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"

	"github.com/assay-sla/assay/internal/spreadsheet"
	"github.com/assay-sla/assay/slo"
)

// Bounds of a file.
const (
	MaxCSV      = 1 << 20 // bytes
	MaxCSVLines = 2000    // items
	maxProblems = 100     // that are told
)

// The columns beside the fields.
const (
	columnID      = "id"
	columnState   = "state"
	columnVersion = "version"
)

// row is one line of a file: its cells by column. A cell that is empty empties
// its field; a column that is missing leaves it.
type row struct {
	line  int
	cells map[string]string
}

// readCSV reads a file: UTF-8, with or without a byte order mark, the columns
// parted by commas or, as some spreadsheets do, by semicolons. The first line
// names the columns. All that is wrong is told.
func readCSV(g *slo.Register, b []byte) ([]row, slo.RegisterProblems) {
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	if len(b) > MaxCSV {
		return nil, slo.RegisterProblems{{Line: 1, Reason: slo.FieldTooLong}}
	}
	r := csv.NewReader(bytes.NewReader(b))
	if first, _, _ := bytes.Cut(b, []byte("\n")); bytes.ContainsRune(first, ';') && !bytes.ContainsRune(first, ',') {
		r.Comma = ';'
	}
	r.FieldsPerRecord = -1
	columns, err := r.Read()
	if err != nil {
		return nil, slo.RegisterProblems{{Line: 1, Reason: slo.FieldBadEncoding}}
	}
	problems := checkColumns(g, columns)
	if len(problems) > 0 {
		return nil, problems
	}
	return readRows(r, columns)
}

func readRows(r *csv.Reader, columns []string) (rows []row, problems slo.RegisterProblems) {
	for {
		cells, err := r.Read()
		if err == io.EOF {
			return rows, problems
		}
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			problems = append(problems, slo.RegisterProblem{Line: bad.Line, Reason: slo.FieldBadEncoding})
			return rows, problems // where the next line begins is not known
		}
		at, _ := r.FieldPos(0)
		switch {
		case len(cells) != len(columns):
			problems = append(problems, slo.RegisterProblem{Line: at, Reason: slo.FieldBadEncoding})
			continue
		case len(rows) == MaxCSVLines:
			return rows, append(problems, slo.RegisterProblem{Line: at, Reason: slo.ItemFull})
		}
		one := row{at, map[string]string{}}
		for k, name := range columns {
			one.cells[name] = spreadsheet.Text(cells[k])
		}
		rows = append(rows, one)
	}
}

// checkColumns holds the first line against the register.
func checkColumns(g *slo.Register, columns []string) (problems slo.RegisterProblems) {
	seen := map[string]bool{}
	for k, name := range columns {
		name = strings.TrimSpace(name)
		columns[k] = name
		switch f := g.Field(name); {
		case seen[name]:
			problems = append(problems, slo.RegisterProblem{Line: 1, Field: shortened(name), Reason: slo.FieldTwice})
		case f == nil && name != columnID && name != columnState && name != columnVersion:
			problems = append(problems, slo.RegisterProblem{Line: 1, Field: shortened(name), Reason: slo.FieldUnknown})
		}
		seen[name] = true
	}
	return problems
}

// shortened is a name from outside as it is told of.
func shortened(name string) string {
	return printable(strings.ToValidUTF8(name[:min(len(name), slo.MaxRegisterID)], ""), false)
}

// WriteCSV writes items as a file that Plan takes, and that changes nothing then.
// Texts that a spreadsheet would take for a formula get an apostrophe, which
// reading takes away.
func WriteCSV(w io.Writer, g *slo.Register, items []slo.RegisterItem) error {
	out := csv.NewWriter(w)
	columns := []string{columnID, columnState}
	for _, f := range g.Fields {
		if f.Kind != slo.FieldProduct {
			columns = append(columns, f.Name)
		}
	}
	if err := out.Write(columns); err != nil {
		return err
	}
	for i := range items {
		if items[i].State == slo.RegisterWithdrawn {
			continue
		}
		cells := []string{spreadsheet.Cell(items[i].ID), items[i].State}
		for _, name := range columns[len(cells):] {
			v := items[i].Values[name]
			if g.Field(name).Kind != slo.FieldNumber {
				v = spreadsheet.Cell(v)
			}
			cells = append(cells, v)
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
