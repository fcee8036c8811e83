package probe

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/internal/testservers"
	"github.com/assay-sla/assay/slo"
)

// sqlPassword is that of the test users; it has what wants care in protocols.
const sqlPassword = `horse "staple" ü`

// sqlEnv is an environment in which the secrets good and wrong are known.
func sqlEnv(t *testing.T) *Env {
	return newEnv(t, Options{Secrets: func(name string) (string, error) {
		switch name {
		case "good":
			return sqlPassword, nil
		case "wrong":
			return "battery", nil
		}
		return "", fmt.Errorf("there is no %s", name)
	}})
}

// servePostgreSQL runs a PostgreSQL with a table, users for each login, and
// TLS; it returns its address.
func servePostgreSQL(t *testing.T) string {
	t.Helper()
	password := strings.ReplaceAll(sqlPassword, "'", "''")
	setup := ""
	for _, name := range []string{"probe", "secure", "clear", "trusted"} {
		setup += "CREATE ROLE " + name + " LOGIN PASSWORD '" + password + "'\n"
	}
	setup += "SET password_encryption = 'md5'\nCREATE ROLE old LOGIN PASSWORD '" + password + "'\n"
	setup += "CREATE TABLE jobs (id int, name text, ended timestamptz)\nGRANT ALL ON jobs TO PUBLIC\nGRANT ALL ON SCHEMA public TO PUBLIC\n"
	setup += "INSERT INTO jobs VALUES (1, 'backup', '2026-10-01 11:30:00Z'), (2, 'report', NULL)\n"
	cert, key := pemTexts(t)
	address, _ := testservers.PostgreSQL(t, `
host all clear 127.0.0.1/32 password
host all old 127.0.0.1/32 md5
hostssl all secure 127.0.0.1/32 scram-sha-256
host all trusted 127.0.0.1/32 trust
host all probe 127.0.0.1/32 scram-sha-256
`, setup, cert, key)
	awaitServing(t, &slo.SQL{Driver: slo.SQLPostgres, Address: address, Username: "trusted", Database: "postgres", Security: slo.SecurityNone})
	return address
}

// awaitServing waits for a server that listens before it takes anybody in.
func awaitServing(t *testing.T, spec *slo.SQL) {
	t.Helper()
	p := prepare(t, spec, 10*time.Second, sqlEnv(t))
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(20 * time.Second); ; {
		m := p.Run(t.Context(), now, nil)
		if m.Reason != slo.NotServing {
			return
		}
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("still %s", m.Evidence)
		}
	}
}

// serveMariaDB is the same of MariaDB.
func serveMariaDB(t *testing.T) string {
	t.Helper()
	text := "CREATE DATABASE shop;\nCREATE TABLE shop.jobs (id INT, name TEXT, ended TIMESTAMP NULL);\n" +
		"SET time_zone = '+00:00';\nINSERT INTO shop.jobs VALUES (1, 'backup', '2026-10-01 11:30:00'), (2, 'report', NULL);\n"
	for name, option := range map[string]string{"probe": "", "secure": " REQUIRE SSL"} {
		text += fmt.Sprintf("CREATE USER %s@127.0.0.1 IDENTIFIED BY '%s'%s;\nGRANT ALL ON shop.* TO %[1]s@127.0.0.1;\n", name, sqlPassword, option)
	}
	text += "CREATE USER trusted@127.0.0.1 IDENTIFIED BY '';\n"
	cert, key := pemTexts(t)
	address, _ := testservers.MariaDB(t, text, cert, key)
	return address
}

// sqlCase is one probe against a real server.
type sqlCase struct {
	name    string
	spec    slo.SQL
	outcome slo.State
	reason  slo.Reason
	says    string // in the evidence
}

