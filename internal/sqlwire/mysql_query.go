package sqlwire

import (
	"fmt"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// query asks in a session that may only read. The server takes one statement
// at a time, so none can make it write first.
func (m *mysql) query(text string) (*Table, error) {
	if err := m.prepare(); err != nil {
		return nil, err
	}
	m.asking()
	if err := m.command(mysqlQuery, text); err != nil {
		return nil, err
	}
	b, err := m.packet()
	if err != nil {
		return nil, err
	}
	t := newTable()
	switch b[0] {
	case mysqlOK: // a statement without rows
		m.begins()
		m.ends()
		return t, nil
	case mysqlError:
		m.begins()
		return nil, m.refused(b, "refused the query")
	case mysqlFile:
		return nil, refusalf(slo.QueryFailed, "%s wants a file of the agent's for the query, and does not get one", m.o.Peer)
	}
	if err := m.columns(t, b); err != nil {
		return nil, err
	}
	if err := m.rows(t); err != nil {
		return nil, err
	}
	m.ends()
	return t, nil
}

// prepare bounds what the query may do, and has times told in UTC.
func (m *mysql) prepare() error {
	// MySQL and MariaDB each have a bound of their own on a statement's time,
	// and what is in between may have none.
	bound := fmt.Sprintf("SET SESSION max_execution_time = %d", m.serverTime().Milliseconds())
	if strings.Contains(m.version, "MariaDB") {
		bound = fmt.Sprintf("SET SESSION max_statement_time = %.3f", m.serverTime().Seconds())
	}
	for _, c := range []struct {
		text   string
		needed bool
	}{
		{fmt.Sprintf("SET time_zone = '+00:00', sql_select_limit = %d", m.o.Rows+1), true},
		{bound, false},
		// Not START TRANSACTION READ ONLY, which MariaDB ends for a CREATE TABLE.
		{"SET SESSION TRANSACTION READ ONLY", true},
	} {
		if err := m.command(mysqlQuery, c.text); err != nil {
			return err
		}
		b, err := m.packet()
		switch {
		case err != nil:
			return err
		case b[0] == mysqlError && c.needed:
			return m.refused(b, "refused "+c.text)
		case b[0] != mysqlOK && b[0] != mysqlError:
			return m.strange("%s to a command", m.o.quote(string(b), 80))
		}
	}
	return nil
}

// columns reads the descriptions of as many columns as the first packet says.
func (m *mysql) columns(t *Table, first []byte) error {
	c := mysqlPacket{b: first}
	n := c.number()
	switch {
	case c.short || len(c.b) > 0 || n == 0:
		return m.strange("%s for a number of columns", m.o.quote(string(first), 80))
	case n > MaxColumns:
		return m.wide(n)
	}
	for range n {
		b, err := m.packet()
		if err != nil {
			return err
		}
		col, ok := mysqlColumn(b)
		if !ok {
			return m.strange("%s for a column", m.o.quote(string(b), 80))
		}
		t.Columns = append(t.Columns, col)
	}
	b, err := m.packet()
	if err == nil && !isEOF(b) {
		err = m.strange("%s after the columns", m.o.quote(string(b), 80))
	}
	return err
}

// rows reads rows to their end.
func (m *mysql) rows(t *Table) error {
	for {
		b, err := m.packet()
		switch {
		case err != nil:
			return err
		case b[0] == mysqlError:
			m.begins()
			return m.refused(b, "broke the query off")
		case isEOF(b):
			m.begins()
			return nil
		}
		c := mysqlPacket{b: b}
		texts := make([][]byte, len(t.Columns))
		for i := range texts {
			if len(c.b) == 0 {
				c.short = true
			}
			texts[i] = c.bytes()
		}
		if c.short || len(c.b) > 0 {
			return m.strange("a row that does not fit its columns")
		}
		if err := m.row(t, texts); err != nil {
			return err
		}
	}
}

// isEOF tells the end of a list from a row that begins with a long value.
func isEOF(b []byte) bool { return b[0] == mysqlEOF && len(b) < 9 }

// mysqlColumn reads a description: catalogue, schema, two names of the table,
// two of the column, and numbers of which the type is the third.
func mysqlColumn(b []byte) (Column, bool) {
	c := mysqlPacket{b: b}
	for range 4 {
		c.bytes()
	}
	name := sqlText(c.bytes())
	c.bytes()
	c.take(1 + 2 + 4)
	kind := c.byte()
	return Column{fmt.Sprint(name), mysqlValue(kind)}, !c.short
}

// mysqlValue reads the texts of a type, by its number in
// include/field_types.h of MySQL's source. What is not among them stays text.
func mysqlValue(kind byte) func([]byte) any {
	switch kind {
	case 1, 2, 3, 8, 9, 13: // tinyint (which bool is), smallint, int, bigint, mediumint, year
		return sqlInt
	case 0, 4, 5, 246: // decimal, float, double, decimal
		return sqlFloat
	case 7, 10, 12: // timestamp, date, datetime
		return sqlTime
	case 16: // bit
		return sqlBits
	}
	return sqlText
}

// sqlBits are up to 64 bits as a number.
func sqlBits(b []byte) any {
	if len(b) > 8 {
		return sqlText(b)
	}
	var n uint64
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	if n > 1<<63-1 {
		return n
	}
	return int64(n)
}
