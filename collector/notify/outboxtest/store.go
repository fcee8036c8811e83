// Package outboxtest is the contract of notify.Store: every store runs it.
package outboxtest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/slo"
)

// Store is what a store must be for this suite: besides sending, it takes new
// messages and shows what it has.
type Store interface {
	notify.Store[notify.Message]
	// Enqueue adds an item as notify.NewItem makes it and reports true. Where
	// an item with the same message ID is there, in whatever state, nothing
	// changes and it reports false.
	Enqueue(ctx context.Context, it notify.Item) (bool, error)
	// Item returns the item with this message ID, and false if there is none.
	Item(ctx context.Context, id string) (notify.Item, bool, error)
}

// At is the instant around which the suite's items lie.
const At slo.Instant = 1_790_000_000_000

// Message is a message with every field set, for the store and its users.
func Message(name string) notify.Message {
	return notify.Message{
		ID:      notify.MessageID("assay.example.com", "test", name),
		Date:    At,
		From:    "Assay <assay@example.com>",
		To:      []string{"Anna Müller <anna@example.com>", "bo@example.com"},
		Subject: "Service report " + name + " 服务报告",
		Text:    "Availability 99.95 %\n可用性 99.95 %\n.\n",
		HTML:    "<p>Availability 99.95 % 可用性</p><img src=\"cid:trend@assay.example.com\" alt=\"trend\">\n",
		Attachments: []notify.Attachment{
			{Name: "trend.png", Type: "image/png", ContentID: "trend@assay.example.com", Data: []byte("\x89PNG\r\n\x1a\n\x00\xff")},
			{Name: "报告.csv", Type: "text/csv", Data: []byte("service,availability\nshop,99.95\n")},
		},
	}
}

// TestOutboxStore runs the contract. newStore returns an empty store; reopen
// returns the same store as it is after its process died, and may be nil where
// nothing outlives the process.
func TestOutboxStore(t *testing.T, newStore func(t *testing.T) Store, reopen func(t *testing.T, s Store) Store) {
	t.Helper()
	if reopen == nil {
		reopen = func(_ *testing.T, s Store) Store { return s }
	}
	s := suite{newStore, reopen}
	t.Run("keeps an item as it is", s.keeps)
	t.Run("enqueues an ID once", s.once)
	t.Run("returns what is due in order", s.order)
	t.Run("bounds what it returns", s.limit)
	t.Run("returns sending items always", s.sending)
	t.Run("keeps final items and returns them no more", s.final)
	t.Run("refuses unknown IDs", s.unknown)
	t.Run("obeys its context", s.cancelled)
}

type suite struct {
	newStore func(t *testing.T) Store
	reopen   func(t *testing.T, s Store) Store
}

func item(t *testing.T, name string, at slo.Instant) notify.Item {
	t.Helper()
	it, err := notify.NewItem(at, Message(name))
	if err != nil {
		t.Fatal(err)
	}
	return it
}

func enqueue(t *testing.T, s Store, items ...notify.Item) {
	t.Helper()
	for _, it := range items {
		if added, err := s.Enqueue(t.Context(), it); err != nil || !added {
			t.Fatalf("Enqueue = %v, %v", added, err)
		}
	}
}

func get(t *testing.T, s Store, id string) notify.Item {
	t.Helper()
	it, ok, err := s.Item(t.Context(), id)
	if err != nil || !ok {
		t.Fatalf("Item(%s) = %v, %v", id, ok, err)
	}
	return it
}

func due(t *testing.T, s Store, at slo.Instant, limit int) (ids []string) {
	t.Helper()
	items, err := s.Due(t.Context(), at, limit)
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range items {
		ids = append(ids, it.Message.ID)
		if diff := cmp.Diff(get(t, s, it.Message.ID), it, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("Due and Item differ: %s", diff)
		}
	}
	return ids
}

func record(t *testing.T, s Store, id string, d notify.Delivery) {
	t.Helper()
	if err := s.Record(t.Context(), id, d); err != nil {
		t.Fatal(err)
	}
}

