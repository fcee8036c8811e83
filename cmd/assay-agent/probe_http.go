package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/assay-sla/assay/slo"
)

type httpProbe struct {
	URL           string            `arg:"" name:"url" help:"https:// is assumed where it has no scheme."`
	Method        string            `default:"GET" help:"Of the request."`
	Header        []string          `sep:"none" placeholder:"NAME: VALUE" help:"Sent with the request; may be repeated."`
	Body          string            `help:"Sent with the request."`
	Status        []string          `placeholder:"200-299" help:"Accepted statuses, such as 200,301-308."`
	Match         string            `placeholder:"RE2" help:"The body must match it."`
	NoMatch       string            `placeholder:"RE2" help:"The body must not match it."`
	HeaderMatch   map[string]string `placeholder:"NAME=RE2" help:"A header of the answer must match; may be repeated."`
	HeaderNoMatch map[string]string `placeholder:"NAME=RE2" help:"It must not."`
	Assert        string            `placeholder:"CEL" help:"Condition over json, status, headers and now that must hold."`
	BearerFile    string            `placeholder:"FILE" help:"File of a bearer token."`
	login
	Redirects     int      `help:"Followed at most, up to 20; the last answer is judged."`
	Cookies       bool     `help:"Keep cookies from one redirect to the next."`
	MaxBody       int      `placeholder:"BYTES" help:"Read at most; default 1 MiB."`
	Compression   []string `enum:"gzip,deflate,br,zstd" placeholder:"gzip,br" help:"Ask for it, and unpack."`
	HTTPVersion   string   `name:"http-version" enum:"1.1,2,3" default:"1.1" help:"The version of HTTP that is spoken: 1.1, 2 or 3."`
	EachAddress   bool     `help:"Ask each of the name's addresses, not one that connects."`
	SourceAddress string   `placeholder:"IP" help:"This machine's address to connect from."`
	Proxy         string   `placeholder:"URL" help:"Proxy to go through, http://host:port."`
	ClientCert    string   `placeholder:"FILE" help:"Certificate to present and its key, both PEM."`
	addressFamily
	certificates
	once
}

// Help is the longer text of assay-agent probe http --help.
func (httpProbe) Help() string {
	return `Examples:
  assay-agent probe http https://shop.example.com/health
  assay-agent probe http shop.example.com --redirects 3 --match "Welcome"
  assay-agent probe http http://[::1]:8080/ --status 200,204 --timeout 2s -o json
  assay-agent probe http https://api.example.com/ --header "Accept: application/json"
  assay-agent probe http https://api.example.com/health --assert 'json.database == "ok"'
  assay-agent probe http https://shop.example.com --http-version 3 --each-address

` + exitCodes
}

// Run runs the probe.
func (p httpProbe) Run(ctx context.Context, o output) error {
	s, err := parsed[*slo.HTTP]("http", p.URL)
	if err != nil {
		return o.usage(err)
	}
	if s.TLS, err = p.options(); err != nil {
		return o.usage(err)
	}
	s.Method, s.Body, s.Match, s.NoMatch = p.Method, p.Body, p.Match, p.NoMatch
	s.Redirects, s.Cookies, s.MaxBody, s.IP = p.Redirects, p.Cookies, p.MaxBody, p.value()
	s.Assert, s.Compression, s.Version, s.Source, s.Proxy.URL = p.Assert, p.Compression, p.HTTPVersion, p.SourceAddress, p.Proxy
	if p.EachAddress {
		s.Addresses = "each"
	}
	if p.ClientCert != "" {
		s.TLS.Client = slo.Secret{Name: clientSecret}
	}
	if s.Headers, err = parseHeaders(p.Header); err != nil {
		return o.usage(err)
	}
	for _, w := range p.Status {
		r, err := parseStatus(w)
		if err != nil {
			return o.usage(err)
		}
		s.Status = append(s.Status, r)
	}
	s.HeaderMatch, s.HeaderNoMatch, s.Username, s.Password = p.HeaderMatch, p.HeaderNoMatch, p.Username, p.secret()
	if p.BearerFile != "" {
		s.Bearer = slo.Secret{Name: bearerSecret}
	}
	return o.probe(ctx, s, p.once, func(name string) (string, error) {
		switch name {
		case bearerSecret:
			return readSecret(p.BearerFile)
		case clientSecret:
			return readSecret(p.ClientCert)
		}
		return p.secrets(name)
	})
}

// The names of the secrets that flags bring.
const (
	bearerSecret = "bearer"
	clientSecret = "client"
)

// parseStatus reads 204 or 200-299.
func parseStatus(s string) (slo.StatusRange, error) {
	from, to, ranged := strings.Cut(s, "-")
	if !ranged {
		to = from
	}
	a, errA := strconv.Atoi(from)
	z, errZ := strconv.Atoi(to)
	if errors.Join(errA, errZ) != nil || a < 100 || z > 999 || z < a {
		return slo.StatusRange{}, fmt.Errorf("--status %q is not a status such as 204 or a range such as 200-299", s)
	}
	return slo.StatusRange{From: a, To: z}, nil
}

// parseHeaders reads lines of NAME: VALUE.
func parseHeaders(lines []string) (headers map[string]string, err error) {
	for _, h := range lines {
		name, value, ok := strings.Cut(h, ":")
		if !ok || name == "" {
			return nil, fmt.Errorf("--header %q is not NAME: VALUE", h)
		}
		if headers == nil {
			headers = map[string]string{}
		}
		headers[name] = strings.TrimSpace(value)
	}
	return headers, nil
}
