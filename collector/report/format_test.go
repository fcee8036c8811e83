package report

import (
	"bytes"
	"strings"
	"testing"
)

// Each format is written, by its own rules, under a name of its own.
func TestFormats(t *testing.T) {
	r := Build(goldInput(t))
	begin := map[Format]string{
		FormatHTML: "<!DOCTYPE html>", FormatPDF: "%PDF-", FormatXLSX: "PK\x03\x04", FormatCSV: "field,value", FormatJSON: `{"identity":`, FormatText: "Service report",
	}
	names := map[string]bool{}
	for _, f := range Formats() {
		if got, err := ParseFormat(string(f)); got != f || err != nil {
			t.Errorf("format %q reads as %q, %v", f, got, err)
		}
		files, err := Files(r, f, English)
		if err != nil {
			t.Fatal(err)
		}
		if want := map[bool]int{true: len(Tables()), false: 1}[f == FormatCSV]; len(files) != want {
			t.Errorf("%s is %d files", f, len(files))
		}
		for i, file := range files {
			if i == 0 && !strings.HasPrefix(string(file.Data), begin[f]) {
				t.Errorf("%s begins with %.40q", f, file.Data)
			}
			if names[file.Name] || !strings.HasPrefix(file.Name, "gold-2026-10.") || !strings.HasSuffix(file.Name, "."+string(f)) || file.MediaType == "" {
				t.Errorf("a file is named %q, of type %q", file.Name, file.MediaType)
			}
			names[file.Name] = true
		}
	}
	if _, err := ParseFormat("doc"); err == nil {
		t.Error("a format that is not there was read")
	}
	for f, table := range map[Format]string{FormatPDF: "outages", FormatCSV: "secrets", "doc": ""} {
		if err := Write(&bytes.Buffer{}, r, f, English, table); err == nil {
			t.Errorf("%s of the table %q was written", f, table)
		}
	}
}
