package catalog

import (
	"crypto/tls"
	"fmt"
	"slices"

	"github.com/assay-sla/assay/slo"
)

// tls checks a tls block.
func (b *block) tls(s *slo.TLS) {
	if b.need("address") {
		b.check("address", validAddress)
	}
	b.check("startTLS", oneOf("a protocol with STARTTLS", slo.StartTLSProtocols()))
	b.check("ip", validFamily)
	b.tlsOptions("options", &s.TLS)
}

// tlsOptions checks how a certificate is judged.
func (b *block) tlsOptions(path string, o *slo.TLSOptions) {
	b.check(path+".serverName", validHost)
	b.check(path+".ca", validCertificates)
	b.check(path+".minVersion", oneOf("a version of TLS", []string{"1.0", "1.1", "1.2", "1.3"}))
	b.checkAll(path+".ciphers", o.Ciphers, validCipher)
	if o.SkipVerify && b.given(path+".ca") {
		b.r.warnf(b.at[path+".ca"], "", "ca has no effect with skipVerify")
	}
}

// cipherSuites are the suites that an agent can offer, the weak ones as well.
func cipherSuites() (names []string) {
	for _, list := range [][]*tls.CipherSuite{tls.CipherSuites(), tls.InsecureCipherSuites()} {
		for _, c := range list {
			names = append(names, c.Name)
		}
	}
	return names
}

func validCipher(s string) error {
	if known := cipherSuites(); !slices.Contains(known, s) {
		return hinted{fmt.Sprintf("%s is not a cipher suite such as TLS_AES_128_GCM_SHA256", quote(s)), known}
	}
	return nil
}
