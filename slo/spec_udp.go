package slo

// UDP sends a datagram and waits for an answer.
type UDP struct {
	Address string `json:"address"`          // host:port
	Send    string `json:"send"`             // one datagram
	Expect  string `json:"expect,omitempty"` // RE2 that an answer must match; default any answer
	Hex     bool   `json:"hex,omitempty"`    // byte mode: both are bytes, written in hexadecimal
	Tries   int    `json:"tries,omitempty"`  // datagrams sent at most, spread over the timeout; default 3, up to 10
	IP      string `json:"ip,omitempty"`
}

// Kind is udp.
func (s *UDP) Kind() string { return "udp" }

// Target is the address.
func (s *UDP) Target() string { return s.Address }
