package slo

// SSH reads a server's identification and, where host keys are named, has it
// prove that it holds one of them. It never logs in.
type SSH struct {
	Address      string   `json:"address"`                // host:port
	Banner       string   `json:"banner,omitempty"`       // RE2 that the identification must match, such as OpenSSH
	Fingerprints []string `json:"fingerprints,omitempty"` // of host keys, SHA256:..., of which one must be the server's
	Algorithm    string   `json:"algorithm,omitempty"`    // of the host key that is asked for; default the first that both know
	IP           string   `json:"ip,omitempty"`
}

// SSHHostKeyAlgorithms lists the algorithms of host keys that can be asked for.
func SSHHostKeyAlgorithms() []string {
	return []string{"ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-512", "rsa-sha2-256"}
}

// Kind is ssh.
func (s *SSH) Kind() string { return "ssh" }

// Target is the address.
func (s *SSH) Target() string { return s.Address }
