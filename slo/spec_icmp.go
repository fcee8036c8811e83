package slo

// ICMP sends echo requests.
type ICMP struct {
	Host    string `json:"host"`
	Packets int    `json:"packets,omitempty"` // a round; default 3, up to 20
	MaxLoss int    `json:"maxLoss,omitempty"` // packets that may be lost; default 0
	IP      string `json:"ip,omitempty"`
}

// Kind is icmp.
func (s *ICMP) Kind() string { return "icmp" }

// Target is the host.
func (s *ICMP) Target() string { return s.Host }
