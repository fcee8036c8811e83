package probe

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/assay-sla/assay/slo"
)

// judge says how a certificate chain is judged.
type judge struct {
	options slo.TLSOptions
	roots   *x509.CertPool
	config  *tls.Config
}

// newJudge prepares the judgement for connections to a host.
func newJudge(o slo.TLSOptions, h host, env *Env) (*judge, error) {
	j := &judge{options: o, roots: env.roots}
	if o.MinValidity < 0 {
		return nil, fmt.Errorf("tls: minValidity %v is negative", o.MinValidity)
	}
	if o.CA != "" {
		j.roots = x509.NewCertPool()
		if !j.roots.AppendCertsFromPEM([]byte(o.CA)) {
			return nil, errors.New("tls: ca holds no PEM certificate")
		}
	}
	name := o.ServerName
	if name == "" {
		name = h.name
	} else {
		named, err := newHost(name, "")
		if err != nil {
			return nil, fmt.Errorf("tls: serverName: %w", err)
		}
		name = named.name
	}
	j.config = tlsConfig(name)
	return j, nil
}

// forName is the same judgement for another server's name.
func (j *judge) forName(name string) *judge {
	config := tlsConfig(name)
	config.NextProtos = j.config.NextProtos
	return &judge{options: j.options, roots: j.roots, config: config}
}

// tlsConfig is the client's side for a server's name. Verification is left to
// judge, which names its reasons and reports the expiry in every case.
func tlsConfig(serverName string) *tls.Config {
	return &tls.Config{
		ServerName:             strings.TrimSuffix(serverName, "."),
		InsecureSkipVerify:     true, // judge.verify does it
		MinVersion:             tls.VersionTLS12,
		SessionTicketsDisabled: true,
	}
}

// handshake makes a TLS connection of c and judges what the server presents.
// The returned connection reads and writes; c remains the one to close, as a
// TLS close may wait for a peer that does not read.
func (r *run) handshake(c *conn, j *judge) (*tls.Conn, error) {
	t := tls.Client(c.Conn, j.config)
	start := time.Now()
	err := t.Handshake()
	r.m.Phases.TLS += time.Since(start)
	state := t.ConnectionState()
	chain := state.PeerCertificates // known even where the handshake broke later
	for _, cert := range chain {
		// "No well-defined expiration" is the year 9999 (RFC 5280, 4.1.2.5).
		r.seen(min(slo.At(cert.NotAfter), slo.MaxInstant))
	}
	if r.trace != nil {
		r.traceTLS(&state)
	}
	if err != nil {
		return nil, r.fail(handshaking, err)
	}
	if err := j.verify(chain, r.at.Time()); err != nil {
		err.text = fmt.Sprintf("certificate of %s: %s", r.peer, err.text)
		return nil, err
	}
	return t, nil
}

// verify judges a chain at an instant: its dates, who vouches for it, whom it
// is for, and how long it will last.
func (j *judge) verify(chain []*x509.Certificate, at time.Time) *failure {
	if len(chain) == 0 {
		return downf(slo.TLSFailed, "the server presented none")
	}
	if !j.options.SkipVerify {
		if f := j.trust(chain, at); f != nil {
			return f
		}
	}
	if soon := at.Add(j.options.MinValidity); j.options.MinValidity > 0 {
		for _, cert := range chain {
			if cert.NotAfter.Before(soon) {
				return downf(slo.TLSExpiresSoon, "expires inside the wanted %s: %s", inDays(j.options.MinValidity), describe(cert))
			}
		}
	}
	return nil
}

// trust verifies dates, issuer and name, in this order.
func (j *judge) trust(chain []*x509.Certificate, at time.Time) *failure {
	leaf := chain[0]
	if at.After(leaf.NotAfter) || at.Before(leaf.NotBefore) {
		return downf(slo.TLSExpired, "not valid at %s: %s", slo.At(at), describe(leaf))
	}
	others := x509.NewCertPool()
	for _, cert := range chain[1:] {
		others.AddCert(cert)
	}
	_, err := leaf.Verify(x509.VerifyOptions{Roots: j.roots, Intermediates: others, CurrentTime: at})
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return downf(slo.TLSExpired, "not valid at %s: %s", slo.At(at), describe(invalid.Cert))
	case err != nil:
		return downf(slo.TLSUntrusted, "%s: %s", strings.TrimPrefix(err.Error(), "x509: "), describe(leaf))
	}
	if err := leaf.VerifyHostname(j.config.ServerName); err != nil {
		return downf(slo.TLSNameMismatch, "not for %s but for %s: %s", j.config.ServerName, names(leaf), describe(leaf))
	}
	return nil
}

// inDays writes whole days as the catalogue does.
func inDays(d time.Duration) string {
	const day = 24 * time.Hour
	if d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	return d.String()
}

// describe is a certificate in one line.
func describe(c *x509.Certificate) string {
	if c == nil {
		return "unknown certificate"
	}
	return fmt.Sprintf("subject %q, issuer %q, valid from %s to %s",
		bound(c.Subject.String(), 200), bound(c.Issuer.String(), 200), slo.At(c.NotBefore), slo.At(c.NotAfter))
}

// names lists whom a certificate is for, at most a few of them.
func names(c *x509.Certificate) string {
	const most = 5
	all := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		all = append(all, ip.String())
	}
	switch {
	case len(all) == 0:
		return "no name at all"
	case len(all) > most:
		return strings.Join(all[:most], ", ") + fmt.Sprintf(" and %d more", len(all)-most)
	}
	return strings.Join(all, ", ")
}

// traceTLS notes the protocol and every certificate presented.
func (r *run) traceTLS(s *tls.ConnectionState) {
	if s.HandshakeComplete {
		r.trace.add("tls", "%s, %s, server name %s", tls.VersionName(s.Version), tls.CipherSuiteName(s.CipherSuite), s.ServerName)
	}
	for i, cert := range s.PeerCertificates {
		left := cert.NotAfter.Sub(r.at.Time()).Hours() / 24
		r.trace.add("certificate", "%d: %s (%.1f days left), for %s", i, describe(cert), left, names(cert))
	}
}