// runSQL runs cases against a server; what they leave out is the common case.
func runSQL(t *testing.T, driver, address, database string, cases []sqlCase) {
	t.Helper()
	env := sqlEnv(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.spec.Driver = driver
			if c.spec.Address == "" {
				c.spec.Address = address
			}
			if c.spec.Username == "" {
				c.spec.Username, c.spec.Database = "probe", database
			}
			if c.spec.Password.Name == "" {
				c.spec.Password.Name = "good"
			}
			if c.spec.TLS.CA == "" && c.reason != slo.TLSUntrusted {
				c.spec.TLS.CA = theAuthority().pem()
			}
			timeout := 20 * time.Second
			if c.reason == slo.FirstByteTimeout || c.reason == slo.TransferTimeout {
				timeout = time.Second
			}
			var trace Trace
			m := prepare(t, &c.spec, timeout, env).Run(t.Context(), now, &trace)
			want(t, m, c.outcome, c.reason)
			if !strings.Contains(m.Evidence, c.says) {
				t.Errorf("the evidence is %s", m.Evidence)
			}
			all := m.Evidence
			for _, s := range trace.Steps {
				all += "\n" + s.Text
			}
			for _, secret := range []string{"horse", "staple", "battery"} {
				if strings.Contains(all, secret) {
					t.Errorf("a password shows:\n%s", all)
				}
			}
			if m.Outcome == slo.Up && (m.Phases.FirstByte <= 0 || m.Phases.Connect <= 0 || m.Phases.Transfer < 0) {
				t.Errorf("phases %+v", m.Phases)
			}
			if m.Outcome == slo.Up && c.spec.Security != slo.SecurityNone && (m.CertExpiry == 0 || m.Phases.TLS <= 0) {
				t.Errorf("no certificate was seen: %+v", m)
			}
		})
	}
}

