package probe

import (
	"fmt"
	"time"

	"github.com/assay-sla/assay/internal/condition"
	"github.com/assay-sla/assay/slo"
)

const (
	// sqlQuery is asked where the catalogue has no question: both kinds of
	// server answer it with one row.
	sqlQuery = "select 1"
	// sqlGrace is how much longer than the run a server may work on the query.
	// The run is so what ends first, with the reason that is its own; a server
	// that does not notice that nobody listens ends soon after.
	sqlGrace = time.Second
)

// sqlTest asks a database one question that changes nothing.
type sqlTest struct {
	host     host
	port     uint16
	security slo.Security
	judge    *judge // nil without TLS
	spec     *slo.SQL
	query    string
	assert   *condition.Expression // nil: any rows are right
	ask      func(*database) (*table, error)
}

// sqlDrivers are the protocols, by name: each logs in, asks, and reads rows.
func sqlDrivers() map[string]func(*database) (*table, error) {
	return map[string]func(*database) (*table, error){
		slo.SQLPostgres: askPostgreSQL,
		slo.SQLMySQL:    askMySQL,
	}
}

func newSQL(spec slo.Spec, env *Env) (Test, error) {
	s, ok := spec.(*slo.SQL)
	if !ok {
		return nil, fmt.Errorf("sql: spec is a %T", spec)
	}
	t := &sqlTest{spec: s, query: s.Query, ask: sqlDrivers()[s.Driver]}
	if t.ask == nil {
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
	d := &database{sqlTest: t}
	if t.spec.Password.Name != "" {
		var err error
		if d.password, err = r.secret(t.spec.Password); err != nil {
			return err
		}
	}
	c, err := r.dial("tcp", t.host, t.port)
	if err != nil {
		return err
	}
	defer c.Close()
	d.talk = newTalk(r, c)
	d.atMost(maxLogin)
	rows, err := t.ask(d)
	d.phases()
	if err != nil {
		return err
	}
	return t.holds(r, rows)
}

// holds evaluates the condition over the rows.
func (t *sqlTest) holds(r *run, rows *table) error {
	if r.trace != nil {
		r.traceRows(rows)
	}
	if t.assert == nil {
		return nil
	}
	ctx, cancel := r.timed()
	defer cancel()
	wanted := fmt.Sprintf("the %d rows from %s to meet %s", len(rows.rows), r.peer, t.assert)
	ok, err := t.assert.Holds(ctx, map[string]any{"rows": rows.rows, "now": r.at.Time()})
	switch {
	case err != nil:
		f := r.unevaluated(slo.AssertionFailed, wanted, err)
		if f.outcome == slo.Down {
			f.text += rows.first(r)
		}
		return f
	case !ok:
		return downf(slo.AssertionFailed, "expected %s%s", wanted, rows.first(r))
	}
	return nil
}

// database is a conversation with a database in one run.
type database struct {
	*talk
	*sqlTest
	password string
	secured  bool      // TLS stands, and was judged
	asked    time.Time // the query; zero before that
	begun    time.Time // its result; zero before that
	ended    time.Time // the result; zero before that
}

// phase is that in which a failure of the connection comes: the result counts
// as begun with its first row, or with its end where it has none.
func (d *database) phase() phase {
	if d.begun.IsZero() {
		return awaiting
	}
	return transferring
}

// phases notes how long the result took to begin and to end. The login is in
// the latency alone.
func (d *database) phases() {
	if d.begun.IsZero() {
		return
	}
	if d.ended.IsZero() {
		d.ends()
	}
	d.r.m.Phases.FirstByte = d.begun.Sub(d.asked)
	d.r.m.Phases.Transfer = d.ended.Sub(d.begun)
}

// asking is called when the query goes out: the bounds are those of a result.
func (d *database) asking() {
	d.asked = time.Now()
	d.atMost(maxResult)
}

// begins is called for every part of the result.
func (d *database) begins() {
	if d.begun.IsZero() {
		d.begun = time.Now()
	}
}

// ends is called when all of the result is there.
func (d *database) ends() { d.ended = time.Now() }

// write sends bytes of the protocol, which are not shown: a login is in them.
func (d *database) write(b []byte) error {
	if _, err := d.conn.Write(b); err != nil {
		return d.r.fail(sending, err)
	}
	return nil
}

// overTLS goes over to TLS.
func (d *database) overTLS() error {
	if err := d.startTLS(d.judge); err != nil {
		return err
	}
	d.secured = true
	return nil
}

// loggedIn notes whom the probe talks to.
func (d *database) loggedIn(server string) {
	if d.r.trace != nil {
		d.r.trace.add("logged in", "as %s to %s %s", d.spec.Username, d.spec.Driver, server)
	}
}

// serverTime is how long the server may work on the query.
func (d *database) serverTime() time.Duration {
	return max(time.Until(d.r.deadline), 0) + sqlGrace
}

// plainPassword says that a login wants the password itself and that there is
// no TLS that would protect it.
func (d *database) plainPassword() error {
	return downf(slo.LoginRefused, "%s wants the password itself, and without TLS it is not sent", d.r.peer)
}

// strange is the failure of what is not the protocol.
func (d *database) strange(format string, args ...any) error {
	return downf(slo.ProtocolError, "%s sent what is not %s: %s", d.r.peer, d.spec.Driver, d.r.clean(fmt.Sprintf(format, args...), 160))
}

// said is a server's own words on a failure, with its code.
func (d *database) said(reason slo.Reason, doing, code, text string) error {
	return downf(reason, "%s %s: error %s, %s", d.r.peer, doing, d.r.clean(code, 20), d.r.quote(text, 240))
}
