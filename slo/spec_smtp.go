package slo

// Security is how a connection is protected.
type Security string

// The ways: TLS that is asked for on the plain port, by STARTTLS or its like,
// TLS from the first byte, or nothing.
const (
	SecurityStartTLS Security = "starttls"
	SecurityTLS      Security = "tls"
	SecurityNone     Security = "none"
)

// SMTP speaks with a mail server: greeting, EHLO, and as far as asked a login
// and the offer of a message, which is taken back. Nothing is sent.
type SMTP struct {
	Address  string     `json:"address"`            // host:port
	Security Security   `json:"security,omitempty"` // default starttls
	Username string     `json:"username,omitempty"`
	Password Secret     `json:"password,omitzero"`
	From     string     `json:"from,omitempty"` // offered as the sender, with To as the recipient
	To       string     `json:"to,omitempty"`
	IP       string     `json:"ip,omitempty"`
	TLS      TLSOptions `json:"tls,omitzero"`
}

// Kind is smtp.
func (s *SMTP) Kind() string { return "smtp" }

// Target is the address.
func (s *SMTP) Target() string { return s.Address }