// TestPostgreSQL asks the server that Debian ships.
func TestPostgreSQL(t *testing.T) {
	address := servePostgreSQL(t)
	none := slo.SecurityNone
	who := func(name string) slo.SQL { return slo.SQL{Username: name, Database: "postgres"} }
	in := func(s slo.SQL, change func(*slo.SQL)) slo.SQL { change(&s); return s }
	runSQL(t, slo.SQLPostgres, address, "postgres", []sqlCase{
		{"login", slo.SQL{}, slo.Up, "", ""},
		{"login without TLS", slo.SQL{Security: none}, slo.Up, "", ""},
		{"MD5", who("old"), slo.Up, "", ""},
		{"the password over TLS", who("clear"), slo.Up, "", ""},
		{"the password without TLS", in(who("clear"), func(s *slo.SQL) { s.Security = none }), slo.Down, slo.LoginRefused, "without TLS it is not sent"},
		{"TLS is required", in(who("secure"), func(s *slo.SQL) { s.Security = none }), slo.Down, slo.LoginRefused, "28000"},
		{"anybody", who("trusted"), slo.Up, "", ""},
		{"wrong password", slo.SQL{Password: slo.Secret{Name: "wrong"}}, slo.Down, slo.LoginRefused, "28P01"},
		{"wrong password, MD5", in(who("old"), func(s *slo.SQL) { s.Password.Name = "wrong" }), slo.Down, slo.LoginRefused, "28P01"},
		{"no such secret", slo.SQL{Password: slo.Secret{Name: "gone"}}, slo.Unknown, slo.AgentSecret, "gone"},
		{"no such database", slo.SQL{Username: "probe", Database: "gone"}, slo.Down, slo.LoginRefused, `3D000, "database "gone" does not exist"`},
		{"untrusted", slo.SQL{}, slo.Down, slo.TLSUntrusted, "certificate of"},
		{"expires soon", slo.SQL{TLS: slo.TLSOptions{MinValidity: 1000 * 24 * time.Hour}}, slo.Down, slo.TLSExpiresSoon, ""},
		{"rows", slo.SQL{Query: "select * from jobs order by id", Assert: `rows.size() == 2 && rows[0].name == "backup" && rows[1].ended == null && now - rows[0].ended == duration("30m")`}, slo.Up, "", ""},
		{"no rows", slo.SQL{Query: "select * from jobs where id > 7", Assert: "rows == []"}, slo.Up, "", ""},
		{"no result", slo.SQL{Query: "set datestyle = 'ISO'", Assert: "rows == []"}, slo.Up, "", ""},
		{"types", slo.SQL{Query: `select true b, 7::int2 i2, 9223372036854775807 i8, 1.5::float4 f, 'NaN'::float8 nan, 12.25::numeric n, 'ü'::text t, null::int x,
			'2026-10-01'::date d, '2026-10-01 12:00:00.25'::timestamp ts, '2026-10-01 14:00:00+02'::timestamptz tz, 'infinity'::timestamp inf,
			'{1,2}'::int[] a, '\x00ff'::bytea raw, '1 day'::interval iv, '{"a": 1}'::jsonb j, 'c'::"char" c`,
			Assert: `rows[0].b == true && rows[0].i2 == 7 && rows[0].i8 == 9223372036854775807 && rows[0].f == 1.5 && rows[0].nan != rows[0].nan && rows[0].n == 12.25
			&& rows[0].t == "ü" && rows[0].x == null && rows[0].d == timestamp("2026-10-01T00:00:00Z") && rows[0].ts == now + duration("250ms") && rows[0].tz == now
			&& rows[0].inf == "infinity" && rows[0].a == "{1,2}" && rows[0].raw == "\\x00ff" && rows[0].iv == "1 day" && rows[0].j == "{\"a\": 1}" && rows[0].c == "c"`}, slo.Up, "", ""},
		{"assertion", slo.SQL{Query: "select * from jobs order by id", Assert: `rows.all(r, r.ended != null)`}, slo.Down, slo.AssertionFailed, `the first row: id: 1, name: "backup"`},
		{"no such column", slo.SQL{Query: "select id from jobs order by id", Assert: `rows[0].nam == ""`}, slo.Down, slo.AssertionFailed, "there is no field nam"},
		{"no such table", slo.SQL{Query: "select * from gone"}, slo.Down, slo.QueryFailed, `42P01, "relation "gone" does not exist"`},
		{"breaks on the way", slo.SQL{Query: "select 1/(3-i) from generate_series(1, 9) i"}, slo.Down, slo.QueryFailed, "22012"},
		{"a write", slo.SQL{Query: "insert into jobs values (9)"}, slo.Down, slo.QueryFailed, "25006"},
		{"a table", slo.SQL{Query: "create table more (id int)"}, slo.Down, slo.QueryFailed, "25006"},
		{"two statements", slo.SQL{Query: "commit; insert into jobs values (9)"}, slo.Down, slo.QueryFailed, "42601"},
		{"a parameter", slo.SQL{Query: "select $1::int"}, slo.Down, slo.QueryFailed, "08P01"},
		{"a copy", slo.SQL{Query: "copy jobs to stdout"}, slo.Down, slo.QueryFailed, "a copy"},
		{"as many rows as may be", slo.SQL{Query: "select i from generate_series(1, 1000) i", Assert: "rows.size() == 1000"}, slo.Up, "", ""},
		{"too many rows", slo.SQL{Query: "select generate_series(1, 100000000)"}, slo.Down, slo.ResponseTooLarge, "1000 rows"},
		{"a huge row", slo.SQL{Query: "select repeat('x', 2000000)"}, slo.Down, slo.ResponseTooLarge, ""},
		{"many large rows", slo.SQL{Query: "select repeat('x', 10000) from generate_series(1, 500)"}, slo.Down, slo.ResponseTooLarge, "1048576"},
		{"too slow", slo.SQL{Query: "select pg_sleep(60)"}, slo.Down, slo.FirstByteTimeout, ""},
		{"nothing was written", slo.SQL{Query: "select count(*) n from jobs", Assert: "rows[0].n == 2"}, slo.Up, "", ""},
		{"stuck in the middle", slo.SQL{Query: "select i, case when i > 900 then pg_sleep(60)::text else repeat('x', 100) end from generate_series(1, 1000) i"}, slo.Down, slo.TransferTimeout, ""},
	})
	runSQL(t, slo.SQLMySQL, address, "postgres", []sqlCase{{"as MySQL's", slo.SQL{}, slo.Down, slo.FirstByteTimeout, ""}})
}

