package agent

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/internal/settings"
	"github.com/assay-sla/assay/internal/wal"
)

// Files of an enrolment in the data folder. Key and certificate are one file,
// so that they always go together.
const (
	identityFile    = "identity.pem"
	askedFile       = "identity.asked.pem" // the key of a request whose answer is not there yet
	maxIdentityFile = 64 << 10
)

// identity is an agent's certificate by its collector's authority.
type identity struct {
	push.Identity
	pair      tls.Certificate
	authority *x509.Certificate
}

// loadIdentity reads what enrolment left in a data folder; nil where there was
// none.
func loadIdentity(data string) (*identity, error) {
	file := filepath.Join(data, identityFile)
	b, err := settings.ReadBounded(file, maxIdentityFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the agent's certificate: %w", err)
	}
	i, err := parseIdentity(b)
	if err != nil {
		return nil, fmt.Errorf("reading the agent's certificate %s: %w; move it away and enroll the agent anew", file, err)
	}
	return i, nil
}

// parseIdentity reads the agent's certificate, the authority's, and the key.
func parseIdentity(b []byte) (*identity, error) {
	pair, err := tls.X509KeyPair(b, b)
	if err != nil {
		return nil, err
	}
	if len(pair.Certificate) != 2 {
		return nil, fmt.Errorf("%d certificates are not the agent's and its authority's", len(pair.Certificate))
	}
	authority, err := x509.ParseCertificate(pair.Certificate[1])
	if err != nil {
		return nil, err
	}
	i := &identity{pair: pair, authority: authority}
	i.Identity, err = push.IdentityOf(pair.Leaf)
	return i, err
}

// saveIdentity writes what loadIdentity reads.
func saveIdentity(data string, reply push.EnrollReply, key *ecdsa.PrivateKey) (*identity, error) {
	secret, err := pemKey(key)
	if err != nil {
		return nil, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: reply.Certificate})
	text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: reply.Authority})...)
	text = append(text, secret...)
	i, err := parseIdentity(text)
	if err != nil {
		return nil, err
	}
	return i, wal.ReplaceFile(filepath.Join(data, identityFile), text)
}

func pemKey(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// certificateRequest proves to have the key; what else it says is of no matter.
func certificateRequest(key *ecdsa.PrivateKey) ([]byte, error) {
	return x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
}

// checkReply holds a certificate against what was asked for: it is by the
// authority, of this agent, and for this key.
func checkReply(reply push.EnrollReply, authority *x509.Certificate, who push.Identity, key *ecdsa.PrivateKey) error {
	cert, err := x509.ParseCertificate(reply.Certificate)
	if err != nil {
		return fmt.Errorf("the certificate that came: %w", err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(authority)
	if _, err := cert.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
		return fmt.Errorf("the certificate that came: %w", err)
	}
	got, err := push.IdentityOf(cert)
	if err != nil {
		return err
	}
	if got != who {
		return fmt.Errorf("the certificate that came is of agent %s in %s", got.Agent, got.Location)
	}
	if !key.PublicKey.Equal(cert.PublicKey) {
		return errors.New("the certificate that came is for another key")
	}
	return nil
}
