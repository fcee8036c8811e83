package catalog

import (
	"time"

	"github.com/assay-sla/assay/slo"
)

// maxBackup bounds the size that a backup is to have, in MiB: a pebibyte.
const maxBackup = 1 << 30

// backup checks a backup block.
func (b *block) backup(s *slo.Backup) {
	if b.need("set") {
		b.check("set", func(s string) error { _, err := parseName(s); return err })
	}
	if b.need("within") && s.Within < time.Second {
		b.r.errorf(b.at["within"], "", "%s is less than a second", s.Within)
	}
	b.within("minSize", s.MinSize, 1, maxBackup)
}
