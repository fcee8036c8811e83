package probe

import (
	"fmt"
	"strings"
	"time"

	"github.com/assay-sla/assay/internal/sqlwire"
)

const shownRows = 20 // in a trace

// firstRow is the first row in short, for evidence.
func (r *run) firstRow(t *sqlwire.Table) string {
	if len(t.Rows) == 0 {
		return ""
	}
	return "; the first row: " + r.clean(r.rowText(t, t.Rows[0]), 160)
}

// rowText is a row in the order of the columns, each as NAME: VALUE, so that
// the value of one that is named for a secret is cleaned away.
func (r *run) rowText(t *sqlwire.Table, row map[string]any) string {
	var b strings.Builder
	for i, c := range t.Columns {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s: %s", r.clean(c.Name, 64), r.shown(row[c.Name]))
		if b.Len() > maxStepText {
			break
		}
	}
	return b.String()
}

// shown is a value as CEL writes it, cut where it is long.
func (r *run) shown(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return r.quote(v, 80)
	case time.Time:
		return v.Format(time.RFC3339Nano)
	}
	return fmt.Sprint(v)
}

// traceRows notes the result.
func (r *run) traceRows(t *sqlwire.Table) {
	r.trace.add("rows", "%d", len(t.Rows))
	for i, row := range t.Rows[:min(len(t.Rows), shownRows)] {
		r.trace.add("row", "%d: %s", i+1, r.rowText(t, row))
	}
}
