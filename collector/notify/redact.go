package notify

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// minRedacted bounds what is looked for in the words of a receiver, in bytes:
// what is shorter stands in any text.
const minRedacted = 4

// minSegment is from when on a segment of a URL's path may be a secret, in bytes:
// chats and call services have theirs there.
const minSegment = 16

// confidential collects what a receiver may not have repeated to anybody: our
// secrets, what the address has of them, and what the request's headers had,
// wherever the HTTP client took it from.
type confidential struct {
	mu   sync.Mutex
	list []string
}

// secretsIn lists what of an address may be a secret.
func secretsIn(u *url.URL) []string {
	var out []string
	for _, s := range strings.Split(u.EscapedPath(), "/") {
		if len(s) >= minSegment {
			out = append(out, s)
		}
	}
	for _, values := range u.Query() {
		out = append(out, values...)
	}
	return append(out, u.RawQuery)
}

// wrote takes a header field that was sent. Those that the request had before it
// was given to the client hold no secret.
func (c *confidential) wrote(given http.Header, name string, values []string) {
	if _, known := given[http.CanonicalHeaderKey(name)]; known || strings.HasPrefix(name, ":") || plainHeaders[http.CanonicalHeaderKey(name)] {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, v := range values {
		c.list = append(c.list, v)
		scheme, credentials, _ := strings.Cut(v, " ")
		c.list = append(c.list, credentials)
		if decoded, err := base64.StdEncoding.DecodeString(credentials); err == nil && strings.EqualFold(scheme, "basic") {
			_, password, _ := strings.Cut(string(decoded), ":")
			c.list = append(c.list, string(decoded), password)
		}
	}
}

// plainHeaders are those that the HTTP client writes by itself.
var plainHeaders = map[string]bool{"Host": true, "User-Agent": true, "Content-Length": true, "Accept-Encoding": true, "Transfer-Encoding": true, "Connection": true}

// signIn takes a secret and how SMTP says it, plain and in base64.
func (c *confidential) signIn(secret, said string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range []string{secret, said} {
		c.list = append(c.list, s, base64.StdEncoding.EncodeToString([]byte(s)))
	}
}

// hide is an error without any of it: the same one where it has none.
func (c *confidential) hide(err error) error {
	text := err.Error()
	if said := c.redacted(text); said != text {
		return errors.New(said)
	}
	return err
}

// redacted is a text without any of it. The longest goes first: a shorter one may
// be part of it.
func (c *confidential) redacted(s string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	slices.SortFunc(c.list, func(a, b string) int { return len(b) - len(a) })
	for _, secret := range c.list {
		if len(secret) >= minRedacted {
			s = strings.ReplaceAll(s, secret, Secret(secret).String())
		}
	}
	return s
}
