package slo

// Browser opens a page in Chromium and uses it as a person does. The page is
// judged when it has loaded, and then step after step.
type Browser struct {
	URL string `json:"url"` // http or https
	// Secrets are values that lie with the agent, by the name that stands for
	// them in what is typed.
	Secrets  map[string]Secret `json:"secrets,omitempty"`
	Status   []StatusRange     `json:"status,omitempty"` // accepted of the page; default 200-299
	Do       []BrowserStep     `json:"do,omitempty"`
	Viewport Viewport          `json:"viewport,omitzero"`
	TLS      BrowserTLS        `json:"tls,omitzero"`
}

// BrowserStep is one thing to do on the page: exactly one of its fields is
// set. Each waits, within the probe's timeout, until it can be done or holds.
type BrowserStep struct {
	Click  string `json:"click,omitempty"` // a CSS selector of what is clicked
	Type   Typing `json:"type,omitzero"`
	Wait   string `json:"wait,omitempty"`   // a CSS selector of what must be visible
	Assert string `json:"assert,omitempty"` // CEL over page and now that must come to hold
}

// Typing is text that goes into a field, key by key. In the text ${name}
// stands for a secret, and $$ for a dollar; a line end is the Enter key.
type Typing struct {
	Into string `json:"into"` // a CSS selector
	Text string `json:"text"`
}

// Viewport is the size of the window, in CSS pixels.
type Viewport struct {
	Width  int `json:"width,omitempty"`  // default 1280
	Height int `json:"height,omitempty"` // default 800
}

// BrowserTLS says how the browser takes certificates.
type BrowserTLS struct {
	SkipVerify bool `json:"skipVerify,omitempty"` // take any; its expiry is still reported
}

// Bounds of a browser probe.
const (
	MaxBrowserSteps = 50
	MaxSelector     = 1024 // bytes
	MaxTyped        = 4096 // bytes, before secrets are filled in
	MinViewport     = 100  // CSS pixels, in either direction
	MaxViewport     = 4096
)

// Kind is browser.
func (s *Browser) Kind() string { return "browser" }

// Target is the URL.
func (s *Browser) Target() string { return s.URL }
