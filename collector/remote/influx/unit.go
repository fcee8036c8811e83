package influx

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/assay-sla/assay/slo"
)

// parseUnit reads a request's precision: the unit of its timestamps. "" is
// nanoseconds, in both versions.
func parseUnit(s string) (time.Duration, error) {
	switch s {
	case "", "ns", "n":
		return time.Nanosecond, nil
	case "us", "u", "µ":
		return time.Microsecond, nil
	case "ms":
		return time.Millisecond, nil
	case "s":
		return time.Second, nil
	case "m":
		return time.Minute, nil
	case "h":
		return time.Hour, nil
	}
	return 0, fmt.Errorf("the precision %.20q is none of ns, us, ms, s, m and h", s)
}

var errTimestamp = errors.New("its timestamp is out of range")

// instant is a timestamp in whole milliseconds, rounded down.
func instant(text []byte, unit time.Duration) (slo.Instant, error) {
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		return 0, errTimestamp
	}
	if unit < time.Millisecond {
		per := int64(time.Millisecond / unit)
		ms := n / per
		if n%per < 0 {
			ms--
		}
		return slo.Instant(ms), nil
	}
	per := int64(unit / time.Millisecond)
	if n > math.MaxInt64/per || n < math.MinInt64/per {
		return 0, errTimestamp
	}
	return slo.Instant(n * per), nil
}
