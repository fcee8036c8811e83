package probe

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assay-sla/assay/internal/testservers"
	"github.com/assay-sla/assay/slo"
)

// TestBIND asks an authoritative name server in each of the ways.
func TestBIND(t *testing.T) {
	path := testservers.Program(t, "/usr/sbin/named", "bind9")
	dir, who := unprivileged(t)
	cert, key := pemFiles(t, dir)
	zone, config := filepath.Join(dir, "web.test.zone"), filepath.Join(dir, "named.conf")
	long := strings.Repeat(`"`+strings.Repeat("x", 250)+`" `, 8) // 2,000 bytes: no datagram takes them
	save(t, zone, fmt.Sprintf(`
$TTL 300
@ SOA ns hostmaster 2026100101 3600 600 86400 60
@ NS ns
@ A 192.0.2.1
@ A 192.0.2.2
@ AAAA 2001:db8::1
@ MX 10 mail
ns A 192.0.2.53
mail A 192.0.2.25
www CNAME @
loop CNAME pool
pool CNAME loop
text TXT "no address here"
long TXT %s
child NS ns.child
ns.child A 192.0.2.54
`, long))
	plain, tls, https := testservers.FreePort(t), testservers.FreePort(t), testservers.FreePort(t)
	save(t, config, fmt.Sprintf(`
tls own { cert-file "%[2]s"; key-file "%[3]s"; };
controls {};
options {
  directory "%[1]s"; pid-file "%[1]s/pid"; session-keyfile "%[1]s/session.key";
  listen-on-v6 { none; };
  listen-on port %[4]s { 127.0.0.1; };
  listen-on port %[5]s tls own { 127.0.0.1; };
  listen-on port %[6]s tls own http default { 127.0.0.1; };
  recursion no; notify no; dnssec-validation no;
};
zone "web.test" { type primary; file "%[7]s"; };
`, dir, cert, key, plain, tls, https, zone))
	own(t, who, cert, key, zone, config)
	testservers.DaemonAs(t, who, "127.0.0.1:"+https, path, "-g", "-n", "1", "-c", config)

	ask := func(name string, s slo.DNS) *slo.DNS {
		s.Name = name
		s.Server = "127.0.0.1:" + map[string]string{"tls": tls, "https": https, "tcp": plain, "": plain}[s.Transport]
		return &s
	}
	trusted := slo.TLSOptions{CA: theAuthority().pem()}
	both := []string{`^192\.0\.2\.1$`, `^192\.0\.2\.2$`}
	// A question of the type SOA for web.test, with the identifier 0x1234.
	question := "12 34 00 00 00 01 00 00 00 00 00 00 03 77 65 62 04 74 65 73 74 00 00 06 00 01"
	askReal(t, nil, []realCase{
		{"UDP", ask("web.test", slo.DNS{Answers: both}), slo.Up, ""},
		{"TCP", ask("web.test", slo.DNS{Transport: "tcp", Answers: both}), slo.Up, ""},
		{"TLS", ask("web.test", slo.DNS{Transport: "tls", Answers: both, TLS: trusted}), slo.Up, ""},
		{"HTTPS", ask("web.test", slo.DNS{Transport: "https", Answers: both, TLS: trusted}), slo.Up, ""},
		{"TLS, untrusted", ask("web.test", slo.DNS{Transport: "tls"}), slo.Down, slo.TLSUntrusted},
		{"HTTPS, untrusted", ask("web.test", slo.DNS{Transport: "https"}), slo.Down, slo.TLSUntrusted},
		{"HTTPS at another path", ask("web.test", slo.DNS{Transport: "https", Path: "/gone", TLS: trusted}), slo.Down, slo.StatusUnexpected},
		{"AAAA", ask("web.test", slo.DNS{Type: "AAAA", Answers: []string{"2001:db8::1"}}), slo.Up, ""},
		{"MX, and where that is", ask("web.test", slo.DNS{Type: "MX", Answers: []string{`10 mail\.web\.test\.`}, Additional: []string{`^mail\.web\.test\. .* 192\.0\.2\.25$`}}), slo.Up, ""},
		{"alias", ask("www.web.test", slo.DNS{Answers: both[:1]}), slo.Up, ""},
		{"aliases in a circle", ask("loop.web.test", slo.DNS{}), slo.Down, slo.RcodeUnexpected},
		{"serial", ask("web.test", slo.DNS{Type: "SOA", MinSerial: 2026100101, NoRecursion: true}), slo.Up, ""},
		{"an old serial", ask("web.test", slo.DNS{Type: "SOA", MinSerial: 2026100102}), slo.Down, slo.AnswerMismatch},
		{"truncated, and then by TCP", ask("long.web.test", slo.DNS{Type: "TXT", Answers: []string{"x{250}"}}), slo.Up, ""},
		{"delegation", ask("shop.child.web.test", slo.DNS{NoRecursion: true, Rcode: []string{"NOERROR"}, Authority: []string{`^child\.web\.test\. .* NS ns\.child\.web\.test\.$`}, Additional: []string{`192\.0\.2\.54$`}}), slo.Up, ""},
		{"no such name", ask("gone.web.test", slo.DNS{}), slo.Down, slo.RcodeUnexpected},
		{"no such name, as wanted", ask("gone.web.test", slo.DNS{Rcode: []string{"NXDOMAIN"}, Authority: []string{"SOA"}}), slo.Up, ""},
		{"no address", ask("text.web.test", slo.DNS{}), slo.Down, slo.AnswerMismatch},
		{"a zone that it does not have", ask("web.example", slo.DNS{}), slo.Down, slo.RcodeUnexpected},
		{"the certificate of its TLS", &slo.TLS{Address: "127.0.0.1:" + tls, TLS: trusted}, slo.Up, ""},
		{"by hand", &slo.UDP{Address: "127.0.0.1:" + plain, Hex: true, Send: question, Expect: "12 34 84 00"}, slo.Up, ""},
		{"by hand over TCP", &slo.TCP{Address: "127.0.0.1:" + plain, Hex: true, Send: "00 1a " + question, Expect: "12 34 84 00"}, slo.Up, ""},
	})
}
