package sqlwire

import "github.com/assay-sla/assay/slo"

// Table is the result of a query: a row is a map by column name, and of two
// columns of one name the later counts. A query that returns nothing has no
// rows, which is not nil. The values are nil, bool, int64, uint64, float64,
// string and time.Time.
type Table struct {
	Columns []Column
	Rows    []map[string]any
}

// Column is one of a result.
type Column struct {
	Name  string
	value func(text []byte) any
}

func newTable() *Table { return &Table{Rows: []map[string]any{}} }

// row adds a row of as many texts as there are columns; nil is a null.
func (c *Client) row(t *Table, texts [][]byte) error {
	c.begins()
	switch {
	case len(texts) != len(t.Columns):
		return c.strange("a row of %d values in %d columns", len(texts), len(t.Columns))
	case len(t.Rows) == c.o.Rows:
		return refusalf(slo.ResponseTooLarge, "%s answers with more than %d rows", c.o.Peer, c.o.Rows)
	}
	row := make(map[string]any, len(texts))
	for i, col := range t.Columns {
		if texts[i] == nil {
			row[col.Name] = nil
		} else {
			row[col.Name] = col.value(texts[i])
		}
	}
	t.Rows = append(t.Rows, row)
	return nil
}
