package agent

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// maxSecretFile bounds files of certificates, keys and tokens.
const maxSecretFile = 1 << 20

// client is the TLS configuration towards the collector. The client
// certificate is read at each handshake, so that a renewed one needs no
// restart; here it is read once to tell what is wrong with it.
func (f TLSFiles) client() (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if f.CA != "" {
		b, err := readBounded(f.CA)
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
	b, err := readBounded(name)
	if err != nil {
		return "", fmt.Errorf("reading the token: %w", err)
	}
	token := strings.TrimSpace(string(b))
	if token == "" || len(token) > 4096 || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", fmt.Errorf("reading the token: %s does not hold one line of 1 to 4096 printable characters", name)
	}
	return token, nil
}

func readBounded(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSecretFile+1))
	if err == nil && len(b) > maxSecretFile {
		err = errors.New(name + " is larger than 1 MiB")
	}
	return b, err
}
