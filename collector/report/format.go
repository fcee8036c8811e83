package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Format is a face of a report, by the ending of its file's name.
type Format string

// The formats. CSV is of one table, see Tables; the others are of all.
const (
	FormatHTML Format = "html"
	FormatPDF  Format = "pdf"
	FormatXLSX Format = "xlsx"
	FormatCSV  Format = "csv"
	FormatJSON Format = "json"
	FormatText Format = "txt"
)

// Formats lists what ParseFormat reads.
func Formats() []Format {
	return []Format{FormatHTML, FormatPDF, FormatXLSX, FormatCSV, FormatJSON, FormatText}
}

// ParseFormat reads a format such as pdf. Others are errors.
func ParseFormat(s string) (Format, error) {
	if !slices.Contains(Formats(), Format(s)) {
		return "", fmt.Errorf("%.20q is no format of a report: %s", s, listOf(Formats()))
	}
	return Format(s), nil
}

func listOf[T ~string](list []T) string {
	var out []string
	for _, x := range list {
		out = append(out, string(x))
	}
	return strings.Join(out, ", ")
}

// MediaType is that of the format's files, which are in UTF-8 where they are
// text.
func (f Format) MediaType() string {
	switch f {
	case FormatHTML:
		return "text/html"
	case FormatPDF:
		return "application/pdf"
	case FormatXLSX:
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case FormatCSV:
		return "text/csv"
	case FormatJSON:
		return "application/json"
	}
	return "text/plain"
}

// FirstTable is the table of CSV where none is named.
const FirstTable = "objectives"

// Write writes a report in a format and a language. table is that of CSV; "" is
// FirstTable, and all that the other formats take. JSON and CSV are the same in
// every language. Errors are those of the faces.
func Write(w io.Writer, r Report, f Format, l Language, table string) error {
	if err := CheckTable(f, table); err != nil {
		return err
	}
	switch f {
	case FormatHTML:
		return HTML(w, r, l)
	case FormatPDF:
		return PDF(w, r, l)
	case FormatXLSX:
		return XLSX(w, r, l)
	case FormatCSV:
		if table == "" {
			table = FirstTable
		}
		return CSV(w, r, table)
	case FormatJSON:
		if err := json.NewEncoder(w).Encode(r); err != nil {
			return fmt.Errorf("writing the report %s as JSON: %w", FileName(r), err)
		}
		return nil
	case FormatText:
		return Text(w, r, l)
	}
	return fmt.Errorf("%.20q is no format of a report", f)
}

// CheckTable refuses a table that a format has not; "" is always one.
func CheckTable(f Format, table string) error {
	switch {
	case table == "":
		return nil
	case f != FormatCSV:
		return fmt.Errorf("%s is of all tables: only csv takes one", f)
	case !slices.Contains(Tables(), table):
		return fmt.Errorf("a report has no table %.40q: it has %s", table, strings.Join(Tables(), ", "))
	}
	return nil
}

// File is a report, or a table of it, as a file.
type File struct {
	Name      string // without folders
	MediaType string
	Data      []byte
}

// Files are the files of a report in a format: one, but of CSV one for each
// table.
func Files(r Report, f Format, l Language) ([]File, error) {
	tables := []string{""}
	if f == FormatCSV {
		tables = Tables()
	}
	var out []File
	for _, table := range tables {
		var b bytes.Buffer
		if err := Write(&b, r, f, l, table); err != nil {
			return nil, err
		}
		out = append(out, File{TableFileName(r, f, table), f.MediaType(), b.Bytes()})
	}
	return out, nil
}

// TableFileName is the name of a file: gold-2026-10.pdf, or of a table
// gold-2026-10.outages.csv.
func TableFileName(r Report, f Format, table string) string {
	if table != "" {
		table = "." + table
	}
	return FileName(r) + table + "." + string(f)
}
