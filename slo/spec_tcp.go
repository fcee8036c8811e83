package slo

// TCP connects, and optionally talks: Script in order, or its short form Send
// and then Expect.
type TCP struct {
	Address string     `json:"address"`          // host:port
	Send    string     `json:"send,omitempty"`   // sent after the connect
	Expect  string     `json:"expect,omitempty"` // RE2 that what comes back must match
	Script  []TCPStep  `json:"script,omitempty"` // instead of Send and Expect
	Hex     bool       `json:"hex,omitempty"`    // byte mode: what is sent and expected is bytes, written in hexadecimal
	IP      string     `json:"ip,omitempty"`
	TLS     TLSOptions `json:"tls,omitzero"` // of the step startTLS
}

// TCPStep is one step of a script: exactly one of its fields is set.
type TCPStep struct {
	Send     string `json:"send,omitempty"`   // ${1} and ${name} stand for what the last Expect captured, $$ for a dollar
	Expect   string `json:"expect,omitempty"` // RE2 that what comes next must match; in byte mode the bytes must be in it
	StartTLS bool   `json:"startTLS,omitempty"`
}

// Kind is tcp.
func (s *TCP) Kind() string { return "tcp" }

// Target is the address.
func (s *TCP) Target() string { return s.Address }
