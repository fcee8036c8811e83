package inputs

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/agent/probe/probetest"
	"github.com/assay-sla/assay/slo"
)

// databasePassword is that of the test users; it has what wants care in
// protocols and addresses.
const databasePassword = `horse "staple" ü`

func knows(password string) func() (string, error) {
	return func() (string, error) { return password, nil }
}

// serverPair is what a server at 127.0.0.1 shows over TLS, and the file of the
// root that it is verified by.
func serverPair(t *testing.T) (cert, key, ca string) {
	t.Helper()
	from, to := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	root := probetest.NewAuthority("Test Authority", from, to)
	pair := root.Issue(from, to, "127.0.0.1")
	der, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	key = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	return string(pemOf(pair.Certificate[0])), key, save(t, filepath.Join(t.TempDir(), "ca.pem"), root.PEM())
}

// databaseCase is one way to be let in, or not.
type databaseCase struct {
	name     string
	settings Settings
	says     string // in the error; "" is a reading
}

func runDatabases(t *testing.T, input string, cases []databaseCase) {
	t.Helper()
	for _, c := range cases {
		in := made(t, input, c.settings)
		samples, err := all(t, in)
		switch {
		case c.says == "" && (err != nil || len(samples) == 0):
			t.Errorf("%s: %d samples, %v", c.name, len(samples), err)
		case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%s: %v, want %q", c.name, err, c.says)
		}
		for _, secret := range []string{"horse", "staple", "battery"} {
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("%s: a password shows: %v", c.name, err)
			}
		}
	}
}

// awaitDatabase waits for a server that listens before it takes anybody in.
func awaitDatabase(t *testing.T, in *Input) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(20 * time.Second); ; {
		_, err := in.Read(t.Context())
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-end:
			t.Fatal(err)
		}
	}
}

// TestDatabasesHostile: a server that is none, or an evil one, costs an error
// in time.
func TestDatabasesHostile(t *testing.T) {
	for name, c := range map[string]struct{ says, want string }{
		"nothing":   {"", "waiting for the first byte from the server"},
		"HTTP":      {"HTTP/1.1 400 Bad Request\r\n\r\n", "what is not"},
		"zeros":     {strings.Repeat("\x00", 1<<20), "what is not"},
		"an answer": {"N", "the server"},
	} {
		at := listen(t, "tcp", "127.0.0.1:0", func(conn net.Conn) {
			_ = conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond)) // MySQL speaks first
			_, _ = conn.Read(make([]byte, 1024))
			_, _ = conn.Write([]byte(c.says))
		})
		for input, server := range map[string]string{"postgresql": "postgres://" + at, "mysql": "mysql://" + at} {
			in := made(t, input, Settings{Servers: []string{server}, User: "reader", Password: knows(databasePassword)})
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			got, err := in.Read(ctx)
			cancel()
			if err == nil || !strings.Contains(err.Error(), c.want) || len(got) > 0 || strings.Contains(err.Error(), "horse") {
				t.Errorf("%s for %s: %v, %v", name, input, got, err)
			}
		}
	}
	silent := listen(t, "tcp", "127.0.0.1:0", func(conn net.Conn) { _, _ = conn.Read(make([]byte, 1024)); hangUntilClosed(conn) })
	for input, server := range map[string]string{"postgresql": "postgres://" + silent, "mysql": "mysql://" + silent} {
		r, err := newDatabases(input, Settings{Servers: []string{server}, User: "reader"})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		acc := &accumulator{}
		if err := r.read(ctx, acc); err != nil || len(acc.faults) != 1 || acc.faults[0].Server != server {
			t.Errorf("%s is silent: %v, %v", input, err, acc.err())
		}
		cancel()
	}
}

func hangUntilClosed(conn net.Conn) {
	for b := make([]byte, 1024); ; {
		if _, err := conn.Read(b); err != nil {
			return
		}
	}
}

func TestParseDatabase(t *testing.T) {
	for _, c := range []struct {
		input, server string
		secret        bool
		want          string // "" where it is good
	}{
		{"postgresql", "postgres://127.0.0.1:5432/postgres?security=none", true, ""},
		{"postgresql", "postgres://db.example:5432", true, ""},
		{"postgresql", "postgres://db.example:5432/shop?security=tls", true, ""},
		{"postgresql", "postgres://[::1]:5432/?security=none", true, ""},
		{"postgresql", "unix:///var/run/postgresql/.s.PGSQL.5432", true, ""},
		{"postgresql", "postgres://db.example:5432/shop?security=none", true, "in the clear"},
		{"postgresql", "postgres://db.example:5432/shop?security=none", false, ""},
		{"postgresql", "postgres://db.example/shop", false, "not postgres://host:port"},
		{"postgresql", "postgres://:5432/shop", false, "not postgres://host:port"},
		{"postgresql", "postgres://db.example:/shop", false, "not postgres://host:port"},
		{"postgresql", "postgres://db.example:5432/a/b", false, "no database"},
		{"postgresql", "postgres://db.example:5432/a%00b", false, "no database"},
		{"postgresql", "postgres://db.example:5432/?sslmode=disable", false, "security is, once"},
		{"postgresql", "postgres://db.example:5432/?security=none&security=tls", false, "security is, once"},
		{"postgresql", "postgres://db.example:5432/?security=maybe", false, "not one that postgres has"},
		{"postgresql", "postgres://u:hush@db.example:5432/", false, "holds a user"},
		{"postgresql", "mysql://db.example:3306", false, "not an address"},
		{"mysql", "mysql://127.0.0.1:3306?security=none", true, ""},
		{"mysql", "mysql://db.example:3306/", true, ""},
		{"mysql", "mysql://db.example:3306/shop", false, "no database"},
		{"mysql", "mysql://db.example:3306?security=tls", false, "not one that mysql has"},
		{"mysql", "mysql://db.example:3306?security=none", true, "in the clear"},
		{"mysql", "unix:///run/mysqld/mysqld.sock", true, ""},
		{"mysql", "unix://run/mysqld.sock", true, "absolute path"},
	} {
		err := CheckServer(c.input, c.server, c.secret)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s at %s: %v, want %q", c.input, c.server, err, c.want)
		}
	}
	for _, user := range []string{"", "a\x00b", "a\nb"} {
		for input, driver := range databaseDrivers() {
			if _, err := New(input, Settings{User: user}, nil); err == nil {
				t.Errorf("%s: made with the user %q", driver, user)
			}
		}
	}
}

func TestSocketPort(t *testing.T) {
	for socket, want := range map[string]string{
		"/var/run/postgresql/.s.PGSQL.5432": "dbname=postgres host=/var/run/postgresql port=5432 user=u",
		"/run/other":                        "dbname=postgres host=/run/other user=u",
	} {
		if got := postgresLabel(database{driver: slo.SQLPostgres, network: "unix", address: socket, name: "postgres"}, "u"); got != want {
			t.Errorf("%s is %s", socket, got)
		}
	}
}
