package collector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// outboxOf keeps the items of one outbox in the records.
type outboxOf[M notify.Outgoing] struct {
	store   *sqlstore.Store
	channel string // "" of mail
	row     func(notify.Queued[M]) (sqlstore.OutboxRow, error)
}

// mailOutbox is that of the mails.
func mailOutbox(s *sqlstore.Store) *outboxOf[notify.Message] {
	return &outboxOf[notify.Message]{s, "", mailRow}
}

// noticeOutbox is that of a channel.
func noticeOutbox(s *sqlstore.Store, channel string) *outboxOf[notify.Notice] {
	return &outboxOf[notify.Notice]{s, channel, noticeRow}
}

func (o *outboxOf[M]) Due(ctx context.Context, at slo.Instant, limit int) ([]notify.Queued[M], error) {
	rows, err := o.store.OutboxDue(ctx, o.channel, at, limit)
	if err != nil {
		return nil, err
	}
	items := make([]notify.Queued[M], len(rows))
	for i, r := range rows {
		if items[i], err = outboxItem[M](r); err != nil {
			return nil, err
		}
	}
	return items, nil
}

func (o *outboxOf[M]) Record(ctx context.Context, key string, d notify.Delivery) error {
	b, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("recording a delivery: %w", err)
	}
	err = o.store.RecordDelivery(ctx, key, string(d.State), d.Next, d.Ended, b)
	if errors.Is(err, sqlstore.ErrNotFound) {
		err = errors.Join(notify.ErrGone, err)
	}
	return err
}

func (o *outboxOf[M]) Enqueue(ctx context.Context, item notify.Queued[M]) (bool, error) {
	row, err := o.row(item)
	if err != nil {
		return false, err
	}
	return o.store.Enqueue(ctx, row)
}

// Item returns one item; false where there is none.
func (o *outboxOf[M]) Item(ctx context.Context, key string) (notify.Queued[M], bool, error) {
	row, err := o.store.OutboxRow(ctx, key)
	if errors.Is(err, sqlstore.ErrNotFound) {
		return notify.Queued[M]{}, false, nil
	}
	if err != nil {
		return notify.Queued[M]{}, false, err
	}
	item, err := outboxItem[M](row)
	return item, err == nil, err
}

// mailRow is a mail as the records keep it: a subject of its own, or of the mail
// that goes again.
func mailRow(item notify.Item) (sqlstore.OutboxRow, error) {
	subject := item.Message.ID
	if item.Message.Again != nil {
		subject = item.Message.Again.Of
	}
	return outboxRow(item, "", subject)
}

// noticeRow is what a channel is told as the records keep it.
func noticeRow(item notify.NoticeItem) (sqlstore.OutboxRow, error) {
	return outboxRow(item, item.Message.Channel, item.Message.Event.Subject())
}

func noticeRows(items []notify.NoticeItem) ([]sqlstore.OutboxRow, error) {
	rows := make([]sqlstore.OutboxRow, len(items))
	for i, item := range items {
		var err error
		if rows[i], err = noticeRow(item); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

func outboxRow[M notify.Outgoing](item notify.Queued[M], channel, subject string) (sqlstore.OutboxRow, error) {
	message, err := json.Marshal(item.Message)
	if err != nil {
		return sqlstore.OutboxRow{}, fmt.Errorf("storing message %s: %w", item.Message.Key(), err)
	}
	delivery, err := json.Marshal(item.Delivery)
	if err != nil {
		return sqlstore.OutboxRow{}, fmt.Errorf("storing message %s: %w", item.Message.Key(), err)
	}
	return sqlstore.OutboxRow{
		ID: item.Message.Key(), Channel: channel, Subject: subject, State: string(item.Delivery.State), Next: item.Delivery.Next,
		Enqueued: item.Enqueued, Message: message, Delivery: delivery,
	}, nil
}

func outboxItem[M notify.Outgoing](r sqlstore.OutboxRow) (notify.Queued[M], error) {
	item := notify.Queued[M]{Enqueued: r.Enqueued}
	if err := errors.Join(json.Unmarshal(r.Message, &item.Message), json.Unmarshal(r.Delivery, &item.Delivery)); err != nil {
		return item, fmt.Errorf("reading message %s: %w", r.ID, err)
	}
	return item, nil
}
