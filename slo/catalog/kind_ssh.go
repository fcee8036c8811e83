package catalog

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// ssh checks an ssh block.
func (b *block) ssh(s *slo.SSH) {
	if b.need("address") {
		b.check("address", validAddress)
	}
	b.check("banner", validPattern)
	b.checkAll("fingerprints", s.Fingerprints, validFingerprint)
	b.check("algorithm", oneOf("an algorithm of host keys", slo.SSHHostKeyAlgorithms()))
	if b.given("algorithm") && len(s.Fingerprints) == 0 && !b.bad["fingerprints"] {
		b.r.warnf(b.at["algorithm"], "", "algorithm has no effect without fingerprints")
	}
	b.check("ip", validFamily)
}

// validFingerprint allows what ssh-keygen -l prints of a key.
func validFingerprint(s string) error {
	sum, ok := strings.CutPrefix(s, "SHA256:")
	if b, err := base64.RawStdEncoding.DecodeString(sum); !ok || err != nil || len(b) != 32 {
		return fmt.Errorf("%s is not a fingerprint such as SHA256: and 43 characters, as ssh-keygen -l prints it", quote(s))
	}
	return nil
}
