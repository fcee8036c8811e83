package collector

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/slo"
)

// monthEnd is a day before a month ends that lies behind the machine's clock, by
// which the outbox goes.
var monthEnd = slo.At(time.Date(2025, 10, 31, 0, 0, 0, 0, time.UTC))

// dueWorld has schedules of reports that are due, and a month that every agent
// has delivered.
func dueWorld(t *testing.T, port int, entries ...ReportConfig) *world {
	return dueAfter(t, monthEnd, port, entries...)
}

// dueAfter is dueWorld of the period that ends a day after an instant.
func dueAfter(t *testing.T, lastDay slo.Instant, port int, entries ...ReportConfig) *world {
	w := newWorld(t, sealedCatalogue, func(c *Config) {
		c.Mail = MailConfig{Host: "127.0.0.1", Port: port, TLS: notify.NoTLS, From: "Assay <assay@example.org>"}
		c.ExternalURL = "https://assay.example.org"
		c.Reports = entries
	})
	w.clock.set(lastDay)
	w.run()
	for i := range w.config.Reports { // notes from when on to look
		if _, err := w.c.reportIfDue(t.Context(), &w.c.config.Reports[i], w.clock.now()); err != nil {
			t.Fatal(err)
		}
	}
	w.clock.set(lastDay.Add(32 * time.Hour))
	w.push(w.history(rand.New(rand.NewPCG(31, 10)), lastDay.Add(20*time.Hour), lastDay.Add(30*time.Hour))...)
	w.followed()
	return w
}

// seal has the month sealed.
func (w *world) seal() {
	w.t.Helper()
	w.heard(w.clock.now())
	w.tick()
}

// due does what the schedules ask for.
func (w *world) due() (waits bool) {
	w.t.Helper()
	for i := range w.c.config.Reports {
		x, err := w.c.reportIfDue(w.t.Context(), &w.c.config.Reports[i], w.clock.now())
		if err != nil {
			w.t.Fatal(err)
		}
		waits = waits || x
	}
	return waits
}

// allSent waits until every mail has its final state, and returns them.
func (w *world) allSent() []notify.Item {
	w.t.Helper()
	var items []notify.Item
	w.until("every mail is sent, or given up", func() bool {
		w.c.outbox.Wake()
		rows, err := w.c.store.Outbox(w.t.Context(), "", 1000)
		if err != nil {
			w.t.Fatal(err)
		}
		items = items[:0]
		for _, r := range rows {
			it, err := outboxItem[notify.Message](r)
			if err != nil {
				w.t.Fatal(err)
			}
			if it.Delivery.State != notify.Sent && it.Delivery.State != notify.Failed {
				if next := it.Delivery.Next; next > w.clock.now() { // the outbox goes by the collector's clock
					w.clock.set(next)
				}
				return false
			}
			items = append(items, it)
		}
		return true
	})
	return items
}

// A report goes out when its month is sealed, and not before.
func TestReportsGoWhenSealed(t *testing.T) {
	srv := newMailServer(t, nil)
	w := dueWorld(t, srv.port, ReportConfig{Agreement: "gold", To: []string{"a@example.org"}, Schedule: "0 7 1 * *"})
	w.heard(monthEnd.Add(20*time.Hour), "ap-1") // which has not delivered all of it
	if !w.due() || len(w.allSent()) != 0 {
		t.Fatal("a provisional month was sent")
	}
	w.seal()
	if w.due() {
		t.Fatal("a sealed month waits")
	}
	if got := w.allSent(); len(got) != 1 || got[0].Delivery.State != notify.Sent {
		t.Errorf("sent: %v", got)
	}
	if w.due() || len(srv.taken()["a@example.org"]) != 1 {
		t.Errorf("taken: %d", len(srv.taken()["a@example.org"]))
	}
}

// A clock that was ahead, when the collector was set up or later, keeps no report
// back once it is right; one that is set back sends none twice.
func TestScheduleOfAClockSetBack(t *testing.T) {
	srv := newMailServer(t, nil)
	w := dueWorld(t, srv.port, ReportConfig{Agreement: "gold", To: []string{"a@example.org"}, Schedule: "0 7 1 * *"})
	w.seal()
	now, entry := w.clock.now(), &w.c.config.Reports[0]
	if err := w.c.store.Set(t.Context(), entry.key(), []byte(now.Add(1000*24*time.Hour).String())); err != nil {
		t.Fatal(err)
	}
	w.clock.set(monthEnd.Add(20 * time.Hour)) // before the start of the schedule
	w.due()
	w.clock.set(now)
	w.due()
	w.allSent()
	if n := len(srv.taken()["a@example.org"]); n != 1 {
		t.Fatalf("%d mails once the clock is right", n)
	}
	w.clock.set(now.Add(-3 * time.Hour)) // before the start once more
	w.due()
	w.clock.set(now)
	w.due()
	w.allSent()
	if n := len(srv.taken()["a@example.org"]); n != 1 {
		t.Errorf("%d mails after the clock was set back", n)
	}
}

