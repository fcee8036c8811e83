package probe

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/assay-sla/assay/internal/testservers"
	"github.com/assay-sla/assay/slo"
)

// These tests go over to TLS with servers as Debian ships them, by the kind
// tls and by scripts of the kind tcp; those of mail are with the other tests of
// mail servers.

// overTo is a script that goes over to TLS.
func overTo(address string, inHex bool, steps ...slo.TCPStep) *slo.TCP {
	return &slo.TCP{Address: address, Hex: inHex, Script: steps, TLS: slo.TLSOptions{CA: theAuthority().pem()}}
}

// withStartTLS is a tls probe that goes over to TLS.
func withStartTLS(address, protocol string) *slo.TLS {
	return &slo.TLS{Address: address, StartTLS: protocol, TLS: slo.TLSOptions{CA: theAuthority().pem()}}
}

func send(s string) slo.TCPStep   { return slo.TCPStep{Send: s} }
func expect(s string) slo.TCPStep { return slo.TCPStep{Expect: s} }

var startTLS = slo.TCPStep{StartTLS: true}

// TestVsftpd: FTP, of a server with a certificate and of one without.
func TestVsftpd(t *testing.T) {
	path := testservers.Program(t, "/usr/sbin/vsftpd", "vsftpd")
	dir, who := unprivileged(t)
	cert, key := pemFiles(t, dir)
	own(t, who, cert, key)
	run := func(name, options string) string {
		config, port := filepath.Join(dir, name), testservers.FreePort(t)
		save(t, config, fmt.Sprintf(`listen=YES
listen_address=127.0.0.1
listen_port=%s
background=NO
run_as_launching_user=YES
seccomp_sandbox=NO
anonymous_enable=YES
anon_root=%s
%s`, port, dir, options))
		own(t, who, config)
		testservers.DaemonAs(t, who, "127.0.0.1:"+port, path, config)
		return "127.0.0.1:" + port
	}
	secure := run("secure.conf", "ssl_enable=YES\nallow_anon_ssl=YES\nssl_ciphers=HIGH\nrsa_cert_file="+cert+"\nrsa_private_key_file="+key+"\n")
	plain := run("plain.conf", "")
	askReal(t, nil, []realCase{
		{"certificate", withStartTLS(secure, "ftp"), slo.Up, ""},
		{"no TLS", withStartTLS(plain, "ftp"), slo.Down, slo.StartTLSRefused},
		{"as imap", withStartTLS(secure, "imap"), slo.Down, slo.BannerMismatch},
		{"script", overTo(secure, false, expect("^220 .*\n"), send("AUTH TLS\r\n"), expect("234 .*\n"), startTLS, send("FEAT\r\n"), expect("(?m)^211 ")), slo.Up, ""},
	})
}

// TestSlapd: LDAP, of a server with a certificate and of one without.
func TestSlapd(t *testing.T) {
	path := testservers.Program(t, "/usr/sbin/slapd", "slapd")
	dir, who := unprivileged(t)
	cert, key := pemFiles(t, dir)
	own(t, who, cert, key)
	run := func(name, options string) string {
		config, port := filepath.Join(dir, name), testservers.FreePort(t)
		save(t, config, fmt.Sprintf("pidfile %[1]s.pid\nargsfile %[1]s.args\n%[2]s", config, options))
		own(t, who, config)
		testservers.DaemonAs(t, who, "127.0.0.1:"+port, path, "-d", "0", "-h", "ldap://127.0.0.1:"+port+"/", "-f", config)
		return "127.0.0.1:" + port
	}
	secure := run("secure.conf", "TLSCertificateFile "+cert+"\nTLSCertificateKeyFile "+key+"\n")
	plain := run("plain.conf", "")
	const (
		extended = "30 1d 02 01 01 77 18 80 16 31 2e 33 2e 36 2e 31 2e 34 2e 31 2e 31 34 36 36 2e 32 30 30 33 37" // StartTLS
		bind     = "30 0c 02 01 02 60 07 02 01 03 04 00 80 00"                                                    // as nobody
		success  = "0a 01 00 04 00 04 00"
	)
	askReal(t, nil, []realCase{
		{"certificate", withStartTLS(secure, "ldap"), slo.Up, ""},
		{"no TLS", withStartTLS(plain, "ldap"), slo.Down, slo.StartTLSRefused},
		{"script", overTo(secure, true, send(extended), expect("78"), expect(success), startTLS, send(bind), expect("61"), expect(success)), slo.Up, ""},
	})
}

