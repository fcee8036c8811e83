package notify_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/notify/outboxtest"
)

// What goes once more is the very bytes of before, behind fields that say so.
func TestSendOnceMore(t *testing.T) {
	srv := new(smtpServer).start(t)
	m := outboxtest.Message("2026-10")
	if _, err := srv.mailer(t).Send(t.Context(), m, notify.Attempt{}); err != nil {
		t.Fatal(err)
	}
	first := srv.letter(t).raw
	again := notify.NewAgain(m, first, 1, m.Date+86_400_000)
	if again.ID == m.ID || again.ID != notify.NewAgain(m, first, 1, 1).ID || again.ID == notify.NewAgain(m, first, 2, 1).ID {
		t.Errorf("its ID is %s", again.ID)
	}
	if _, err := srv.mailer(t).Send(t.Context(), again, notify.Attempt{}); err != nil {
		t.Fatal(err)
	}
	l := srv.letter(t)
	if !bytes.HasSuffix(l.raw, first) {
		t.Errorf("other bytes went:\n%.300s", l.raw)
	}
	parsed := l.parsed(t)
	if got := parsed.Header.Get("Resent-Message-Id"); got != "<"+again.ID+">" {
		t.Errorf("Resent-Message-ID is %s", got)
	}
	if to, err := parsed.Header.AddressList("Resent-To"); err != nil || len(to) != 2 || to[0].Name != "Anna Müller" {
		t.Errorf("Resent-To is %v, %v", to, err)
	}
	checkLetter(t, parsed, m, false)
}

func TestWhatCannotGoAgain(t *testing.T) {
	m := outboxtest.Message("2026-10")
	for name, change := range map[string]func(*notify.Message){
		"no bytes":          func(m *notify.Message) { m.Again.Raw = nil },
		"another ID":        func(m *notify.Message) { m.Again.Of = "a b@c" },
		"a body of its own": func(m *notify.Message) { m.Text = "x" },
	} {
		bad := notify.NewAgain(m, []byte("x"), 1, m.Date)
		change(&bad)
		if bad.Validate() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// The bytes are kept before the first word to the server, and every attempt
// sends those; one that may be a repeat has a field more.
func TestBytesAreKept(t *testing.T) {
	srv := &smtpServer{onMail: func(string) error { return reply(450, "later") }}
	srv.start(t)
	m := outboxtest.Message("2026-10")
	var kept []byte
	srv.cfg.Keep = func(_ context.Context, id string, raw []byte) ([]byte, error) {
		if id != m.ID {
			t.Errorf("kept as %s", id)
		}
		if kept == nil {
			kept = raw
		}
		return kept, nil
	}
	if _, err := srv.mailer(t).Send(t.Context(), m, notify.Attempt{}); err == nil || kept == nil {
		t.Fatalf("%v, %d bytes kept", err, len(kept))
	}
	srv.behave(func(s *smtpServer) { s.onMail = nil })
	for _, resent := range []bool{false, true} {
		if _, err := srv.mailer(t).Send(t.Context(), m, notify.Attempt{Resent: resent}); err != nil {
			t.Fatal(err)
		}
		raw := srv.letter(t).raw
		if resent {
			raw = bytes.TrimPrefix(raw, []byte("X-Assay-Resent: true\r\n"))
		}
		if !bytes.Equal(raw, kept) {
			t.Errorf("other bytes went:\n%.300s", raw)
		}
	}
}

// Nothing is sent that could not be kept, and the server is left alone a while.
func TestNothingGoesThatIsNotKept(t *testing.T) {
	srv := new(smtpServer).start(t)
	srv.cfg.Keep = func(context.Context, string, []byte) ([]byte, error) { return nil, errors.New("disk full") }
	_, err := srv.mailer(t).Send(t.Context(), outboxtest.Message("x"), notify.Attempt{})
	failure, ok := errors.AsType[*notify.SendError](err)
	if !ok || failure.Class != notify.Temporary || !failure.Server || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("error %v", err)
	}
}

// goneStore takes each item out between the look at it and the attempt.
type goneStore struct{ *memStore }

func (s goneStore) Record(_ context.Context, key string, _ notify.Delivery) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.items, key)
	return fmt.Errorf("%s: %w", key, notify.ErrGone)
}

// What is taken out of the outbox between the look at it and the attempt is not
// sent, and holds nothing up.
func TestOutboxSendsNothingThatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemStore()
		w := &world{T: t, store: store, sender: &fakeSender{began: time.Now(), store: store}}
		w.enqueue("a")
		w.enqueue("b")
		outbox, err := notify.NewOutbox(goneStore{store}, w.sender, notify.OutboxOptions{})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _ = outbox.Run(ctx) }()
		synctest.Wait()
		cancel()
		if got := w.sender.take(); len(got) > 0 || len(store.items) > 0 {
			t.Errorf("sent: %v, left: %d", got, len(store.items))
		}
	})
}
