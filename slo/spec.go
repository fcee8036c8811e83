package slo

import "time"

// Spec is what a probe tests: one of the kinds below. The JSON names are
// those of the catalogue's kind block and of the agent's assignment.
type Spec interface {
	// Kind is the name of the kind block: http, tcp, tls, dns, icmp.
	Kind() string
	// Target is what people call the tested thing: a URL, an address, a name.
	Target() string
}

// NewSpec returns a pointer to an empty spec of a kind, or false.
func NewSpec(kind string) (Spec, bool) {
	switch kind {
	case "http":
		return &HTTP{}, true
	case "tcp":
		return &TCP{}, true
	case "tls":
		return &TLS{}, true
	case "dns":
		return &DNS{}, true
	case "icmp":
		return &ICMP{}, true
	}
	return nil, false
}

// Kinds lists the kinds in the order of the documentation.
func Kinds() []string { return []string{"http", "tcp", "tls", "dns", "icmp"} }

// HTTP tests one URL.
type HTTP struct {
	URL       string            `json:"url"`                 // http or https
	Method    string            `json:"method,omitempty"`    // default GET
	Headers   map[string]string `json:"headers,omitempty"`   // Host sets the request's host
	Body      string            `json:"body,omitempty"`      // sent as it is
	Status    []StatusRange     `json:"status,omitempty"`    // accepted; default 200-299
	Match     string            `json:"match,omitempty"`     // RE2 that the body must match
	NoMatch   string            `json:"noMatch,omitempty"`   // RE2 that it must not match
	Redirects int               `json:"redirects,omitempty"` // followed at most; default 0: the first answer is judged
	MaxBody   int               `json:"maxBody,omitempty"`   // bytes read at most; default 1 MiB, up to 16 MiB
	IP        string            `json:"ip,omitempty"`        // 4, 6, or "" for whichever connects first in the resolver's order
	TLS       TLSOptions        `json:"tls,omitzero"`
}

// StatusRange is the inclusive range of HTTP statuses from From to To.
type StatusRange struct{ From, To int }

// TLSOptions say how a certificate is judged.
type TLSOptions struct {
	ServerName  string        `json:"serverName,omitempty"`  // default the host
	CA          string        `json:"ca,omitempty"`          // PEM; default the agent's system roots
	SkipVerify  bool          `json:"skipVerify,omitempty"`  // take any certificate; its expiry is still reported
	MinValidity time.Duration `json:"minValidity,omitempty"` // down when the earliest expiry is nearer than this
}

// TCP connects, and optionally talks.
type TCP struct {
	Address string `json:"address"`          // host:port
	Send    string `json:"send,omitempty"`   // sent after the connect
	Expect  string `json:"expect,omitempty"` // RE2 that the first bytes received must match
	IP      string `json:"ip,omitempty"`
}

// TLS shakes hands and judges the certificate chain.
type TLS struct {
	Address string     `json:"address"` // host:port
	IP      string     `json:"ip,omitempty"`
	TLS     TLSOptions `json:"options,omitzero"`
}

// DNS asks one question.
type DNS struct {
	Name      string   `json:"name"`
	Type      string   `json:"type,omitempty"`      // A, AAAA, MX, ...; default A
	Server    string   `json:"server,omitempty"`    // host:port; default the agent's first resolver
	Transport string   `json:"transport,omitempty"` // udp (default; a truncated answer is asked again by tcp) or tcp
	Rcode     []string `json:"rcode,omitempty"`     // accepted; default NOERROR
	Answers   []string `json:"answers,omitempty"`   // RE2s; each must match one answer record's text
}

// ICMP sends echo requests.
type ICMP struct {
	Host    string `json:"host"`
	Packets int    `json:"packets,omitempty"` // a round; default 3, up to 20
	MaxLoss int    `json:"maxLoss,omitempty"` // packets that may be lost; default 0
	IP      string `json:"ip,omitempty"`
}

func (s *HTTP) Kind() string { return "http" }
func (s *TCP) Kind() string  { return "tcp" }
func (s *TLS) Kind() string  { return "tls" }
func (s *DNS) Kind() string  { return "dns" }
func (s *ICMP) Kind() string { return "icmp" }

func (s *HTTP) Target() string { return s.URL }
func (s *TCP) Target() string  { return s.Address }
func (s *TLS) Target() string  { return s.Address }
func (s *DNS) Target() string {
	if s.Server != "" {
		return s.Name + "@" + s.Server
	}
	return s.Name
}
func (s *ICMP) Target() string { return s.Host }
