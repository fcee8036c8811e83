package sqlwire

import (
	"strconv"
	"strings"
	"time"
)

// The ways in which databases write values as text. What a type cannot hold,
// such as an infinite timestamp, stays the text that it is.

func sqlText(b []byte) any { return strings.ToValidUTF8(string(b), "\uFFFD") }

// sqlInt is a whole number, one without a sign where it needs all 64 bits.
func sqlInt(b []byte) any {
	if n, err := strconv.ParseInt(string(b), 10, 64); err == nil {
		return n
	}
	if n, err := strconv.ParseUint(string(b), 10, 64); err == nil {
		return n
	}
	return sqlText(b)
}

// sqlFloat is a number with a fraction, of about 15 digits: NaN and infinities
// are among them.
func sqlFloat(b []byte) any {
	if f, err := strconv.ParseFloat(string(b), 64); err == nil {
		return f
	}
	return sqlText(b)
}

// sqlTime is a timestamp or a date; one without an offset is in UTC, as the
// session is.
func sqlTime(b []byte) any {
	for _, layout := range []string{"2006-01-02 15:04:05.999999999Z07", "2006-01-02 15:04:05.999999999Z07:00", time.DateTime, time.DateOnly} {
		if t, err := time.Parse(layout, string(b)); err == nil && t.Year() > 0 {
			return t.UTC()
		}
	}
	return sqlText(b)
}
