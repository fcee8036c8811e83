package tsdb

import (
	"context"

	"github.com/prometheus/prometheus/model/metadata"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"
	promtsdb "github.com/prometheus/prometheus/tsdb"
)

// Engine evaluates PromQL within the bounds of QueryLimits.
func (s *Store) Engine() promql.QueryEngine { return s.engine }

// Metadata describes the series that the collector writes, by metric name.
// It is not to be changed.
func (s *Store) Metadata() map[string]metadata.Metadata { return s.metadata }

// enter returns the loaded database and keeps it open until leave is called;
// it does not wait for it.
func (s *Store) enter() (db *promtsdb.DB, leave func(), err error) {
	select {
	case <-s.loaded:
	default:
		return nil, nil, promtsdb.ErrNotReady
	}
	if s.loadErr != nil {
		return nil, nil, promtsdb.ErrNotReady
	}
	if !s.users.enter() {
		return nil, nil, ErrClosed
	}
	return s.db, s.users.leave, nil
}

// Querier reads samples between two instants in Unix milliseconds, both
// included. While the series load it fails with the error of Prometheus that
// its API turns into 503.
func (s *Store) Querier(mint, maxt int64) (storage.Querier, error) {
	db, leave, err := s.enter()
	if err != nil {
		return nil, err
	}
	q, err := db.Querier(mint, maxt)
	if err != nil {
		leave()
		return nil, err
	}
	return &querier{q, leave}, nil
}

// ChunkQuerier is Querier for whole chunks.
func (s *Store) ChunkQuerier(mint, maxt int64) (storage.ChunkQuerier, error) {
	db, leave, err := s.enter()
	if err != nil {
		return nil, err
	}
	q, err := db.ChunkQuerier(mint, maxt)
	if err != nil {
		leave()
		return nil, err
	}
	return &chunkQuerier{q, leave}, nil
}

// ExemplarQuerier reads exemplars, of which none are kept.
func (s *Store) ExemplarQuerier(ctx context.Context) (storage.ExemplarQuerier, error) {
	db, leave, err := s.enter()
	if err != nil {
		return nil, err
	}
	defer leave()
	return db.ExemplarQuerier(ctx)
}

type querier struct {
	storage.Querier
	leave func()
}

func (q *querier) Close() error {
	defer q.leave()
	return q.Querier.Close()
}

type chunkQuerier struct {
	storage.ChunkQuerier
	leave func()
}

func (q *chunkQuerier) Close() error {
	defer q.leave()
	return q.ChunkQuerier.Close()
}