// moment is a copy of everything that is on disk after a step.
type moment struct {
	step  string
	world *world
	taken map[string][][]byte // by the mail server, up to then
}

// copyAt copies what is on disk, as a power cut leaves it.
func (w *world) copyAt(step string, srv *mailServer) moment {
	w.t.Helper()
	k := w.killed()
	copyTree(w.t, filepath.Join(w.config.Data, "ledger"), filepath.Join(k.config.Data, "ledger"))
	k.write("catalogue/catalogue.yaml", sealedCatalogue)
	k.config.Mail, k.config.Reports, k.config.ExternalURL = w.config.Mail, w.config.Reports, w.config.ExternalURL
	k.clock.set(w.clock.now())
	return moment{step, k, srv.taken()}
}

// Killed between any two steps, each recipient gets a report once. Only where the
// server had taken it and the record of that was lost it goes again, under the
// same Message-ID and marked.
func TestKilledWhileSending(t *testing.T) {
	for name, entry := range map[string]ReportConfig{"an agreement": {Agreement: "gold"}, "a service": {Service: "shop"}, "all": {All: true}} {
		t.Run(name, func(t *testing.T) { killedWhileSending(t, entry) })
	}
}

func killedWhileSending(t *testing.T, entry ReportConfig) {
	type told struct {
		step string
		done chan struct{}
	}
	steps := make(chan told)
	hold := func(step string) {
		x := told{step, make(chan struct{})}
		select {
		case steps <- x:
			<-x.done
		case <-t.Context().Done():
		}
	}
	srv := newMailServer(t, hold)
	to := []string{"a@example.org", "b@example.org"}
	entry.To, entry.Survey = to, true
	w := dueWorld(t, srv.port, entry)
	w.seal()
	w.c.sendings.after = func(step string) error {
		hold(step)
		return nil
	}
	ended := make(chan error, 1)
	go func() {
		_, err := w.c.reportIfDue(t.Context(), &w.c.config.Reports[0], w.clock.now())
		ended <- err
	}()
	var moments []moment
	// sealed, release, sent, noted; and of each of two mails MAIL, RCPT, DATA, accepted
	for range 4 + 2*4 {
		select {
		case x := <-steps:
			moments = append(moments, w.copyAt(x.step, srv))
			close(x.done)
		case <-time.After(time.Minute):
			t.Fatalf("no step after %v", moments)
		}
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	w.allSent()
	moments = append(moments, w.copyAt("the end", srv))
	marked := 0
	for n, m := range moments {
		t.Run(fmt.Sprintf("%d %s", n, m.step), func(t *testing.T) { marked += m.goesOn(t, to) })
	}
	if marked < len(to) {
		t.Errorf("%d mails went again: one is to for each that was taken and not recorded", marked)
	}
}

// goesOn starts a collector on what was on disk, and counts what each recipient
// got before and after. It returns how many mails went again.
func (m moment) goesOn(t *testing.T, to []string) (again int) {
	srv := newMailServer(t, nil)
	w := m.world
	w.t = t
	w.config.Mail.Port = srv.port
	lost := map[string]bool{} // taken, and not recorded
	for _, who := range to {
		for _, raw := range m.taken[who] {
			lost[who] = w.pending(strings.Trim(header(t, raw, "Message-Id"), "<>"))
		}
	}
	w.run()
	w.until("it is ready", w.c.ready.Load)
	w.due()
	w.allSent()
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	for _, who := range to {
		before, after := m.taken[who], srv.taken()[who]
		switch {
		case len(before)+len(after) == 1:
		case len(before) == 1 && len(after) == 1:
			again++
			if a, b := header(t, before[0], "Message-Id"), header(t, after[0], "Message-Id"); a != b || a == "" {
				t.Errorf("it goes again as %s, not as %s", b, a)
			}
			if header(t, after[0], notify.HeaderResent) != "true" || header(t, before[0], notify.HeaderResent) != "" {
				t.Error("that it goes again is not marked, or the first is")
			}
			if !lost[who] {
				t.Errorf("%s gets it twice", who)
			}
		default:
			t.Errorf("%s got it %d times before and %d times after", who, len(before), len(after))
		}
	}
	v, err := VerifyData(t.Context(), w.config.Data, VerifyOptions{})
	if err != nil || len(v.Problems) > 0 {
		t.Errorf("the ledger: %v, %v", v.Problems, err)
	}
	return again
}

// pending reports whether the outbox of a collector that is not running has a
// mail that is to leave.
func (w *world) pending(id string) bool {
	w.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(w.config.Data, "records.db"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	n := 0
	if err := db.QueryRowContext(w.t.Context(), `select count(*) from outbox where id = ? and state in ('pending', 'sending')`, id).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n > 0
}
