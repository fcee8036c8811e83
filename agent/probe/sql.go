package probe

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/assay-sla/assay/internal/condition"
	"github.com/assay-sla/assay/internal/sqlwire"
	"github.com/assay-sla/assay/slo"
)

// sqlQuery is asked where the catalogue has no question: both kinds of server
// answer it with one row.
const sqlQuery = "select 1"

// sqlTest asks a database one question that changes nothing.
type sqlTest struct {
	host     host
	port     uint16
	security slo.Security
	judge    *judge // nil without TLS
	spec     *slo.SQL
	query    string
	assert   *condition.Expression // nil: any rows are right
	canary   *condition.Expression // nil: none is looked for
}

func newSQL(spec slo.Spec, env *Env) (Test, error) {
	s, ok := spec.(*slo.SQL)
	if !ok {
		return nil, fmt.Errorf("sql: spec is a %T", spec)
	}
	t := &sqlTest{spec: s, query: s.Query}
	if !slices.Contains(slo.SQLDrivers(), s.Driver) {
		return nil, fmt.Errorf("sql: driver %q is not one of %v", s.Driver, slo.SQLDrivers())
	}
	if s.Username == "" || !quotable(s.Username) || !quotable(s.Database) {
		return nil, fmt.Errorf("sql: username and database are printable ASCII, and a username is needed")
	}
	if t.query == "" {
		t.query = sqlQuery
	}
	if err := slo.CheckQuery(t.query); err != nil {
		return nil, fmt.Errorf("sql: the query %w", err)
	}
	var err error
	if t.host, t.port, err = newHostPort(s.Address, s.IP, ""); err != nil {
		return nil, fmt.Errorf("sql: %w", err)
	}
	if err := t.secure(env); err != nil {
		return nil, fmt.Errorf("sql: %w", err)
	}
	if s.Assert != "" {
		if t.assert, err = condition.Rows.Condition(s.Assert); err != nil {
			return nil, fmt.Errorf("sql: assert: %w", err)
		}
	}
	if s.Canary != "" {
		if t.canary, err = condition.Rows.Value(s.Canary); err != nil {
			return nil, fmt.Errorf("sql: canary: %w", err)
		}
	}
	return t.run, nil
}

// secure prepares TLS.
func (t *sqlTest) secure(env *Env) (err error) {
	switch t.security = t.spec.Security; {
	case t.security == slo.SecurityNone:
		return nil
	case t.security == "":
		t.security = slo.SecurityStartTLS
	case t.security == slo.SecurityStartTLS, t.security == slo.SecurityTLS && t.spec.Driver == slo.SQLPostgres:
	default:
		return fmt.Errorf("security %q is not one that %s has", t.security, t.spec.Driver)
	}
	if t.judge, err = newJudge(t.spec.TLS, t.host, env); err == nil && t.security == slo.SecurityTLS {
		t.judge.config.NextProtos = []string{"postgresql"} // such a server insists on it
	}
	return err
}

func (t *sqlTest) run(r *run) error {
	password := ""
	if t.spec.Password.Name != "" {
		var err error
		if password, err = r.secret(t.spec.Password); err != nil {
			return err
		}
	}
	c, err := r.dial("tcp", t.host, t.port)
	if err != nil {
		return err
	}
	defer c.Close()
	rows, err := t.ask(r, c, password)
	if err != nil {
		return r.unasked(err)
	}
	if err := t.holds(r, rows); err != nil || t.canary == nil {
		return err
	}
	return t.readCanary(r, rows)
}

// ask logs in, asks, and takes leave.
func (t *sqlTest) ask(r *run, c *conn, password string) (*sqlwire.Table, error) {
	client, err := sqlwire.New(c, sqlwire.Options{
		Driver: t.spec.Driver, Username: t.spec.Username, Password: password, Database: t.spec.Database,
		Security: t.security, Secure: func() (io.ReadWriter, error) { return r.handshake(c, t.judge) },
		Deadline: r.deadline, Peer: r.peer.String(), Clean: r.hidden.clean,
	})
	if err != nil {
		return nil, err
	}
	if err := client.Login(); err != nil {
		return nil, err
	}
	if r.trace != nil {
		r.trace.add("logged in", "as %s to %s %s", t.spec.Username, t.spec.Driver, client.Version())
	}
	rows, err := client.Query(t.query)
	// How long the result took to begin and to end. The login is in the latency
	// alone.
	r.m.Phases.FirstByte, r.m.Phases.Transfer, _ = client.Times()
	if err == nil {
		client.Leave()
	}
	return rows, err
}

// unasked is the failure of a conversation with a database.
func (r *run) unasked(err error) error {
	var broken *sqlwire.Break
	var refused *sqlwire.Refusal
	switch {
	case errors.As(err, &broken):
		return r.fail(map[sqlwire.Stage]phase{sqlwire.Sending: sending, sqlwire.Awaiting: awaiting, sqlwire.Transferring: transferring}[broken.Stage], broken.Err)
	case errors.As(err, &refused):
		return downf(refused.Reason, "%s", refused.Text)
	}
	return err
}

// holds evaluates the condition over the rows.
func (t *sqlTest) holds(r *run, rows *sqlwire.Table) error {
	if r.trace != nil {
		r.traceRows(rows)
	}
	if t.assert == nil {
		return nil
	}
	ctx, cancel := r.timed()
	defer cancel()
	wanted := fmt.Sprintf("the %d rows from %s to meet %s", len(rows.Rows), r.peer, t.assert)
	ok, err := t.assert.Holds(ctx, map[string]any{"rows": rows.Rows, "now": r.at.Time()})
	switch {
	case err != nil:
		f := r.unevaluated(slo.AssertionFailed, wanted, err)
		if f.outcome == slo.Down {
			f.text += r.firstRow(rows)
		}
		return f
	case !ok:
		return downf(slo.AssertionFailed, "expected %s%s", wanted, r.firstRow(rows))
	}
	return nil
}
