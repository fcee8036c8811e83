package probe

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// maxLocation bounds the address that a redirect names, in bytes.
const maxLocation = 8 << 10

func isRedirectStatus(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// isRedirect reports whether an answer says where to go instead.
func isRedirect(resp *http.Response) bool {
	return isRedirectStatus(resp.StatusCode) && resp.Header.Get("Location") != ""
}

// follow is the hop that an answer leads to. n redirects were followed before.
func (t *httpTest) follow(r *run, from *hop, resp *http.Response, n int) (*hop, error) {
	if n >= t.redirects {
		return nil, downf(slo.RedirectLimit, "more than %d redirects; %s answered %s%s",
			t.redirects, r.peer, r.statusLine(resp), r.location(resp))
	}
	next, err := t.redirected(from, resp)
	if err != nil {
		return nil, downf(slo.RedirectInvalid, "%s answered %s%s, which is not followed: %v",
			r.peer, r.statusLine(resp), r.location(resp), err)
	}
	r.trace.add("redirect", "%s to %s", resp.Status, next.url.Redacted())
	return next, nil
}

// after adds to what failed at a hop how the probe came there: the hop itself
// before it, and behind it, where more than one redirect led there, each of
// them.
func (r *run) after(h *hop, text string) string {
	n, way := 0, ""
	for ; h.from != nil; h = h.from {
		to := r.clean(h.url.Redacted(), 200)
		if n++; n == 1 {
			text = to + ": " + text
		}
		way = fmt.Sprintf(", %d to %s", h.by, to) + way
	}
	text = fmt.Sprintf("after redirect %d to %s", n, text)
	if n > 1 {
		text += "; the redirects: " + way[2:]
	}
	return text
}

// redirected builds the next request by the rules of RFC 9110, 15.4. To
// another origin go neither the probe's own headers nor its body: they may
// hold credentials.
func (t *httpTest) redirected(from *hop, resp *http.Response) (*hop, error) {
	to, err := target(from.url, resp.Header.Get("Location"))
	if err != nil {
		return nil, err
	}
	h := &hop{url: to, body: from.body, header: from.header, asHost: from.asHost, from: from, by: resp.StatusCode}
	method := from.asked.Method
	switch resp.StatusCode {
	case http.StatusSeeOther:
		if method != http.MethodHead {
			method, h.body = http.MethodGet, ""
		}
	case http.StatusMovedPermanently, http.StatusFound:
		if method == http.MethodPost {
			method, h.body = http.MethodGet, ""
		}
	}
	if !sameOrigin(from.url, to) {
		if h.body != "" {
			return nil, errors.New("it would send the request's body to another origin")
		}
		h.header, h.asHost = plainHeaders(from.header), ""
	}
	if err := t.prepare(h, method); err != nil {
		return nil, err
	}
	h.judge = t.judgeFor(h)
	return h, nil
}

// target is where a Location leads, seen from a URL.
func target(from *url.URL, location string) (*url.URL, error) {
	if len(location) > maxLocation {
		return nil, fmt.Errorf("its address is longer than %d bytes", maxLocation)
	}
	ref, err := url.Parse(location)
	if err != nil {
		return nil, errors.New("its address is not a URL")
	}
	to := from.ResolveReference(ref)
	if to.Scheme != "http" && to.Scheme != "https" {
		return nil, errors.New("its scheme is not http or https")
	}
	if to.Hostname() == "" {
		return nil, errors.New("it names no host")
	}
	if strings.Contains(to.Hostname(), "%") {
		return nil, errors.New("it names an interface of this machine")
	}
	to.User, to.Fragment, to.RawFragment = nil, "", ""
	return to, nil
}

func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(hostPort(a), hostPort(b))
}

// plainHeaders are those that every origin may see.
func plainHeaders(h http.Header) http.Header {
	plain := http.Header{}
	for _, name := range []string{"User-Agent", "Accept", "Accept-Encoding", "Accept-Language"} {
		if v, ok := h[name]; ok {
			plain[name] = v
		}
	}
	return plain
}
