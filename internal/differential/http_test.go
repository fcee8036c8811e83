package differential

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/agent/probe/probetest"
	"github.com/assay-sla/assay/slo"
)

// conn is short for what servers are given.
type conn = net.Conn

const hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Env: prod\r\n\r\nhello"

// says is an HTTP server that gives one answer to all requests.
func says(answer string) func(*testing.T) string { return does(probetest.Answer(answer)) }

// page asks for the server's page, with more arguments.
func page(args ...string) []string { return append([]string{"http://ADDRESS/"}, args...) }

// httpServers are asked about by both without following redirects, unless it
// is redirects that they are about.
func httpServers() []contest {
	const here = "follow_redirects: false"
	with := func(option string) string { return here + ", " + option }
	chunks := func(body string) string { return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body }
	all := []contest{
		{server: "status 200", serve: says(hello), args: page()},
		{server: "status 204 without a body", serve: says("HTTP/1.1 204 No Content\r\n\r\n"), args: page()},
		{server: "status 404", serve: says("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), args: page(), reason: slo.StatusUnexpected},
		{server: "status 404, which is accepted", serve: says("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), module: with("valid_status_codes: [404]"), args: page("--status", "404")},
		{server: "status 503", serve: says("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy"), args: page(), reason: slo.StatusUnexpected},
		{server: "status 502 with a broken body", serve: says("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 900\r\n\r\noops"), args: page(), reason: slo.StatusUnexpected},
		{server: "body in chunks", serve: says(chunks("3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n")), args: page()},
		{server: "body until the close", serve: says("HTTP/1.0 200 OK\r\n\r\nhello"), args: page()},
		{server: "body that matches", serve: says(hello), module: with(`fail_if_body_not_matches_regexp: ["^hel+o$"]`), args: page("--match", "^hel+o$")},
		{server: "body that does not match", serve: says(hello), module: with(`fail_if_body_not_matches_regexp: [goodbye]`), args: page("--match", "goodbye"), reason: slo.BodyMismatch},
		{server: "body with a forbidden match", serve: says(hello), module: with(`fail_if_body_matches_regexp: ["h.l"]`), args: page("--no-match", "h.l"), reason: slo.BodyMismatch},
		{server: "header that matches", serve: says(hello), module: with("fail_if_header_not_matches: [{header: X-Env, regexp: prod}]"), args: page("--header-match", "X-Env=prod")},
		{server: "header that does not match", serve: says(hello), module: with("fail_if_header_not_matches: [{header: X-Env, regexp: test}]"), args: page("--header-match", "X-Env=test"), reason: slo.HeaderMismatch},
		{server: "header that is missing", serve: says(hello), module: with("fail_if_header_not_matches: [{header: X-None, regexp: test}]"), args: page("--header-match", "X-None=test"), reason: slo.HeaderMismatch},
		{server: "header with a forbidden match", serve: says(hello), module: with("fail_if_header_matches: [{header: X-Env, regexp: prod}]"), args: page("--header-no-match", "X-Env=prod"), reason: slo.HeaderMismatch},

		{server: "nobody listens", serve: closed, args: page(), reason: slo.ConnectRefused},
		{server: "accepts, then silence", serve: does(probetest.Hold), args: page(), reason: slo.FirstByteTimeout, vain: true},
		{server: "closes at once", serve: does(func(conn) {}), args: page(), reason: slo.TransferBroken},
		{server: "closes without an answer", serve: says(""), args: page(), reason: slo.TransferBroken},
		{server: "resets without an answer", serve: does(func(c conn) { probetest.ReadRequest(c); probetest.Reset(c) }), args: page(), reason: slo.TransferBroken},
		{server: "resets after the header", serve: does(func(c conn) {
			probetest.Answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")(c)
			probetest.Reset(c)
		}), args: page(), reason: slo.TransferBroken},
		{server: "SSH where HTTP is expected", serve: says("SSH-2.0-OpenSSH_9.2\r\n"), args: page(), reason: slo.ProtocolError},
		{server: "header a byte a second", serve: does(probetest.Drip("HTTP/1.1 200 OK\r\n", "X", time.Second)), args: page(), reason: slo.TransferTimeout, vain: true},
		{server: "body a byte a second", serve: does(probetest.Drip("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "X", time.Second)), args: page(), reason: slo.TransferTimeout, vain: true},
		{server: "header without end", serve: does(probetest.Endless("HTTP/1.1 200 OK\r\n", "X-A: "+strings.Repeat("a", 200)+"\r\n")), args: page(), reason: slo.ResponseTooLarge},
		{server: "two interim answers (1xx)", serve: says("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + hello), args: page()},
		{server: "interim answers without end", serve: does(probetest.Endless("", "HTTP/1.1 100 Continue\r\n\r\n")), args: page(), reason: slo.ProtocolError},
		{server: "chunk that is cut", serve: says(chunks("ff\r\nhello")), args: page(), reason: slo.TransferBroken},
		{server: "chunk of no length", serve: says(chunks("5\r\nhello\r\nzz\r\n")), args: page(), reason: slo.ProtocolError},
		{server: "chunk of 2^62 bytes", serve: says(chunks("4000000000000000\r\nabc")), args: page(), reason: slo.TransferBroken},
		{server: "chunk of more than 2^64 bytes", serve: says(chunks("ffffffffffffffffff\r\n")), args: page(), reason: slo.ProtocolError},
		{server: "length beyond the body", serve: says("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello"), args: page(), reason: slo.TransferBroken},
		{server: "length short of the body", serve: says("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhello"), args: page()},
		{server: "negative length", serve: says("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello"), args: page(), reason: slo.ProtocolError},
		{server: "two lengths", serve: says("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"), args: page(), reason: slo.ProtocolError},
		{server: "body of 2 MiB", serve: says(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", 2<<20, strings.Repeat("x", 2<<20))), args: page(), reason: slo.ResponseTooLarge},
		{server: "body of 2 MiB, bounded to 1 MB for both", serve: says(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", 2<<20, strings.Repeat("x", 2<<20))), module: with("body_size_limit: 1MB"), args: page("--max-body", "1000000"), reason: slo.ResponseTooLarge},
		{server: "body without end", serve: does(probetest.Endless("HTTP/1.1 200 OK\r\nContent-Length: 8589934592000\r\n\r\n", strings.Repeat("body ", 100))), module: with("body_size_limit: 1MB"), args: page(), reason: slo.ResponseTooLarge},
	}
	all = append(all, packed(with)...)
	all = append(all, redirects()...)
	for i := range all {
		all[i].target = "http://ADDRESS/"
		if all[i].module == "" {
			all[i].module = here
		}
	}
	return all
}

// packed are servers that compress.
func packed(with func(string) string) []contest {
	gz := func(body []byte) string {
		return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	}
	small := zipped("hello")
	bomb := func(t *testing.T) string { return says(gz(zipped(strings.Repeat("0", 32<<20))))(t) }
	module, args := with("compression: gzip"), page("--compression", "gzip")
	return []contest{
		{server: "gzip", serve: says(gz(small)), module: with("compression: gzip, fail_if_body_not_matches_regexp: [hello]"), args: page("--compression", "gzip", "--match", "hello")},
		{server: "gzip that is cut", serve: says(gz(small[:len(small)-6])), module: module, args: args, reason: slo.TransferBroken},
		{server: "no gzip, though it says so", serve: says(gz([]byte("hello hello hello"))), module: module, args: args, reason: slo.ProtocolError},
		{server: "no gzip, though asked for", serve: says(hello), module: module, args: args},
		{server: "gzip bomb of 32 MiB", serve: bomb, module: module, args: args, reason: slo.ResponseTooLarge},
		{server: "gzip bomb of 32 MiB, bounded to 1 MB for both", serve: bomb, module: module + ", body_size_limit: 1MB", args: page("--compression", "gzip", "--max-body", "1000000"), reason: slo.ResponseTooLarge},
	}
}

// redirects are servers that send elsewhere; both follow ten times, which is
// what the exporter does.
func redirects() []contest {
	to := func(location string) func(*testing.T) string {
		return says("HTTP/1.1 302 Found\r\nLocation: " + location + "\r\nContent-Length: 0\r\n\r\n")
	}
	const follow, ca = "follow_redirects: true", ", tls_config: {ca_file: CAFILE}"
	ten := page("--redirects", "10", "--ca", "CAFILE")
	return []contest{
		{server: "redirect that is not followed", serve: to("/next"), args: page(), reason: slo.StatusUnexpected},
		{server: "redirect to a page", serve: func(t *testing.T) string {
			return to("http://" + probetest.Serve(t, probetest.Answer(hello)) + "/")(t)
		}, module: follow, args: ten},
		{server: "redirect to TLS", serve: func(t *testing.T) string {
			return to("https://" + probetest.Serve(t, probetest.OverTLS(fresh(), probetest.Answer(hello))) + "/")(t)
		}, module: follow + ca, args: ten},
		{server: "redirect to itself", serve: to("/"), module: follow, args: ten, reason: slo.RedirectLimit},
		{server: "redirects in a circle across schemes", serve: circle, module: follow + ca, args: ten, reason: slo.RedirectLimit},
		{server: "redirect to file:", serve: to("file:///etc/passwd"), module: follow, args: ten, reason: slo.RedirectInvalid},
		{server: "redirect to nowhere", serve: to("http://[::1"), module: follow, args: ten, reason: slo.RedirectInvalid},
		{server: "redirect to where nobody listens", serve: func(t *testing.T) string { return to("http://" + closed(t) + "/")(t) }, module: follow, args: ten, reason: slo.ConnectRefused},
		{server: "redirect without a location", serve: says("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"), module: follow, args: ten, reason: slo.StatusUnexpected},
	}
}

// circle goes from HTTP to HTTPS and back.
func circle(t *testing.T) string {
	plain := make(chan string, 1)
	secure := probetest.Serve(t, probetest.OverTLS(fresh(), func(c conn) {
		address := <-plain
		plain <- address
		probetest.Answer("HTTP/1.1 302 Found\r\nLocation: http://" + address + "/\r\nContent-Length: 0\r\n\r\n")(c)
	}))
	address := says("HTTP/1.1 302 Found\r\nLocation: https://" + secure + "/\r\nContent-Length: 0\r\n\r\n")(t)
	plain <- address
	return address
}

// closed is an address that nobody listens at.
func closed(t *testing.T) string { return probetest.ClosedPort(t) }

func zipped(text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, text) // a buffer does not fail
	_ = z.Close()
	return b.Bytes()
}
