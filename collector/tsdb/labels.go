package tsdb

import (
	"fmt"
	"unicode/utf8"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/assay-sla/assay/slo"
)

// Bounds on a series that somebody else names.
const (
	maxLabels     = 64
	maxLabelBytes = 4096 // of one value
	maxSetBytes   = 16 << 10
)

// checkSample reports what is wrong with the name and the labels of a sample.
func checkSample(s *slo.Sample) error {
	if !model.LegacyValidation.IsValidMetricName(s.Name) || len(s.Name) > maxLabelBytes {
		return fmt.Errorf("%q is not a metric name", s.Name)
	}
	if len(s.Labels) > maxLabels {
		return fmt.Errorf("%s has %d labels, more than %d", s.Name, len(s.Labels), maxLabels)
	}
	size := len(s.Name)
	for k, v := range s.Labels {
		size += len(k) + len(v)
		if k == model.MetricNameLabel || !model.LegacyValidation.IsValidLabelName(k) {
			return fmt.Errorf("%s: %q is not a label's name", s.Name, k)
		}
		if len(v) > maxLabelBytes || !utf8.ValidString(v) {
			return fmt.Errorf("%s: the value of label %s is not UTF-8 of at most %d bytes", s.Name, k, maxLabelBytes)
		}
	}
	if size > maxSetBytes {
		return fmt.Errorf("%s has labels of more than %d bytes", s.Name, maxSetBytes)
	}
	return nil
}

// labelsOf are the sorted labels of a sample with those of extra, which win.
// Empty values are left out.
func labelsOf(b *labels.ScratchBuilder, s *slo.Sample, extra ...labels.Label) labels.Labels {
	b.Reset()
	b.Add(model.MetricNameLabel, s.Name)
next:
	for k, v := range s.Labels {
		for _, e := range extra {
			if e.Name == k {
				continue next
			}
		}
		if v != "" {
			b.Add(k, v)
		}
	}
	for _, e := range extra {
		if e.Value != "" {
			b.Add(e.Name, e.Value)
		}
	}
	b.Sort()
	return b.Labels()
}
