package probe

import (
	"fmt"
	"strings"
	"time"

	"github.com/assay-sla/assay/internal/sqlwire"
)

const shownRows = 20 // in a trace

// firstRow is the first row in short, for evidence.
func firstRow(t *sqlwire.Table) string {
	if len(t.Rows) == 0 {
		return ""
	}
	return "; the first row: " + bound(rowText(t, t.Rows[0]), 160)
}

// rowText is a row in the order of the columns, each as NAME: VALUE, so that
// the value of one that is named for a secret is cleaned away.
func rowText(t *sqlwire.Table, row map[string]any) string {
	var b strings.Builder
	for i, c := range t.Columns {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s: %s", bound(c.Name, 64), shown(row[c.Name]))
		if b.Len() > maxStepText {
			break
		}
	}
	return b.String()
}

// shown is a value as CEL writes it, cut where it is long.
func shown(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return `"` + bound(v, 80) + `"`
	case time.Time:
		return v.Format(time.RFC3339Nano)
	}
	return fmt.Sprint(v)
}

// traceRows notes the result.
func (r *run) traceRows(t *sqlwire.Table) {
	r.trace.add("rows", "%d", len(t.Rows))
	for i, row := range t.Rows[:min(len(t.Rows), shownRows)] {
		r.trace.add("row", "%d: %s", i+1, rowText(t, row))
	}
}
