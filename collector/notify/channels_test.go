package notify_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"pgregory.net/rapid"

	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/notify/outboxtest"
	"github.com/assay-sla/assay/slo"
)

// noticeStore is a channel's store in memory. It dies when it is told to: from
// then on nothing is recorded, as after a SIGKILL.
type noticeStore struct {
	mu    sync.Mutex
	items []notify.NoticeItem // in the order in which they were enqueued
	left  int                 // writes until it dies; negative is never
	died  chan struct{}
	sent  chan struct{} // closed once everything is
}

func newNoticeStore() *noticeStore {
	return &noticeStore{left: -1, died: make(chan struct{}), sent: make(chan struct{})}
}

func (s *noticeStore) index(key string) int {
	return slices.IndexFunc(s.items, func(it notify.NoticeItem) bool { return it.Message.Key() == key })
}

func (s *noticeStore) Enqueue(_ context.Context, it notify.NoticeItem) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.index(it.Message.Key()) >= 0 {
		return false, nil
	}
	s.items = append(s.items, it)
	return true, nil
}

func (s *noticeStore) Item(_ context.Context, key string) (notify.NoticeItem, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.index(key)
	if n < 0 {
		return notify.NoticeItem{}, false, nil
	}
	return s.items[n], true, nil
}

func (s *noticeStore) Due(_ context.Context, at slo.Instant, limit int) ([]notify.NoticeItem, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := map[string]bool{}
	var sending, pending []notify.NoticeItem
	for _, it := range s.items {
		d, subject := it.Delivery, it.Message.Event.Subject()
		if d.State == notify.Sent || d.State == notify.Failed || seen[subject] {
			continue
		}
		seen[subject] = true
		switch {
		case d.State == notify.Sending:
			sending = append(sending, it)
		case d.Next <= at:
			pending = append(pending, it)
		}
	}
	due := append(sending, pending...)
	return due[:min(limit, len(due))], nil
}

func (s *noticeStore) Record(_ context.Context, key string, d notify.Delivery) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left == 0 {
		select {
		case <-s.died:
		default:
			close(s.died)
		}
		return fmt.Errorf("the process is dead")
	}
	s.left--
	n := s.index(key)
	if n < 0 {
		return fmt.Errorf("there is no notice %s", key)
	}
	s.items[n].Delivery = d
	if !slices.ContainsFunc(s.items, func(it notify.NoticeItem) bool { return it.Delivery.State != notify.Sent }) {
		close(s.sent)
	}
	return nil
}

// revive lets the store live for so many more writes.
func (s *noticeStore) revive(writes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left, s.died = writes, make(chan struct{})
}

func TestNoticeStoreInMemory(t *testing.T) {
	outboxtest.TestNoticeStore(t, func(*testing.T) (a, b outboxtest.NoticeStore) { return newNoticeStore(), newNoticeStore() }, nil)
}

// tellStore puts events about incidents into the outbox; names are such as x1,
// the first of x.
func tellStore(t *testing.T, s *noticeStore, names ...string) {
	t.Helper()
	for _, name := range names {
		it := notify.NewNotice(slo.At(time.Now()), "calls", outboxtest.Event(notify.IncidentOpened, name[:1], name))
		if _, err := s.Enqueue(t.Context(), it); err != nil {
			t.Fatal(err)
		}
	}
}

// runChannel runs a channel over a store until stop.
func runChannel(t *testing.T, ch *notify.Channel, store notify.Store[notify.Notice]) (c *notify.Channels, stop func()) {
	t.Helper()
	c, err := notify.NewChannels([]*notify.Channel{ch}, func(string) notify.Store[notify.Notice] { return store }, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	return c, func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// ids are the deliveries' IDs in the order in which they came.
func ids(list []received) (out []string) {
	for _, r := range list {
		out = append(out, r.header.Get(notify.HeaderWebhookID))
	}
	return out
}

// TestChannelKilledAtEveryWrite kills the process at each write in turn, before
// and after the receiver has an event. Every event arrives, with the ID that it
// had, those of one incident in their order, and a second time only where that
// says so.
func TestChannelKilledAtEveryWrite(t *testing.T) {
	names := []string{"x1", "y1", "x2", "x3", "y2"}
	for writes := range 2 * len(names) {
		r, store := newReceiver(t), newNoticeStore()
		ch := r.channel(t, notify.ChannelConfig{Kind: notify.KindWebhook})
		tellStore(t, store, names...)
		store.revive(writes)
		_, stop := runChannel(t, ch, store)
		<-store.died
		stop()
		store.revive(-1)
		_, stop = runChannel(t, ch, store)
		<-store.sent
		stop()
		got := r.take()
		repeats := 0
		for i, g := range got {
			if slices.Contains(ids(got[:i]), g.header.Get(notify.HeaderWebhookID)) {
				repeats++
				if g.header.Get(notify.HeaderResent) != "true" {
					t.Errorf("after %d writes: %s came twice without saying so", writes, ids(got)[i])
				}
			}
		}
		if repeats > 1 {
			t.Errorf("after %d writes: %d repeats", writes, repeats)
		}
		for _, subject := range []string{"x", "y"} {
			order := slices.DeleteFunc(slices.Compact(ids(got)), func(id string) bool { return id[:1] != subject })
			if order = slices.Compact(order); !slices.IsSorted(order) {
				t.Errorf("after %d writes: %v", writes, order)
			}
		}
		for _, name := range names {
			if !slices.Contains(ids(got), name) {
				t.Errorf("after %d writes: %s never came", writes, name)
			}
			if it, _, _ := store.Item(t.Context(), name+"@calls"); it.Delivery.State != notify.Sent {
				t.Errorf("after %d writes: %s is %s", writes, name, it.Delivery.State)
			}
		}
	}
}

// scripted answers attempts as it is told, without a network.
type scripted struct {
	mu     sync.Mutex
	got    []string
	answer func(id string) error
}

func (s *scripted) Send(_ context.Context, n notify.Notice, _ notify.Attempt) (notify.Result, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = append(s.got, n.Event.ID)
	return notify.Result{}, s.answer(n.Event.ID)
}

// inOrder runs an outbox as channels do over scripted answers, for so long.
func inOrder(t *testing.T, store *noticeStore, s *scripted, lasts time.Duration) {
	t.Helper()
	outbox, err := notify.NewOutbox(store, s, notify.OutboxOptions{What: "event", First: 5 * time.Second, Most: 10 * time.Minute, Jitter: true})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), lasts)
	defer cancel()
	if err := outbox.Run(ctx); err != nil {
		t.Error(err)
	}
}