// TestMariaDB asks the server that Debian ships.
func TestMariaDB(t *testing.T) {
	address := serveMariaDB(t)
	none := slo.SecurityNone
	runSQL(t, slo.SQLMySQL, address, "shop", []sqlCase{
		{"login", slo.SQL{}, slo.Up, "", ""},
		{"login without TLS", slo.SQL{Security: none}, slo.Up, "", ""},
		{"TLS is required", slo.SQL{Username: "secure", Security: none}, slo.Down, slo.LoginRefused, "1045 (28000)"},
		{"over TLS", slo.SQL{Username: "secure", Database: "shop"}, slo.Up, "", ""},
		{"wrong password", slo.SQL{Password: slo.Secret{Name: "wrong"}}, slo.Down, slo.LoginRefused, "1045 (28000)"},
		{"no such database", slo.SQL{Username: "probe", Database: "gone"}, slo.Down, slo.LoginRefused, "1044"},
		{"no database", slo.SQL{Username: "probe"}, slo.Up, "", ""},
		{"untrusted", slo.SQL{}, slo.Down, slo.TLSUntrusted, "certificate of"},
		{"rows", slo.SQL{Query: "select * from jobs order by id", Assert: `rows.size() == 2 && rows[0].name == "backup" && rows[1].ended == null && now - rows[0].ended == duration("30m")`}, slo.Up, "", ""},
		{"no rows", slo.SQL{Query: "select * from jobs where id > 7", Assert: "rows == []"}, slo.Up, "", ""},
		{"no result", slo.SQL{Query: "do 1", Assert: "rows == []"}, slo.Up, "", ""},
		{"types", slo.SQL{Query: `select true b, cast(7 as int) i, 18446744073709551615 u, -5 neg, 1.5e0 f, 12.25 n, 'ü' t, '' e, null x, cast('2026-10-01' as date) d,
			cast('2026-10-01 12:00:00.25' as datetime(2)) ts, b'101' bits, cast('0000-00-00' as date) z, cast('10:11:12' as time) tm, unhex('ff') raw`,
			Assert: `rows[0].b == 1 && rows[0].i == 7 && rows[0].u == 18446744073709551615u && rows[0].neg == -5 && rows[0].f == 1.5 && rows[0].n == 12.25
			&& rows[0].t == "ü" && rows[0].e == "" && rows[0].x == null && rows[0].d == timestamp("2026-10-01T00:00:00Z") && rows[0].ts == now + duration("250ms")
			&& rows[0].tm == "10:11:12" && rows[0].raw == "\uFFFD"`}, slo.Up, "", ""},
		{"assertion", slo.SQL{Query: "select * from jobs order by id", Assert: `rows.all(r, r.ended != null)`}, slo.Down, slo.AssertionFailed, `the first row: id: 1, name: "backup"`},
		{"no such table", slo.SQL{Query: "select * from gone"}, slo.Down, slo.QueryFailed, "1146 (42S02)"},
		{"a write", slo.SQL{Query: "insert into jobs values (9, '', null)"}, slo.Down, slo.QueryFailed, "1792"},
		{"a table", slo.SQL{Query: "create table more (id int)"}, slo.Down, slo.QueryFailed, "1792"},
		{"two statements", slo.SQL{Query: "commit; insert into jobs values (9, '', null)"}, slo.Down, slo.QueryFailed, "1064"},
		{"a file of the agent's", slo.SQL{Query: "load data local infile '/etc/hostname' into table jobs"}, slo.Down, slo.QueryFailed, ""},
		{"as many rows as may be", slo.SQL{Query: "select seq from seq_1_to_1000", Assert: "rows.size() == 1000"}, slo.Up, "", ""},
		{"too many rows", slo.SQL{Query: "select seq from seq_1_to_100000000"}, slo.Down, slo.ResponseTooLarge, "1000 rows"},
		{"a huge row", slo.SQL{Query: "select repeat('x', 2000000)"}, slo.Down, slo.ResponseTooLarge, ""},
		{"many large rows", slo.SQL{Query: "select repeat('x', 10000) from seq_1_to_500"}, slo.Down, slo.ResponseTooLarge, "1048576"},
		{"too slow", slo.SQL{Query: "select sleep(60)"}, slo.Down, slo.FirstByteTimeout, ""},
		{"nothing was written", slo.SQL{Query: "select count(*) n from jobs", Assert: "rows[0].n == 2"}, slo.Up, "", ""},
	})
	runSQL(t, slo.SQLPostgres, address, "shop", []sqlCase{{"as PostgreSQL's", slo.SQL{}, slo.Down, slo.ProtocolError, "not PostgreSQL"}})
}
