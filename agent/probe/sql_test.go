package probe

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/assay-sla/assay/slo"
)

// fakeSQL is the spec of a probe at a fake server without TLS.
func fakeSQL(driver, address string) *slo.SQL {
	return &slo.SQL{Driver: driver, Address: address, Username: "assay", Password: slo.Secret{Name: "good"}, Security: slo.SecurityNone}
}

// TestSQLRows: rows of servers as they should be, and what judges them.
func TestSQLRows(t *testing.T) {
	two := fakePostgres(func(c net.Conn, b *pgproto3.Backend) {
		says(&pgproto3.ParseComplete{}, &pgproto3.BindComplete{}, columnsOf("a", "b"), rowOf("1", "x"), rowOf("2", "y\x1b[2J"),
			&pgproto3.CommandComplete{CommandTag: []byte("SELECT 2")}, &pgproto3.ReadyForQuery{TxStatus: 'T'})(c, b)
		if received[*pgproto3.Query](b) {
			says(&pgproto3.CommandComplete{CommandTag: []byte("ROLLBACK")}, &pgproto3.ReadyForQuery{TxStatus: 'I'})(c, b)
		}
	})
	mysqlTwo := fakeMySQL(func(p *mysqlPeer) {
		p.says("\x02", mysqlColumnOf("a"), mysqlColumnOf("b"), mysqlEnd, "\x011\x01x", "\x012\xfb", mysqlEnd)
	})
	for _, c := range []struct {
		name, driver string
		handle       func(net.Conn)
		assert       string
		outcome      slo.State
		reason       slo.Reason
		says         string
	}{
		{"rows", "postgres", two, `rows.size() == 2 && rows[0] == {"a": "1", "b": "x"}`, slo.Up, "", ""},
		{"other rows", "postgres", two, `rows[1].b == "y"`, slo.Down, slo.AssertionFailed, `; the first row: a: "1", b: "x"`},
		{"a secret in a row", "postgres", fakePostgres(func(c net.Conn, b *pgproto3.Backend) {
			says(columnsOf("id", "password"), rowOf("1", "hunter2"), &pgproto3.CommandComplete{CommandTag: []byte("SELECT 1")}, &pgproto3.ReadyForQuery{TxStatus: 'T'})(c, b)
			if received[*pgproto3.Query](b) {
				says(&pgproto3.ReadyForQuery{TxStatus: 'I'})(c, b)
			}
		}), `rows == []`, slo.Down, slo.AssertionFailed, `; the first row: id: "1", password: ***`},
		{"a costly condition", "postgres", two, `[1,2,3,4,5,6,7,8,9,10].all(a, [1,2,3,4,5,6,7,8,9,10].all(b, [1,2,3,4,5,6,7,8,9,10].all(c, [1,2,3,4,5,6,7,8,9,10].all(d, [1,2,3,4,5,6,7,8,9,10].all(e, [1,2,3,4,5,6,7,8,9,10].all(f, a+b+c+d+e+f > 0 && rows.size() == 2))))))`, slo.Unknown, slo.AgentOverloaded, ""},
		{"rows", "mysql", mysqlTwo, `rows.size() == 2 && rows[0] == {"a": "1", "b": "x"} && rows[1].b == null`, slo.Up, "", ""},
		{"other rows", "mysql", mysqlTwo, `rows[0].a == "7"`, slo.Down, slo.AssertionFailed, `; the first row: a: "1", b: "x"`},
	} {
		t.Run(c.driver+" "+c.name, func(t *testing.T) {
			spec := fakeSQL(c.driver, serve(t, c.handle))
			spec.Assert = c.assert
			var trace Trace
			m := prepare(t, spec, 5*time.Second, sqlEnv(t)).Run(t.Context(), now, &trace)
			want(t, m, c.outcome, c.reason)
			if !strings.HasSuffix(m.Evidence, c.says) {
				t.Errorf("the evidence is %s", m.Evidence)
			}
			for _, s := range trace.Steps {
				if strings.ContainsRune(s.Text, 0x1b) {
					t.Errorf("the trace holds an escape: %q", s.Text)
				}
			}
			if m.Outcome == slo.Up && (m.Phases.FirstByte <= 0 || m.Phases.Transfer <= 0) {
				t.Errorf("phases %+v", m.Phases)
			}
		})
	}
}

