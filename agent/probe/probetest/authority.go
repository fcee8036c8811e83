package probetest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"slices"
	"time"
)

// Authority signs certificates. What it cannot do, it panics over: a test
// without its certificates is none.
type Authority struct {
	Cert *x509.Certificate
	Key  *ecdsa.PrivateKey

	chain [][]byte // its own certificate and those above it
}

// NewAuthority is a root that is valid for a span.
func NewAuthority(name string, from, to time.Time) Authority {
	return Authority{}.sign(authorityOf(name, from, to))
}

// Intermediate is an authority under this one, valid for as long.
func (a Authority) Intermediate(name string) Authority {
	return a.sign(authorityOf(name, a.Cert.NotBefore, a.Cert.NotAfter))
}

func authorityOf(name string, from, to time.Time) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: from, NotAfter: to,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
}

// sign makes a certificate under a; the zero Authority has it sign itself.
func (a Authority) sign(template *x509.Certificate) Authority {
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	parent, signer := a.Cert, a.Key
	if parent == nil {
		parent, signer = template, key
	}
	der := must(x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer))
	return Authority{must(x509.ParseCertificate(der)), key, append([][]byte{der}, a.chain...)}
}

// Issue makes the certificate of a server, with the authority's own and those
// above it in its chain. names are DNS names and addresses; the first is the
// subject. The zero Authority makes one that signs itself.
func (a Authority) Issue(from, to time.Time, names ...string) tls.Certificate {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: names[0]}, NotBefore: from, NotAfter: to,
	}
	for _, n := range names {
		if ip := net.ParseIP(n); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, n)
		}
	}
	leaf := a.sign(template)
	return tls.Certificate{Certificate: leaf.chain, PrivateKey: leaf.Key}
}

// PEM is the authority's own certificate, as a client's roots have it.
func (a Authority) PEM() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Cert.Raw}))
}

// Incomplete is a certificate sent without the authorities above it.
func Incomplete(cert tls.Certificate) tls.Certificate {
	cert.Certificate = cert.Certificate[:1]
	return cert
}

// Reversed is a certificate sent with its chain from the root down, the
// server's own last, against RFC 5246, 7.4.2.
func Reversed(cert tls.Certificate) tls.Certificate {
	cert.Certificate = slices.Clone(cert.Certificate)
	slices.Reverse(cert.Certificate)
	return cert
}

// Shuffled is a certificate sent with the authorities above it in the wrong
// order, the server's own first; RFC 8446, 4.4.2 has clients bear it.
func Shuffled(cert tls.Certificate) tls.Certificate {
	cert.Certificate = slices.Clone(cert.Certificate)
	slices.Reverse(cert.Certificate[1:])
	return cert
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
