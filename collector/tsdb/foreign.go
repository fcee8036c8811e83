package tsdb

import (
	"context"
	"fmt"
	"sync"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	promtsdb "github.com/prometheus/prometheus/tsdb"
)

// Foreign takes samples from senders that are no agents: remote write, OTLP
// and the like. It refuses the names of measurements and of the collector's
// own figures, series beyond the bound, and labels out of all proportion.
type Foreign struct{ store *Store }

// Foreign is the way in for senders that are no agents.
func (s *Store) Foreign() Foreign { return Foreign{s} }

// refused is an error of the sender's: the same sample would be refused again.
type refused struct{ why string }

func (r refused) Error() string { return r.why }

// Is makes the receivers of Prometheus answer 400, as they do for a sample
// that is out of bounds, and not 500, after which senders try again for ever.
func (r refused) Is(target error) bool { return target == storage.ErrOutOfBounds }

func reservedError(name string) error {
	return refused{fmt.Sprintf("metric %q is refused: names that begin with %s or %s are written by measurements only",
		name, probePrefix, ownPrefix)}
}

// admit reports why a series may not be written, nil where it may.
func (f Foreign) admit(db *promtsdb.DB, app any, l labels.Labels) error {
	name := l.Get(model.MetricNameLabel)
	switch {
	case reserved(name):
		return reservedError(name)
	case l.Len() > maxLabels+1:
		return refused{fmt.Sprintf("metric %q has more than %d labels", name, maxLabels)}
	case l.ByteSize() > maxSetBytes:
		return refused{fmt.Sprintf("metric %.100q has labels of more than %d bytes", name, maxSetBytes)}
	case db.Head().NumSeries() >= uint64(f.store.options.MaxSeries) && !known(app, l):
		return refused{fmt.Sprintf("metric %q would be a new series beyond the bound of %d", name, f.store.options.MaxSeries)}
	}
	return nil
}

// Appender returns a transaction; while the series load, one that fails.
func (f Foreign) Appender(ctx context.Context) storage.Appender {
	db, leave, err := f.store.enter()
	if err != nil {
		return &foreignAppender{err: err, leave: func() {}}
	}
	return &foreignAppender{to: db.Appender(ctx), from: f, db: db, leave: sync.OnceFunc(leave)}
}

// AppenderV2 is Appender behind the newer interface.
func (f Foreign) AppenderV2(ctx context.Context) storage.AppenderV2 {
	db, leave, err := f.store.enter()
	if err != nil {
		return &foreignAppenderV2{err: err, leave: func() {}}
	}
	return &foreignAppenderV2{to: db.AppenderV2(ctx), from: f, db: db, leave: sync.OnceFunc(leave)}
}
