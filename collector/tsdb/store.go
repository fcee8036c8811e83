// Package tsdb keeps samples for graphs and PromQL in an embedded Prometheus
// TSDB. It follows the collector's journal: each measurement becomes samples
// under the names and labels that the ecosystem knows. No figure comes from
// here; what is lost here is read again from the journal.
package tsdb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/metadata"
	"github.com/prometheus/prometheus/promql"
	promtsdb "github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/util/compression"
)

// ErrClosed is returned by a Store after Close.
var ErrClosed = errors.New("the time series are closed")

// drainGrace is what Close waits beyond the longest that a query may take.
const drainGrace = 5 * time.Second

// Store is the time series of one collector.
type Store struct {
	dir      string
	options  Options
	logger   *slog.Logger
	registry *prometheus.Registry
	counters counters
	engine   *promql.Engine
	metadata map[string]metadata.Metadata

	loaded  chan struct{} // closed when loading has ended, well or not
	db      *promtsdb.DB  // set before loaded is closed; nil if it failed
	loadErr error         // likewise

	users users // queriers and appenders that hold the database open

	mu      sync.Mutex // the follower's state
	cache   seriesCache
	builder labels.ScratchBuilder
	applied uint64 // last journal position whose samples are committed
	durable uint64 // last one whose samples are on disk for good
	disk    diskState
	compact compaction
	closed  bool
}

// Open opens the time series in dir, which it makes where it is missing, and
// returns before they are loaded: loading may take seconds, and goes on behind.
// An error is one of the options or of the folder; one of the load is Err's.
func Open(dir string, o Options) (*Store, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("opening time series in %s: %w", dir, err)
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("opening time series: %w", err)
	}
	s := &Store{
		dir:      dir,
		options:  o,
		logger:   o.Logger,
		registry: prometheus.NewRegistry(),
		metadata: metadataOf(families(), o.Families),
		loaded:   make(chan struct{}),
		cache:    newSeriesCache(cacheBound),
		builder:  labels.NewScratchBuilder(16),
	}
	s.counters = newCounters(s.registry)
	s.engine = newEngine(o, s.registry)
	next, err := readCursor(s.cursorPath())
	if err != nil {
		s.logger.Warn("starting the time series over from the journal's beginning", "error", err)
	}
	s.applied, s.durable = next-1, next-1
	go s.load()
	return s, nil
}

func (s *Store) cursorPath() string { return filepath.Join(s.dir, "cursor.json") }

// load opens the database and closes loaded.
func (s *Store) load() {
	defer close(s.loaded)
	start := time.Now()
	db, err := promtsdb.Open(s.dir, slog.New(atLeastWarn{s.logger.Handler()}), s.registry, dbOptions(s.options), nil)
	if err != nil {
		s.loadErr = fmt.Errorf("loading time series in %s: %w", s.dir, err)
		return
	}
	if damaged(s.registry) {
		s.mu.Lock()
		s.applied, s.durable = 0, 0
		s.mu.Unlock()
		s.logger.Warn("the time series were damaged and repaired; reading the journal from its beginning", "folder", s.dir)
	}
	if s.compact, err = holdCompaction(db); err != nil {
		s.loadErr = errors.Join(fmt.Errorf("loading time series in %s: %w", s.dir, err), db.Close())
		return
	}
	s.db = db
	s.logger.Debug("time series loaded", "folder", s.dir, "series", db.Head().NumSeries(), "took", time.Since(start))
}

// dbOptions are the database's options.
func dbOptions(o Options) *promtsdb.Options {
	p := promtsdb.DefaultOptions()
	p.RetentionDuration = o.Retention.Milliseconds()
	p.MaxBytes = o.MaxBytes
	p.OutOfOrderTimeWindow = o.OutOfOrderWindow.Milliseconds()
	p.WALCompression = compression.Snappy
	p.MinBlockDuration = o.BlockRange.Milliseconds()
	// As Prometheus does: blocks of at most a tenth of what is kept, or 31 days.
	largest := min(o.Retention/10, 31*24*time.Hour).Milliseconds()
	p.MaxBlockDuration = max(p.MinBlockDuration, largest)
	return p
}

// damaged reports whether the load found and repaired corrupt files.
func damaged(g prometheus.Gatherer) bool {
	families, err := g.Gather()
	if err != nil {
		return true
	}
	for _, f := range families {
		switch f.GetName() {
		case "prometheus_tsdb_wal_corruptions_total", "prometheus_tsdb_mmap_chunk_corruptions_total":
			for _, m := range f.GetMetric() {
				if m.GetCounter().GetValue() > 0 {
					return true
				}
			}
		}
	}
	return false
}

// Ready is closed when loading has ended; Err says how.
func (s *Store) Ready() <-chan struct{} { return s.loaded }

// Err is why loading failed; nil while it lasts and where it went well.
func (s *Store) Err() error {
	select {
	case <-s.loaded:
		return s.loadErr
	default:
		return nil
	}
}

// Metrics are those of the database, of the PromQL engine and of the follower.
func (s *Store) Metrics() prometheus.Gatherer { return s.registry }

// wait blocks until the database is loaded and returns it.
func (s *Store) wait(ctx context.Context) (*promtsdb.DB, error) {
	select {
	case <-s.loaded:
		return s.db, s.loadErr
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting for the time series to load: %w", context.Cause(ctx))
	}
}

// Close waits for the load to end and for queries to finish, makes everything
// durable and closes the files. Stop what queries first: their own timeout is
// what bounds the wait. A second Close does nothing.
func (s *Store) Close() error {
	<-s.loaded
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	if s.db == nil {
		return nil
	}
	if !s.users.drain(s.options.Query.Timeout + drainGrace) {
		return errors.Join(fmt.Errorf("closing time series in %s: a query or a writer does not end", s.dir), s.sync())
	}
	if err := s.db.Close(); err != nil { // it syncs its logs
		return fmt.Errorf("closing time series in %s: %w", s.dir, err)
	}
	return s.saveCursor(s.applied)
}

// atLeastWarn drops what the database says about its routine.
type atLeastWarn struct{ slog.Handler }

func (h atLeastWarn) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && h.Handler.Enabled(ctx, l)
}

func (h atLeastWarn) WithAttrs(a []slog.Attr) slog.Handler {
	return atLeastWarn{h.Handler.WithAttrs(a)}
}
func (h atLeastWarn) WithGroup(n string) slog.Handler { return atLeastWarn{h.Handler.WithGroup(n)} }
