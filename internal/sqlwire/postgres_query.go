package sqlwire

import (
	"fmt"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/assay-sla/assay/slo"
)

// query asks in a transaction that may only read and has an end. The extended
// protocol takes one statement, so none can end the transaction and go on.
func (p *postgres) query(text string) (*Table, error) {
	begin := fmt.Sprintf("BEGIN READ ONLY; SET LOCAL statement_timeout = %d", p.serverTime().Milliseconds())
	if err := p.command(begin); err != nil {
		return nil, err
	}
	p.wire.SetMaxBodyLen(MaxResult)
	p.asking()
	err := p.send(
		&pgproto3.Parse{Query: text}, &pgproto3.Bind{}, &pgproto3.Describe{ObjectType: 'P'},
		&pgproto3.Execute{MaxRows: uint32(p.o.Rows) + 1}, &pgproto3.Sync{},
	)
	if err != nil {
		return nil, err
	}
	t, err := p.result()
	if err != nil {
		return nil, err
	}
	p.ends()
	if err := p.command("ROLLBACK"); err != nil { // a pooler would else give up its connection
		return nil, err
	}
	return t, nil
}

// command has statements of the client's own executed.
func (p *postgres) command(text string) error {
	if err := p.send(&pgproto3.Query{String: text}); err != nil {
		return err
	}
	for range maxAnswers {
		m, err := p.receive()
		if err != nil {
			return err
		}
		switch m := m.(type) {
		case *pgproto3.ErrorResponse:
			return p.said(slo.QueryFailed, "refused "+text, m.Code, m.Message)
		case *pgproto3.CommandComplete, *pgproto3.ParameterStatus:
		case *pgproto3.ReadyForQuery:
			return nil
		default:
			return p.strange("%T to a command", m)
		}
	}
	return p.strange("more than %d messages to a command", maxAnswers)
}

// result reads what the query is answered with.
func (p *postgres) result() (*Table, error) {
	t := newTable()
	ended := false
	for {
		m, err := p.receive()
		if err != nil {
			return nil, err
		}
		switch m := m.(type) {
		case *pgproto3.ErrorResponse:
			p.begins()
			return nil, p.said(slo.QueryFailed, "refused the query", m.Code, m.Message)
		case *pgproto3.RowDescription:
			if err := p.describe(t, m); err != nil {
				return nil, err
			}
		case *pgproto3.DataRow:
			if err := p.row(t, m.Values); err != nil {
				return nil, err
			}
		case *pgproto3.CommandComplete, *pgproto3.EmptyQueryResponse:
			p.begins()
			ended = true
		case *pgproto3.ReadyForQuery:
			if !ended {
				return nil, p.strange("no end of a result")
			}
			return t, nil
		case *pgproto3.ParseComplete, *pgproto3.BindComplete, *pgproto3.NoData, *pgproto3.ParameterStatus:
		case *pgproto3.CopyOutResponse, *pgproto3.CopyInResponse, *pgproto3.CopyBothResponse:
			return nil, refusalf(slo.QueryFailed, "%s answers the query with a copy, not with rows", p.o.Peer)
		default:
			return nil, p.strange("%T in a result", m)
		}
	}
}

// describe takes the columns.
func (p *postgres) describe(t *Table, m *pgproto3.RowDescription) error {
	switch {
	case t.Columns != nil:
		return p.strange("columns twice")
	case len(m.Fields) > MaxColumns:
		return p.wide(uint64(len(m.Fields)))
	}
	t.Columns = make([]Column, len(m.Fields))
	for i, f := range m.Fields {
		t.Columns[i] = Column{fmt.Sprint(sqlText(f.Name)), postgresValue(f.DataTypeOID)}
	}
	return nil
}

// postgresValue reads the texts of a type, by its number in pg_type.dat of
// PostgreSQL's source. What is not among them stays text.
func postgresValue(oid uint32) func([]byte) any {
	switch oid {
	case 16: // bool
		return func(b []byte) any { return string(b) == "t" }
	case 20, 21, 23, 26: // int8, int2, int4, oid
		return sqlInt
	case 700, 701, 1700: // float4, float8, numeric
		return sqlFloat
	case 1082, 1114, 1184: // date, timestamp, timestamptz
		return sqlTime
	}
	return sqlText
}
