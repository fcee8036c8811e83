package probe

import (
	"fmt"
	"strings"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Bounds of what a database may send, so that a hostile one costs little.
const (
	maxLogin   = 64 << 10 // bytes before the query is answered
	maxResult  = 1 << 20  // bytes of the answer
	maxRows    = 1000
	maxColumns = 100
	shownRows  = 20 // in a trace
)

// table is the result of a query as a condition sees it: a row is a map by
// column name, and of two columns of one name the later counts. A query that
// returns nothing has no rows, which is not nil.
type table struct {
	columns []column
	rows    []map[string]any
}

// column is one of a result: value is what a condition sees of a text. The
// values are nil, bool, int64, uint64, float64, string and time.Time.
type column struct {
	name  string
	value func(text []byte) any
}

func newTable() *table { return &table{rows: []map[string]any{}} }

// row adds a row of as many texts as there are columns; nil is a null.
func (d *database) row(t *table, texts [][]byte) error {
	d.begins()
	switch {
	case len(texts) != len(t.columns):
		return d.strange("a row of %d values in %d columns", len(texts), len(t.columns))
	case len(t.rows) == maxRows:
		return downf(slo.ResponseTooLarge, "%s answers with more than %d rows", d.r.peer, maxRows)
	}
	row := make(map[string]any, len(texts))
	for i, c := range t.columns {
		if texts[i] == nil {
			row[c.name] = nil
		} else {
			row[c.name] = c.value(texts[i])
		}
	}
	t.rows = append(t.rows, row)
	return nil
}

// wide says that there are too many columns.
func (d *database) wide(n uint64) error {
	return downf(slo.ResponseTooLarge, "%s answers with %d columns; at most %d are read", d.r.peer, n, maxColumns)
}

// first is the first row in short, for evidence.
func (t *table) first(r *run) string {
	if len(t.rows) == 0 {
		return ""
	}
	return "; the first row: " + r.clean(t.text(r, t.rows[0]), 160)
}

// text is a row in the order of the columns, each as NAME: VALUE, so that the
// value of one that is named for a secret is cleaned away.
func (t *table) text(r *run, row map[string]any) string {
	var b strings.Builder
	for i, c := range t.columns {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s: %s", r.clean(c.name, 64), r.shown(row[c.name]))
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
func (r *run) traceRows(t *table) {
	r.trace.add("rows", "%d", len(t.rows))
	for i, row := range t.rows[:min(len(t.rows), shownRows)] {
		r.trace.add("row", "%d: %s", i+1, t.text(r, row))
	}
}
