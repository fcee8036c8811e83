package probe

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/assay-sla/assay/slo"
)

// session is all that an honest PostgreSQL sends to a user it trusts.
func session(t testing.TB) (all []byte) {
	t.Helper()
	for _, m := range []pgproto3.BackendMessage{
		&pgproto3.AuthenticationOk{}, &pgproto3.ParameterStatus{Name: "server_version", Value: "15"}, &pgproto3.ReadyForQuery{TxStatus: 'I'},
		&pgproto3.CommandComplete{CommandTag: []byte("BEGIN")}, &pgproto3.ReadyForQuery{TxStatus: 'T'},
		&pgproto3.ParseComplete{}, &pgproto3.BindComplete{},
		&pgproto3.RowDescription{Fields: []pgproto3.FieldDescription{{Name: []byte("a"), DataTypeOID: 23}, {Name: []byte("b"), DataTypeOID: 1184}, {Name: []byte("c"), DataTypeOID: 1700}}},
		&pgproto3.DataRow{Values: [][]byte{[]byte("1"), []byte("2026-10-01 12:00:00+00"), nil}},
		&pgproto3.CommandComplete{CommandTag: []byte("SELECT 1")}, &pgproto3.ReadyForQuery{TxStatus: 'T'},
		&pgproto3.CommandComplete{CommandTag: []byte("ROLLBACK")}, &pgproto3.ReadyForQuery{TxStatus: 'I'},
	} {
		all = append(all, encoded(t, m)...)
	}
	return all
}

// mysqlSession is all that an honest MySQL sends to a user without a password.
func mysqlSession() []byte {
	var b bytes.Buffer
	for _, exchange := range [][]string{
		{string(mysqlGreeting("8.4.0", mysqlNative, mysqlOfAll))}, {"", mysqlFine}, {"", mysqlFine}, {"", mysqlFine}, {"", mysqlFine},
		{"", "\x02", mysqlColumnOf("a"), mysqlColumnOf("b"), mysqlEnd, "\x011\xfb", mysqlEnd},
	} {
		p := &mysqlPeer{c: struct {
			io.Reader
			io.Writer
		}{nil, &b}}
		if exchange[0] == "" { // the client's
			exchange, p.sequence = exchange[1:], 1
		}
		p.says(exchange...)
	}
	// The greeting is packet 0 and what the login is answered with packet 2.
	all := b.Bytes()
	all[4+int(all[0])+3] = 2
	return all
}

// FuzzSQL has a server say any bytes in either protocol: the probe ends in
// time, with a reason for all but rows.
func FuzzSQL(f *testing.F) {
	whole, mysqlWhole := session(f), mysqlSession()
	for _, s := range [][]byte{whole, whole[:len(whole)/2], {}, []byte("R\x00\x00\x00\x17\x00\x00\x00\x0aSCRAM-SHA-256\x00\x00"), []byte("R\x00\x00\x00\x0c\x00\x00\x00\x05salt")} {
		f.Add(s, false)
	}
	for _, s := range [][]byte{mysqlWhole, mysqlWhole[:len(mysqlWhole)/2], []byte("\x08\x00\x00\x00\xff\x10\x04#HY000")} {
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, said []byte, mysql bool) {
		m := fuzzedSQL(t, said, mysql)
		if (m.Outcome == slo.Up) != (m.Reason == "" && m.Evidence == "") || len(m.Evidence) > slo.MaxEvidence {
			t.Errorf("%+v", m)
		}
		if m.Reason == slo.AgentInternal || m.Reason == slo.FirstByteTimeout || m.Reason == slo.TransferTimeout {
			t.Errorf("%s: %s", m.Reason, m.Evidence)
		}
	})
}

// TestSQLSessions shows that the seeds are what a probe takes for rows.
func TestSQLSessions(t *testing.T) {
	want(t, *fuzzedSQL(t, session(t), false), slo.Up, "")
	want(t, *fuzzedSQL(t, mysqlSession(), true), slo.Up, "")
}

// recorded is a connection to a server that says what it says, whatever it
// hears.
type recorded struct{ io.Reader }

func (recorded) Write(p []byte) (int, error)      { return len(p), nil }
func (recorded) Close() error                     { return nil }
func (recorded) LocalAddr() net.Addr              { return nil }
func (recorded) RemoteAddr() net.Addr             { return nil }
func (recorded) SetDeadline(time.Time) error      { return nil }
func (recorded) SetReadDeadline(time.Time) error  { return nil }
func (recorded) SetWriteDeadline(time.Time) error { return nil }

// fuzzedSQL is a run on a connection that is there already.
func fuzzedSQL(t testing.TB, said []byte, mysql bool) *slo.Measurement {
	spec := &slo.SQL{Driver: slo.SQLPostgres, Username: "assay"}
	if mysql {
		spec.Driver = slo.SQLMySQL
	}
	m := new(slo.Measurement)
	r := &run{ctx: t.Context(), m: m, at: now, start: time.Now(), deadline: time.Now().Add(2 * time.Second), trace: new(Trace)}
	test := &sqlTest{spec: spec, security: slo.SecurityNone, query: sqlQuery}
	rows, err := test.ask(r, r.guard(recorded{bytes.NewReader(said)}), "")
	if err == nil {
		err = test.holds(r, rows)
	} else {
		err = r.unasked(err)
	}
	conclude(m, err, nil)
	return m
}
