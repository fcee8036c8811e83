package probe

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/assay-sla/assay/slo"
)

// hop is one request: where it goes and the bytes that are sent there.
type hop struct {
	url    *url.URL
	host   host
	port   uint16
	judge  *judge // nil: plain HTTP
	header http.Header
	asHost string // value of the Host header; "" is the URL's
	body   string
	asked  *http.Request // what http.ReadResponse wants to know
	wire   []byte        // in HTTP/1.1
	from   *hop          // what redirected here; nil for the first
	by     int           // the status that it did so with
}

// firstHop is the request of a spec.
func (t *httpTest) firstHop(s *slo.HTTP) (*hop, error) {
	u, err := parseURL(s.URL)
	if err != nil {
		return nil, fmt.Errorf("url: %w", err)
	}
	h := &hop{url: u, body: s.Body}
	if h.header, h.asHost, err = t.headers(s, u); err != nil {
		return nil, err
	}
	if err := t.prepare(h, s.Method); err != nil {
		return nil, err
	}
	h.judge = t.judgeFor(h)
	return h, nil
}

// headers are the probe's own over the defaults, and the Host apart.
func (t *httpTest) headers(s *slo.HTTP, u *url.URL) (h http.Header, asHost string, err error) {
	h = http.Header{
		"User-Agent":      {t.env.userAgent},
		"Accept":          {"*/*"},
		"Accept-Encoding": {"identity"},
	}
	if len(s.Compression) > 0 {
		h["Accept-Encoding"] = []string{strings.Join(s.Compression, ", ")}
	}
	if password, ok := u.User.Password(); ok || u.User != nil {
		r := http.Request{Header: h}
		r.SetBasicAuth(u.User.Username(), password)
	}
	asHost, err = putHeaders(h, s.Headers)
	return h, asHost, err
}

// putHeaders puts the headers of a spec into h, and returns the Host apart.
func putHeaders(h http.Header, own map[string]string) (asHost string, err error) {
	for name, value := range own {
		if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
			return "", fmt.Errorf("header %q is not one that HTTP allows", name)
		}
		switch key := http.CanonicalHeaderKey(name); key {
		case "Host":
			if !httpguts.ValidHostHeader(value) {
				return "", errors.New("header Host is not a host")
			}
			asHost = value
		case "Connection", "Content-Length", "Transfer-Encoding", "Trailer":
			return "", fmt.Errorf("header %s is the probe's own to set", key)
		default:
			h[key] = []string{value}
		}
	}
	return asHost, nil
}

// parseURL takes an absolute http or https URL with a host.
func parseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		var cause *url.Error
		if errors.As(err, &cause) { // its text would hold the URL, and that a password
			err = cause.Err
		}
		return nil, err
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("scheme %q is not http or https", u.Scheme)
	}
	if u.Hostname() == "" {
		return nil, errors.New("no host")
	}
	return u, nil
}

// prepare works out where the hop's URL leads and the bytes of its request.
func (t *httpTest) prepare(h *hop, method string) (err error) {
	if h.host, h.port, err = newHostPort(hostPort(h.url), t.family, ""); err != nil {
		return err
	}
	var body io.Reader
	if h.body != "" {
		body = strings.NewReader(h.body)
	}
	req, err := http.NewRequest(method, "http://host/", body)
	if err != nil {
		return err
	}
	asciiURL := *h.url
	if !h.host.literal.IsValid() {
		asciiURL.Host = h.host.name
		if p := h.url.Port(); p != "" {
			asciiURL.Host += ":" + p
		}
	}
	req.URL, req.Host, req.Header, req.Close = &asciiURL, h.asHost, h.header, t.kept == nil
	h.asked = &http.Request{Method: req.Method, URL: &asciiURL}
	write := req.Write
	if t.proxy != nil && h.url.Scheme == "http" {
		write = req.WriteProxy // the whole URL in the request's first line
	}
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	h.wire = b.Bytes()
	return nil
}

// hostPort is the host:port of a URL, with the scheme's port where it names none.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}