// TestProsody: XMPP, of a domain that has not the server's name, and by
// WebSocket.
func TestProsody(t *testing.T) {
	path := testservers.Program(t, "prosody", "prosody")
	dir, who := unprivileged(t)
	cert, key := pemFiles(t, dir)
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	port, web := testservers.FreePort(t), testservers.FreePort(t)
	config := filepath.Join(dir, "prosody.cfg.lua")
	save(t, config, fmt.Sprintf(`
pidfile = "%[1]s/pid"
data_path = "%[1]s/data"
certificates = "%[1]s"
log = { warn = "*console" }
modules_enabled = { "saslauth", "tls", "disco", "websocket" }
modules_disabled = { "s2s" }
interfaces = { "127.0.0.1" }
c2s_ports = { %[4]s }
http_ports = { %[5]s }
https_ports = { }
http_default_host = "localhost"
consider_websocket_secure = true
ssl = { certificate = "%[2]s", key = "%[3]s" }
c2s_require_encryption = true
VirtualHost "localhost"
`, dir, cert, key, port, web))
	own(t, who, cert, key, data, config)
	testservers.DaemonAs(t, who, "127.0.0.1:"+port, path, "-F", "--config", config)

	address := "127.0.0.1:" + port
	ofDomain := withStartTLS(address, "xmpp")
	ofDomain.TLS.ServerName = "localhost"
	const header = "<?xml version='1.0'?><stream:stream to='localhost' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
	socket := func(subprotocol, domain string) *slo.WebSocket {
		return &slo.WebSocket{
			URL: "ws://127.0.0.1:" + web + "/xmpp-websocket", Subprotocol: subprotocol,
			Send: "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='" + domain + "' version='1.0'/>", Expect: "mechanism",
		}
	}
	askReal(t, nil, []realCase{
		{"certificate", ofDomain, slo.Up, ""},
		{"a domain that it does not serve", withStartTLS(address, "xmpp"), slo.Down, slo.BannerMismatch},
		{"script", overTo(address, false, send(header), expect("</stream:features>"), send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"), expect("<proceed[^>]*>"), startTLS,
			send(header), expect("PLAIN")), slo.Up, ""},
		{"WebSocket", socket("xmpp", "localhost"), slo.Up, ""},
		{"WebSocket of another protocol", socket("chat", "localhost"), slo.Down, slo.StatusUnexpected},
		{"WebSocket of another domain", socket("xmpp", "gone.example"), slo.Down, slo.BodyMismatch},
	})
}

// TestPostgreSQLStartTLS: what the tls and tcp probes see of a database.
func TestPostgreSQLStartTLS(t *testing.T) {
	address := servePostgreSQL(t)
	const (
		request = "00 00 00 08 04 d2 16 2f"
		startup = "00 00 00 28 00 03 00 00 75 73 65 72 00 74 72 75 73 74 65 64 00 64 61 74 61 62 61 73 65 00 70 6f 73 74 67 72 65 73 00 00" // user trusted, database postgres
		ok      = "52 00 00 00 08 00 00 00 00"
	)
	askReal(t, nil, []realCase{
		{"certificate", withStartTLS(address, "postgres"), slo.Up, ""},
		{"script", overTo(address, true, send(request), expect("53"), startTLS, send(startup), expect(ok)), slo.Up, ""},
	})
}
