package slo

import "time"

// PromQL counts requests: it asks a Prometheus-compatible HTTP API how many
// there were in the last increment, and how many of them were good. An increment
// is as long as the probe's every, and ends at a whole multiple of it since the
// Unix epoch, so that all who ask speak of the same ones. In the queries
// ${window} stands for it, and $$ for a dollar.
//
// What is asked speaks for others: where it fails or has no answer, the probe
// is unknown, never down.
type PromQL struct {
	URL   string `json:"url"` // of the API, without /api/v1/query
	Total string `json:"total"`
	// One of these says how many were good; no result is none.
	Good string `json:"good,omitempty"`
	Bad  string `json:"bad,omitempty"`
	// Delay is how long after its end an increment is asked for, so that its
	// samples are there; default DefaultDelay, at most MaxDelay.
	Delay time.Duration `json:"delay,omitzero"`

	Headers  map[string]string `json:"headers,omitempty"`  // such as X-Scope-OrgID
	Username string            `json:"username,omitempty"` // basic authentication, with Password
	Password Secret            `json:"password,omitzero"`
	Bearer   Secret            `json:"bearer,omitzero"` // sent as a bearer token
	IP       string            `json:"ip,omitempty"`
	TLS      TLSOptions        `json:"tls,omitzero"`
}

// How long an increment is waited for.
const (
	DefaultDelay = time.Minute
	MaxDelay     = time.Hour
)

// WindowName is the placeholder of the increment's length in a query.
const WindowName = "window"

// Delay is how far behind its instant what a measurement of the probe speaks of
// lies at least: 0 of most.
func (p *Probe) Delay() time.Duration {
	s, counts := p.Spec.(*PromQL)
	switch {
	case !counts:
		return 0
	case s.Delay == 0:
		return DefaultDelay
	}
	return s.Delay
}

// Kind is promql.
func (s *PromQL) Kind() string { return "promql" }

// Target is the URL.
func (s *PromQL) Target() string { return s.URL }