func (s suite) keeps(t *testing.T) {
	store := s.newStore(t)
	it := item(t, "a", At)
	enqueue(t, store, it)
	it.Delivery = notify.Delivery{
		State: notify.Pending, Attempts: 3, Next: At + 5, Started: At + 1, Resent: true,
		Accepted: []string{"bo@example.com"},
		Refused:  []notify.Refusal{{To: "anna@example.com", Reply: "550 5.1.1 不存在"}},
		Response: "2.0.0 Ok: queued as 1", Error: "sending mail (RCPT, temporary): 450 later",
	}
	record(t, store, it.Message.ID, it.Delivery)
	store = s.reopen(t, store)
	if diff := cmp.Diff(it, get(t, store, it.Message.ID), cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

func (s suite) once(t *testing.T) {
	store := s.newStore(t)
	first := item(t, "a", At)
	enqueue(t, store, first)
	again := first
	again.Enqueued, again.Delivery.Next = At+1000, At+1000
	again.Message.Subject = "other words"
	for _, state := range []notify.DeliveryState{notify.Pending, notify.Sending, notify.Sent, notify.Failed} {
		first.Delivery.State = state
		record(t, store, first.Message.ID, first.Delivery)
		if added, err := store.Enqueue(t.Context(), again); err != nil || added {
			t.Fatalf("Enqueue of a message that is %s = %v, %v", state, added, err)
		}
		if diff := cmp.Diff(first, get(t, store, first.Message.ID), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("enqueueing again changed the item: %s", diff)
		}
	}
}

func (s suite) order(t *testing.T) {
	store := s.newStore(t)
	var want []string
	for i, name := range []string{"c", "a", "b"} {
		it := item(t, name, At+slo.Instant(i))
		enqueue(t, store, it)
		want = append(want, it.Message.ID)
	}
	later := item(t, "later", At)
	later.Delivery.Next = At + 10
	enqueue(t, store, later)
	if diff := cmp.Diff(want, due(t, store, At+9, 100)); diff != "" {
		t.Errorf("before it is time: %s", diff)
	}
	if diff := cmp.Diff(append(want, later.Message.ID), due(t, store, At+10, 100)); diff != "" {
		t.Errorf("when it is time: %s", diff)
	}
	if got := due(t, store, At-1, 100); len(got) != 0 {
		t.Errorf("too early: %v", got)
	}
	// Of items with the same Next and Enqueued the IDs decide.
	same := s.newStore(t)
	want = nil
	for _, name := range []string{"x", "y", "z"} {
		it := item(t, name, At)
		enqueue(t, same, it)
		want = append(want, it.Message.ID)
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, due(t, same, At, 100)); diff != "" {
		t.Errorf("at one instant: %s", diff)
	}
}

func (s suite) limit(t *testing.T) {
	store := s.newStore(t)
	for i, name := range []string{"a", "b", "c", "d"} {
		enqueue(t, store, item(t, name, At+slo.Instant(i)))
	}
	if got := due(t, store, At+100, 3); len(got) != 3 {
		t.Errorf("Due with a limit of 3 returned %d", len(got))
	}
}

func (s suite) sending(t *testing.T) {
	store := s.newStore(t)
	first, second := item(t, "a", At), item(t, "b", At+1)
	enqueue(t, store, first, second)
	second.Delivery.State, second.Delivery.Attempts, second.Delivery.Started = notify.Sending, 1, At+2
	second.Delivery.Next = At + 1000
	record(t, store, second.Message.ID, second.Delivery)
	store = s.reopen(t, store)
	want := []string{second.Message.ID, first.Message.ID}
	if diff := cmp.Diff(want, due(t, store, At+3, 100)); diff != "" {
		t.Error(diff)
	}
}

func (s suite) final(t *testing.T) {
	store := s.newStore(t)
	for _, state := range []notify.DeliveryState{notify.Sent, notify.Failed} {
		it := item(t, string(state), At)
		enqueue(t, store, it)
		it.Delivery.State, it.Delivery.Ended, it.Delivery.Next = state, At+1, 0
		record(t, store, it.Message.ID, it.Delivery)
		if got := due(t, store, At.Add(365*24*time.Hour), 100); len(got) != 0 {
			t.Errorf("%s items are due: %v", state, got)
		}
		if diff := cmp.Diff(it, get(t, s.reopen(t, store), it.Message.ID), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("a message that is %s is not kept: %s", state, diff)
		}
	}
}

func (s suite) unknown(t *testing.T) {
	store := s.newStore(t)
	if err := store.Record(t.Context(), "nobody@example.com", notify.Delivery{State: notify.Sent}); err == nil {
		t.Error("recording an unknown ID is not an error")
	}
	if _, ok, err := store.Item(t.Context(), "nobody@example.com"); ok || err != nil {
		t.Errorf("Item of an unknown ID = %v, %v", ok, err)
	}
}

func (s suite) cancelled(t *testing.T) {
	store := s.newStore(t)
	it := item(t, "a", At)
	enqueue(t, store, it)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	changed := it.Delivery
	changed.Attempts = 7
	err := store.Record(ctx, it.Message.ID, changed)
	if got := get(t, store, it.Message.ID).Delivery.Attempts; err == nil && got != 7 || errors.Is(err, context.Canceled) && got != 0 {
		t.Errorf("Record said %v and left %d attempts", err, got)
	}
}