// Whatever answers come, each event is taken or given up, those of one incident
// in their order, and no incident waits for another.
func TestOrderOfEachIncident(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		seed := rapid.Uint64().Draw(rt, "seed")
		n := rapid.IntRange(1, 12).Draw(rt, "events")
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 1))
			store := newNoticeStore()
			for i := range n {
				tellStore(t, store, fmt.Sprintf("%c%02d", "xyz"[rng.IntN(3)], i))
			}
			var settled []string
			s := &scripted{answer: func(id string) error {
				failure := &notify.SendError{What: "an event", Stage: "answer", Err: fmt.Errorf("no")}
				switch rng.IntN(6) {
				case 0:
					failure.Class = notify.Uncertain
				case 1:
					failure.Server, failure.Stage, failure.After = true, "busy", time.Duration(rng.IntN(100))*time.Second
				case 2:
				case 3:
					failure.Class = notify.Permanent
					settled = append(settled, id)
				default:
					settled = append(settled, id)
					return nil
				}
				return failure
			}}
			inOrder(t, store, s, 48*time.Hour)
			if len(settled) != n {
				t.Fatalf("seed %d: %d of %d settled", seed, len(settled), n)
			}
			for _, subject := range []string{"x", "y", "z"} {
				if order := slices.DeleteFunc(slices.Clone(settled), func(id string) bool { return id[:1] != subject }); !slices.IsSorted(order) {
					t.Fatalf("seed %d: %v", seed, order)
				}
			}
		})
	})
}

// One event that is refused time and again holds those of its incident alone,
// and waits grow, with jitter, to ten minutes.
func TestWaitsOfAChannel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newNoticeStore()
		tellStore(t, store, "x1", "x2", "y1")
		began := time.Now()
		var at []time.Duration
		s := &scripted{answer: func(id string) error {
			if id != "x1" {
				return nil
			}
			at = append(at, time.Since(began))
			return &notify.SendError{What: "an event", Stage: "answer", Err: fmt.Errorf("no")}
		}}
		inOrder(t, store, s, 3*time.Hour)
		if !slices.Contains(s.got, "y1") || slices.Contains(s.got, "x2") {
			t.Errorf("%v", s.got)
		}
		if len(at) < 20 {
			t.Fatalf("%d attempts", len(at))
		}
		for i := range at[1:] {
			wait, most := at[i+1]-at[i], min(5*time.Second<<min(i, 10), 10*time.Minute)
			// The outbox looks every 15 s where nothing wakes it.
			if wait < most/2 || wait > most+15*time.Second {
				t.Errorf("wait %d is %s, of %s", i, wait, most)
			}
		}
	})
}

// A receiver that asks for time gets it, for everything.
func TestRetryAfterIsHonoured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newNoticeStore()
		tellStore(t, store, "x1", "y1")
		began := time.Now()
		s := &scripted{}
		s.answer = func(string) error {
			if len(s.got) > 1 {
				if d := time.Since(began); d < 20*time.Minute {
					t.Errorf("an attempt after %s", d)
				}
				return nil
			}
			return &notify.SendError{What: "an event", Stage: "busy", Server: true, After: 20 * time.Minute, Err: fmt.Errorf("429")}
		}
		inOrder(t, store, s, time.Hour)
		if len(s.got) != 3 {
			t.Errorf("%v", s.got)
		}
	})
}

func TestChannelMetricsAndTest(t *testing.T) {
	r := newReceiver(t)
	ch := r.channel(t, notify.ChannelConfig{Kind: notify.KindWebhook, Events: []string{"freeze"}})
	channels, stop := runChannel(t, ch, newNoticeStore())
	defer stop()
	words, err := channels.Test(t.Context(), "calls", "anna", outboxtest.At)
	if err != nil || !strings.HasPrefix(words, "202") {
		t.Errorf("%s, %v", words, err)
	}
	if got := r.take(); len(got) != 1 || !strings.Contains(string(got[0].body), `"type":"channel.test"`) {
		t.Errorf("%v", got)
	}
	if _, err := channels.Test(t.Context(), "none", "anna", outboxtest.At); err == nil {
		t.Error("a channel that is not there was tried")
	}
	reg := prometheus.NewPedanticRegistry()
	reg.MustRegister(notify.NewCollector(nil, nil, channels))
	want := `
# HELP assay_notify_channel_up 0 if the last attempt to tell the channel failed.
# TYPE assay_notify_channel_up gauge
assay_notify_channel_up{channel="calls"} 1
# HELP assay_notify_events_total Attempts to tell a channel of an event, by what came of them: sent, retried or failed.
# TYPE assay_notify_events_total counter
assay_notify_events_total{channel="calls",outcome="failed"} 0
assay_notify_events_total{channel="calls",outcome="retried"} 0
assay_notify_events_total{channel="calls",outcome="sent"} 0
`
	if err := testutil.GatherAndCompare(reg, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
}
