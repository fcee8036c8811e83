package collector

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"

	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// ledgerSide is the ledger over the records.
type ledgerSide struct {
	*ledger.Log
	store *sqlstore.Store
	log   *slog.Logger
	now   func() slo.Instant

	mu       sync.Mutex
	newest   *ledger.Catalogue      // on record, nil where there is none
	actor    string                 // who took that one into force
	current  *slo.Catalog           // what it says; nil where that cannot be read
	promises []string               // of that catalogue, as agreement/objective
	since    map[string]slo.Instant // when each promise was made
	chain    *ledger.Chain          // of all catalogues on record
	read     *slo.Catalog           // the last one that was read from the record, nil where none was
}

// openLedger opens the ledger.
func (c *Collector) openLedger(ctx context.Context, cat *slo.Catalog) error {
	log, opened, err := ledger.Open(ctx, c.store, filepath.Join(c.config.Data, ledger.Folder), c.now(), ledger.Options{Commit: appendTo(c.store)})
	if err != nil {
		return err
	}
	switch opened.Began {
	case "":
	case ledger.BeganFirst:
		c.log.Info("the ledger begins", "key", log.Key())
	default:
		c.log.Error("the ledger goes on in a new epoch: the records do not have all that was issued; the entry says what lies between, and so does assay verify",
			"reason", opened.Began, "epoch", opened.Epoch, "entry", opened.Size-1)
	}
	c.ledger = &ledgerSide{Log: log, store: c.store, log: c.log, now: c.now}
	if err := c.ledger.load(ctx, cat); err != nil {
		return err
	}
	c.sealer = newSealer(c)
	return nil
}

// appendTo is the commit of a batch that records nothing else.
func appendTo(store *sqlstore.Store, contents ...sqlstore.LogContent) ledger.Commit {
	return func(ctx context.Context, b ledger.Batch) error {
		return store.AppendLog(ctx, sqlstore.LogBatch(b), contents...)
	}
}

// append appends, and logs a checkpoint that could not be kept beside the
// records: what was appended is in the ledger all the same.
func (l *ledgerSide) append(ctx context.Context, at slo.Instant, commit ledger.Commit, drafts ...ledger.Draft) (int64, error) {
	first, err := l.Append(ctx, at, commit, drafts...)
	var behind *ledger.Unanchored
	if errors.As(err, &behind) {
		l.log.Error("an entry of the ledger has no checkpoint beside the records", "error", err)
		err = nil
	}
	return first, err
}

// load reads which catalogues are on record. now is the one that is coming into
// force, which need not be read again where it is the newest of them.
func (l *ledgerSide) load(ctx context.Context, now *slo.Catalog) error {
	l.since, l.chain = map[string]slo.Instant{}, &ledger.Chain{}
	const page = 1000
	var last *ledger.Catalogue
	for from := int64(0); ; {
		rows, err := l.store.LogRows(ctx, string(ledger.KindCatalogue), "", from, page)
		if err != nil {
			return err
		}
		for _, r := range rows {
			e, err := ledger.Decode(r.Record)
			if err != nil {
				return fmt.Errorf("reading entry %d of the ledger: %w; assay verify says what does not fit", r.Index, err)
			}
			from = r.Index + 1
			if b, ok := e.Body.(*ledger.Catalogue); ok {
				last, l.actor = b, e.Actor
				for _, p := range b.Promises {
					l.since[p] = e.At
				}
				if err := l.chained(ctx, e.At, b); err != nil {
					return err
				}
			}
		}
		if len(rows) < page {
			break
		}
	}
	if last == nil {
		return nil
	}
	l.newest = last
	for p := range l.since {
		l.promises = append(l.promises, p)
	}
	// A promise that was taken back before counts as new when it comes again.
	if last.Revision != now.Revision {
		var err error
		if now, err = l.kept(ctx, last); err != nil {
			return nil // what it promised cannot be read, and counts as all that was ever promised
		}
	}
	l.promises, l.current = ledger.PromisesOf(now), l.chain.Believing(now, l.opener(ctx))
	return nil
}

// chained adds a catalogue on record to the chain. One of an earlier version has
// to be read for what it changed; where it cannot be it changed nothing.
func (l *ledgerSide) chained(ctx context.Context, at slo.Instant, b *ledger.Catalogue) error {
	var kept *slo.Catalog
	if b.Changed == nil {
		var err error
		if kept, err = l.kept(ctx, b); err != nil {
			l.log.Warn("a catalogue on record cannot be read: its probes' parameters are not known", "revision", b.Revision, "error", err)
		}
	}
	return l.chain.Add(at, b, kept)
}

