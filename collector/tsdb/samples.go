package tsdb

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/assay-sla/assay/slo"
)

// AppendSamples writes figures of the collector's own at one instant. Their
// names begin with assay_; a sample that makes no sense is an error, and then
// none is written. Samples that are there already, or too old, are passed over.
func (s *Store) AppendSamples(ctx context.Context, at slo.Instant, samples []slo.Sample) error {
	for i := range samples {
		if err := checkSample(&samples[i]); err != nil {
			return fmt.Errorf("writing own samples: %w", err)
		}
		if !strings.HasPrefix(samples[i].Name, ownPrefix) {
			return fmt.Errorf("writing own samples: %q does not begin with %q", samples[i].Name, ownPrefix)
		}
	}
	db, err := s.wait(ctx)
	if err != nil {
		return err
	}
	if !s.users.enter() {
		return ErrClosed
	}
	defer s.users.leave()
	b := &batch{store: s, app: db.Appender(ctx)}
	builder := labels.NewScratchBuilder(8)
	for i := range samples {
		b.reading(labelsOf(&builder, &samples[i]), int64(at), samples[i].Value)
	}
	if b.err != nil {
		_ = b.app.Rollback()
		return fmt.Errorf("writing own samples: %w", b.err)
	}
	if err := b.app.Commit(); err != nil {
		return fmt.Errorf("writing own samples: %w", err)
	}
	s.counters.samples.Add(float64(b.tally.samples))
	return nil
}

// plainLabel is a label whose value must fit; it may be empty.
func plainLabel(name, value string) (labels.Label, error) {
	if len(value) > maxLabelBytes || !utf8.ValidString(value) {
		return labels.Label{}, fmt.Errorf("the %s is not UTF-8 of at most %d bytes", name, maxLabelBytes)
	}
	return labels.Label{Name: name, Value: value}, nil
}
