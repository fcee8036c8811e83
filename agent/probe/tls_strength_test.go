package probe

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"net"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/assay-sla/assay/slo"
)

// serveTLS answers handshakes under a configuration, and then holds.
func serveTLS(t *testing.T, config *tls.Config) string {
	return serve(t, func(c net.Conn) {
		s := tls.Server(c, config)
		if s.Handshake() == nil {
			hold(s)
		}
	})
}

func TestVersionsAndCiphers(t *testing.T) {
	a := theAuthority()
	cert := a.fresh(t)
	const good, weak = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA"
	id := func(name string) []uint16 {
		c, ok := cipherID(name)
		if !ok {
			t.Fatalf("no cipher %s", name)
		}
		return []uint16{c}
	}
	for _, c := range []struct {
		name    string
		server  *tls.Config
		options slo.TLSOptions
		outcome slo.State
		reason  slo.Reason
	}{
		{"1.3", &tls.Config{}, slo.TLSOptions{MinVersion: "1.3"}, slo.Up, ""},
		{"1.2 where 1.3 is wanted", &tls.Config{MaxVersion: tls.VersionTLS12}, slo.TLSOptions{MinVersion: "1.3"}, slo.Down, slo.TLSVersionLow},
		{"1.0 by default", &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10}, slo.TLSOptions{}, slo.Down, slo.TLSVersionLow},
		{"1.1 where that is fine", &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, slo.TLSOptions{MinVersion: "1.1"}, slo.Up, ""},
		{"a weak cipher", &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: id(weak)}, slo.TLSOptions{}, slo.Down, slo.TLSCipherRefused},
		{"a weak cipher that is named", &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: id(weak)}, slo.TLSOptions{Ciphers: []string{weak}}, slo.Up, ""},
		{"the cipher that is named", &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: id(good)}, slo.TLSOptions{Ciphers: []string{weak, good}}, slo.Up, ""},
		{"another cipher", &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: id(good)}, slo.TLSOptions{Ciphers: []string{"TLS_AES_128_GCM_SHA256"}}, slo.Down, slo.TLSCipherRefused},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.server.Certificates, c.options.CA = []tls.Certificate{cert}, a.pem()
			m := once(t, &slo.TLS{Address: serveTLS(t, c.server), TLS: c.options}, 5*time.Second)
			want(t, m, c.outcome, c.reason)
			if m.CertExpiry == 0 {
				t.Error("the certificate's expiry is not told")
			}
		})
	}
}

// staple is an OCSP answer about a certificate of the authority.
func (a authority) staple(t *testing.T, cert tls.Certificate, status int, from, to time.Time, signer crypto.Signer) []byte {
	t.Helper()
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	answer := ocsp.Response{Status: status, SerialNumber: leaf.SerialNumber, ThisUpdate: from, NextUpdate: to, RevokedAt: from}
	b, err := ocsp.CreateResponse(a.Cert, a.Cert, answer, signer)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestStaples(t *testing.T) {
	a, other := theAuthority(), selfSigned(t)
	cert := a.fresh(t)
	day := 24 * time.Hour
	from, to := now.Time().Add(-day), now.Time().Add(day)
	for _, c := range []struct {
		name   string
		staple []byte
		wanted bool
		reason slo.Reason // "" is up
	}{
		{"good", a.staple(t, cert, ocsp.Good, from, to, a.Key), true, ""},
		{"none", nil, true, slo.TLSStapleMissing},
		{"none, and none wanted", nil, false, ""},
		{"revoked", a.staple(t, cert, ocsp.Revoked, from, to, a.Key), true, slo.TLSRevoked},
		{"revoked, though none is wanted", a.staple(t, cert, ocsp.Revoked, from, to, a.Key), false, slo.TLSRevoked},
		{"unknown", a.staple(t, cert, ocsp.Unknown, from, to, a.Key), true, slo.TLSStapleMissing},
		{"out of date", a.staple(t, cert, ocsp.Good, from.Add(-day), from, a.Key), true, slo.TLSStapleMissing},
		{"of tomorrow", a.staple(t, cert, ocsp.Good, to, to.Add(day), a.Key), true, slo.TLSStapleMissing},
		{"signed by somebody else", a.staple(t, cert, ocsp.Revoked, from, to, other), false, ""},
		{"garbage", []byte("\x30\x82\xff\xff"), true, slo.TLSStapleMissing},
	} {
		t.Run(c.name, func(t *testing.T) {
			stapled := cert
			stapled.OCSPStaple = c.staple
			outcome := slo.Down
			if c.reason == "" {
				outcome = slo.Up
			}
			address := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{stapled}})
			m := once(t, &slo.TLS{Address: address, TLS: slo.TLSOptions{CA: a.pem(), Staple: c.wanted}}, 5*time.Second)
			want(t, m, outcome, c.reason)
		})
	}
}

func selfSigned(t *testing.T) crypto.Signer {
	t.Helper()
	return theAuthority().fresh(t).PrivateKey.(crypto.Signer)
}

func TestStrengthRefusals(t *testing.T) {
	for _, o := range []slo.TLSOptions{{MinVersion: "1.4"}, {MinVersion: "TLS1.2"}, {Ciphers: []string{"AES"}}} {
		if _, err := New(slo.Probe{Name: "p", Timeout: time.Second, Spec: &slo.TLS{Address: "a:1", TLS: o}}, newEnv(t, Options{})); err == nil {
			t.Errorf("%+v was accepted", o)
		}
	}
}
