package catalog

import (
	"fmt"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/assay-sla/assay/slo"
)

// grpc checks a grpc block.
func (b *block) grpc(s *slo.GRPC) {
	if b.need("address") {
		b.check("address", validAddress)
	}
	b.check("service", validWords)
	b.check("security", oneOf("a way to protect the connection", []string{string(slo.SecurityTLS), string(slo.SecurityNone)}))
	if len(s.Metadata) > maxItems {
		b.r.errorf(b.at["metadata"], "", "metadata has %d fields, more than %d", len(s.Metadata), maxItems)
		return
	}
	for _, name := range sortedKeys(s.Metadata) {
		if err := validMetadata(name, s.Metadata[name]); err != nil {
			b.r.errorf(b.at["metadata."+name], "", "%v", err)
		}
	}
	b.check("ip", validFamily)
	b.tlsOptions("tls", &s.TLS)
	if b.given("tls") && s.Security == slo.SecurityNone {
		b.r.warnf(b.at["tls"], "", "tls has no effect with security: none")
	}
}

// validMetadata allows what gRPC carries as text: names of lower case that the
// protocol has not taken, and values of printable ASCII.
func validMetadata(name, value string) error {
	switch {
	case !httpguts.ValidHeaderFieldName(name) || name != strings.ToLower(name) || strings.HasPrefix(name, "grpc-") || strings.HasSuffix(name, "-bin"):
		return fmt.Errorf("%s is not the name of a metadata field: lower case, without grpc- in front and -bin behind", quote(name))
	case name == "te" || name == "content-type" || name == "user-agent" || name == "host":
		return fmt.Errorf("the metadata field %s is the probe's own to set", name)
	case len(value) > maxHeader || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' }):
		return fmt.Errorf("the metadata field %s has a value that is not printable ASCII, or of more than %d bytes", name, maxHeader)
	}
	return nil
}