// made is when a promise was made, 0 where the ledger does not know of it.
func (l *ledgerSide) made(p ledger.Promise) slo.Instant {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.since[p.Name()]
}

// owes reports whether the ledger is to have a window of a promise once it is
// final: it was made before the window ended.
func (l *ledgerSide) owes(p ledger.Promise) bool {
	since := l.made(p)
	return since != 0 && since < p.Window.To
}

// keeps reports whether the sources of the newest catalogue, of a revision, are
// on record.
func (l *ledgerSide) keeps(revision string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.newest != nil && l.newest.Revision == revision && l.newest.Digest != ""
}

// errNotKept is the error of a catalogue whose sources are not on record.
var errNotKept = errors.New("the catalogue's sources are not kept")

// kept reads a catalogue from the record.
func (l *ledgerSide) kept(ctx context.Context, body *ledger.Catalogue) (*slo.Catalog, error) {
	if body.Digest == "" {
		return nil, fmt.Errorf("catalogue %s: %w", body.Revision, errNotKept)
	}
	b, err := l.store.LogContents(ctx, body.Digest)
	if err != nil {
		return nil, err
	}
	return ledger.OpenCatalogue(body, b)
}

// revisionKept reads the catalogue of a revision from the record, with the
// maintenance that changes carry.
func (l *ledgerSide) revisionKept(ctx context.Context, revision string) (*slo.Catalog, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.read != nil && l.read.Revision == revision {
		return l.planning(ctx, l.chain.Believing(l.read, l.opener(ctx)), l.now())
	}
	row, err := l.store.LastLogRow(ctx, string(ledger.KindCatalogue), revision)
	if err != nil {
		return nil, err
	}
	e, err := ledger.Decode(row.Record)
	if err != nil {
		return nil, err
	}
	body, ok := e.Body.(*ledger.Catalogue)
	if !ok || body.Revision != revision {
		return nil, fmt.Errorf("catalogue %s: %w", revision, sqlstore.ErrNotFound)
	}
	if l.read, err = l.kept(ctx, body); err != nil {
		return nil, err
	}
	return l.planning(ctx, l.chain.Believing(l.read, l.opener(ctx)), l.now())
}

// opener reads catalogues of the chain from the record.
func (l *ledgerSide) opener(ctx context.Context) func(*ledger.Catalogue) (*slo.Catalog, error) {
	return func(b *ledger.Catalogue) (*slo.Catalog, error) { return l.kept(ctx, b) }
}

// revisions are the parameters of the catalogues on record.
func (l *ledgerSide) revisions() *slo.Revisions {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.chain.Revisions()
}

// figureEntry is a sealed figure as the ledger has it.
type figureEntry struct {
	Index  int64
	At     slo.Instant
	Seal   *ledger.Seal        // nil for a restatement
	Later  *ledger.Restatement // nil for a seal
	Figure []byte
	ledger.Basis
	ledger.Promise
}

// history lists the seal of a promise's window and its restatements, oldest first; empty
// where it is not sealed.
func (l *ledgerSide) history(ctx context.Context, p ledger.Promise) ([]figureEntry, error) {
	var out []figureEntry
	for _, kind := range []ledger.Kind{ledger.KindSeal, ledger.KindRestatement} {
		rows, err := l.store.LogRows(ctx, string(kind), p.Subject(), 0, 1000)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			f, err := readFigure(r)
			if err != nil {
				return nil, err
			}
			if f.Subject() == p.Subject() && f.Window == p.Window {
				out = append(out, f)
			}
		}
	}
	slices.SortFunc(out, func(a, b figureEntry) int { return int(a.Index - b.Index) })
	return out, nil
}

func readFigure(r sqlstore.LogRow) (figureEntry, error) {
	e, err := ledger.Decode(r.Record)
	if err != nil {
		return figureEntry{}, fmt.Errorf("reading entry %d of the ledger: %w", r.Index, err)
	}
	f := figureEntry{Index: r.Index, At: e.At}
	switch b := e.Body.(type) {
	case *ledger.Seal:
		f.Seal, f.Figure, f.Basis, f.Promise = b, b.Figure, b.Basis, b.Promise
	case *ledger.Restatement:
		f.Later, f.Figure, f.Basis, f.Promise = b, b.Figure, b.Basis, b.Promise
	default:
		return f, fmt.Errorf("reading entry %d of the ledger: it is of kind %s", r.Index, e.Body.Kind())
	}
	return f, nil
}
