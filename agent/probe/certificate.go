package probe

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/assay-sla/assay/slo"
)

// judge says how a certificate chain is judged.
type judge struct {
	options    slo.TLSOptions
	minVersion uint16
	ciphers    map[uint16]bool // accepted; nil is all without known weakness
	roots      *x509.CertPool
	config     *tls.Config
}

// newJudge prepares the judgement for connections to a host.
func newJudge(o slo.TLSOptions, h host, env *Env) (*judge, error) {
	j := &judge{options: o, roots: env.roots, minVersion: tls.VersionTLS12}
	if err := j.floors(); err != nil {
		return nil, err
	}
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
	other := *j
	other.config = config
	return &other
}

// floors reads the least version and the ciphers that are accepted.
func (j *judge) floors() error {
	if v := j.options.MinVersion; v != "" {
		var ok bool
		if j.minVersion, ok = tlsVersions[v]; !ok {
			return fmt.Errorf("tls: minVersion %q is not 1.0, 1.1, 1.2 or 1.3", v)
		}
	}
	for _, name := range j.options.Ciphers {
		id, ok := cipherID(name)
		if !ok {
			return fmt.Errorf("tls: cipher %q is not known", name)
		}
		if j.ciphers == nil {
			j.ciphers = map[uint16]bool{}
		}
		j.ciphers[id] = true
	}
	return nil
}

