package catalog

import (
	"fmt"
	"strings"

	"github.com/robfig/cron/v3"
	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo"
)

// cronFields are the five fields in their order.
const cronFields = cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow

// starBit is how robfig/cron marks a field of its SpecSchedule that was a star.
const starBit = 1 << 63

// ParseCron reads a five-field cron expression of robfig/cron/v3's syntax:
// minute, hour, day of month, month, day of week. Descriptors such as @daily
// and prefixes such as TZ= are errors, as is a field that allows nothing.
func ParseCron(s string) (slo.Cron, error) {
	if len(s) > 1000 || strings.ContainsFunc(s, func(r rune) bool { return r != '\t' && (r < ' ' || r > '~') }) {
		return slo.Cron{}, fmt.Errorf("%s is not a cron expression of five fields", quote(s))
	}
	if strings.HasPrefix(s, "@") || strings.Contains(s, "TZ=") {
		return slo.Cron{}, fmt.Errorf("%s: only the five fields are allowed; a zone goes into timezone", quote(s))
	}
	parsed, err := cron.NewParser(cronFields).Parse(s)
	if err != nil {
		return slo.Cron{}, fmt.Errorf("%s is not a cron expression of five fields such as \"30 4 * * Sun\": %w", quote(s), err)
	}
	spec, ok := parsed.(*cron.SpecSchedule)
	if !ok {
		return slo.Cron{}, fmt.Errorf("%s is not a cron expression of five fields", quote(s))
	}
	c := slo.Cron{
		Minute: spec.Minute &^ starBit, Hour: spec.Hour &^ starBit, Dom: spec.Dom &^ starBit,
		Month: spec.Month &^ starBit, Dow: spec.Dow &^ starBit,
		AnyDom: spec.Dom&starBit != 0, AnyDow: spec.Dow&starBit != 0,
	}
	if c.Minute == 0 || c.Hour == 0 || c.Dom == 0 || c.Month == 0 || c.Dow == 0 {
		return slo.Cron{}, fmt.Errorf("%s has a field that allows nothing", quote(s))
	}
	return c, nil
}

// never reports whether no date ever matches, as of the 31st of February.
func never(c slo.Cron) bool {
	if !c.AnyDow {
		return false // some day of the week comes in every month
	}
	longest := [...]int{1: 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
	for m := 1; m <= 12; m++ {
		days := uint64(1)<<(longest[m]+1) - 2 // bits 1 to the longest
		if c.Month&(1<<m) != 0 && c.Dom&days != 0 {
			return false
		}
	}
	return true
}

// cron parses a cron expression.
func (r reader) cron(n *yaml.Node) (slo.Cron, bool) { return parsed(r, ParseCron)(n) }
