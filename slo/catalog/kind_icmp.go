package catalog

import "github.com/assay-sla/assay/slo"

// maxPackets bounds a round of an icmp block.
const maxPackets = 20

// icmp checks an icmp block.
func (b *block) icmp(s *slo.ICMP) {
	if b.need("host") {
		b.check("host", validHost)
	}
	b.within("packets", s.Packets, 1, maxPackets)
	packets := s.Packets
	if !b.given("packets") {
		packets = 3
	}
	if packets >= 1 && packets <= maxPackets {
		b.within("maxLoss", s.MaxLoss, 0, packets-1)
	}
	b.check("ip", validFamily)
}
