package slo

import "strings"

// SeriesName is the name of the series of one field of a measurement as
// Telegraf's Prometheus outputs name it: field usage_idle of cpu is
// cpu_usage_idle, and the fields of the measurement prometheus, which Telegraf
// scraped, keep their own names. What a metric name may not hold becomes _.
func SeriesName(measurement, field string) string {
	if measurement == "prometheus" {
		return nameOf(field, true)
	}
	return nameOf(measurement+"_"+field, true)
}

// LabelName is the name of the label of a tag. What a label's name may not
// hold becomes _.
func LabelName(tag string) string { return nameOf(tag, false) }

// nameOf replaces what may not stand in a name of Prometheus's data model.
func nameOf(s string, colons bool) string {
	s = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || colons && r == ':' {
			return r
		}
		return '_'
	}, s)
	if s != "" && s[0] >= '0' && s[0] <= '9' {
		s = "_" + s
	}
	return s
}
