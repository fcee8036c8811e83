package inputs

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/influxdata/telegraf"

	"github.com/assay-sla/assay/slo"
)

// Bounds of one reading. It is divided into parts that each fit a record of
// the agent's queue.
const (
	MaxSamples = 1000 // of a part
	maxParts   = 16
	maxFaults  = 5   // of one server, or of the machine
	maxFault   = 500 // bytes of its text
	maxName    = 200 // bytes of a series or label name
	maxValue   = 200 // bytes of a label's value
	maxLabels  = 20
	maxBytes   = 200 << 10 // of a part, about; a record holds push.MaxRecord
)

// accumulator takes what a reader reads and keeps the numbers. It is called
// from one goroutine only.
type accumulator struct {
	server string // that is read; "" is the machine
	parts  [][]slo.Sample
	size   int // bytes of the last part, about
	left   int // numbers for which there was no room
	faults Faults
}

// err is everything that went wrong, as Faults.
func (a *accumulator) err() error {
	if a.left > 0 {
		n := 0
		for _, part := range a.parts {
			n += len(part)
		}
		a.faults = append(a.faults, Fault{a.server, fmt.Errorf("%d numbers beyond the first %d were left out", a.left, n)})
	}
	if len(a.faults) == 0 {
		return nil
	}
	return a.faults
}

// take adds what another has, whose bounds hold for both together.
func (a *accumulator) take(b *accumulator) {
	for _, part := range b.parts {
		for _, s := range part {
			a.keep(s)
		}
	}
	a.left += b.left
	a.faults = append(a.faults, b.faults...)
}

func (a *accumulator) add(measurement string, fields map[string]any, tags map[string]string) {
	if tags["fstype"] == "overlay" && tags["path"] != "/" {
		return // a container's, of which the host has one each
	}
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	labels := labelsOf(tags)
	for _, name := range names {
		v, ok := number(fields[name])
		if !ok {
			continue
		}
		if series, ok := seriesName(measurement, name); ok {
			a.keep(slo.Sample{Name: series, Labels: labels, Value: v})
		}
	}
}

func (a *accumulator) keep(s slo.Sample) {
	size := 16 + len(s.Name)
	for k, v := range s.Labels {
		size += 4 + len(k) + len(v)
	}
	last := len(a.parts) - 1
	if last < 0 || len(a.parts[last]) == MaxSamples || a.size+size > maxBytes {
		if len(a.parts) == maxParts {
			a.left++
			return
		}
		a.parts, a.size, last = append(a.parts, nil), 0, last+1
	}
	a.size += size
	a.parts[last] = append(a.parts[last], s)
}

// number is a field's value as a number. Texts, NaN and infinities are none.
func number(v any) (float64, bool) {
	var f float64
	switch v := v.(type) {
	case float64:
		f = v
	case float32:
		f = float64(v)
	case int:
		f = float64(v)
	case int32:
		f = float64(v)
	case int64:
		f = float64(v)
	case uint:
		f = float64(v)
	case uint32:
		f = float64(v)
	case uint64:
		f = float64(v)
	case bool:
		if v {
			f = 1
		}
	default:
		return 0, false
	}
	return f, !math.IsNaN(f) && !math.IsInf(f, 0)
}

// AddFields and its like are telegraf.Accumulator's.
func (a *accumulator) AddFields(m string, fields map[string]any, tags map[string]string, _ ...time.Time) {
	a.add(m, fields, tags)
}

// AddGauge is AddFields.
func (a *accumulator) AddGauge(m string, fields map[string]any, tags map[string]string, _ ...time.Time) {
	a.add(m, fields, tags)
}

// AddCounter is AddFields.
func (a *accumulator) AddCounter(m string, fields map[string]any, tags map[string]string, _ ...time.Time) {
	a.add(m, fields, tags)
}

// AddSummary is AddFields.
func (a *accumulator) AddSummary(m string, fields map[string]any, tags map[string]string, _ ...time.Time) {
	a.add(m, fields, tags)
}

// AddHistogram is AddFields.
func (a *accumulator) AddHistogram(m string, fields map[string]any, tags map[string]string, _ ...time.Time) {
	a.add(m, fields, tags)
}

// AddMetric adds a metric that the plugin made itself.
func (a *accumulator) AddMetric(m telegraf.Metric) { a.add(m.Name(), m.Fields(), m.Tags()) }

// SetPrecision does nothing: every number has the instant of its reading.
func (a *accumulator) SetPrecision(time.Duration) {}

// AddError notes what a part of the reading failed with.
func (a *accumulator) AddError(err error) {
	if err != nil && len(a.faults) < maxFaults {
		a.faults = append(a.faults, Fault{a.server, err})
	}
}

// WithTracking is for plugins that wait for delivery; none of ours does.
func (a *accumulator) WithTracking(int) telegraf.TrackingAccumulator { return nil }

// seriesName names the series of a field. What begins like the series of
// measurements is refused: nobody writes those but an agent's probes.
func seriesName(measurement, field string) (string, bool) {
	s := slo.SeriesName(measurement, field)
	if s == "" || len(s) > maxName || strings.HasPrefix(s, "probe_") || strings.HasPrefix(s, "assay_") {
		return "", false
	}
	return s, true
}

// labelsOf makes labels of tags; those beyond maxLabels, in order of name,
// are left out.
func labelsOf(tags map[string]string) map[string]string {
	names := make([]string, 0, len(tags))
	for name, value := range tags {
		if value != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	labels := make(map[string]string, len(names))
	for _, name := range names {
		label := slo.LabelName(name)
		if label == "" || len(label) > maxName || strings.HasPrefix(label, "__") || len(labels) == maxLabels {
			continue
		}
		labels[label] = plain(tags[name], maxValue)
	}
	return labels
}
