package slo

// IMAP speaks with a mailbox server: greeting, and as far as asked a login and
// a look at a mailbox, which changes nothing in it.
type IMAP struct {
	Address  string     `json:"address"`            // host:port
	Security Security   `json:"security,omitempty"` // default starttls
	Username string     `json:"username,omitempty"`
	Password Secret     `json:"password,omitzero"`
	Mailbox  string     `json:"mailbox,omitempty"` // examined after the login
	IP       string     `json:"ip,omitempty"`
	TLS      TLSOptions `json:"tls,omitzero"`
}

// Kind is imap.
func (s *IMAP) Kind() string { return "imap" }

// Target is the address.
func (s *IMAP) Target() string { return s.Address }
