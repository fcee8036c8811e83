package catalog

import "github.com/assay-sla/assay/slo"

const (
	maxTries    = 10
	maxDatagram = 1400 // bytes that are sent: what passes any path in one piece
)

// udp checks a udp block.
func (b *block) udp(s *slo.UDP) {
	if b.need("address") {
		b.check("address", validAddress)
	}
	b.need("send")
	pattern := validPattern
	if s.Hex {
		pattern = validHex
		b.check("send", validHex)
	}
	b.check("expect", pattern)
	if b.given("send") && (s.Send == "" || len(s.Send) > maxDatagram*3) {
		b.r.errorf(b.at["send"], "", "send has %d bytes; a datagram of 1 to %d is sent", len(s.Send), maxDatagram)
	}
	b.within("tries", s.Tries, 1, maxTries)
	b.check("ip", validFamily)
}
