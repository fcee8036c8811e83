package slo

import "strings"

// A canary is a record that is written into a service's data now and then, with
// the time of its writing. The newest one that can be read afterwards says how
// much was lost. A probe that reads it says so in the evidence of a measurement
// that is up.

const canaryWord = "canary "

// CanaryEvidence is the evidence of a measurement that read a canary of an
// instant.
func CanaryEvidence(at Instant) string { return canaryWord + at.String() }

// ReadCanary is the instant of the canary that an evidence begins with; false
// where it begins with none.
func ReadCanary(evidence string) (Instant, bool) {
	rest, ok := strings.CutPrefix(evidence, canaryWord)
	if !ok {
		return 0, false
	}
	word, _, _ := strings.Cut(rest, " ")
	at, err := ParseInstant(word)
	return at, err == nil
}
