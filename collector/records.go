package collector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/collector/web"
	"github.com/assay-sla/assay/slo"
)

// auditTrail keeps who did what, and a digest of it in the ledger.
type auditTrail struct {
	store  *sqlstore.Store
	ledger *ledgerSide
}

func (t auditTrail) Record(ctx context.Context, e web.AuditEvent) error {
	row := sqlstore.AuditEvent{
		At: e.At, Actor: e.Actor, Role: e.Role.String(), Means: string(e.By), Remote: e.Remote,
		Action: e.Action, Object: e.Object, Outcome: string(e.Outcome), Reason: e.Reason,
	}
	body := &ledger.Audit{Row: auditDigest(row), Action: row.Action, Object: row.Object, Outcome: row.Outcome}
	_, err := t.ledger.append(ctx, e.At, func(ctx context.Context, b ledger.Batch) error {
		return t.store.Audit(ctx, row, sqlstore.LogBatch(b))
	}, ledger.Draft{At: e.At, Actor: e.Actor, Body: body})
	return err
}

// auditDigest is what the ledger has of a line of the audit trail.
func auditDigest(a sqlstore.AuditEvent) string {
	return ledger.AuditLine(a.At, a.Actor, a.Role, a.Means, a.Remote, a.Action, a.Object, a.Outcome, a.Reason)
}

// outboxStore keeps the outbox's items in the records.
type outboxStore struct{ store *sqlstore.Store }

func (o outboxStore) Due(ctx context.Context, at slo.Instant, limit int) ([]notify.Item, error) {
	rows, err := o.store.OutboxDue(ctx, at, limit)
	if err != nil {
		return nil, err
	}
	items := make([]notify.Item, len(rows))
	for i, r := range rows {
		if items[i], err = outboxItem(r); err != nil {
			return nil, err
		}
	}
	return items, nil
}

func (o outboxStore) Record(ctx context.Context, id string, d notify.Delivery) error {
	b, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("recording a delivery: %w", err)
	}
	return o.store.RecordDelivery(ctx, id, string(d.State), d.Next, b)
}

func (o outboxStore) Enqueue(ctx context.Context, item notify.Item) (bool, error) {
	row, err := outboxRow(item)
	if err != nil {
		return false, err
	}
	return o.store.Enqueue(ctx, row)
}

// Item returns one item; false where there is none.
func (o outboxStore) Item(ctx context.Context, id string) (notify.Item, bool, error) {
	row, err := o.store.OutboxRow(ctx, id)
	if errors.Is(err, sqlstore.ErrNotFound) {
		return notify.Item{}, false, nil
	}
	if err != nil {
		return notify.Item{}, false, err
	}
	item, err := outboxItem(row)
	return item, err == nil, err
}

func outboxRow(item notify.Item) (sqlstore.OutboxRow, error) {
	message, err := json.Marshal(item.Message)
	if err != nil {
		return sqlstore.OutboxRow{}, fmt.Errorf("storing message %s: %w", item.Message.ID, err)
	}
	delivery, err := json.Marshal(item.Delivery)
	if err != nil {
		return sqlstore.OutboxRow{}, fmt.Errorf("storing message %s: %w", item.Message.ID, err)
	}
	return sqlstore.OutboxRow{
		ID: item.Message.ID, State: string(item.Delivery.State), Next: item.Delivery.Next, Enqueued: item.Enqueued,
		Message: message, Delivery: delivery,
	}, nil
}

func outboxItem(r sqlstore.OutboxRow) (notify.Item, error) {
	item := notify.Item{Enqueued: r.Enqueued}
	if err := errors.Join(json.Unmarshal(r.Message, &item.Message), json.Unmarshal(r.Delivery, &item.Delivery)); err != nil {
		return item, fmt.Errorf("reading message %s: %w", r.ID, err)
	}
	return item, nil
}
