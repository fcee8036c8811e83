package collector

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// ever lists every promise that a catalogue on record made, as
// agreement/objective, by name.
func (l *ledgerSide) ever() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Sorted(maps.Keys(l.since))
}

// inForce is the revision of the newest catalogue on record, and who took it into
// force.
func (l *ledgerSide) inForce() (revision, actor string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.newest.Revision, l.actor
}

// lastSealed is the newest sealed window of a promise; false where none is.
func (l *ledgerSide) lastSealed(ctx context.Context, promise string) (figureEntry, bool, error) {
	row, err := l.store.LastLogRow(ctx, string(ledger.KindSeal), promise+"/")
	if errors.Is(err, sqlstore.ErrNotFound) {
		return figureEntry{}, false, nil
	}
	if err != nil {
		return figureEntry{}, false, err
	}
	f, err := readFigure(row)
	return f, err == nil, err
}

// sealed lists the windows of a promise that are sealed, oldest first.
func (l *ledgerSide) sealed(ctx context.Context, promise string) ([]slo.Interval, error) {
	const page = 100
	var out []slo.Interval
	for from := int64(0); ; {
		rows, err := l.store.LogRows(ctx, string(ledger.KindSeal), promise+"/", from, page)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			f, err := readFigure(r)
			if err != nil {
				return nil, err
			}
			out = append(out, f.Window)
			from = r.Index + 1
		}
		if len(rows) < page {
			return out, nil
		}
	}
}

// unsealed lists the windows of an objective that have begun and are not sealed,
// at most the newest maxBehind of them; of a rolling one the present.
func (l *ledgerSide) unsealed(ctx context.Context, a *slo.Agreement, o *slo.Objective, at slo.Instant) ([]slo.Interval, error) {
	present := o.Window.At(at, a.Zone)
	p := ledger.Promise{Agreement: a.Name, Objective: o.Name}
	newest, sealed, err := l.lastSealed(ctx, p.Name())
	since := l.made(p)
	if err != nil || o.Window.Rolling > 0 || !sealed && since == 0 {
		return []slo.Interval{present}, err
	}
	var out []slo.Interval
	for w, ok := ledger.NextWindow(o, a, newest.Window.To, since); ok && w.From < at; w, ok = ledger.NextWindow(o, a, w.To, since) {
		out = append(out, w)
	}
	return out[max(0, len(out)-maxBehind):], nil
}
