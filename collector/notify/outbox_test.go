package notify_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/notify/outboxtest"
	"github.com/assay-sla/assay/slo"
)

// sent is one attempt as a sender got it.
type sent struct {
	after   time.Duration // since the bubble began
	id      string
	attempt notify.Attempt
}

// fakeSender answers as it is told; nil accepts everything.
type fakeSender struct {
	began time.Time
	store *memStore

	mu       sync.Mutex
	attempts []sent
	answer   func(ctx context.Context, m notify.Message, n int) (notify.Result, error)
}

func (f *fakeSender) Send(ctx context.Context, m notify.Message, a notify.Attempt) (notify.Result, error) {
	f.mu.Lock()
	f.attempts = append(f.attempts, sent{time.Since(f.began), m.ID, a})
	answer, n := f.answer, len(f.attempts)
	f.mu.Unlock()
	if it, _, _ := f.store.Item(ctx, m.ID); it.Delivery.State != notify.Sending {
		panic(fmt.Sprintf("message %s is %s while it is sent", m.ID, it.Delivery.State))
	}
	if answer == nil {
		return notify.Result{Accepted: a.To, Response: "2.0.0 queued"}, nil
	}
	return answer(ctx, m, n)
}

func (f *fakeSender) behave(answer func(ctx context.Context, m notify.Message, n int) (notify.Result, error)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answer = answer
}

func (f *fakeSender) take() []sent {
	f.mu.Lock()
	defer f.mu.Unlock()
	a := f.attempts
	f.attempts = nil
	return a
}

func fails(class notify.Class, stage string) func(context.Context, notify.Message, int) (notify.Result, error) {
	return func(context.Context, notify.Message, int) (notify.Result, error) {
		return notify.Result{}, &notify.SendError{Class: class, Stage: stage,
			Server: stage == "connect", Err: errors.New("because")}
	}
}

// world is an outbox that runs in a bubble.
type world struct {
	*testing.T
	store  *memStore
	sender *fakeSender
	outbox *notify.Outbox[notify.Message]
	giveUp time.Duration // 0: the default
	stop   func()
}

// inBubble runs f in a synctest bubble with an outbox over a store with items.
func inBubble(t *testing.T, prepare, f func(w *world)) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemStore()
		w := &world{T: t, store: store, sender: &fakeSender{began: time.Now(), store: store}}
		if prepare != nil {
			prepare(w)
		}
		w.run()
		f(w)
		w.stop()
	})
}

// run starts an outbox over the world's store, as a new process would.
func (w *world) run() {
	w.Helper()
	outbox, err := notify.NewOutbox(w.store, w.sender, notify.OutboxOptions{GiveUp: w.giveUp})
	if err != nil {
		w.Fatal(err)
	}
	w.outbox = outbox
	ctx, cancel := context.WithCancel(w.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := outbox.Run(ctx); err != nil {
			w.Errorf("Run = %v", err)
		}
	}()
	w.stop = func() {
		cancel()
		<-done
	}
	synctest.Wait()
}

func (w *world) enqueue(name string) string {
	w.Helper()
	it, err := notify.NewItem(slo.At(time.Now()), outboxtest.Message(name))
	if err != nil {
		w.Fatal(err)
	}
	if _, err := w.store.Enqueue(w.Context(), it); err != nil {
		w.Fatal(err)
	}
	return it.Message.ID
}

func (w *world) delivery(id string) notify.Delivery {
	w.Helper()
	it, ok, err := w.store.Item(w.Context(), id)
	if !ok || err != nil {
		w.Fatalf("Item(%s) = %v, %v", id, ok, err)
	}
	return it.Delivery
}

func TestOutboxSendsOnceAtOnce(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		time.Sleep(time.Second)
		id := w.enqueue("a")
		w.outbox.Wake()
		synctest.Wait()
		got := w.sender.take()
		if len(got) != 1 || got[0].after != time.Second || got[0].attempt.Resent {
			t.Fatalf("attempts: %v", got)
		}
		if s := w.store.states(); s != "sending sent" {
			t.Errorf("recorded: %s", s)
		}
		d := w.delivery(id)
		at := slo.At(time.Now())
		want := notify.Delivery{State: notify.Sent, Attempts: 1, Started: at, Ended: at,
			Accepted: []string{"anna@example.com", "bo@example.com"}, Response: "2.0.0 queued"}
		if diff := cmp.Diff(want, d); diff != "" {
			t.Error(diff)
		}
		time.Sleep(24 * time.Hour)
		w.enqueue("a") // the same cause again
		w.outbox.Wake()
		synctest.Wait()
		if got := w.sender.take(); len(got) != 0 {
			t.Errorf("it was sent again: %v", got)
		}
	})
}

