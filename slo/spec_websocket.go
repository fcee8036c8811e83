package slo

// WebSocket opens a WebSocket, and optionally talks.
type WebSocket struct {
	URL         string            `json:"url"`                   // ws or wss
	Headers     map[string]string `json:"headers,omitempty"`     // of the opening request
	Subprotocol string            `json:"subprotocol,omitempty"` // wanted of the server
	Send        string            `json:"send,omitempty"`        // one text message
	Expect      string            `json:"expect,omitempty"`      // RE2 that a message must match
	IP          string            `json:"ip,omitempty"`
	TLS         TLSOptions        `json:"tls,omitzero"`
}

// Kind is websocket.
func (s *WebSocket) Kind() string { return "websocket" }

// Target is the URL.
func (s *WebSocket) Target() string { return s.URL }
