package catalog

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// tcp checks a tcp block.
func (b *block) tcp(s *slo.TCP) {
	if b.need("address") {
		b.check("address", validAddress)
	}
	pattern, sent := validPattern, func(string) error { return nil }
	if s.Hex {
		pattern, sent = validHex, validHex
	}
	b.check("expect", pattern)
	b.check("send", sent)
	b.check("ip", validFamily)
	b.tlsOptions("tls", &s.TLS)
	if b.given("script") && (b.given("send") || b.given("expect")) {
		b.r.errorf(b.at["script"], "move them into the script", "send and expect are the short form of a script: have one or the other")
	}
	startTLS := false
	for i, step := range s.Script {
		p := fmt.Sprintf("script[%d]", i)
		if b.bad[p] {
			continue
		}
		startTLS = startTLS || step.StartTLS
		b.check(p+".expect", pattern)
		b.check(p+".send", sent)
		fields := 0
		for _, f := range []string{".send", ".expect", ".startTLS"} {
			if b.at[p+f] != nil || b.bad[p+f] {
				fields++
			}
		}
		if fields != 1 || b.given(p+".startTLS") && !step.StartTLS {
			b.r.errorf(b.at[p], "", "a step is one of send, expect and startTLS: true")
		}
	}
	if b.given("tls") && !startTLS {
		b.r.warnf(b.at["tls"], "", "tls has no effect without a step startTLS")
	}
}

// validHex allows bytes in hexadecimal, with blanks between them.
func validHex(s string) error {
	if b, err := hex.DecodeString(strings.Join(strings.Fields(s), "")); err != nil || len(b) == 0 {
		return fmt.Errorf("%s is not bytes in hexadecimal such as 16 03 01", quote(s))
	}
	return nil
}