// TestPostgreSQLOverTLS: TLS from the first byte, as PostgreSQL has it from
// version 17 on: it wants to hear the protocol's name.
func TestPostgreSQLOverTLS(t *testing.T) {
	config := &tls.Config{Certificates: []tls.Certificate{theAuthority().fresh(t)}, NextProtos: []string{"postgresql"}}
	address := serve(t, func(c net.Conn) {
		s := tls.Server(c, config)
		if s.Handshake() != nil || s.ConnectionState().NegotiatedProtocol != "postgresql" {
			return
		}
		fakePostgresLogin(func(c net.Conn, b *pgproto3.Backend) bool {
			says(&pgproto3.AuthenticationCleartextPassword{})(c, b)
			_ = b.SetAuthType(pgproto3.AuthTypeCleartextPassword) // a known one
			m, err := b.Receive()
			p, ok := m.(*pgproto3.PasswordMessage)
			if err != nil || !ok || p.Password != sqlPassword {
				return false
			}
			says(&pgproto3.ErrorResponse{Code: "57P03", Message: "the database system is starting up, " + p.Password})(c, b)
			return true
		}, func(net.Conn, *pgproto3.Backend) {})(s)
	})
	spec := fakeSQL("postgres", address)
	spec.Security, spec.TLS.CA = slo.SecurityTLS, theAuthority().pem()
	m := prepare(t, spec, 5*time.Second, sqlEnv(t)).Run(t.Context(), now, nil)
	want(t, m, slo.Down, slo.NotServing)
	if strings.Contains(m.Evidence, "staple") || !strings.Contains(m.Evidence, "57P03") || m.CertExpiry == 0 {
		t.Errorf("got %+v", m)
	}
}

// TestMySQLLogins: each method, as a server checks it.
func TestMySQLLogins(t *testing.T) {
	cert := theAuthority().fresh(t)
	none := (*tls.Certificate)(nil)
	for _, c := range []struct {
		name    string
		handle  func(net.Conn)
		tls     bool
		outcome slo.State
		reason  slo.Reason
	}{
		{"native", mysqlAccount(sqlPassword, none, false, mysqlNative), false, slo.Up, ""},
		{"native over TLS", mysqlAccount(sqlPassword, &cert, false, mysqlNative), true, slo.Up, ""},
		{"SHA-2 that is known", mysqlAccount(sqlPassword, none, true, mysqlSHA2), false, slo.Up, ""},
		{"SHA-2 over TLS", mysqlAccount(sqlPassword, &cert, false, mysqlSHA2), true, slo.Up, ""},
		{"SHA-2 that wants the password without TLS", mysqlAccount(sqlPassword, none, false, mysqlSHA2), false, slo.Down, slo.LoginRefused},
		{"from native to SHA-2", mysqlAccount(sqlPassword, none, true, mysqlNative, mysqlSHA2), false, slo.Up, ""},
		{"from SHA-2 to native", mysqlAccount(sqlPassword, none, true, mysqlSHA2, mysqlNative), false, slo.Up, ""},
		{"to SHA-256 over TLS", mysqlAccount(sqlPassword, &cert, false, mysqlNative, mysqlSHA256), true, slo.Up, ""},
		{"to SHA-256 without TLS", mysqlAccount(sqlPassword, none, false, mysqlNative, mysqlSHA256), false, slo.Down, slo.LoginRefused},
		{"to the password over TLS", mysqlAccount(sqlPassword, &cert, false, mysqlNative, mysqlClear), true, slo.Up, ""},
		{"to the password without TLS", mysqlAccount(sqlPassword, none, false, mysqlNative, mysqlClear), false, slo.Down, slo.LoginRefused},
		{"to another method", mysqlAccount(sqlPassword, &cert, false, mysqlNative, "auth_gssapi_client"), true, slo.Down, slo.LoginRefused},
		{"another password", mysqlAccount("battery", &cert, true, mysqlSHA2), true, slo.Down, slo.LoginRefused},
		{"no TLS", mysqlAccount(sqlPassword, none, false, mysqlNative), true, slo.Down, slo.StartTLSRefused},
	} {
		t.Run(c.name, func(t *testing.T) {
			spec := fakeSQL("mysql", serve(t, c.handle))
			if c.tls {
				spec.Security, spec.TLS.CA = "", theAuthority().pem()
			}
			var trace Trace
			m := prepare(t, spec, 5*time.Second, sqlEnv(t)).Run(t.Context(), now, &trace)
			want(t, m, c.outcome, c.reason)
			all := m.Evidence
			for _, s := range trace.Steps {
				all += s.Text
			}
			if strings.Contains(all, "staple") {
				t.Errorf("the password shows: %s", all)
			}
		})
	}
}

