package slo

// DNS asks one question.
type DNS struct {
	Name      string   `json:"name"`
	Type      string   `json:"type,omitempty"`      // A, AAAA, MX, ...; default A
	Server    string   `json:"server,omitempty"`    // host:port; default the agent's first resolver
	Transport string   `json:"transport,omitempty"` // udp (default; a truncated answer is asked again by tcp), tcp, tls or https
	Path      string   `json:"path,omitempty"`      // of https; default /dns-query
	Rcode     []string `json:"rcode,omitempty"`     // accepted; default NOERROR
	// RE2s; each must match the text of one record of its section.
	Answers    []string `json:"answers,omitempty"`
	Authority  []string `json:"authority,omitempty"`
	Additional []string `json:"additional,omitempty"`

	NoRecursion bool       `json:"noRecursion,omitempty"` // ask for what the server itself knows
	MinSerial   int        `json:"minSerial,omitempty"`   // the SOA record's serial must be at least this
	TLS         TLSOptions `json:"tls,omitzero"`          // of tls and https
}

// DNSTransports lists the ways to ask.
func DNSTransports() []string { return []string{"udp", "tcp", "tls", "https"} }

// Kind is dns.
func (s *DNS) Kind() string { return "dns" }

// Target is the name, with the server that is asked where one is named.
func (s *DNS) Target() string {
	if s.Server != "" {
		return s.Name + "@" + s.Server
	}
	return s.Name
}
