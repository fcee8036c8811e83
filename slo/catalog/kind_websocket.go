package catalog

import (
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/assay-sla/assay/slo"
)

// websocket checks a websocket block.
func (b *block) websocket(s *slo.WebSocket) {
	if b.need("url") {
		b.check("url", validWebSocket)
	}
	b.headers(s.Headers, "sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions", "sec-websocket-protocol", "upgrade")
	b.check("subprotocol", func(s string) error {
		if !httpguts.ValidHeaderFieldName(s) { // both are tokens
			return hinted{message: quote(s) + " is not the name of a subprotocol"}
		}
		return nil
	})
	b.check("expect", validPattern)
	b.check("ip", validFamily)
	b.tlsOptions("tls", &s.TLS)
	if b.given("tls") && strings.HasPrefix(s.URL, "ws:") {
		b.r.warnf(b.at["tls"], "", "tls has no effect on a ws URL")
	}
}

// validWebSocket allows absolute ws and wss URLs, as validURL does http ones.
func validWebSocket(s string) error {
	scheme, rest, ok := strings.Cut(s, "://")
	http, known := map[string]string{"ws": "http", "wss": "https"}[scheme]
	if !ok || !known {
		return hinted{message: quote(s) + " is not a ws or wss URL"}
	}
	return validURL(http + "://" + rest)
}
