package catalog

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// dns checks a dns block.
func (b *block) dns(s *slo.DNS) {
	if b.need("name") {
		b.check("name", validDNSName)
	}
	b.check("type", oneOf("a DNS record type", dnsTypes()))
	b.check("server", validAddress)
	b.check("transport", oneOf("a transport", slo.DNSTransports()))
	b.check("path", validPath)
	b.checkAll("rcode", s.Rcode, oneOf("a DNS response code", dnsRcodes()))
	b.checkAll("answers", s.Answers, validPattern)
	b.checkAll("authority", s.Authority, validPattern)
	b.checkAll("additional", s.Additional, validPattern)
	secured := s.Transport == "tls" || s.Transport == "https"
	if secured && !b.given("server") && !b.bad["server"] {
		b.r.errorf(b.at["transport"], "", "the transport %s needs a server", s.Transport)
	}
	if b.given("path") && s.Transport != "https" {
		b.r.errorf(b.at["path"], "", "path is of the transport https")
	}
	if b.given("minSerial") && s.Type != "SOA" {
		b.r.errorf(b.at["minSerial"], "ask for type: SOA", "minSerial is of SOA records")
	}
	b.tlsOptions("tls", &s.TLS)
	if b.given("tls") && !secured {
		b.r.warnf(b.at["tls"], "", "tls has no effect with the transport udp or tcp")
	}
}

// validPath allows the path of a URL.
func validPath(s string) error {
	if u, err := url.ParseRequestURI(s); err != nil || u.Path != s || !strings.HasPrefix(s, "/") || len(s) > 1024 {
		return fmt.Errorf("%s is not a path such as /dns-query", quote(s))
	}
	return nil
}

// validDNSName allows what can be asked: host names, service names with
// underscores, wildcards, classless reverse zones, the root.
func validDNSName(s string) error {
	name := strings.TrimSuffix(s, ".")
	if s == "." || name != "" && len(name) <= 253 && labels(name, func(r rune) bool { return hostRune(r) || r == '*' || r == '/' }) {
		return nil
	}
	return fmt.Errorf("%s is not a DNS name", quote(s))
}

// dnsTypes are the record types that can be asked for.
func dnsTypes() []string {
	return []string{"A", "AAAA", "AFSDB", "ANY", "CAA", "CDNSKEY", "CDS", "CERT", "CNAME", "DNAME", "DNSKEY", "DS",
		"HINFO", "HTTPS", "LOC", "MX", "NAPTR", "NS", "NSEC", "NSEC3", "NSEC3PARAM", "OPENPGPKEY", "PTR", "RP",
		"RRSIG", "SMIMEA", "SOA", "SPF", "SRV", "SSHFP", "SVCB", "TLSA", "TXT", "URI"}
}

// dnsRcodes are the response codes that a server's answer can have.
func dnsRcodes() []string {
	return []string{"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET",
		"NXRRSET", "NOTAUTH", "NOTZONE"}
}
