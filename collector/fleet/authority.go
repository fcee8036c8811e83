package fleet

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/internal/wal"
)

// How long certificates are good for.
const (
	authorityLife = 20 * 365 * 24 * time.Hour
	// AgentLife is that of an agent's certificate. The agent renews it when
	// RenewLeft of this is left.
	AgentLife  = 30 * 24 * time.Hour
	serverLife = 90 * 24 * time.Hour
	// early is how long before its making a certificate is good already: an
	// agent's clock may be behind.
	early = 24 * time.Hour
)

// Authority is the collector's own certificate authority: it vouches for
// agents, and for the collector towards them.
type Authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey

	mu     sync.Mutex
	server *tls.Certificate
}

// OpenAuthority reads the authority's certificate and key from a file, or
// makes both where there is no file.
func OpenAuthority(file string, now time.Time) (*Authority, error) {
	b, err := os.ReadFile(file) // our own
	if errors.Is(err, fs.ErrNotExist) {
		return makeAuthority(file, now)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the agents' authority: %w", err)
	}
	pair, err := tls.X509KeyPair(b, b)
	if err != nil {
		return nil, fmt.Errorf("reading the agents' authority %s: it is damaged (%w); put a backup in its place, or move it away and enrol the agents anew", file, err)
	}
	cert, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		return nil, fmt.Errorf("reading the agents' authority %s: %w", file, err)
	}
	key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok || !cert.IsCA {
		return nil, fmt.Errorf("reading the agents' authority %s: it holds no authority", file)
	}
	return &Authority{cert: cert, key: key}, nil
}

func makeAuthority(file string, now time.Time) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making the agents' authority: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "Assay agents", Organization: []string{"Assay"}},
		NotBefore: now.Add(-early), NotAfter: now.Add(authorityLife),
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("making the agents' authority: %w", err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("making the agents' authority: %w", err)
	}
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})...)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, fmt.Errorf("making the agents' authority: %w", err)
	}
	if err := wal.ReplaceFile(file, text); err != nil {
		return nil, fmt.Errorf("making the agents' authority: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("making the agents' authority: %w", err)
	}
	return &Authority{cert: cert, key: key}, nil
}

// serial is 128 random bits, positive.
func serial() *big.Int {
	var b [16]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	b[0] &= 0x7f
	b[0] |= 0x40
	return new(big.Int).SetBytes(b[:])
}

// DER is the authority's certificate.
func (a *Authority) DER() []byte { return a.cert.Raw }

// Digest names the authority: the SHA-256 of its certificate.
func (a *Authority) Digest() [32]byte { return sha256.Sum256(a.cert.Raw) }

// Pool has the authority as its one root.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// Issue makes an agent's certificate, which lives for AgentLife.
func (a *Authority) Issue(who push.Identity, key *ecdsa.PublicKey, now time.Time) (*x509.Certificate, error) {
	if err := who.Check(); err != nil {
		return nil, fmt.Errorf("issuing a certificate: %w", err)
	}
	return a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: who.Agent}, URIs: []*url.URL{who.URI()},
		NotAfter: now.Add(AgentLife), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, key, now)
}

func (a *Authority) sign(template *x509.Certificate, key *ecdsa.PublicKey, now time.Time) (*x509.Certificate, error) {
	template.SerialNumber, template.NotBefore = serial(), now.Add(-early)
	template.KeyUsage, template.BasicConstraintsValid = x509.KeyUsageDigitalSignature, true
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key, a.key)
	if err != nil {
		return nil, fmt.Errorf("issuing a certificate: %w", err)
	}
	return x509.ParseCertificate(der)
}

// Server is the collector's own certificate for these names and addresses. It
// is kept in memory and made anew when a third of its life is left.
func (a *Authority) Server(names []string, now time.Time) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.server != nil && a.server.Leaf.NotAfter.Sub(now) > serverLife/3 {
		return a.server, nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making the collector's certificate: %w", err)
	}
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: "Assay collector"}, NotAfter: now.Add(serverLife), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	leaf, err := a.sign(template, &key.PublicKey, now)
	if err != nil {
		return nil, err
	}
	a.server = &tls.Certificate{Certificate: [][]byte{leaf.Raw, a.cert.Raw}, PrivateKey: key, Leaf: leaf}
	return a.server, nil
}