func TestOutboxFindsWhatNobodyToldItOf(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		w.enqueue("a")
		time.Sleep(15 * time.Second)
		synctest.Wait()
		if got := w.sender.take(); len(got) != 1 {
			t.Errorf("attempts: %v", got)
		}
	})
}

func TestOutboxSendsALeftoverAgain(t *testing.T) {
	var left string
	prepare := func(w *world) {
		left = w.enqueue("left")
		d := w.delivery(left)
		d.State, d.Attempts = notify.Sending, 1
		if err := w.store.Record(w.Context(), left, d); err != nil {
			t.Fatal(err)
		}
	}
	inBubble(t, prepare, func(w *world) {
		got := w.sender.take()
		if len(got) != 1 || got[0].id != left || !got[0].attempt.Resent {
			t.Fatalf("attempts: %v", got)
		}
		if d := w.delivery(left); d.State != notify.Sent || d.Attempts != 2 || !d.Resent {
			t.Errorf("%+v", d)
		}
	})
}

func TestOutboxRetriesWithGrowingWaitsAndGivesUp(t *testing.T) {
	eightHours := func(w *world) { w.giveUp = 8 * time.Hour }
	inBubble(t, eightHours, func(w *world) {
		w.sender.behave(fails(notify.Temporary, "RCPT"))
		id := w.enqueue("a")
		w.outbox.Wake()
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		got := w.sender.take()
		var waits []string
		for i := range 8 {
			waits = append(waits, (got[i+1].after - got[i].after).Round(time.Minute).String())
		}
		if s := strings.Join(waits, " "); s != "1m0s 2m0s 4m0s 8m0s 16m0s 32m0s 1h0m0s 1h0m0s" {
			t.Errorf("waits: %s", s)
		}
		if last := got[len(got)-1]; last.after < 8*time.Hour || last.after > 9*time.Hour+time.Minute || last.attempt.Resent {
			t.Errorf("the last attempt: %v", last)
		}
		d := w.delivery(id)
		if d.State != notify.Failed || d.Attempts != len(got) || d.Error != "sending mail (RCPT, temporary): because" || d.Ended == 0 {
			t.Errorf("%+v", d)
		}
		if s := w.outbox.Status(); s.Failed != 1 || s.Retried != len(got)-1 || s.Sent != 0 {
			t.Errorf("status %+v", s)
		}
	})
}

func TestOutboxGivesUpAtOnceWhatIsRefused(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		bad := w.enqueue("a")
		w.sender.behave(func(_ context.Context, m notify.Message, _ int) (notify.Result, error) {
			if m.ID == bad {
				return notify.Result{}, &notify.SendError{Class: notify.Permanent, Stage: "accept", Code: 554, Err: errors.New("spam")}
			}
			return notify.Result{Accepted: m.Addresses()}, nil
		})
		good := w.enqueue("b")
		w.outbox.Wake()
		synctest.Wait()
		if d := w.delivery(bad); d.State != notify.Failed || d.Attempts != 1 {
			t.Errorf("%+v", d)
		}
		if d := w.delivery(good); d.State != notify.Sent {
			t.Errorf("the next one: %+v", d)
		}
	})
}

func TestOutboxSaysWhenAMessageMayHaveArrived(t *testing.T) {
	for name, first := range map[string]func(context.Context, notify.Message, int) (notify.Result, error){
		"uncertain": fails(notify.Uncertain, "accept"),
		"unknown error": func(context.Context, notify.Message, int) (notify.Result, error) {
			return notify.Result{}, errors.New("?")
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, nil, func(w *world) {
				w.sender.behave(first)
				w.enqueue("a")
				w.outbox.Wake()
				synctest.Wait()
				w.sender.behave(fails(notify.Temporary, "RCPT"))
				time.Sleep(2 * time.Minute)
				synctest.Wait()
				w.sender.behave(nil)
				time.Sleep(3 * time.Minute)
				synctest.Wait()
				got := w.sender.take()
				if len(got) != 3 || got[0].attempt.Resent || !got[1].attempt.Resent || !got[2].attempt.Resent {
					t.Errorf("attempts: %v", got)
				}
			})
		})
	}
}

