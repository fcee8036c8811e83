package catalog

import (
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/assay-sla/assay/slo"
)

// Bounds of the kinds.
const (
	maxRedirects = 20
	maxBody      = 16 << 20
	maxPackets   = 20
	maxHeader    = 8 << 10
)

// http checks an http block.
func (b *block) http(s *slo.HTTP) {
	if b.need("url") {
		b.check("url", validURL)
	}
	b.check("method", validMethod)
	b.headers(s)
	b.check("match", validPattern)
	b.check("noMatch", validPattern)
	b.within("redirects", s.Redirects, 0, maxRedirects)
	b.within("maxBody", s.MaxBody, 1, maxBody)
	b.check("ip", validFamily)
	b.tlsOptions("tls", &s.TLS)
	if b.given("body") && !b.given("method") {
		b.r.warnf(b.at["body"], "POST is usual", "a body is sent with GET: no method is given")
	}
	if b.given("tls") && strings.HasPrefix(s.URL, "http:") && s.Redirects == 0 {
		b.r.warnf(b.at["tls"], "", "tls has no effect on an http URL without redirects")
	}
}

// headers checks the names and values of request headers.
func (b *block) headers(s *slo.HTTP) {
	if len(s.Headers) > maxItems {
		b.r.errorf(b.at["headers"], "", "headers has %d fields, more than %d", len(s.Headers), maxItems)
		return
	}
	seen := map[string]string{}
	for _, name := range sortedKeys(s.Headers) {
		at, value, lower := b.at["headers."+name], s.Headers[name], strings.ToLower(name)
		switch other, twice := seen[lower]; {
		case !httpguts.ValidHeaderFieldName(name):
			b.r.errorf(at, "", "%s is not the name of a header", quote(name))
		case twice:
			b.r.errorf(at, "", "the header %s is given twice, as %s too", name, other)
		case len(value) > maxHeader || !httpguts.ValidHeaderFieldValue(value) || noHostile(value) != nil:
			b.r.errorf(at, "", "the header %s has a value with control characters or of more than %d bytes", name, maxHeader)
		case lower == "host" && validHostPort(value) != nil:
			b.r.errorf(at, "", "the header Host: %v", validHostPort(value))
		case lower == "content-length" || lower == "transfer-encoding" || lower == "connection" || lower == "trailer":
			b.r.errorf(at, "", "the header %s is the probe's own to set", name)
		}
		seen[lower] = name
	}
}

// tcp checks a tcp block.
func (b *block) tcp(*slo.TCP) {
	if b.need("address") {
		b.check("address", validAddress)
	}
	b.check("expect", validPattern)
	b.check("ip", validFamily)
}

// tls checks a tls block.
func (b *block) tls(s *slo.TLS) {
	if b.need("address") {
		b.check("address", validAddress)
	}
	b.check("ip", validFamily)
	b.tlsOptions("options", &s.TLS)
}

// tlsOptions checks how a certificate is judged.
func (b *block) tlsOptions(path string, o *slo.TLSOptions) {
	b.check(path+".serverName", validHost)
	b.check(path+".ca", validCertificates)
	if o.SkipVerify && b.given(path+".ca") {
		b.r.warnf(b.at[path+".ca"], "", "ca has no effect with skipVerify")
	}
}

// dns checks a dns block.
func (b *block) dns(s *slo.DNS) {
	if b.need("name") {
		b.check("name", validDNSName)
	}
	b.check("type", oneOf("a DNS record type", dnsTypes()))
	b.check("server", validAddress)
	b.check("transport", oneOf("a transport", []string{"udp", "tcp"}))
	b.checkAll("rcode", s.Rcode, oneOf("a DNS response code", dnsRcodes()))
	b.checkAll("answers", s.Answers, validPattern)
}

// icmp checks an icmp block.
func (b *block) icmp(s *slo.ICMP) {
	if b.need("host") {
		b.check("host", validHost)
	}
	b.within("packets", s.Packets, 1, maxPackets)
	packets := s.Packets
	if !b.given("packets") {
		packets = 3
	}
	if packets >= 1 && packets <= maxPackets {
		b.within("maxLoss", s.MaxLoss, 0, packets-1)
	}
	b.check("ip", validFamily)
}