// scramServer sends the given challenge and, once answered, what follows.
func scramServer(challenge func(nonce string) string, follows ...pgproto3.BackendMessage) func(net.Conn) {
	return fakePostgresLogin(func(c net.Conn, b *pgproto3.Backend) bool {
		says(&pgproto3.AuthenticationSASL{AuthMechanisms: []string{"SCRAM-SHA-256-PLUS", scramSHA256}})(c, b)
		_ = b.SetAuthType(pgproto3.AuthTypeSASL) // a known one
		m, err := b.Receive()
		first, ok := m.(*pgproto3.SASLInitialResponse)
		if err != nil || !ok {
			return false
		}
		_, nonce, _ := strings.Cut(string(first.Data), "r=")
		says(&pgproto3.AuthenticationSASLContinue{Data: []byte(challenge(nonce))})(c, b)
		_ = b.SetAuthType(pgproto3.AuthTypeSASLContinue)
		if _, err := b.Receive(); err != nil {
			return false
		}
		says(follows...)(c, b)
		return true
	}, func(net.Conn, *pgproto3.Backend) {})
}

func fixed(text string) func(string) string {
	return func(nonce string) string { return "r=" + nonce + text }
}

// TestSQLHostile: servers that do their worst. Each ends in time, within the
// bounds, with the right reason.
func TestSQLHostile(t *testing.T) {
	raw := func(text string) func(net.Conn) {
		return func(c net.Conn) { _, _ = io.WriteString(c, text); hold(c) }
	}
	endless := func(text string) func(net.Conn) { return func(c net.Conn) { flood(c, []byte(text)) } }
	auth := func(messages ...pgproto3.BackendMessage) func(net.Conn) {
		return fakePostgresLogin(func(net.Conn, *pgproto3.Backend) bool { return true }, says(messages...))
	}
	pg := func(messages ...pgproto3.BackendMessage) func(net.Conn) { return fakePostgres(says(messages...)) }
	pgFlood := func(first, then pgproto3.BackendMessage) func(net.Conn) {
		return fakePostgres(func(c net.Conn, b *pgproto3.Backend) { says(first)(c, b); flood(c, encoded(t, then)) })
	}
	my := func(payloads ...string) func(net.Conn) {
		return fakeMySQL(func(p *mysqlPeer) { p.says(payloads...) })
	}
	greeting := string(mysqlGreeting("8", mysqlNative, mysqlOfAll))
	myLogin := func(payloads ...string) func(net.Conn) {
		return func(c net.Conn) {
			p := &mysqlPeer{c: c}
			p.says(greeting)
			if _, ok := p.hears(); ok {
				p.says(payloads...)
				hold(c)
			}
		}
	}
	myGreets := func(b string) func(net.Conn) {
		return func(c net.Conn) { (&mysqlPeer{c: c}).says(b); hold(c) }
	}
	wide := make([]string, 65535)
	done := []pgproto3.BackendMessage{&pgproto3.CommandComplete{CommandTag: []byte("SELECT 1")}, &pgproto3.ReadyForQuery{TxStatus: 'T'}}
	http := "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
	var evidence told
	for _, c := range []struct {
		name, driver string
		handle       func(net.Conn)
		reason       slo.Reason
	}{
		{"silent", "postgres", hold, slo.FirstByteTimeout},
		{"closed", "postgres", func(c net.Conn) { _, _ = c.Read(make([]byte, 1024)) }, slo.TransferBroken},
		{"reset", "postgres", func(c net.Conn) { _, _ = c.Read(make([]byte, 1024)); reset(c) }, slo.TransferBroken},
		{"a web server", "postgres", raw(http), slo.ProtocolError},
		{"a mail server", "postgres", raw("220 mail.example ESMTP\r\n"), slo.ProtocolError},
		{"zeros for ever", "postgres", endless(strings.Repeat("\x00", 4096)), slo.ProtocolError},
		{"letters for ever", "postgres", endless(strings.Repeat("R", 4096)), slo.ProtocolError},
		{"remarks for ever", "postgres", endless(string(encoded(t, &pgproto3.NoticeResponse{Message: "x"}))), slo.ResponseTooLarge},
		{"parameters for ever", "postgres", endless(string(encoded(t, &pgproto3.ParameterStatus{Name: "a", Value: "b"}))), slo.ProtocolError},
		{"a message byte by byte", "postgres", func(c net.Conn) { drip(c, "N\x00\x00\x00\x09Sxyz\x00") }, slo.FirstByteTimeout},
		{"ready without a login", "postgres", auth(&pgproto3.ReadyForQuery{TxStatus: 'I'}), slo.ProtocolError},
		{"rows before a login", "postgres", auth(rowOf("1")), slo.ProtocolError},
		{"Kerberos", "postgres", auth(&pgproto3.AuthenticationGSS{}), slo.LoginRefused},
		{"another SASL", "postgres", auth(&pgproto3.AuthenticationSASL{AuthMechanisms: []string{"OAUTHBEARER"}}), slo.LoginRefused},
		{"the password in the clear", "postgres", auth(&pgproto3.AuthenticationCleartextPassword{}), slo.LoginRefused},
		{"full", "postgres", auth(&pgproto3.ErrorResponse{Code: "53300", Message: "sorry, too many clients"}), slo.NotServing},
		{"a challenge from nowhere", "postgres", auth(&pgproto3.AuthenticationSASLContinue{Data: []byte("r=a,s=b,i=1")}), slo.ProtocolError},
		{"a proof from nowhere", "postgres", auth(&pgproto3.AuthenticationSASLFinal{Data: []byte("v=a")}), slo.ProtocolError},
		{"work for hours", "postgres", scramServer(fixed("x,s=c2FsdA==,i=2147483647")), slo.ProtocolError},
		{"a challenge for another", "postgres", scramServer(func(string) string { return "r=other,s=c2FsdA==,i=4096" }), slo.ProtocolError},
		{"no challenge", "postgres", scramServer(func(string) string { return "e=other-error" }), slo.ProtocolError},
		{"no salt", "postgres", scramServer(fixed("x,s=,i=4096")), slo.ProtocolError},
		{"a false proof", "postgres", scramServer(fixed("x,s=c2FsdA==,i=1"), &pgproto3.AuthenticationSASLFinal{Data: []byte("v=AAAA")}), slo.ProtocolError},
		{"no proof", "postgres", scramServer(fixed("x,s=c2FsdA==,i=1"), &pgproto3.AuthenticationOk{}, &pgproto3.ReadyForQuery{TxStatus: 'I'}), slo.ProtocolError},
		{"silent on the query", "postgres", pg(), slo.FirstByteTimeout},
		{"closed on the query", "postgres", fakePostgres(func(c net.Conn, _ *pgproto3.Backend) { _ = c.Close() }), slo.TransferBroken},
		{"columns and silence", "postgres", pg(columnsOf("a")), slo.FirstByteTimeout},
		{"a row and silence", "postgres", pg(columnsOf("a"), rowOf("1")), slo.TransferTimeout},
		{"a row and a reset", "postgres", fakePostgres(func(c net.Conn, b *pgproto3.Backend) { says(columnsOf("a"), rowOf("1"))(c, b); reset(c) }), slo.TransferBroken},
		{"rows for ever", "postgres", pgFlood(columnsOf("a"), rowOf("1")), slo.ResponseTooLarge},
		{"large rows for ever", "postgres", pgFlood(columnsOf("a"), rowOf(strings.Repeat("x", 9000))), slo.ResponseTooLarge},
		{"remarks for ever on the query", "postgres", pgFlood(columnsOf("a"), &pgproto3.NoticeResponse{Message: "x"}), slo.ResponseTooLarge},
		{"descriptions for ever", "postgres", pgFlood(columnsOf("a"), columnsOf("a")), slo.ProtocolError},
		{"a row of a gigabyte", "postgres", fakePostgres(func(c net.Conn, b *pgproto3.Backend) {
			says(columnsOf("a"))(c, b)
			flood(c, []byte("D\x40\x00\x00\x00\x00\x01x"))
		}), slo.ResponseTooLarge},
		{"more columns than are read", "postgres", pg(columnsOf(wide[:101]...)), slo.ResponseTooLarge},
		{"all columns that there can be", "postgres", pg(columnsOf(wide[:40000]...)), slo.ResponseTooLarge},
		{"rows without columns", "postgres", pg(rowOf("1")), slo.ProtocolError},
		{"a row that is too wide", "postgres", pg(columnsOf("a"), rowOf(wide...)), slo.ProtocolError},
		{"a copy", "postgres", pg(&pgproto3.CopyOutResponse{}), slo.QueryFailed},
		{"no end of the result", "postgres", pg(columnsOf("a"), &pgproto3.ReadyForQuery{TxStatus: 'T'}), slo.ProtocolError},
		{"refused", "postgres", pg(&pgproto3.ErrorResponse{Code: "42501", Message: "permission denied"}), slo.QueryFailed},
		{"no end of the transaction", "postgres", pg(append([]pgproto3.BackendMessage{columnsOf("a"), rowOf("1")}, done...)...), slo.TransferTimeout},

		{"silent", "mysql", hold, slo.FirstByteTimeout},
		{"closed", "mysql", func(net.Conn) {}, slo.TransferBroken},
		{"reset", "mysql", func(c net.Conn) {
			p := &mysqlPeer{c: c}
			p.says(greeting)
			p.hears()
			reset(c)
		}, slo.TransferBroken},
		{"a web server", "mysql", raw(http), slo.ProtocolError},
		{"an SSH server", "mysql", raw("SSH-2.0-OpenSSH_9.2\r\n"), slo.ProtocolError},
		{"zeros for ever", "mysql", endless(strings.Repeat("\x00", 4096)), slo.ProtocolError},
		{"a greeting byte by byte", "mysql", func(c net.Conn) { drip(c, "\x40\x00\x00\x00\x0a") }, slo.FirstByteTimeout},
		{"a greeting that is cut", "mysql", myGreets(greeting[:30]), slo.ProtocolError},
		{"a greeting of long ago", "mysql", myGreets(string(mysqlGreeting("3.23", "", 0))), slo.ProtocolError},
		{"a greeting of another version", "mysql", myGreets("\x09" + greeting[1:]), slo.ProtocolError},
		{"a greeting that is large", "mysql", raw("\x00\x00\x40\x00"), slo.ProtocolError},
		{"full", "mysql", myGreets("\xff\x10\x04Too many connections"), slo.NotServing},
		{"another machine", "mysql", myGreets("\xff\x6a\x04Host '127.0.0.1' is not allowed"), slo.LoginRefused},
		{"half an error", "mysql", myGreets("\xff\x10"), slo.ProtocolError},
		{"another number", "mysql", func(c net.Conn) { (&mysqlPeer{c: c, sequence: 7}).says(greeting); hold(c) }, slo.ProtocolError},
		{"nothing in a packet", "mysql", myLogin(""), slo.ProtocolError},
		{"methods for ever", "mysql", func(c net.Conn) {
			p := &mysqlPeer{c: c}
			p.says(greeting)
			for ok := true; ok; _, ok = p.hears() {
				p.says("\xfe" + mysqlNative + "\x00" + mysqlNonce + "\x00")
			}
		}, slo.ProtocolError},
		{"a login of long ago", "mysql", myLogin("\xfe"), slo.LoginRefused},
		{"more of nothing", "mysql", myLogin("\x01\x04"), slo.ProtocolError},
		{"rows in a login", "mysql", myLogin("\x02"), slo.ProtocolError},
		{"silent on the query", "mysql", my(), slo.FirstByteTimeout},
		{"a file of the agent's", "mysql", my("\xfb/etc/passwd"), slo.QueryFailed},
		{"as many columns as a number can be", "mysql", my("\xfe\xff\xff\xff\xff\xff\xff\xff\x7f"), slo.ResponseTooLarge},
		{"columns for an hour", "mysql", my("\xfe\x00\x00\x00\x00\x10\x00\x00\x00"), slo.ResponseTooLarge},
		{"no columns", "mysql", my("\xfc\x00\x00"), slo.ProtocolError},
		{"columns and more", "mysql", my("\x01\x01"), slo.ProtocolError},
		{"a column of nothing", "mysql", my("\x01", "\x03def"), slo.ProtocolError},
		{"no end of the columns", "mysql", my("\x01", mysqlColumnOf("a"), "\x011"), slo.ProtocolError},
		{"columns and silence", "mysql", my("\x01", mysqlColumnOf("a"), mysqlEnd), slo.FirstByteTimeout},
		{"a row and silence", "mysql", my("\x01", mysqlColumnOf("a"), mysqlEnd, "\x011"), slo.TransferTimeout},
		{"a row and a reset", "mysql", fakeMySQL(func(p *mysqlPeer) {
			p.says("\x01", mysqlColumnOf("a"), mysqlEnd, "\x011")
			reset(p.c.(net.Conn))
		}), slo.TransferBroken},
		{"rows for ever", "mysql", fakeMySQL(func(p *mysqlPeer) {
			for p.says("\x01", mysqlColumnOf("a"), mysqlEnd); p.says("\x011"); {
			}
		}), slo.ResponseTooLarge},
		{"a row of 16 megabytes", "mysql", fakeMySQL(func(p *mysqlPeer) {
			p.says("\x01", mysqlColumnOf("a"), mysqlEnd)
			flood(p.c, []byte{0xff, 0xff, 0xff, p.sequence})
		}), slo.ResponseTooLarge},
		{"a row that is too short", "mysql", my("\x02", mysqlColumnOf("a"), mysqlColumnOf("b"), mysqlEnd, "\x011"), slo.ProtocolError},
		{"a row that is too long", "mysql", my("\x01", mysqlColumnOf("a"), mysqlEnd, "\x011\x011"), slo.ProtocolError},
		{"a value that is not there", "mysql", my("\x01", mysqlColumnOf("a"), mysqlEnd, "\xfe\xff\xff\xff\xff\xff\xff\xff\xff1"), slo.ProtocolError},
		{"broken off", "mysql", my("\x01", mysqlColumnOf("a"), mysqlEnd, "\x011", "\xff\x2b\x07#HY000Sort aborted"), slo.QueryFailed},
	} {
		t.Run(c.driver+" "+c.name, func(t *testing.T) {
			timeout := 5 * time.Second
			if strings.HasSuffix(string(c.reason), "_timeout") {
				timeout = short
			}
			m := prepare(t, fakeSQL(c.driver, serve(t, c.handle)), timeout, sqlEnv(t)).Run(t.Context(), now, nil)
			want(t, m, slo.Down, c.reason)
			evidence.add(c.driver+" "+c.name, m)
			if strings.ContainsFunc(m.Evidence, func(r rune) bool { return r < ' ' }) {
				t.Errorf("evidence %q", m.Evidence)
			}
		})
	}
	evidence.golden(t, "testdata/sql_evidence.golden")
}

