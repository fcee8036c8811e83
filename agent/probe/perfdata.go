package probe

import (
	"math"
	"strconv"
	"strings"

	"github.com/assay-sla/assay/slo"
)

const (
	perfName   = "exec_perfdata" // the series of performance data
	maxPerf    = 100             // values of one run
	maxPerfKey = 128             // bytes of a label
	perfBlanks = " \t\r\n"
)

// perfSamples reads performance data: 'label'=value[unit];warn;crit;min;max,
// divided by blanks (Monitoring Plugins Development Guidelines, 2.6). What is
// not of that form is passed over.
func perfSamples(s, probe string) (out []slo.Sample) {
	for s = strings.TrimLeft(s, perfBlanks); s != "" && len(out) < maxPerf; s = strings.TrimLeft(s, perfBlanks) {
		label, rest := perfLabel(s)
		end := strings.IndexAny(rest, perfBlanks)
		if end < 0 {
			end = len(rest)
		}
		s = rest[end:]
		x, ok := strings.CutPrefix(rest[:end], "=")
		if !ok || label == "" {
			continue
		}
		x, _, _ = strings.Cut(x, ";")
		if v, unit, ok := perfValue(x); ok {
			out = append(out, slo.Sample{Name: perfName, Value: v, Labels: map[string]string{"probe": probe, "label": label, "unit": unit}})
		}
	}
	return out
}

// perfLabel cuts a label off, in quotes or without; two quotes are one.
func perfLabel(s string) (label, rest string) {
	if !strings.HasPrefix(s, "'") {
		i := strings.IndexAny(s, "="+perfBlanks)
		if i < 0 {
			return "", ""
		}
		return plainLabel(s[:i]), s[i:]
	}
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] != '\'':
		case i+1 < len(s) && s[i+1] == '\'':
			i++
		default:
			return plainLabel(strings.ReplaceAll(s[1:i], "''", "'")), s[i+1:]
		}
	}
	return "", ""
}

// plainLabel is a label fit to be shown.
func plainLabel(s string) string { return secrets(nil).clean(s, maxPerfKey) }

// perfValue reads a number and its unit.
func perfValue(s string) (v float64, unit string, ok bool) {
	i := len(s)
	for i > 0 && (s[i-1] < '0' || s[i-1] > '9') && s[i-1] != '.' {
		i--
	}
	v, err := strconv.ParseFloat(s[:i], 64)
	unit = s[i:]
	return v, unit, err == nil && !math.IsInf(v, 0) && !math.IsNaN(v) && len(unit) <= 10 && printable(unit) == unit
}
