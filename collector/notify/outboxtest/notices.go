package outboxtest

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/slo"
)

// NoticeStore is what the store of a channel must be for TestNoticeStore.
type NoticeStore interface {
	notify.Store[notify.Notice]
	// Enqueue adds an item as notify.NewNotice makes it and reports true. Where
	// an item with the same key is there, nothing changes and it reports false.
	Enqueue(ctx context.Context, it notify.NoticeItem) (bool, error)
	// Item returns the item with this key, and false if there is none.
	Item(ctx context.Context, key string) (notify.NoticeItem, bool, error)
}

// Event is an event about an incident with every field set.
func Event(t notify.EventType, incident, name string) notify.Event {
	return notify.Event{
		Version: notify.EventVersion, ID: name, Type: t, At: At, Severity: slo.Page, Service: "shop",
		Summary: "shop is down 停机", Link: "https://assay.example.com/incidents/" + incident,
		Incident: &notify.IncidentFacts{
			ID: incident, Trigger: slo.ServiceDown, Began: At, Detected: At + 1, Restored: At + 2, Resolved: At + 3, DowntimeMS: 2, Acknowledged: At + 4, AcknowledgedBy: "anna",
			Agreements: []string{"gold"}, Causes: []slo.Cause{{Probe: "web", Location: "eu", Agent: "eu-1", At: At, Reason: "connect_refused", Evidence: "<refused>"}},
			Actor: "assay",
		},
	}
}

// TestNoticeStore runs the contract of a channel's outbox: what mail has, and
// the order of what is about one subject. newStore returns the stores of two
// channels over the same empty records; reopen returns a store as it is after
// its process died, and may be nil where nothing outlives the process.
func TestNoticeStore(t *testing.T, newStore func(t *testing.T) (a, b NoticeStore), reopen func(t *testing.T, s NoticeStore) NoticeStore) {
	t.Helper()
	if reopen == nil {
		reopen = func(_ *testing.T, s NoticeStore) NoticeStore { return s }
	}
	s := noticeSuite{newStore, reopen}
	t.Run("keeps a notice as it is", s.keeps)
	t.Run("enqueues a key once", s.once)
	t.Run("returns the first of a subject alone", s.order)
	t.Run("tells channels apart", s.apart)
}

type noticeSuite struct {
	newStore func(t *testing.T) (a, b NoticeStore)
	reopen   func(t *testing.T, s NoticeStore) NoticeStore
}

// tell enqueues events about incidents, written as incident and number such as
// x1, and returns their items by that name.
func tell(t *testing.T, s NoticeStore, channel string, names ...string) map[string]notify.NoticeItem {
	t.Helper()
	out := map[string]notify.NoticeItem{}
	for _, name := range names {
		it := notify.NewNotice(At, channel, Event(notify.IncidentOpened, name[:1], name))
		if added, err := s.Enqueue(t.Context(), it); err != nil || !added {
			t.Fatalf("Enqueue = %v, %v", added, err)
		}
		out[name] = it
	}
	return out
}

// dueNames are the names of what is due.
func dueNames(t *testing.T, s NoticeStore, at slo.Instant) (names []string) {
	t.Helper()
	items, err := s.Due(t.Context(), at, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range items {
		names = append(names, it.Message.Event.ID)
	}
	return names
}

func (s noticeSuite) keeps(t *testing.T) {
	store, _ := s.newStore(t)
	want := tell(t, store, "a", "x1")["x1"]
	got, ok, err := s.reopen(t, store).Item(t.Context(), want.Message.Key())
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); err != nil || !ok || diff != "" {
		t.Errorf("%v, %v: %s", ok, err, diff)
	}
}

func (s noticeSuite) once(t *testing.T) {
	store, _ := s.newStore(t)
	it := tell(t, store, "a", "x1")["x1"]
	if added, err := store.Enqueue(t.Context(), it); err != nil || added {
		t.Errorf("Enqueue again = %v, %v", added, err)
	}
}

func (s noticeSuite) order(t *testing.T) {
	store, _ := s.newStore(t)
	items := tell(t, store, "a", "x2", "x1", "y1", "x3") // the order of x follows from no name
	expect := func(at slo.Instant, want ...string) {
		t.Helper()
		store = s.reopen(t, store)
		got := dueNames(t, store, at)
		slices.Sort(got)
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Error(diff)
		}
	}
	become := func(name string, state notify.DeliveryState, next slo.Instant) {
		t.Helper()
		d := items[name].Delivery
		d.State, d.Next = state, next
		if err := store.Record(t.Context(), items[name].Message.Key(), d); err != nil {
			t.Fatal(err)
		}
	}
	expect(At, "x2", "y1")
	become("x2", notify.Sending, At)
	expect(At, "x2", "y1")
	become("x2", notify.Pending, At+10) // what comes after it waits as well
	expect(At+9, "y1")
	expect(At+10, "x2", "y1")
	become("x2", notify.Failed, 0) // given up: the rest goes on
	expect(At, "x1", "y1")
	become("x1", notify.Sent, 0)
	become("y1", notify.Sent, 0)
	expect(At, "x3")
	become("x3", notify.Sent, 0)
	expect(At)
}

func (s noticeSuite) apart(t *testing.T) {
	a, b := s.newStore(t)
	tell(t, a, "a", "x1")
	tell(t, b, "b", "x1", "y1")
	if got := dueNames(t, a, At); !slices.Equal(got, []string{"x1"}) {
		t.Errorf("of a: %v", got)
	}
	if got := dueNames(t, b, At); len(got) != 2 {
		t.Errorf("of b: %v", got)
	}
}
