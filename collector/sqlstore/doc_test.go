package sqlstore

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDocumentedTables finds every table and every column of the records in
// docs/formats/records.md.
func TestDocumentedTables(t *testing.T) {
	b, err := os.ReadFile("../../docs/formats/records.md")
	must(t, err)
	s := openFile(t, filepath.Join(t.TempDir(), "records.db"))
	rows, err := s.db.QueryContext(t.Context(), `select m.name, c.name from sqlite_schema m, pragma_table_info(m.name) c
		where m.type = 'table' and m.name not like 'goose%' and m.name not like 'sqlite%'`)
	must(t, err)
	defer rows.Close()
	lines := map[string]string{}
	for line := range strings.Lines(string(b)) {
		if name, ok := strings.CutPrefix(line, "| `"); ok {
			name, _, _ = strings.Cut(name, "`")
			lines[name] = strings.NewReplacer("`", " ", ",", " ", ":", " ", ";", " ", "|", " ").Replace(line)
		}
	}
	columns := 0
	for rows.Next() {
		var table, column string
		must(t, rows.Scan(&table, &column))
		columns++
		if !strings.Contains(lines[table], " "+column+" ") {
			t.Errorf("%s.%s is not documented", table, column)
		}
	}
	must(t, rows.Err())
	if columns < 50 {
		t.Errorf("only %d columns", columns)
	}
}
