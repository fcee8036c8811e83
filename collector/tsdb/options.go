package tsdb

import (
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Detail says how many series a measurement writes.
type Detail uint8

// The details. Essential is outcome, success and duration; All adds the phases,
// the status, the certificate's expiry and the rest that blackbox_exporter's
// dashboards draw.
const (
	Essential Detail = iota
	All
)

// allUpTo is the number of probes up to which All is the default: series are
// most of what a large fleet costs.
const allUpTo = 1000

// DetailFor is the default for a catalogue of so many probes.
func DetailFor(probes int) Detail {
	if probes <= allUpTo {
		return All
	}
	return Essential
}

// String is essential or all.
func (d Detail) String() string {
	if d == All {
		return "all"
	}
	return "essential"
}

// UnmarshalText reads essential or all.
func (d *Detail) UnmarshalText(b []byte) error {
	switch string(b) {
	case "essential":
		*d = Essential
	case "all":
		*d = All
	default:
		return fmt.Errorf("%q is not one of essential, all", b)
	}
	return nil
}

// Defaults of Options and QueryLimits.
const (
	DefaultRetention     = 90 * 24 * time.Hour
	DefaultBlockRange    = 2 * time.Hour
	DefaultQueueAge      = 7 * 24 * time.Hour
	DefaultLookback      = 5 * time.Minute
	DefaultMaxSeries     = 2_000_000
	DefaultQueryTimeout  = 30 * time.Second
	DefaultQuerySamples  = 20_000_000
	DefaultQueryParallel = 8
)

// ahead is how far beyond the clock a sample may lie: foreign senders 10
// minutes, agents slo.MaxAhead. The out-of-order window is counted from the
// newest sample, so it must be this much longer than the oldest queue.
const ahead = 10 * time.Minute

// Options of a Store. The zero value of a field means its default.
type Options struct {
	// Target returns the kind and the target (the label instance) of a probe,
	// or false where the catalogue has no such probe. Required. It is called
	// once for each measurement and must be quick and safe for concurrent use.
	Target func(probe string) (kind, target string, ok bool)

	Series    Detail
	Retention time.Duration
	MaxBytes  int64 // of persisted blocks; 0: no bound

	// BlockRange is the time that a block covers when it is written: the default
	// times a power of three, so that blocks of stores with another one line up.
	// What is newer is in memory and in the log. A long one is for samples that
	// are far apart: a block costs the same for two samples of a series as for two
	// hundred.
	BlockRange time.Duration

	MaxSeries int // beyond it readings and foreign senders create no new series

	// QueueAge is the age of the oldest record that an agent's queue may hold.
	// OutOfOrderWindow must exceed it, or what a queue delivers after an outage
	// would be refused; its default does.
	QueueAge         time.Duration
	OutOfOrderWindow time.Duration

	// Lookback is how long a sample speaks for its series in a query. Probes
	// that run more seldom than this show as dots.
	Lookback time.Duration
	Query    QueryLimits

	// Families describe the series that AppendSamples will be given, for the
	// metadata of the query API.
	Families []Family

	Logger *slog.Logger // nil: silent
}

// QueryLimits bound a PromQL query.
type QueryLimits struct {
	Timeout  time.Duration
	Samples  int // held in memory by one query
	Parallel int // queries at a time; the rest wait
}

// withDefaults fills in defaults, or says what contradicts what.
func (o Options) withDefaults() (Options, error) {
	o.Retention = orDefault(o.Retention, DefaultRetention)
	o.BlockRange = orDefault(o.BlockRange, DefaultBlockRange)
	o.MaxSeries = orDefault(o.MaxSeries, DefaultMaxSeries)
	o.QueueAge = orDefault(o.QueueAge, DefaultQueueAge)
	o.OutOfOrderWindow = orDefault(o.OutOfOrderWindow, o.QueueAge+time.Hour)
	o.Lookback = orDefault(o.Lookback, DefaultLookback)
	o.Query.Timeout = orDefault(o.Query.Timeout, DefaultQueryTimeout)
	o.Query.Samples = orDefault(o.Query.Samples, DefaultQuerySamples)
	o.Query.Parallel = orDefault(o.Query.Parallel, DefaultQueryParallel)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o, o.check()
}

func orDefault[T time.Duration | int](v, def T) T {
	if v == 0 {
		return def
	}
	return v
}

func (o Options) check() error {
	var errs []error
	if o.Target == nil {
		errs = append(errs, errors.New("the function that looks up a probe's target is missing"))
	}
	if o.Series > All {
		errs = append(errs, fmt.Errorf("series detail %d is neither essential nor all", o.Series))
	}
	for name, v := range map[string]int64{
		"retention": int64(o.Retention), "queue age": int64(o.QueueAge), "lookback": int64(o.Lookback),
		"series bound": int64(o.MaxSeries), "query timeout": int64(o.Query.Timeout),
		"query sample bound": int64(o.Query.Samples), "query parallelism": int64(o.Query.Parallel),
	} {
		if v < 0 {
			errs = append(errs, fmt.Errorf("%s is negative", name))
		}
	}
	if !linesUp(o.BlockRange) {
		errs = append(errs, fmt.Errorf("a block range of %s is not %s times a power of three", o.BlockRange, DefaultBlockRange))
	}
	if o.MaxBytes < 0 {
		errs = append(errs, errors.New("byte bound is negative"))
	}
	if o.OutOfOrderWindow < o.QueueAge+ahead {
		errs = append(errs, fmt.Errorf(
			"the out-of-order window of %s must exceed the %s that an agent's queue may hold by at least %s: "+
				"what a queue delivers after an outage would be refused", o.OutOfOrderWindow, o.QueueAge, ahead))
	}
	for _, f := range o.Families {
		if !reserved(f.Name) {
			errs = append(errs, fmt.Errorf("family %q does not begin with %q", f.Name, ownPrefix))
		}
	}
	return errors.Join(errs...)
}

// linesUp reports whether blocks of a range lie inside those that compaction
// makes, and hold whole ones of the default range.
func linesUp(r time.Duration) bool {
	for r > DefaultBlockRange && r%3 == 0 {
		r /= 3
	}
	return r == DefaultBlockRange
}