func TestOutboxLeavesAnAbsentServerAlone(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		w.sender.behave(fails(notify.Temporary, "connect"))
		var ids []string
		for i := range 50 {
			ids = append(ids, w.enqueue(fmt.Sprint(i)))
		}
		w.outbox.Wake()
		time.Sleep(time.Hour)
		synctest.Wait()
		tries := w.sender.take()
		if len(tries) < 12 || len(tries) > 25 {
			t.Errorf("%d connections in an hour", len(tries))
		}
		w.sender.behave(nil)
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		for _, id := range ids {
			if d := w.delivery(id); d.State != notify.Sent || d.Resent {
				t.Fatalf("5 minutes after its return: %+v", d)
			}
		}
		if got := w.sender.take(); len(got) != len(ids) {
			t.Errorf("%d attempts for %d messages", len(got), len(ids))
		}
	})
}

func TestOutboxGivesUpWhileTheServerIsAway(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		w.sender.behave(fails(notify.Temporary, "connect"))
		a, b := w.enqueue("a"), w.enqueue("b")
		time.Sleep(71 * time.Hour)
		fresh := w.enqueue("fresh")
		time.Sleep(90 * time.Minute)
		synctest.Wait()
		for _, id := range []string{a, b} {
			if d := w.delivery(id); d.State != notify.Failed || !strings.Contains(d.Error, "because") {
				t.Errorf("%+v", d)
			}
		}
		if d := w.delivery(fresh); d.State != notify.Pending {
			t.Errorf("fresh: %+v", d)
		}
	})
}

func TestOutboxOneMessageCannotHoldTheOthers(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		bad := w.enqueue("a")
		w.sender.behave(func(_ context.Context, m notify.Message, _ int) (notify.Result, error) {
			if m.ID == bad { // a server that says goodbye to this one content
				return notify.Result{}, &notify.SendError{Stage: "DATA", Code: 421, Server: true, Err: errors.New("bye")}
			}
			return notify.Result{Accepted: m.Addresses()}, nil
		})
		good := w.enqueue("b")
		w.outbox.Wake()
		time.Sleep(time.Minute)
		synctest.Wait()
		if d := w.delivery(good); d.State != notify.Sent {
			t.Errorf("%+v", d)
		}
	})
}

func TestOutboxSettlesEachRecipient(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		w.sender.behave(func(_ context.Context, _ notify.Message, n int) (notify.Result, error) {
			if n == 1 {
				return notify.Result{Accepted: []string{"anna@example.com"}, Response: "1"},
					&notify.SendError{Class: notify.Temporary, Stage: "RCPT", Code: 450, Err: errors.New("greylisted")}
			}
			return notify.Result{Refused: []notify.Refusal{{To: "bo@example.com", Reply: "550"}}},
				&notify.SendError{Class: notify.Permanent, Stage: "RCPT", Code: 550, Err: errors.New("every address was refused")}
		})
		id := w.enqueue("a")
		w.outbox.Wake()
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		got := w.sender.take()
		if len(got) != 2 {
			t.Fatalf("attempts: %v", got)
		}
		if diff := cmp.Diff([]string{"bo@example.com"}, got[1].attempt.To); diff != "" {
			t.Error(diff)
		}
		d := w.delivery(id)
		if d.State != notify.Sent || len(d.Accepted) != 1 || len(d.Refused) != 1 || d.Response != "1" {
			t.Errorf("%+v", d)
		}
	})
}

func TestOutboxNeverSendsWhatItCouldNotMark(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		w.store.failOnce(notify.Sending)
		id := w.enqueue("a")
		w.outbox.Wake()
		synctest.Wait()
		if got := w.sender.take(); len(got) != 0 {
			t.Fatalf("attempts: %v", got)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := w.sender.take(); len(got) != 1 || got[0].attempt.Resent || w.delivery(id).State != notify.Sent {
			t.Errorf("attempts: %v", got)
		}
	})
}

