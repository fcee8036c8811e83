package slo

// Spec is what a probe tests: one of the kinds below, each in a file of its
// own. The JSON names are those of the catalogue's kind block and of the
// agent's assignment.
type Spec interface {
	// Kind is the name of the kind block, such as http.
	Kind() string
	// Target is what people call the tested thing: a URL, an address, a name.
	Target() string
}

// kinds makes an empty spec of each kind, in the order of the documentation.
func kinds() []Spec {
	return []Spec{&HTTP{}, &WebSocket{}, &GRPC{}, &TCP{}, &TLS{}, &UDP{}, &DNS{}, &ICMP{}, &SSH{}, &SMTP{}, &IMAP{}, &SQL{}, &Exec{}, &Steps{}, &Browser{}, &Push{}, &PromQL{}, &Backup{}}
}

// NewSpec returns a pointer to an empty spec of a kind, or false.
func NewSpec(kind string) (Spec, bool) {
	for _, s := range kinds() {
		if s.Kind() == kind {
			return s, true
		}
	}
	return nil, false
}

// Kinds lists the kinds in the order of the documentation.
func Kinds() []string {
	var names []string
	for _, s := range kinds() {
		names = append(names, s.Kind())
	}
	return names
}
