package slo

// HTTP tests one URL.
type HTTP struct {
	URL      string            `json:"url"`                // http or https
	Method   string            `json:"method,omitempty"`   // default GET
	Headers  map[string]string `json:"headers,omitempty"`  // Host sets the request's host
	Body     string            `json:"body,omitempty"`     // sent as it is
	Username string            `json:"username,omitempty"` // basic authentication, with Password
	Password Secret            `json:"password,omitzero"`
	Bearer   Secret            `json:"bearer,omitzero"` // sent as a bearer token
	OAuth2   OAuth2            `json:"oauth2,omitzero"` // where a bearer token is to be had

	Status  []StatusRange `json:"status,omitempty"`  // accepted; default 200-299
	Match   string        `json:"match,omitempty"`   // RE2 that the body must match
	NoMatch string        `json:"noMatch,omitempty"` // RE2 that it must not match
	Assert  string        `json:"assert,omitempty"`  // CEL over json, status, headers and now that must hold
	// RE2s by the name of a header: one value must match, or none may.
	HeaderMatch   map[string]string `json:"headerMatch,omitempty"`
	HeaderNoMatch map[string]string `json:"headerNoMatch,omitempty"`

	Redirects   int        `json:"redirects,omitempty"`   // followed at most; default 0: the first answer is judged
	Cookies     bool       `json:"cookies,omitempty"`     // keep cookies from one redirect to the next
	MaxBody     int        `json:"maxBody,omitempty"`     // bytes read at most; default 1 MiB, up to 16 MiB
	Compression []string   `json:"compression,omitempty"` // of Compressions, asked for and unpacked; default none
	Version     string     `json:"version,omitempty"`     // of HTTPVersions; default 1.1
	Connection  string     `json:"connection,omitempty"`  // of Connections; default fresh
	IP          string     `json:"ip,omitempty"`          // 4, 6, prefer4, prefer6, or "" for the resolver's order
	Addresses   string     `json:"addresses,omitempty"`   // of AddressChoices; default one
	Source      string     `json:"source,omitempty"`      // the agent's own address to connect from
	Proxy       Proxy      `json:"proxy,omitzero"`        // default none, whatever the environment says
	TLS         TLSOptions `json:"tls,omitzero"`
}

// OAuth2 is where a bearer token is to be had for a client's own credentials
// (RFC 6749, 4.4). A token is kept until it expires.
type OAuth2 struct {
	TokenURL     string   `json:"tokenURL"`
	ClientID     string   `json:"clientID"`
	ClientSecret Secret   `json:"clientSecret"`
	Scopes       []string `json:"scopes,omitempty"`
	Audience     string   `json:"audience,omitempty"` // sent as audience, which some servers want
}

// Proxy is an HTTP proxy: https goes through it by CONNECT.
type Proxy struct {
	URL      string `json:"url"` // http://host:port
	Username string `json:"username,omitempty"`
	Password Secret `json:"password,omitzero"`
}

// StatusRange is the inclusive range of HTTP statuses from From to To.
type StatusRange struct{ From, To int }

// HTTPVersions lists the versions of HTTP that a probe can speak; it speaks
// the one it is told to and no other.
func HTTPVersions() []string { return []string{"1.1", "2", "3"} }

// Connections lists how a probe connects: fresh each time, or over the
// connection of the run before where that still stands.
func Connections() []string { return []string{"fresh", "reuse"} }

// AddressChoices lists which of a name's addresses are tested: one that
// connects, or each of them.
func AddressChoices() []string { return []string{"one", "each"} }

// Compressions lists the content encodings that a probe can unpack.
func Compressions() []string { return []string{"gzip", "deflate", "br", "zstd"} }

// Kind is http.
func (s *HTTP) Kind() string { return "http" }

// Target is the URL.
func (s *HTTP) Target() string { return s.URL }