// TestSQLAgent: what the agent may not do, and that it stops.
func TestSQLAgent(t *testing.T) {
	env := newEnv(t, Options{Allow: func(netip.Addr) error { return errors.New("not one of ours") }})
	for _, driver := range slo.SQLDrivers() {
		want(t, prepare(t, &slo.SQL{Driver: driver, Address: "127.0.0.1:1", Username: "u"}, time.Second, env).Run(t.Context(), now, nil), slo.Unknown, slo.AgentDenied)
	}
	for _, driver := range slo.SQLDrivers() {
		ctx, stop := context.WithCancel(t.Context())
		handle := fakePostgres(func(net.Conn, *pgproto3.Backend) { stop() })
		if driver == slo.SQLMySQL {
			handle = fakeMySQL(func(*mysqlPeer) { stop() })
		}
		m := prepare(t, fakeSQL(driver, serve(t, handle)), 20*time.Second, sqlEnv(t)).Run(ctx, now, nil)
		want(t, m, slo.Unknown, slo.AgentShuttingDown)
		stop()
	}
}

// TestSQLRefusals: specs that could never run.
func TestSQLRefusals(t *testing.T) {
	env := newEnv(t, Options{})
	good := slo.SQL{Driver: "mysql", Address: "a:3306", Username: "u"}
	for name, change := range map[string]func(*slo.SQL){
		"":                      func(*slo.SQL) {},
		"driver":                func(s *slo.SQL) { s.Driver = "oracle" },
		"address":               func(s *slo.SQL) { s.Address = "a" },
		"username":              func(s *slo.SQL) { s.Username = "" },
		"username of lines":     func(s *slo.SQL) { s.Username = "a\x00b" },
		"database of lines":     func(s *slo.SQL) { s.Database = "a\x00b" },
		"query":                 func(s *slo.SQL) { s.Query = "select\x00" },
		"long query":            func(s *slo.SQL) { s.Query = strings.Repeat("x", slo.MaxQuery+1) },
		"assert":                func(s *slo.SQL) { s.Assert = "rows.size()" },
		"security":              func(s *slo.SQL) { s.Security = "ssl" },
		"TLS from the first on": func(s *slo.SQL) { s.Security = slo.SecurityTLS },
		"CA":                    func(s *slo.SQL) { s.TLS.CA = "x" },
	} {
		spec := good
		change(&spec)
		if _, err := New(slo.Probe{Name: "p", Timeout: time.Second, Spec: &spec}, env); (err == nil) != (name == "") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
