package report

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
)

// CSV writes one table of the report, see Tables, as comma-separated values
// (RFC 4180) in UTF-8. It is for machines: names of columns, words and numbers
// are the same in every language, percentages have up to six digits behind the
// point, lengths are seconds, moments have their offset from UTC. What is not
// known is empty. Texts that would be formulas have an apostrophe before them.
// Another table, and zones that this machine does not know, are errors.
func CSV(w io.Writer, r Report, name string) error {
	if err := CheckTable(FormatCSV, cmp.Or(name, "none")); err != nil {
		return err
	}
	list, err := tablesOf(English.words(), &r)
	if err != nil {
		return err
	}
	t := list[slices.IndexFunc(list, func(t table) bool { return t.name == name })]
	out := csv.NewWriter(w)
	out.UseCRLF = true
	records := [][]string{t.columns}
	for _, row := range t.rows {
		record := make([]string, len(row))
		for i, v := range row {
			record[i] = v.code
		}
		records = append(records, record)
	}
	if err := out.WriteAll(records); err != nil {
		return fmt.Errorf("writing the report %s as CSV: %w", FileName(r), err)
	}
	return nil
}
