package slo

// GRPC asks a server's health service (grpc.health.v1.Health/Check) about one
// of its services.
type GRPC struct {
	Address  string            `json:"address"`            // host:port
	Service  string            `json:"service,omitempty"`  // asked about; "" is the server as a whole
	Security Security          `json:"security,omitempty"` // tls (default) or none
	Metadata map[string]string `json:"metadata,omitempty"` // sent with the call, names in lower case
	IP       string            `json:"ip,omitempty"`
	TLS      TLSOptions        `json:"tls,omitzero"`
}

// Kind is grpc.
func (s *GRPC) Kind() string { return "grpc" }

// Target is the address, with the service where one is named.
func (s *GRPC) Target() string {
	if s.Service != "" {
		return s.Service + "@" + s.Address
	}
	return s.Address
}
