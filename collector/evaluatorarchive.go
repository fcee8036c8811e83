package collector

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/assay-sla/assay/collector/evaluate"
	"github.com/assay-sla/assay/internal/archive"
	"github.com/assay-sla/assay/slo"
)

// archiveReader gives back every measurement of a probe that the journal held
// before a position.
type archiveReader interface {
	// CatchUp returns when the archive has every position before next.
	CatchUp(ctx context.Context, next uint64) error
	Entries(ctx context.Context, q archive.Query) iter.Seq2[slo.Entry, error]
}

// fromArchive rebuilds streams, all streams of probes, and counts of probes
// from what the archive has. It returns the services whose timeline changed.
func (v *evaluator) fromArchive(ctx context.Context, e *evaluate.Engine, words []evaluate.Word, probes, counted []string) (map[string]slo.Interval, error) {
	if len(words)+len(probes)+len(counted) == 0 || v.cursor <= 1 {
		return nil, nil
	}
	if err := v.archive.CatchUp(ctx, v.cursor); err != nil {
		return nil, fmt.Errorf("waiting for the archive: %w", err)
	}
	var done due
	for _, q := range append(queries(words), probeQueries(probes)...) {
		changed, err := v.rebuild(ctx, e, q)
		done.change(changed)
		if err != nil {
			return done.changed, err
		}
	}
	return done.changed, v.recount(ctx, e, counted)
}

// fewCounted is up to how many probes are counted with a pass over the archive
// each: a pass over all of it costs less than more of those.
const fewCounted = 8

// recount counts the measurements of probes from the archive.
func (v *evaluator) recount(ctx context.Context, e *evaluate.Engine, counted []string) error {
	passes := slices.Collect(slices.Chunk(counted, 1))
	if len(counted) > fewCounted {
		passes = [][]string{counted}
	}
	for _, probes := range passes {
		q := archive.Query{}
		if len(probes) == 1 {
			q.Probe = probes[0]
		}
		all, failed := v.measurements(ctx, q)
		e.Recount(probes, func(yield func(*slo.Measurement) bool) {
			for en := range all {
				if !yield(en.Measurement) {
					return
				}
			}
		})
		if *failed != nil {
			return fmt.Errorf("counting measurements from the archive: %w", *failed)
		}
	}
	return nil
}

// queries ask for the measurements of streams: those of a probe that has
// several of them in one pass.
func queries(words []evaluate.Word) []archive.Query {
	byProbe := map[string]archive.Query{}
	for _, w := range words {
		q := archive.Query{Probe: w.Probe, Location: w.Location, Agent: w.Agent}
		if had, ok := byProbe[w.Probe]; ok && had != q {
			q = archive.Query{Probe: w.Probe}
		}
		byProbe[w.Probe] = q
	}
	return slices.Collect(maps.Values(byProbe))
}

func probeQueries(probes []string) []archive.Query {
	out := make([]archive.Query, len(probes))
	for i, p := range probes {
		out[i].Probe = p
	}
	return out
}

// rebuild rebuilds every stream that a query names, in one pass over the
// archive. The engine is touched when all is read: after an error its streams
// are as they were.
func (v *evaluator) rebuild(ctx context.Context, e *evaluate.Engine, q archive.Query) (map[string]slo.Interval, error) {
	all, failed := v.measurements(ctx, q)
	pasts := map[evaluate.Word]*past{}
	for en := range all {
		w := evaluate.Word{Probe: en.Measurement.Probe, Location: en.Measurement.Location, Agent: en.Agent}
		if pasts[w] == nil {
			pasts[w] = &past{}
		}
		pasts[w].add(en.Measurement)
	}
	if *failed != nil {
		return nil, fmt.Errorf("rebuilding probe %s from the archive: %w", q.Probe, *failed)
	}
	var done due
	for w, p := range pasts {
		done.change(e.Rebuild(w, p.measurements))
	}
	return done.changed, nil
}

// measurements yields the archived measurements before the cursor that count.
func (v *evaluator) measurements(ctx context.Context, q archive.Query) (iter.Seq[slo.Entry], *error) {
	q.Kinds = archive.Measurements
	failed := new(error)
	return func(yield func(slo.Entry) bool) {
		for en, err := range v.archive.Entries(ctx, q) {
			if err != nil {
				*failed = err
				return
			}
			if en.Pos < v.cursor && !en.Quarantined() && !yield(en) {
				return
			}
		}
	}, failed
}
