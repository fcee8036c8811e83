package tsdb

import (
	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/metadata"
	"github.com/prometheus/prometheus/storage"
	promtsdb "github.com/prometheus/prometheus/tsdb"
)

// foreignAppender is a transaction that admits each series before it writes.
// What is no sample (exemplars, metadata, start times) is taken and dropped,
// because it could make series, too.
type foreignAppender struct {
	to    storage.Appender
	from  Foreign
	db    *promtsdb.DB
	err   error // where there is nothing to write to
	leave func()
}

func (a *foreignAppender) admit(ref storage.SeriesRef, l labels.Labels) error {
	if a.err != nil || ref != 0 { // a series with a reference was admitted before
		return a.err
	}
	return a.from.admit(a.db, a.to, l)
}

func (a *foreignAppender) Append(ref storage.SeriesRef, l labels.Labels, t int64, v float64) (storage.SeriesRef, error) {
	if err := a.admit(ref, l); err != nil {
		return 0, err
	}
	return a.to.Append(ref, l, t, v)
}

func (a *foreignAppender) AppendHistogram(ref storage.SeriesRef, l labels.Labels, t int64, h *histogram.Histogram, fh *histogram.FloatHistogram) (storage.SeriesRef, error) {
	if err := a.admit(ref, l); err != nil {
		return 0, err
	}
	return a.to.AppendHistogram(ref, l, t, h, fh)
}

func (a *foreignAppender) SetOptions(o *storage.AppendOptions) {
	if a.err == nil {
		a.to.SetOptions(o)
	}
}

func (a *foreignAppender) AppendExemplar(ref storage.SeriesRef, _ labels.Labels, _ exemplar.Exemplar) (storage.SeriesRef, error) {
	return ref, a.err
}

func (a *foreignAppender) AppendHistogramSTZeroSample(ref storage.SeriesRef, _ labels.Labels, _, _ int64, _ *histogram.Histogram, _ *histogram.FloatHistogram) (storage.SeriesRef, error) {
	return ref, a.err
}

func (a *foreignAppender) UpdateMetadata(ref storage.SeriesRef, _ labels.Labels, _ metadata.Metadata) (storage.SeriesRef, error) {
	return ref, a.err
}

func (a *foreignAppender) AppendSTZeroSample(ref storage.SeriesRef, _ labels.Labels, _, _ int64) (storage.SeriesRef, error) {
	return ref, a.err
}

func (a *foreignAppender) Commit() error {
	return end(a.to, a.err, a.leave, storage.AppenderTransaction.Commit)
}
func (a *foreignAppender) Rollback() error {
	return end(a.to, a.err, a.leave, storage.AppenderTransaction.Rollback)
}

// end finishes a transaction, if there is one, and lets go of the database.
func end(to storage.AppenderTransaction, err error, leave func(), how func(storage.AppenderTransaction) error) error {
	defer leave()
	if err != nil {
		return err
	}
	return how(to)
}

// foreignAppenderV2 is foreignAppender behind the newer interface.
type foreignAppenderV2 struct {
	to    storage.AppenderV2
	from  Foreign
	db    *promtsdb.DB
	err   error
	leave func()
}

func (a *foreignAppenderV2) Append(ref storage.SeriesRef, l labels.Labels, st, t int64, v float64, h *histogram.Histogram, fh *histogram.FloatHistogram, o storage.AppendV2Options) (storage.SeriesRef, error) {
	if a.err != nil {
		return 0, a.err
	}
	if ref == 0 {
		if err := a.from.admit(a.db, a.to, l); err != nil {
			return 0, err
		}
	}
	return a.to.Append(ref, l, st, t, v, h, fh, storage.AppendV2Options{RejectOutOfOrder: o.RejectOutOfOrder})
}

func (a *foreignAppenderV2) Commit() error {
	return end(a.to, a.err, a.leave, storage.AppenderTransaction.Commit)
}
func (a *foreignAppenderV2) Rollback() error {
	return end(a.to, a.err, a.leave, storage.AppenderTransaction.Rollback)
}
