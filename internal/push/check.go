package push

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/assay-sla/assay/slo"
)

// maxDuration bounds every duration of a record, in microseconds.
const maxDuration = int64(24 * time.Hour / time.Microsecond)

// maxOffset bounds a clock's correction, in microseconds.
const maxOffset = int64(50 * 365 * 24 * time.Hour / time.Microsecond)

func (w *wireMeasurement) check() error {
	switch {
	case slo.State(w.Outcome) > slo.Down:
		return fmt.Errorf("outcome %d is not one of 0 (unknown), 1 (up), 2 (down)", w.Outcome)
	case w.Status < 0 || w.Status > 1<<16:
		return fmt.Errorf("status %d is out of range", w.Status)
	case w.Expiry != 0 && !plausible(w.Expiry):
		return fmt.Errorf("certificate expiry %d is outside the years 1900 to 2200", w.Expiry)
	case w.Offset < -maxOffset || w.Offset > maxOffset:
		return fmt.Errorf("clock offset %d is out of range", w.Offset)
	case len(w.Evidence) > slo.MaxEvidence:
		return fmt.Errorf("evidence of %d bytes; at most %d are taken", len(w.Evidence), slo.MaxEvidence)
	case !clean(w.Evidence):
		return errors.New("evidence holds control or bidirectional characters")
	}
	for _, d := range []int64{w.Latency, w.Resolve, w.Connect, w.TLS, w.FirstByte, w.Transfer} {
		if d < 0 || d > maxDuration {
			return fmt.Errorf("a duration of %d µs is out of range", d)
		}
	}
	return errors.Join(checkName("probe", w.Probe), checkName("location", w.Location), checkInstant(w.At),
		checkWord("reason", w.Reason), checkWord("revision", w.Revision), checkSeat(w.Seat), w.checkSlot(), w.checkRequests())
}

// checkRequests wants requests that can have been counted, of a run that is up.
func (w *wireMeasurement) checkRequests() error {
	switch {
	case w.Requests == nil:
		return nil
	case slo.State(w.Outcome) != slo.Up:
		return errors.New("it has requests and is not up")
	}
	return w.Requests.requests().Check()
}

// checkSlot wants a slot with a seat, and none without.
func (w *wireMeasurement) checkSlot() error {
	if w.Seat == "" && w.Slot != 0 {
		return errors.New("it has a slot and no seat")
	}
	return checkInstant(w.Slot)
}

// checkSeat says whether s can be the name of a seat; "" is none.
func checkSeat(s string) error {
	if len(s) > slo.MaxSeat || strings.ContainsFunc(s, func(r rune) bool { return !nameRune(r) }) {
		return fmt.Errorf("seat %q is not at most %d letters, digits, '.', '_' and '-'", bounded(s), slo.MaxSeat)
	}
	return nil
}

func (w *wireReadings) check() error {
	if len(w.Samples) > MaxSamples {
		return fmt.Errorf("%d samples; at most %d are taken", len(w.Samples), MaxSamples)
	}
	for _, s := range w.Samples {
		if err := s.check(); err != nil {
			return err
		}
	}
	return errors.Join(checkName("location", w.Location), checkInstant(w.At))
}

func (s *wireSample) check() error {
	if !metricName(s.Name) {
		return fmt.Errorf("series name %q is not made of letters, digits, underscores and colons", bounded(s.Name))
	}
	for _, ours := range []string{"probe_", "assay_"} {
		if strings.HasPrefix(s.Name, ours) {
			return fmt.Errorf("series name %q begins with %s, which readings may not", bounded(s.Name), ours)
		}
	}
	if math.IsNaN(s.Value) || math.IsInf(s.Value, 0) {
		return fmt.Errorf("the value of series %s is not a finite number", s.Name)
	}
	for k, v := range s.Labels {
		if !metricName(k) || strings.Contains(k, ":") || strings.HasPrefix(k, "__") {
			return fmt.Errorf("label name %q of series %s is not letters, digits and _", bounded(k), s.Name)
		}
		if len(v) > slo.MaxEvidence || !clean(v) {
			return fmt.Errorf("the value of label %s of series %s is too long or holds control characters", k, s.Name)
		}
	}
	return nil
}

func (w *wireGap) check() error {
	if w.From < 1 || w.To < w.From || w.To > maxSeq {
		return fmt.Errorf("the gap from %d to %d is not a range", w.From, w.To)
	}
	return errors.Join(checkInstant(w.At), checkWord("reason", w.Reason))
}

func plausible(ms int64) bool {
	return slo.Instant(ms) >= slo.MinInstant && slo.Instant(ms) <= slo.MaxInstant
}

func checkInstant(ms int64) error {
	if !plausible(ms) {
		return fmt.Errorf("instant %d is outside the years 1900 to 2200", ms)
	}
	return nil
}

// CheckName says whether s can be the name of an agent, a location or a probe.
func CheckName(what, s string) error { return checkName(what, s) }

func checkName(what, s string) error {
	if s == "" || len(s) > MaxName || strings.ContainsFunc(s, func(r rune) bool { return !nameRune(r) }) {
		return fmt.Errorf("%s name %q is not 1 to %d letters, digits, '.', '_' and '-'", what, bounded(s), MaxName)
	}
	return nil
}

// checkEpoch says whether s can be the name of an epoch.
func checkEpoch(s string) error {
	if len(s) > MaxEpoch {
		return fmt.Errorf("an epoch of %d bytes; at most %d are taken", len(s), MaxEpoch)
	}
	return checkName("epoch", s)
}

// checkWord is checkName for what may be empty.
func checkWord(what, s string) error {
	if s == "" {
		return nil
	}
	return checkName(what, s)
}

func nameRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-'
}

func metricName(s string) bool {
	for i, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' || r == ':'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != "" && len(s) <= MaxName
}

// clean reports whether text is fit for a screen: valid UTF-8 without control
// and format characters other than line breaks and tabs.
func clean(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r))
	})
}

// plain is text from outside for a log: short, and without control characters.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s[:min(len(s), 300)], "?"))
}

// bounded is s cut short for an error's text.
func bounded(s string) string {
	const most = 60
	if len(s) > most {
		return s[:most] + "..."
	}
	return s
}
