package inputs

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/influxdata/telegraf/config"
	"github.com/influxdata/telegraf/plugins/inputs"
	telegrafpostgresql "github.com/influxdata/telegraf/plugins/inputs/postgresql"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/assay-sla/assay/internal/testservers"
)

// TestPostgreSQL reads Debian's server, and has the series that Telegraf's
// plugin has of it, and those of capacity.
func TestPostgreSQL(t *testing.T) {
	cert, key, ca := serverPair(t)
	setup := "CREATE ROLE reader LOGIN PASSWORD '" + databasePassword + "'\nCREATE ROLE secure LOGIN PASSWORD '" + databasePassword + "'\n" +
		"CREATE ROLE trusted LOGIN\nCREATE DATABASE shop\nREVOKE CONNECT ON DATABASE shop FROM PUBLIC\nCREATE DATABASE hidden\nREVOKE CONNECT ON DATABASE hidden FROM PUBLIC\n" +
		"GRANT pg_read_all_stats TO reader\n"
	address, sockets := testservers.PostgreSQL(t, `
host all reader 127.0.0.1/32 scram-sha-256
host all trusted 127.0.0.1/32 trust
hostssl all secure 127.0.0.1/32 password
local all reader password
`, setup, cert, key)
	good := knows(databasePassword)
	at := func(query string) []string { return []string{"postgres://" + address + "/postgres" + query} }
	plainly := Settings{Servers: at("?security=none"), User: "reader", Password: good}
	in := made(t, "postgresql", plainly)
	awaitDatabase(t, in)

	plugin, ok := inputs.Inputs["postgresql"]().(*telegrafpostgresql.Postgresql)
	if !ok {
		t.Fatal("Telegraf has no plugin for PostgreSQL")
	}
	plugin.Address = config.NewSecret([]byte("postgres://reader:horse%20%22staple%22%20%C3%BC@" + address + "/postgres?sslmode=disable"))
	telegrafs := values(theirs(t, plugin))
	samples, err := all(t, in)
	if err != nil {
		t.Fatal(err)
	}
	ours := values(samples)
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	label := fmt.Sprintf(" server=dbname=postgres host=%s port=%s user=reader", host, port)
	for name, atLeast := range map[string]float64{
		"postgresql_max_connections" + label:                      100,
		"postgresql_numbackends db=postgres" + label:              1,
		"postgresql_database_size_bytes db=postgres" + label:      1 << 20,
		"postgresql_database_size_bytes db=shop" + label:          1 << 20,
		"postgresql_database_size_bytes db=hidden" + label:        1 << 20,
		"postgresql_xact_commit db=postgres" + label:              1,
		"postgresql_blks_hit db=postgres_global" + label:          1,
		"postgresql_buffers_alloc db=postgres" + label:            0,
		"postgresql_checkpoints_timed db=postgres" + label:        0,
		"postgresql_checkpoint_write_time db=postgres" + label:    0,
		"postgresql_idle_in_transaction_time db=postgres" + label: 0,
		"postgresql_temp_bytes db=template1" + label:              0,
	} {
		if got, ok := ours[name]; !ok || got < atLeast {
			t.Errorf("%s is %v, %v; want %v at least", name, got, ok, atLeast)
		}
	}
	for name := range ours {
		if strings.HasPrefix(name, "postgresql_max_connections") || strings.HasPrefix(name, "postgresql_database_size_bytes") {
			delete(ours, name)
		}
	}
	sameSeries(t, ours, telegrafs)

	runDatabases(t, "postgresql", []databaseCase{
		{"over TLS", Settings{Servers: at(""), User: "reader", Password: good, CA: ca}, ""},
		{"the password over TLS", Settings{Servers: at("?security=starttls"), User: "secure", Password: good, CA: ca}, ""},
		{"by its socket", Settings{Servers: []string{"unix://" + sockets + "/.s.PGSQL." + port}, User: "reader", Password: good}, ""},
		{"anybody", Settings{Servers: at("?security=none"), User: "trusted"}, ""},
		{"by the system's roots", Settings{Servers: at(""), User: "reader", Password: good}, "certificate"},
		{"TLS is required", Settings{Servers: at("?security=none"), User: "secure", Password: good}, "28000"},
		{"a wrong password", Settings{Servers: at("?security=none"), User: "reader", Password: knows("battery")}, "28P01"},
		{"no such database", Settings{Servers: []string{"postgres://" + address + "/gone?security=none"}, User: "reader", Password: good}, "3D000"},
		{"no password", Settings{Servers: at("?security=none"), User: "reader", Password: func() (string, error) { return "", errors.New("is empty") }}, "the password: is empty"},
	})
	// Who may not know a database's size is told the others'.
	samples, err = all(t, made(t, "postgresql", Settings{Servers: at("?security=none"), User: "trusted"}))
	if err != nil {
		t.Fatal(err)
	}
	sizes := ""
	for _, s := range samples {
		if s.Name == "postgresql_database_size_bytes" {
			sizes += " " + s.Labels["db"]
		}
	}
	if !strings.Contains(sizes, " postgres") || strings.Contains(sizes, "hidden") {
		t.Errorf("there are sizes of%s", sizes)
	}
}

