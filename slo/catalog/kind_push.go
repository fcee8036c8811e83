package catalog

import (
	"time"

	"github.com/assay-sla/assay/slo"
)

// push checks a push block.
func (b *block) push(s *slo.Push) {
	if b.need("job") {
		b.check("job", func(s string) error {
			_, err := parseName(s)
			return err
		})
	}
	if b.need("within") && s.Within < time.Second {
		b.r.errorf(b.at["within"], "", "%s is less than a second", s.Within)
	}
}