func TestOutboxNeverSendsAgainBecauseARecordFailed(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		w.store.failOnce(notify.Sent)
		id := w.enqueue("a")
		w.outbox.Wake()
		synctest.Wait()
		if s := w.delivery(id).State; s != notify.Sending {
			t.Fatalf("it is %s", s)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := w.sender.take(); len(got) != 1 || w.delivery(id).State != notify.Sent {
			t.Errorf("attempts %v, then %s", got, w.delivery(id).State)
		}
	})
}

func TestOutboxFinishesWhatItIsSendingWhenStopped(t *testing.T) {
	cases := []struct {
		takes time.Duration
		want  notify.DeliveryState
	}{{9 * time.Second, notify.Sent}, {time.Hour, notify.Pending}}
	for _, c := range cases {
		inBubble(t, nil, func(w *world) {
			w.sender.behave(func(ctx context.Context, m notify.Message, _ int) (notify.Result, error) {
				select {
				case <-time.After(c.takes):
					return notify.Result{Accepted: m.Addresses()}, nil
				case <-ctx.Done():
					return notify.Result{}, &notify.SendError{Class: notify.Uncertain, Stage: "accept", Err: ctx.Err()}
				}
			})
			id := w.enqueue("a")
			other := w.enqueue("b")
			w.outbox.Wake()
			synctest.Wait()
			began := time.Now()
			w.stop()
			if d := time.Since(began); d > 10*time.Second {
				t.Errorf("stopping took %s", d)
			}
			states := []notify.DeliveryState{w.delivery(id).State, w.delivery(other).State}
			if states[0] != c.want && states[1] != c.want || states[0] == notify.Sending || states[1] == notify.Sending {
				t.Errorf("after %s they are %v", c.takes, states)
			}
			if n := len(w.sender.take()); n != 1 {
				t.Errorf("%d attempts", n)
			}
		})
	}
}

func TestNewOutboxNeedsItsParts(t *testing.T) {
	if _, err := notify.NewOutbox[notify.Message](nil, &fakeSender{}, notify.OutboxOptions{}); err == nil {
		t.Error("no store, no error")
	}
	if _, err := notify.NewOutbox[notify.Message](newMemStore(), nil, notify.OutboxOptions{}); err == nil {
		t.Error("no sender, no error")
	}
}

func TestNewItemRefusesWhatCannotBeSent(t *testing.T) {
	m := outboxtest.Message("a")
	m.Subject = "a\nb"
	if _, err := notify.NewItem(outboxtest.At, m); err == nil {
		t.Error("no error")
	}
}

// TestOutboxThroughSMTP kills the outbox between the server's acceptance and
// the record, and starts another over the same store.
func TestOutboxThroughSMTP(t *testing.T) {
	srv := (&smtpServer{hangUp: true, keepFirst: true}).start(t)
	store := newMemStore()
	m := outboxtest.Message("2026-10")
	it, err := notify.NewItem(slo.At(time.Now()), m)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Enqueue(t.Context(), it); err != nil {
		t.Fatal(err)
	}
	run := func() (stop func()) {
		outbox, err := notify.NewOutbox(store, srv.mailer(t), notify.OutboxOptions{})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- outbox.Run(ctx) }()
		return func() {
			cancel()
			<-done
		}
	}
	store.failOnce(notify.Pending) // the process dies before it records what became of it
	stop := run()
	first := srv.letter(t)
	stop()
	if got, _, _ := store.Item(t.Context(), m.ID); got.Delivery.State != notify.Sending {
		t.Fatalf("the item is %s", got.Delivery.State)
	}
	srv.behave(func(s *smtpServer) { s.hangUp = false })
	stop = run()
	second := srv.letter(t)
	stop()
	checkLetter(t, first.parsed(t), m, false)
	checkLetter(t, second.parsed(t), m, true)
	got, _, _ := store.Item(t.Context(), m.ID)
	if got.Delivery.State != notify.Sent || got.Delivery.Attempts != 2 {
		t.Errorf("%+v", got.Delivery)
	}
}
