package differential

import (
	"crypto/tls"
	"fmt"
	"testing"
	"time"

	"github.com/assay-sla/assay/agent/probe/probetest"
	"github.com/assay-sla/assay/slo"
)

const day = 24 * time.Hour

// issued is a certificate for 127.0.0.1 that begins and ends so far from now.
func issued(by probetest.Authority, from, to time.Duration) tls.Certificate {
	return by.Issue(time.Now().Add(from), time.Now().Add(to), "127.0.0.1")
}

// fresh is a certificate that is good.
func fresh() tls.Certificate { return issued(root(), -day, 90*day) }

// shows is a server of a certificate, which answers HTTP behind it.
func shows(cert func() tls.Certificate) func(*testing.T) string {
	return func(t *testing.T) string {
		return probetest.Serve(t, probetest.OverTLS(cert(), probetest.Answer(hello)))
	}
}

// shakes is a server of a TLS configuration that has a good certificate.
func shakes(config *tls.Config) func(*testing.T) string {
	return func(t *testing.T) string {
		config.Certificates = []tls.Certificate{fresh()}
		return probetest.Serve(t, func(c conn) {
			if s := tls.Server(c, config); s.Handshake() == nil {
				probetest.Hold(s)
			}
		})
	}
}

// tlsServers are asked about by the exporter's tcp prober with tls.
func tlsServers() []contest {
	const module = "tls: true, tls_config: {ca_file: CAFILE}"
	under := func() tls.Certificate { return issued(root().Intermediate("Intermediate"), -day, 90*day) }
	trust := func(args ...string) []string { return append([]string{"ADDRESS", "--ca", "CAFILE"}, args...) }
	all := []contest{
		{server: "good certificate", serve: shows(fresh)},
		{server: "good certificate under an intermediate", serve: shows(under)},
		{server: "expired", serve: shows(func() tls.Certificate { return issued(root(), -90*day, -time.Hour) }), reason: slo.TLSExpired},
		{server: "expired, and not verified", serve: shows(func() tls.Certificate { return issued(root(), -90*day, -time.Hour) }), module: "tls: true, tls_config: {insecure_skip_verify: true}", args: []string{"ADDRESS", "--skip-verify"}},
		{server: "not valid yet", serve: shows(func() tls.Certificate { return issued(root(), time.Hour, 90*day) }), reason: slo.TLSExpired},
		{server: "of another host", serve: shows(func() tls.Certificate {
			return root().Issue(time.Now().Add(-day), time.Now().Add(day), "other.example")
		}), reason: slo.TLSNameMismatch},
		{server: "of another host, which is named", serve: shows(func() tls.Certificate {
			return root().Issue(time.Now().Add(-day), time.Now().Add(day), "other.example")
		}), module: "tls: true, tls_config: {ca_file: CAFILE, server_name: other.example}", args: trust("--server-name", "other.example")},
		{server: "self-signed", serve: shows(func() tls.Certificate { return issued(probetest.Authority{}, -day, 90*day) }), reason: slo.TLSUntrusted},
		{server: "chain that is incomplete", serve: shows(func() tls.Certificate { return probetest.Incomplete(under()) }), reason: slo.TLSUntrusted},
		{server: "chain with its authorities in another order", serve: shows(func() tls.Certificate { return probetest.Shuffled(under()) })},
		{server: "chain that is reversed", serve: shows(func() tls.Certificate { return probetest.Reversed(under()) }), reason: slo.TLSFailed},
		{server: "certificate of 10,000 names", serve: shows(manyNames)},
		{server: "TLS 1.0 only", serve: shakes(&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10}), reason: slo.TLSVersionLow},
		{server: "TLS 1.2 only", serve: shakes(&tls.Config{MaxVersion: tls.VersionTLS12})},
		{server: "RC4 only", serve: shakes(&tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_RC4_128_SHA}}), reason: slo.TLSCipherRefused},
		{server: "wants a client's certificate, in TLS 1.2", serve: shakes(&tls.Config{MaxVersion: tls.VersionTLS12, ClientAuth: tls.RequireAnyClientCert}), reason: slo.TLSFailed},
		{server: "wants a client's certificate, in TLS 1.3", serve: shakes(&tls.Config{ClientAuth: tls.RequireAnyClientCert})},
		{server: "HTTP where TLS is expected", serve: does(func(c conn) {
			_, _ = fmt.Fprint(c, "HTTP/1.1 400 Bad Request\r\n\r\n")
			probetest.Hold(c)
		}), reason: slo.TLSFailed},
		{server: "accepts, then silence", serve: does(probetest.Hold), reason: slo.TLSTimeout, vain: true},
		{server: "resets in the handshake", serve: does(func(c conn) { _, _ = c.Read(make([]byte, 100)); probetest.Reset(c) }), reason: slo.TLSFailed},
	}
	for i := range all {
		if all[i].module == "" {
			all[i].module, all[i].args = module, trust()
		}
	}
	return append(all, mailServers()...)
}

// manyNames is a certificate of 10,000 names, of which the last is the host.
func manyNames() tls.Certificate {
	names := make([]string, 10_000)
	for i := range names {
		names[i] = fmt.Sprintf("n%d.test", i)
	}
	names[len(names)-1] = "127.0.0.1"
	return root().Issue(time.Now().Add(-day), time.Now().Add(day), names...)
}

// mailServers go over to TLS when asked to.
func mailServers() []contest {
	const module = `tls_config: {ca_file: CAFILE}, query_response: [{expect: "^220 "}, {send: "EHLO assay-agent\r"}, {expect: "^250[ -]STARTTLS"}, {send: "STARTTLS\r"}, {expect: "^220 "}, {starttls: true}]`
	args := []string{"ADDRESS", "--starttls", "smtp", "--ca", "CAFILE"}
	server := func(offers string, cert func() tls.Certificate) func(*testing.T) string {
		return func(t *testing.T) string {
			shake := probetest.OverTLS(cert(), probetest.Hold)
			return probetest.Serve(t, func(c conn) {
				if speak(c, "> 220 mail.example ready", "< EHLO", "> "+offers, "< STARTTLS", "> 220 go on") {
					shake(c)
				}
			})
		}
	}
	return []contest{
		{server: "STARTTLS in SMTP", serve: server("250-mail.example\r\n250 STARTTLS", fresh), module: module, args: args},
		{server: "STARTTLS in SMTP, expired", serve: server("250-mail.example\r\n250 STARTTLS", func() tls.Certificate { return issued(root(), -90*day, -time.Hour) }), module: module, args: args, reason: slo.TLSExpired},
		{server: "SMTP without STARTTLS", serve: server("250-mail.example\r\n250 SIZE 1000", fresh), module: module, args: args, reason: slo.StartTLSRefused, vain: true},
	}
}
