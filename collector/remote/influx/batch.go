package influx

import (
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"

	"github.com/assay-sla/assay/collector/remote"
	"github.com/assay-sla/assay/slo"
)

// Bounds of one write.
const (
	maxLines   = 100_000
	maxSamples = 500_000

	// maxAhead is how far in the future a sample may lie, as for remote write.
	maxAhead = 10 * time.Minute
	// maxPast is how old one may be at all. The series refuse what is older
	// than their own bound, except the first sample that they ever get.
	maxPast = 31 * 24 * time.Hour
)

// batch is one write: a transaction of the series.
type batch struct {
	app     storage.Appender
	unit    time.Duration
	now     slo.Instant
	point   point
	builder labels.ScratchBuilder

	lines, samples int
	faults         faults
}

// add adds the lines of a body. What is wrong with single lines is among the
// faults; with an error nothing of the batch is to be committed.
func (b *batch) add(body []byte) error {
	for l := range lines(body) {
		if b.lines++; b.lines > maxLines {
			return fmt.Errorf("%w: more than %d lines", remote.ErrTooMuch, maxLines)
		}
		at, err := b.read(l)
		if err != nil {
			b.faults.add(l.number, err)
			continue
		}
		if b.samples += len(b.point.samples); b.samples > maxSamples {
			return fmt.Errorf("%w: more than %d numbers", remote.ErrTooMuch, maxSamples)
		}
		if err := b.append(l.number, at); err != nil {
			return err
		}
	}
	return nil
}

// read parses a line into b.point and returns its instant.
func (b *batch) read(l line) (slo.Instant, error) {
	if err := b.point.parse(l.text); err != nil {
		return 0, err
	}
	if b.point.time == nil {
		return b.now, nil
	}
	at, err := instant(b.point.time, b.unit)
	switch {
	case err != nil:
		return 0, err
	case at > b.now.Add(maxAhead):
		return 0, errors.New("its timestamp lies more than ten minutes ahead; is the precision right?")
	case at < b.now.Add(-maxPast):
		return 0, errors.New("its timestamp lies more than 31 days back; is the precision right?")
	}
	return at, nil
}

// append adds the samples of b.point. One that the series refuse is a fault of
// the line; its others are kept.
func (b *batch) append(number int, at slo.Instant) error {
	for _, s := range b.point.samples {
		b.builder.Reset()
		b.builder.Add(model.MetricNameLabel, s.name)
		for _, l := range b.point.labels {
			b.builder.Add(l.Name, l.Value)
		}
		b.builder.Sort()
		_, err := b.app.Append(0, b.builder.Labels(), int64(at), s.value)
		switch {
		case err == nil:
		case sendersOwn(err):
			b.faults.add(number, fmt.Errorf("%s: %w", s.name, err))
		default:
			return err
		}
	}
	return nil
}

// sendersOwn reports whether the same sample would be refused again.
func sendersOwn(err error) bool {
	for _, e := range []error{
		storage.ErrOutOfBounds, storage.ErrTooOldSample, storage.ErrOutOfOrderSample, storage.ErrDuplicateSampleForTimestamp,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
