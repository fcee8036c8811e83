package tsdb

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/assay-sla/assay/slo"
)

// maxSteps is how many points a range query may have for each series, the
// bound of Prometheus's own API.
const maxSteps = 11_000

// Series is one series of a query's answer. A scalar is one without labels.
type Series struct {
	Labels map[string]string
	Points []Point // in order; one where the answer is an instant vector
}

// Point is one value at one instant.
type Point struct {
	At    slo.Instant
	Value float64
}

// newEngine is the PromQL engine that Query and the query API share, so that
// their bounds are shared as well.
func newEngine(o Options, r prometheus.Registerer) *promql.Engine {
	return promql.NewEngine(promql.EngineOpts{
		Logger:               o.Logger,
		Reg:                  r,
		MaxSamples:           o.Query.Samples,
		Timeout:              o.Query.Timeout,
		ActiveQueryTracker:   make(slots, o.Query.Parallel),
		LookbackDelta:        o.Lookback,
		EnableAtModifier:     true,
		EnableNegativeOffset: true,
		Parser:               parser.NewParser(parser.Options{}),
	})
}

// slots let so many queries run at a time as the channel has room.
type slots chan struct{}

func (s slots) GetMaxConcurrent() int { return cap(s) }

func (s slots) Insert(ctx context.Context, _ string) (int, error) {
	select {
	case s <- struct{}{}:
		return 0, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func (s slots) Delete(int)   { <-s }
func (s slots) Close() error { return nil }

// Query evaluates a PromQL expression at an instant.
func (s *Store) Query(ctx context.Context, expr string, at slo.Instant) ([]Series, error) {
	if _, err := s.wait(ctx); err != nil {
		return nil, err
	}
	q, err := s.engine.NewInstantQuery(ctx, s, nil, expr, at.Time())
	if err != nil {
		return nil, fmt.Errorf("reading the query %q: %w", expr, err)
	}
	return run(ctx, q, expr)
}

// QueryRange evaluates a PromQL expression at from, and then at every step up
// to to; at most 11,000 times.
func (s *Store) QueryRange(ctx context.Context, expr string, from, to slo.Instant, step time.Duration) ([]Series, error) {
	if step < time.Millisecond || to < from || to.Sub(from)/step >= maxSteps {
		return nil, fmt.Errorf("querying %q from %s to %s by %s: not between 1 and %d steps forward", expr, from, to, step, maxSteps)
	}
	if _, err := s.wait(ctx); err != nil {
		return nil, err
	}
	q, err := s.engine.NewRangeQuery(ctx, s, nil, expr, from.Time(), to.Time(), step)
	if err != nil {
		return nil, fmt.Errorf("reading the query %q: %w", expr, err)
	}
	return run(ctx, q, expr)
}

// run evaluates q and copies its answer out of the engine's buffers.
func run(ctx context.Context, q promql.Query, expr string) ([]Series, error) {
	defer q.Close()
	r := q.Exec(ctx)
	if r.Err != nil {
		return nil, fmt.Errorf("querying %q: %w", expr, r.Err)
	}
	var out []Series
	switch v := r.Value.(type) {
	case promql.Scalar:
		return []Series{{Points: []Point{{slo.Instant(v.T), v.V}}}}, nil
	case promql.Vector:
		for _, s := range v {
			if s.H != nil {
				return nil, histogramError(expr)
			}
			out = append(out, Series{s.Metric.Map(), []Point{{slo.Instant(s.T), s.F}}})
		}
	case promql.Matrix:
		for _, s := range v {
			if len(s.Histograms) > 0 {
				return nil, histogramError(expr)
			}
			points := make([]Point, len(s.Floats))
			for i, p := range s.Floats {
				points[i] = Point{slo.Instant(p.T), p.F}
			}
			out = append(out, Series{s.Metric.Map(), points})
		}
	default:
		return nil, fmt.Errorf("querying %q: the answer is a %s, not numbers", expr, r.Value.Type())
	}
	return out, nil
}

func histogramError(expr string) error {
	return fmt.Errorf("querying %q: the answer holds native histograms, not numbers", expr)
}
