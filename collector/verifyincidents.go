package collector

import (
	"context"
	"errors"
	"fmt"

	"github.com/assay-sla/assay/collector/incident"
	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// incidents lists what people did to incidents that has no entry. What happened
// by itself follows from measurements and has none, and so has what is older
// than the ledger.
func (r *ledgerRows) incidents(ctx context.Context) ([]string, error) {
	began, err := r.began(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := r.workRows(ctx)
	if err != nil {
		return nil, err
	}
	var strays []string
	const page = 1000
	for f := (sqlstore.IncidentFilter{Limit: page}); ; f.Offset += page {
		list, err := r.store.Incidents(ctx, f)
		if err != nil {
			return nil, err
		}
		for n := range list {
			for _, e := range list[n].Events {
				late := max(e.At, list[n].Detected) >= began
				if e.Actor != incident.Self && late && !rows[ledger.IncidentLine(list[n].ID, e).Digest()] {
					strays = append(strays, fmt.Sprintf("event %d (%s) of the incident %s", e.N, e.Kind, list[n].ID))
				}
			}
		}
		if len(list) < page {
			return strays, nil
		}
	}
}

// began is the instant of the first entry.
func (r *ledgerRows) began(ctx context.Context) (slo.Instant, error) {
	row, err := r.store.LogRow(ctx, 0)
	if errors.Is(err, sqlstore.ErrNotFound) {
		return slo.MaxInstant, nil
	}
	if err != nil {
		return 0, err
	}
	e, err := ledger.Decode(row.Record)
	if err != nil {
		return slo.MinInstant, nil // the entry is a problem of its own
	}
	return e.At, nil
}

// workRows are the digests of what people did to incidents, as the entries have
// them.
func (r *ledgerRows) workRows(ctx context.Context) (map[string]bool, error) {
	rows := map[string]bool{}
	const page = 1000
	for _, kind := range []ledger.Kind{ledger.KindAcknowledgement, ledger.KindComment, ledger.KindIncidentWork} {
		for from, more := int64(0), true; more; {
			list, err := r.store.LogRows(ctx, string(kind), "", from, page)
			if err != nil {
				return nil, err
			}
			more = len(list) == page
			for _, row := range list {
				from = row.Index + 1
				e, err := ledger.Decode(row.Record)
				if err != nil {
					continue // the entry is a problem of its own
				}
				switch b := e.Body.(type) {
				case *ledger.Acknowledgement:
					rows[b.Row] = true
				case *ledger.Comment:
					rows[b.Row] = true
				case *ledger.IncidentWork:
					rows[b.Row] = true
				}
			}
		}
	}
	return rows, nil
}
