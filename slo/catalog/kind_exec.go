package catalog

import "github.com/assay-sla/assay/slo"

// exec checks an exec block.
func (b *block) exec(*slo.Exec) {
	if b.need("command") {
		b.check("command", func(s string) error { _, err := parseName(s); return err })
	}
	b.check("warning", oneOf("what a warning counts as", []string{"up", "down"}))
}
