package inputs

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/assay-sla/assay/internal/sqlwire"
	"github.com/assay-sla/assay/slo"
)

// maxDatabaseRows bounds the rows of one answer of a database.
const maxDatabaseRows = 5000

// database is a server of databases that is read, over a connection for each
// reading.
type database struct {
	driver   string // one of slo.SQLDrivers
	network  string // tcp or unix
	address  string // host:port, or the path of a socket
	host     string // whom its certificate is for
	name     string // database to log in to; "" is none
	security slo.Security
}

// databaseDrivers are the protocols of the inputs that read databases, by
// input.
func databaseDrivers() map[string]string {
	return map[string]string{"postgresql": slo.SQLPostgres, "mysql": slo.SQLMySQL}
}

// parseDatabase reads an address: postgres://host:port/database,
// mysql://host:port, or unix:///path; ?security= is none, starttls, or tls for
// PostgreSQL. Default is starttls.
func parseDatabase(input string, u *url.URL) (database, error) {
	d := database{driver: databaseDrivers()[input], security: slo.SecurityStartTLS}
	if d.driver == slo.SQLPostgres {
		d.name = "postgres"
	}
	if u.Scheme == "unix" {
		d.network, d.address, d.security = "unix", u.Path, slo.SecurityNone
		return d, nil
	}
	d.network, d.address, d.host = "tcp", u.Host, u.Hostname()
	if _, port, err := net.SplitHostPort(u.Host); err != nil || d.host == "" || port == "" {
		return d, fmt.Errorf("it is not %s://host:port", u.Scheme)
	}
	switch name := strings.TrimPrefix(u.Path, "/"); {
	case name == "":
	case d.driver == slo.SQLMySQL || strings.Contains(name, "/") || !printable(name):
		return d, errors.New("what stands behind the port is no database to log in to")
	default:
		d.name = name
	}
	for key, values := range u.Query() {
		if key != "security" || len(values) != 1 {
			return d, fmt.Errorf("its parameter %q is not known; security is, once", key)
		}
		d.security = slo.Security(values[0])
	}
	switch d.security {
	case slo.SecurityNone, slo.SecurityStartTLS:
		return d, nil
	case slo.SecurityTLS:
		if d.driver == slo.SQLPostgres {
			return d, nil
		}
	}
	return d, fmt.Errorf("security %q is not one that %s has", d.security, d.driver)
}

// printable reports whether a name has characters that are seen alone.
func printable(name string) bool { return plain(name, len(name)) == name }

// databases reads the databases of an input.
type databases struct {
	settings  Settings
	servers   []database
	questions func(c *sqlwire.Client, d database, user string, acc *accumulator) error
}

func newDatabases(input string, s Settings) (*databases, error) {
	r := &databases{settings: s, questions: readPostgreSQL}
	if input == "mysql" {
		r.questions = readMySQL
	}
	if s.User == "" || !printable(s.User) {
		return nil, fmt.Errorf("input %s: the user to log in as is missing, or has characters that are not seen", input)
	}
	for _, server := range s.Servers {
		u, err := url.Parse(server)
		if err != nil {
			return nil, fmt.Errorf("input %s: %w", input, err)
		}
		d, err := parseDatabase(input, u)
		if err != nil {
			return nil, fmt.Errorf("input %s: the server %q: %w", input, server, err)
		}
		r.servers = append(r.servers, d)
	}
	return r, nil
}

func (r *databases) read(ctx context.Context, acc *accumulator) error {
	eachServer(ctx, r.settings.Servers, acc, func(ctx context.Context, i int, acc *accumulator) error {
		return r.servers[i].ask(ctx, r.settings, func(c *sqlwire.Client) error {
			return r.questions(c, r.servers[i], r.settings.User, acc)
		})
	})
	return nil
}

// ask logs in to a server and has questions put to it.
func (d database) ask(ctx context.Context, s Settings, questions func(*sqlwire.Client) error) error {
	password, err := s.password()
	if err != nil {
		return err
	}
	config, err := s.tlsFor(d.host)
	if err != nil {
		return err
	}
	if d.security == slo.SecurityTLS {
		config.NextProtos = []string{"postgresql"} // such a server insists on it
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, d.network, d.address)
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(time.Minute)
	}
	if err := conn.SetDeadline(deadline); err != nil {
		return err
	}
	c, err := sqlwire.New(conn, sqlwire.Options{
		Driver: d.driver, Username: s.User, Password: password, Database: d.name,
		Security: d.security, Secure: func() (io.ReadWriter, error) { return overTLS(ctx, conn, config) },
		Private: d.network == "unix", Deadline: deadline, Rows: maxDatabaseRows, Peer: "the server",
		Clean: func(text string, limit int) string { return plain(without(text, password), limit) },
	})
	if err != nil {
		return err
	}
	if err := c.Login(); err != nil {
		return err
	}
	if err := questions(c); err != nil {
		return err
	}
	c.Leave()
	return nil
}

// overTLS makes TLS of a connection, and verifies the server.
func overTLS(ctx context.Context, conn net.Conn, config *tls.Config) (io.ReadWriter, error) {
	t := tls.Client(conn, config)
	if err := t.HandshakeContext(ctx); err != nil {
		return nil, fmt.Errorf("the TLS handshake: %w", err)
	}
	return t, nil
}

// without is text without a password, which a server may have sent back.
func without(text, password string) string {
	if password == "" {
		return text
	}
	return strings.ReplaceAll(text, password, "***")
}

// socketPort divides the path of PostgreSQL's socket, /run/.s.PGSQL.5432, into
// what its clients call host and port.
func socketPort(socket string) (host, port string) {
	dir, file := path.Split(socket)
	if port, ok := strings.CutPrefix(file, ".s.PGSQL."); ok {
		return path.Clean(dir), port
	}
	return socket, ""
}