// fakePostgreSQL is a server of a version that answers each question with one
// row, by the view that it is about: columns and numbers, a text where the
// column is datname.
func fakePostgreSQL(version string, views map[string]map[string]string) func(net.Conn) {
	return func(c net.Conn) {
		b := pgproto3.NewBackend(c, c)
		if _, err := b.ReceiveStartupMessage(); err != nil {
			return
		}
		b.Send(&pgproto3.AuthenticationOk{})
		b.Send(&pgproto3.ParameterStatus{Name: "server_version", Value: version})
		b.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
		for b.Flush() == nil {
			m, err := b.Receive()
			if err != nil {
				return
			}
			switch m := m.(type) {
			case *pgproto3.Parse:
				sendRow(b, m.Query, views)
			case *pgproto3.Query:
				b.Send(&pgproto3.CommandComplete{CommandTag: []byte("OK")})
				b.Send(&pgproto3.ReadyForQuery{TxStatus: 'T'})
			case *pgproto3.Sync:
				b.Send(&pgproto3.ReadyForQuery{TxStatus: 'T'})
			}
		}
	}
}

func sendRow(b *pgproto3.Backend, query string, views map[string]map[string]string) {
	for view, row := range views {
		if !strings.Contains(query, view) {
			continue
		}
		var d pgproto3.RowDescription
		var r pgproto3.DataRow
		for name, value := range row {
			oid := uint32(20)
			if name == "datname" {
				oid = 19
			}
			d.Fields = append(d.Fields, pgproto3.FieldDescription{Name: []byte(name), DataTypeOID: oid})
			r.Values = append(r.Values, []byte(value))
		}
		b.Send(&d)
		b.Send(&r)
		b.Send(&pgproto3.CommandComplete{CommandTag: []byte("SELECT 1")})
		return
	}
	b.Send(&pgproto3.ErrorResponse{Code: "42P01", Message: "relation does not exist: " + query})
}

// TestPostgreSQLVersions: since 17 checkpoints are counted in a view of their
// own; the series go on.
func TestPostgreSQLVersions(t *testing.T) {
	database := map[string]string{"datname": "shop", "numbackends": "3"}
	common := map[string]map[string]string{
		"pg_stat_database": database, "max_connections": {"max_connections": "100"},
		"pg_database_size": {"datname": "shop", "database_size_bytes": "8000000"},
	}
	for version, writer := range map[string]map[string]map[string]string{
		"13.16": {"pg_stat_bgwriter": {"checkpoints_timed": "7", "checkpoints_req": "2", "buffers_checkpoint": "50", "buffers_backend": "9"}},
		"17.2 (Debian 17.2-1)": {
			"pg_stat_bgwriter":     {"buffers_clean": "1"},
			"pg_stat_checkpointer": {"checkpoints_timed": "7", "checkpoints_req": "2", "buffers_checkpoint": "50"},
		},
	} {
		views := map[string]map[string]string{}
		for _, m := range []map[string]map[string]string{common, writer} {
			for view, row := range m {
				views[view] = row
			}
		}
		at := listen(t, "tcp", "127.0.0.1:0", fakePostgreSQL(version, views))
		host, port, err := net.SplitHostPort(at)
		if err != nil {
			t.Fatal(err)
		}
		samples, err := all(t, made(t, "postgresql", Settings{Servers: []string{"postgres://" + at + "/shop?security=none"}, User: "reader"}))
		if err != nil {
			t.Errorf("%s: %v", version, err)
		}
		label := fmt.Sprintf(" server=dbname=shop host=%s port=%s user=reader", host, port)
		want := map[string]float64{
			"postgresql_numbackends db=shop" + label: 3, "postgresql_max_connections" + label: 100, "postgresql_database_size_bytes db=shop" + label: 8e6,
			"postgresql_checkpoints_timed db=shop" + label: 7, "postgresql_checkpoints_req db=shop" + label: 2, "postgresql_buffers_checkpoint db=shop" + label: 50,
		}
		got := values(samples)
		delete(got, "postgresql_buffers_clean db=shop"+label)
		delete(got, "postgresql_buffers_backend db=shop"+label)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", version, diff)
		}
	}
}

// TestPostgreSQLInPart: what was read before a question failed is there.
func TestPostgreSQLInPart(t *testing.T) {
	at := listen(t, "tcp", "127.0.0.1:0", fakePostgreSQL("16.1", map[string]map[string]string{"pg_stat_database": {"datname": "shop", "numbackends": "3"}}))
	samples, err := all(t, made(t, "postgresql", Settings{Servers: []string{"postgres://" + at + "?security=none"}, User: "reader"}))
	if len(samples) != 1 || err == nil || !strings.Contains(err.Error(), "42P01") {
		t.Errorf("%v, %v", samples, err)
	}
}

func TestPostgreSQLVersion(t *testing.T) {
	for text, want := range map[string]int{"15.8 (Debian 15.8-1)": 15, "17beta1": 17, "18": 18, "": 0, "unknown": 0, "99999999999999999999": 0} {
		if got := postgresVersion(text); got != want {
			t.Errorf("%q is %d, not %d", text, got, want)
		}
	}
}