var tlsVersions = map[string]uint16{"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}

func cipherID(name string) (uint16, bool) {
	for _, list := range [][]*tls.CipherSuite{tls.CipherSuites(), tls.InsecureCipherSuites()} {
		for _, c := range list {
			if c.Name == name {
				return c.ID, true
			}
		}
	}
	return 0, false
}

// offered are all cipher suites, the weak ones as well: so that a server that
// has nothing better is told from one that speaks no TLS. A connection under
// them is judged before anything is sent over it.
var offered = func() (ids []uint16) {
	for _, list := range [][]*tls.CipherSuite{tls.CipherSuites(), tls.InsecureCipherSuites()} {
		for _, c := range list {
			ids = append(ids, c.ID)
		}
	}
	return ids
}()

// tlsConfig is the client's side for a server's name. Verification is left to
// judge, which names its reasons and reports the expiry in every case; so are
// old versions and weak ciphers.
func tlsConfig(serverName string) *tls.Config {
	return &tls.Config{
		ServerName:             strings.TrimSuffix(serverName, "."),
		InsecureSkipVerify:     true, // judge.verify does it
		MinVersion:             tls.VersionTLS10,
		CipherSuites:           offered,
		SessionTicketsDisabled: true,
	}
}

// handshake makes a TLS connection of c and judges what the server presents.
// The returned connection reads and writes; c remains the one to close, as a
// TLS close may wait for a peer that does not read.
func (r *run) handshake(c *conn, j *judge) (*tls.Conn, error) {
	config, err := r.presented(j)
	if err != nil {
		return nil, err
	}
	t := tls.Client(c.Conn, config)
	start := time.Now()
	err = t.Handshake()
	r.m.Phases.TLS += time.Since(start)
	state := t.ConnectionState()
	r.expiries(&state) // known even where the handshake broke later
	if r.trace != nil {
		r.traceTLS(&state)
	}
	if err != nil {
		return nil, r.fail(handshaking, err)
	}
	if err := r.judgeAgain(&state, j); err != nil {
		return nil, err
	}
	return t, nil
}

// expiries notes how long what the server presented is valid.
func (r *run) expiries(s *tls.ConnectionState) {
	for _, cert := range s.PeerCertificates {
		// "No well-defined expiration" is the year 9999 (RFC 5280, 4.1.2.5).
		r.seen(min(slo.At(cert.NotAfter), slo.MaxInstant))
	}
}

// judgeAgain judges a connection that stands, at the run's instant.
func (r *run) judgeAgain(s *tls.ConnectionState, j *judge) error {
	r.expiries(s)
	if err := j.verify(r, s); err != nil {
		err.text = fmt.Sprintf("certificate of %s: %s", r.peer, err.text)
		return err
	}
	if err := j.strength(s); err != nil {
		err.text = fmt.Sprintf("TLS with %s: %s", r.peer, err.text)
		return err
	}
	return nil
}

// presented is the client's side with the certificate that the agent
// presents, where the probe names one.
func (r *run) presented(j *judge) (*tls.Config, error) {
	if j.options.Client.Name == "" {
		return j.config, nil
	}
	pem, err := r.secret(j.options.Client)
	if err != nil {
		return nil, err
	}
	cert, err := tls.X509KeyPair([]byte(pem), []byte(pem))
	if err != nil {
		return nil, unknownf(slo.AgentSecret, "the secret %s is not a certificate and its key in PEM", j.options.Client.Name)
	}
	config := j.config.Clone()
	config.Certificates = []tls.Certificate{cert}
	return config, nil
}

// verify judges what the server presented at the run's instant: the chain's dates,
// who vouches for it, whom it is for, how long it will last, and what the
// stapled OCSP answer says of it.
func (j *judge) verify(r *run, s *tls.ConnectionState) *failure {
	chain := s.PeerCertificates
	if len(chain) == 0 {
		return downf(slo.TLSFailed, "the server presented none")
	}
	if !j.options.SkipVerify {
		if f := j.trust(r, chain); f != nil {
			return f
		}
	}
	if soon := r.at.Time().Add(j.options.MinValidity); j.options.MinValidity > 0 {
		for _, cert := range chain {
			if cert.NotAfter.Before(soon) {
				return downf(slo.TLSExpiresSoon, "expires inside the wanted %s: %s", inDays(j.options.MinValidity), r.describe(cert))
			}
		}
	}
	return j.stapled(r, s)
}

// strength judges version and cipher.
func (j *judge) strength(s *tls.ConnectionState) *failure {
	if s.Version < j.minVersion {
		return downf(slo.TLSVersionLow, "the server goes no higher than %s; at least %s is wanted", tls.VersionName(s.Version), tls.VersionName(j.minVersion))
	}
	cipher := tls.CipherSuiteName(s.CipherSuite)
	switch {
	case j.ciphers != nil && !j.ciphers[s.CipherSuite]:
		return downf(slo.TLSCipherRefused, "the server chose %s, which is not one of %s", cipher, strings.Join(j.options.Ciphers, ", "))
	case j.ciphers == nil && weak(s.CipherSuite):
		return downf(slo.TLSCipherRefused, "the server chose %s, which is weak", cipher)
	}
	return nil
}

func weak(id uint16) bool {
	return slices.ContainsFunc(tls.InsecureCipherSuites(), func(c *tls.CipherSuite) bool { return c.ID == id })
}

// stapled judges the OCSP answer that came with the handshake: one that says
// revoked counts in every case, a missing one only where it is wanted.
func (j *judge) stapled(r *run, s *tls.ConnectionState) *failure {
	missing := func(format string, args ...any) *failure {
		if !j.options.Staple {
			return nil
		}
		return downf(slo.TLSStapleMissing, format, args...)
	}
	leaf, at := s.PeerCertificates[0], r.at.Time()
	if len(s.OCSPResponse) == 0 {
		return missing("the server stapled no OCSP answer: %s", r.describe(leaf))
	}
	if len(s.PeerCertificates) < 2 {
		return missing("the stapled OCSP answer cannot be verified: the server sent no issuer of %s", r.describe(leaf))
	}
	answer, err := ocsp.ParseResponseForCert(s.OCSPResponse, leaf, s.PeerCertificates[1])
	switch {
	case err != nil:
		return missing("the stapled OCSP answer is invalid: %s", strings.TrimPrefix(err.Error(), "ocsp: "))
	case answer.Status == ocsp.Revoked:
		return downf(slo.TLSRevoked, "revoked at %s, says the stapled OCSP answer: %s", slo.At(answer.RevokedAt), r.describe(leaf))
	case answer.Status != ocsp.Good:
		return missing("the stapled OCSP answer does not know the certificate: %s", r.describe(leaf))
	case at.Before(answer.ThisUpdate) || !answer.NextUpdate.IsZero() && at.After(answer.NextUpdate):
		return missing("the stapled OCSP answer is of %s to %s: %s", slo.At(answer.ThisUpdate), slo.At(answer.NextUpdate), r.describe(leaf))
	}
	return nil
}

// trust verifies dates, issuer and name, in this order.
func (j *judge) trust(r *run, chain []*x509.Certificate) *failure {
	leaf, at := chain[0], r.at.Time()
	if at.After(leaf.NotAfter) || at.Before(leaf.NotBefore) {
		return downf(slo.TLSExpired, "not valid at %s: %s", slo.At(at), r.describe(leaf))
	}
	others := x509.NewCertPool()
	for _, cert := range chain[1:] {
		others.AddCert(cert)
	}
	_, err := leaf.Verify(x509.VerifyOptions{Roots: j.roots, Intermediates: others, CurrentTime: at})
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return downf(slo.TLSExpired, "not valid at %s: %s", slo.At(at), r.describe(invalid.Cert))
	case errors.As(err, &invalid):
		return downf(slo.TLSUntrusted, "%s: %s", strings.TrimPrefix(err.Error(), "x509: "), r.describe(invalid.Cert))
	case errors.As(err, &unknown) && unknown.Cert != nil:
		return downf(slo.TLSUntrusted, "%s: %s", strings.TrimPrefix(err.Error(), "x509: "), r.describe(unknown.Cert))
	case err != nil:
		return downf(slo.TLSUntrusted, "%s: %s", strings.TrimPrefix(err.Error(), "x509: "), r.describe(leaf))
	}
	if err := leaf.VerifyHostname(j.config.ServerName); err != nil {
		return downf(slo.TLSNameMismatch, "not for %s but for %s: %s", j.config.ServerName, names(leaf), r.describe(leaf))
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
func (r *run) describe(c *x509.Certificate) string {
	if c == nil {
		return "unknown certificate"
	}
	return fmt.Sprintf("subject %s, issuer %s, valid from %s to %s",
		r.quote(c.Subject.String(), 200), r.quote(c.Issuer.String(), 200), slo.At(c.NotBefore), slo.At(c.NotAfter))
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
		staple := "no OCSP answer"
		if len(s.OCSPResponse) > 0 {
			staple = "a stapled OCSP answer"
		}
		r.trace.add("tls", "%s, %s, server name %s, %s", tls.VersionName(s.Version), tls.CipherSuiteName(s.CipherSuite), s.ServerName, staple)
	}
	for i, cert := range s.PeerCertificates {
		left := cert.NotAfter.Sub(r.at.Time()).Hours() / 24
		r.trace.add("certificate", "%d: %s (%.1f days left), for %s", i, r.describe(cert), left, names(cert))
	}
}
