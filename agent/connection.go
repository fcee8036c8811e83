package agent

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"strings"

	"github.com/assay-sla/assay/internal/settings"
)

// maxSecretFile bounds files of certificates, keys and tokens.
const maxSecretFile = 1 << 20

// client is the TLS configuration towards the collector. The client
// certificate is read at each handshake, so that a renewed one needs no
// restart; here it is read once to tell what is wrong with it.
func (f TLSFiles) client() (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if f.CA != "" {
		b, err := settings.ReadBounded(f.CA, maxSecretFile)
		if err != nil {
			return nil, fmt.Errorf("reading the collector's CA: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(b) {
			return nil, fmt.Errorf("reading the collector's CA: %s holds no certificate in PEM", f.CA)
		}
	}
	if f.Cert != "" {
		load := func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			pair, err := tls.LoadX509KeyPair(f.Cert, f.Key)
			return &pair, err
		}
		if _, err := load(nil); err != nil {
			return nil, fmt.Errorf("reading the client certificate: %w", err)
		}
		c.GetClientCertificate = load
	}
	return c, nil
}

// readToken reads a bearer token: one line of printable characters.
func readToken(name string) (string, error) {
	if name == "" {
		return "", nil
	}
	b, err := settings.ReadBounded(name, maxSecretFile)
	if err != nil {
		return "", fmt.Errorf("reading the token: %w", err)
	}
	token := strings.TrimSpace(string(b))
	if token == "" || len(token) > 4096 || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", fmt.Errorf("reading the token: %s does not hold one line of 1 to 4096 printable characters", name)
	}
	return token, nil
}
