package probe

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// netErrors are the browser's names of what kept a page from loading
// (Chromium, net/base/net_error_list.h), the longer before the shorter. What
// is not among them is no failure of the target's that was seen.
var netErrors = []struct {
	prefix string
	reason slo.Reason
}{
	{"ERR_CERT_DATE_INVALID", slo.TLSExpired},
	{"ERR_CERT_AUTHORITY_INVALID", slo.TLSUntrusted},
	{"ERR_CERT_COMMON_NAME_INVALID", slo.TLSNameMismatch},
	{"ERR_CERT_REVOKED", slo.TLSRevoked},
	{"ERR_CERT_", slo.TLSUntrusted},
	{"ERR_SSL_", slo.TLSFailed},
	{"ERR_TOO_MANY_REDIRECTS", slo.RedirectLimit},
	{"ERR_INVALID_REDIRECT", slo.RedirectInvalid},
	{"ERR_UNSAFE_REDIRECT", slo.RedirectInvalid},
	{"ERR_EMPTY_RESPONSE", slo.TransferBroken},
	{"ERR_CONNECTION_", slo.TransferBroken},
	{"ERR_CONTENT_LENGTH_MISMATCH", slo.TransferBroken},
	{"ERR_INCOMPLETE_", slo.TransferBroken},
	{"ERR_TIMED_OUT", slo.FirstByteTimeout},
	{"ERR_RESPONSE_HEADERS_TOO_BIG", slo.ResponseTooLarge},
	{"ERR_RESPONSE_HEADERS_", slo.ProtocolError},
	{"ERR_HTTP2_", slo.ProtocolError},
	{"ERR_INVALID_HTTP_RESPONSE", slo.ProtocolError},
	{"ERR_INVALID_CHUNKED_ENCODING", slo.ProtocolError},
	{"ERR_CONTENT_DECODING_", slo.ProtocolError},
	{"ERR_BLOCKED_BY_RESPONSE", slo.ProtocolError},
	{"ERR_ABORTED", slo.ProtocolError}, // the answer is no page, such as a download
	{"ERR_UNSAFE_PORT", slo.AgentUnsupported},
	{"ERR_INSUFFICIENT_RESOURCES", slo.AgentResources},
	{"ERR_OUT_OF_MEMORY", slo.AgentResources},
	{"ERR_NETWORK_CHANGED", slo.AgentUplink},
	{"ERR_INTERNET_DISCONNECTED", slo.AgentUplink},
	{"ERR_BLOCKED_BY_ADMINISTRATOR", slo.AgentPermission},
}

// unloaded is the failure of a page that did not load, by the browser's text.
// Where the agent's proxy did not get through, its word counts. v.mu is held.
func (v *visit) unloaded(url, text string) *failure {
	name, reason := strings.TrimPrefix(text, "net::"), slo.AgentInternal
	if f := v.proxy.failed(url); f != nil {
		return &failure{f.outcome, f.reason, "loading " + v.run.clean(url, 200) + ": " + f.text}
	}
	for _, e := range netErrors {
		if strings.HasPrefix(name, e.prefix) {
			reason = e.reason
			break
		}
	}
	if reason == slo.FirstByteTimeout && v.handshaking() {
		reason = slo.TLSTimeout
	}
	if reason.Fault() == slo.FaultAgent {
		return unknownf(reason, "loading %s: %s", v.run.clean(url, 200), name)
	}
	return downf(reason, "loading %s: %s", v.run.clean(url, 200), name)
}

// handshaking reports whether the page's request has not got through TLS. v.mu
// is held.
func (v *visit) handshaking() bool {
	return strings.HasPrefix(v.document.url, "https:") && !v.document.sent
}

// late is the failure of a page that did not load in time, by how far it came.
func (v *visit) late() *failure {
	v.mu.Lock()
	defer v.mu.Unlock()
	d := &v.document
	if d.url == "" {
		return unknownf(slo.AgentOverloaded, "the browser had not asked for the page when the time was over")
	}
	if d.response != nil {
		return downf(slo.TransferTimeout, "the page at %s did not load in time; %s", v.run.clean(d.url, 200), v.unfinished())
	}
	way := v.proxy.route(hostPortOf(d.url))
	switch {
	case way == nil:
		return unknownf(slo.AgentOverloaded, "no connection to %s was made when the time was over", hostPortOf(d.url))
	case way.failed != nil:
		return v.unloaded(d.url, "")
	case v.handshaking():
		return downf(slo.TLSTimeout, "%s %s: no answer in time", handshaking, way.peer)
	}
	return downf(slo.FirstByteTimeout, "%s %s: no answer in time", awaiting, way.peer)
}

// unfinished names one of what the page waits for. v.mu is held.
func (v *visit) unfinished() string {
	for _, u := range v.open {
		return fmt.Sprintf("it waited for %d requests, such as %s", len(v.open), v.run.clean(u, 200))
	}
	return "none of its requests was open"
}

// broken is what a run ends with whose browser gave err; late says what was
// not done where the time was over.
func (v *visit) broken(late string, err error) error {
	var f *failure
	switch {
	case errors.As(err, &f), errors.As(context.Cause(v.ctx), &f):
		return f
	case v.run.stopped():
		return v.run.fail(awaiting, context.Canceled)
	case v.ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded):
		return unknownf(slo.AgentOverloaded, "%s", late)
	}
	if f := v.browser.gone(err); f != nil {
		return f
	}
	return unknownf(slo.AgentInternal, "the browser: %s", v.run.clean(err.Error(), 300))
}
