package slo

import "time"

// TLS shakes hands and judges the certificate chain.
type TLS struct {
	Address  string     `json:"address"`            // host:port
	StartTLS string     `json:"startTLS,omitempty"` // the protocol that is spoken before the handshake, one of StartTLSProtocols
	IP       string     `json:"ip,omitempty"`
	TLS      TLSOptions `json:"options,omitzero"`
}

// StartTLSProtocols lists the protocols that a TLS probe can ask to go over to
// TLS.
func StartTLSProtocols() []string {
	return []string{"ftp", "imap", "ldap", "pop3", "postgres", "smtp", "xmpp"}
}

// TLSOptions say how a certificate and the connection under it are judged.
type TLSOptions struct {
	ServerName  string        `json:"serverName,omitempty"`  // default the host
	CA          string        `json:"ca,omitempty"`          // PEM; default the agent's system roots
	SkipVerify  bool          `json:"skipVerify,omitempty"`  // take any certificate; its expiry is still reported
	MinValidity time.Duration `json:"minValidity,omitempty"` // down when the earliest expiry is nearer than this
	MinVersion  string        `json:"minVersion,omitempty"`  // 1.0 to 1.3; default 1.2
	Ciphers     []string      `json:"ciphers,omitempty"`     // accepted suites by their IANA names; default all without known weakness
	Client      Secret        `json:"client,omitzero"`       // PEM of the certificate and the key that the agent presents
	Staple      bool          `json:"staple,omitempty"`      // down without a stapled OCSP answer that is good and current
}

// Kind is tls.
func (s *TLS) Kind() string { return "tls" }

// Target is the address.
func (s *TLS) Target() string { return s.Address }
