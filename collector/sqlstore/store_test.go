package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/pressly/goose/v3"

	"github.com/assay-sla/assay/slo"
)

// engines are the ways to keep records. open returns a function that opens the
// same empty records each time it is called.
var engines = []struct {
	name string
	open func(t *testing.T) func() *Store
}{
	{"sqlite", func(t *testing.T) func() *Store {
		file := filepath.Join(t.TempDir(), "a b?c#d%20é", "records.db")
		return func() *Store { return openFile(t, file) }
	}},
}

func openFile(t *testing.T, file string) *Store {
	t.Helper()
	s, err := Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// each runs a test on empty records of every engine. reopen closes the store
// and opens the same records.
func each(t *testing.T, f func(t *testing.T, s *Store, reopen func() *Store)) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			open := e.open(t)
			s := open()
			f(t, s, func() *Store {
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				s = open()
				return s
			})
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same(t *testing.T, want, got any, opts ...cmp.Option) {
	t.Helper()
	if diff := cmp.Diff(want, got, append(opts, cmpopts.EquateEmpty())...); diff != "" {
		t.Fatal(diff)
	}
}

const noon slo.Instant = 1_790_000_000_000

func at(second int) slo.Instant { return noon.Add(time.Duration(second) * time.Second) }

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "new", "folder", "records.db")
	s := openFile(t, file)
	must(t, s.Set(t.Context(), "k", []byte("v")))
	if info, err := os.Stat(filepath.Dir(file)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info, err)
	}
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "10000"} {
		var got string
		if err := s.db.QueryRowContext(t.Context(), "pragma "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %s, %v; want %s", pragma, got, err, want)
		}
	}
	again := openFile(t, file) // a second process, such as a backup
	if v, err := again.Get(t.Context(), "k"); err != nil || string(v) != "v" {
		t.Errorf("%q, %v", v, err)
	}

	text := filepath.Join(dir, "text.db")
	must(t, os.WriteFile(text, []byte(strings.Repeat("no database\n", 100)), 0o600))
	for name, file := range map[string]string{"a file that is no database": text, "a folder": dir, "a file for a folder": filepath.Join(text, "records.db")} {
		if s, err := Open(t.Context(), file); err == nil || !strings.Contains(err.Error(), "opening the records") {
			t.Errorf("%s: %v, %v", name, s, err)
		}
	}
}

// The migrations make every table, and take every table away again.
func TestMigrationsUpAndDown(t *testing.T) {
	s := openFile(t, filepath.Join(t.TempDir(), "records.db"))
	tables := func() (n int) {
		must(t, s.db.QueryRowContext(t.Context(), `select count(*) from sqlite_schema where type = 'table' and name not like 'goose%' and name not like 'sqlite%'`).Scan(&n))
		return n
	}
	if n := tables(); n != 36 {
		t.Errorf("%d tables", n)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, s.db, os.DirFS("migrations"))
	must(t, err)
	_, err = p.DownTo(t.Context(), 0)
	must(t, err)
	if n := tables(); n != 0 {
		t.Errorf("%d tables are left", n)
	}
	must(t, s.migrate(t.Context()))
	if n := tables(); n != 36 {
		t.Errorf("%d tables", n)
	}
}

func TestSettings(t *testing.T) {
	each(t, func(t *testing.T, s *Store, reopen func() *Store) {
		ctx := t.Context()
		if v, err := s.Get(ctx, "k"); v != nil || err != nil {
			t.Errorf("%q, %v", v, err)
		}
		must(t, s.Set(ctx, "k", []byte("one")))
		must(t, s.Set(ctx, "k", []byte("two\x00\xff")))
		must(t, s.Set(ctx, "other", []byte{}))
		s = reopen()
		v, err := s.Get(ctx, "k")
		must(t, err)
		same(t, "two\x00\xff", string(v))
	})
}

func TestAgents(t *testing.T) {
	each(t, func(t *testing.T, s *Store, reopen func() *Store) {
		ctx := t.Context()
		must(t, s.SaveAgents(ctx, map[string][]byte{"a": []byte(`{"n":1}`), "b": []byte(`{}`)}))
		must(t, s.SaveAgents(ctx, map[string][]byte{"a": []byte(`{"n":2}`)}))
		must(t, s.SaveAgents(ctx, nil))
		got, err := reopen().LoadAgents(ctx)
		must(t, err)
		same(t, map[string][]byte{"a": []byte(`{"n":2}`), "b": []byte(`{}`)}, got)
	})
}

// A checkpoint replaces what it names and keeps the rest.
func TestCheckpoint(t *testing.T) {
	each(t, func(t *testing.T, s *Store, reopen func() *Store) {
		ctx := t.Context()
		empty, err := s.LoadCheckpoint(ctx)
		must(t, err)
		same(t, Checkpoint{}, empty)
		word := func(agent string, hold time.Duration, stream string) Word {
			return Word{Probe: "web", Location: "eu", Agent: agent, Hold: hold, Confirm: 2, Stream: []byte(stream), Last: []byte("last " + stream)}
		}
		must(t, s.SaveCheckpoint(ctx, Checkpoint{
			Cursor: 10, Probes: []string{"dns", "web"}, Words: []Word{word("a", time.Second, "1"), word("b", time.Minute, "2")},
			Received: []Received{{"a", "e1", []byte{1}}, {"a", "e2", []byte{2}}},
		}))
		must(t, s.SaveCheckpoint(ctx, Checkpoint{
			Cursor: 1 << 62, Probes: []string{"web"}, Words: []Word{word("b", 90*time.Millisecond, "3")}, Received: []Received{{"a", "e2", []byte{0, 3}}},
		}))
		s = reopen()
		got, err := s.LoadCheckpoint(ctx)
		must(t, err)
		same(t, Checkpoint{
			Cursor: 1 << 62, Probes: []string{"web"}, Words: []Word{word("a", time.Second, "1"), word("b", 90*time.Millisecond, "3")},
			Received: []Received{{"a", "e1", []byte{1}}, {"a", "e2", []byte{0, 3}}},
		}, got)
	})
}

func TestSetAside(t *testing.T) {
	each(t, func(t *testing.T, s *Store, _ func() *Store) {
		ctx := t.Context()
		must(t, s.SetAside(ctx))
		must(t, s.SetAside(ctx, SetAside{At: at(0), ID: slo.ID{Agent: "a", Epoch: "e", Seq: 1<<64 - 1}, Reason: "conflict", Record: []byte{0xff}},
			SetAside{At: at(10), Reason: "conflict", Record: []byte{}}, SetAside{At: at(10), Reason: "nonsense", Record: []byte{}}))
		for since, want := range map[int]map[string]int{0: {"conflict": 2, "nonsense": 1}, 10: {"conflict": 1, "nonsense": 1}, 11: {}} {
			got, err := s.SetAsideSince(ctx, at(since))
			must(t, err)
			same(t, want, got)
		}
		flood := make([]SetAside, MaxSetAside)
		for i := range flood {
			flood[i] = SetAside{At: at(20), ID: slo.ID{Agent: fmt.Sprint(i % 20)}, Reason: "flood", Record: []byte{1}}
		}
		must(t, s.SetAside(ctx, flood...))
		got, err := s.SetAsideSince(ctx, at(0))
		must(t, err)
		same(t, map[string]int{"flood": MaxSetAside}, got)
		one := make([]SetAside, 2*MaxSetAsideOfAgent)
		for i := range one {
			one[i] = SetAside{At: at(30), ID: slo.ID{Agent: "loud"}, Reason: "loud", Record: []byte{1}}
		}
		must(t, s.SetAside(ctx, one...))
		got, err = s.SetAsideSince(ctx, at(0))
		must(t, err)
		same(t, map[string]int{"flood": MaxSetAside - MaxSetAsideOfAgent, "loud": MaxSetAsideOfAgent}, got)
	})
}

func TestAuditTrail(t *testing.T) {
	each(t, func(t *testing.T, s *Store, reopen func() *Store) {
		ctx := t.Context()
		var want []AuditEvent
		for n := range 5 {
			e := AuditEvent{At: at(n), Actor: "ada", Role: "operator", Means: "session", Remote: "[::1]:99", Action: "comment",
				N: int64(n + 1), Object: fmt.Sprint("incident ", n), Outcome: "refused", Reason: "'; drop table audit; --", Entry: -1}
			must(t, s.Audit(ctx, e, LogBatch{}))
			want = append([]AuditEvent{e}, want...)
		}
		s = reopen()
		got, err := s.AuditTrail(ctx, 0, 3)
		must(t, err)
		same(t, want[:3], got)
		got, err = s.AuditTrail(ctx, got[2].N, 3)
		must(t, err)
		same(t, want[3:], got)
	})
}

func TestReports(t *testing.T) {
	each(t, func(t *testing.T, s *Store, reopen func() *Store) {
		ctx := t.Context()
		if _, err := s.LatestReport(ctx, "gold", "2026-10"); !errors.Is(err, ErrNotFound) {
			t.Errorf("of none: %v", err)
		}
		first := Report{Agreement: "gold", Period: "2026-10", Made: at(0), Model: []byte(`{"n":1}`), HTML: []byte("<p>"), Text: []byte("1")}
		second := first
		second.Made, second.Text = at(60), []byte("2")
		must(t, s.StepSending(ctx, step(second, row("m2", "pending", 0)), LogBatch{}))
		must(t, s.StepSending(ctx, step(first, row("m1", "pending", 0), row("m2", "pending", 99)), LogBatch{}))
		// The same report again is refused, and its messages with it.
		if err := s.StepSending(ctx, step(first, row("m3", "pending", 0)), LogBatch{}); err == nil {
			t.Error("a report is saved twice")
		}
		s = reopen()
		got, err := s.LatestReport(ctx, "gold", "2026-10")
		must(t, err)
		same(t, second, got)
		box, err := s.Outbox(ctx, "", 10)
		must(t, err)
		same(t, []OutboxRow{row("m1", "pending", 0), row("m2", "pending", 0)}, box)
	})
}

func row(id, state string, next int) OutboxRow {
	return OutboxRow{ID: id, Subject: id, State: state, Next: at(next), Enqueued: at(0), Message: []byte(`{"m":"` + id + `"}`), Delivery: []byte(`{}`)}
}

func TestOutbox(t *testing.T) {
	each(t, func(t *testing.T, s *Store, _ func() *Store) {
		ctx := t.Context()
		for _, r := range []OutboxRow{row("d", "pending", 10), row("c", "sending", 50), row("b", "pending", 5), row("a", "pending", 10), row("z", "sent", 0), row("y", "failed", 0), row("x", "pending", 60)} {
			fresh, err := s.Enqueue(ctx, r)
			if err != nil || !fresh {
				t.Fatal(fresh, err)
			}
		}
		if fresh, err := s.Enqueue(ctx, row("z", "pending", 0)); err != nil || fresh {
			t.Errorf("a second time: %v, %v", fresh, err)
		}
		due := func(second, limit int) (ids string) {
			rows, err := s.OutboxDue(ctx, "", at(second), limit)
			must(t, err)
			for _, r := range rows {
				ids += r.ID
			}
			return ids
		}
		same(t, "cbad", due(10, 10))
		same(t, "cb", due(9, 10))
		same(t, "cba", due(100, 3))
		must(t, s.RecordDelivery(ctx, "b", "sent", at(7), at(8), []byte(`{"tries":1}`)))
		same(t, "cad", due(10, 10))
		got, err := s.OutboxRow(ctx, "b")
		must(t, err)
		want := row("b", "sent", 7)
		want.Delivery = []byte(`{"tries":1}`)
		same(t, want, got)
		if _, err := s.OutboxRow(ctx, "none"); !errors.Is(err, ErrNotFound) {
			t.Error(err)
		}
		if err := s.RecordDelivery(ctx, "none", "sent", at(0), at(0), nil); !errors.Is(err, ErrNotFound) {
			t.Error(err)
		}
	})
}

// An ended context is an error, and nothing is written.
func TestEndedContext(t *testing.T) {
	each(t, func(t *testing.T, s *Store, _ func() *Store) {
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if err := s.Set(ended, "k", []byte("v")); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if _, err := s.Incidents(ended, IncidentFilter{}); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if v, err := s.Get(t.Context(), "k"); v != nil || err != nil {
			t.Errorf("%q, %v", v, err)
		}
	})
}

// Many writers, of two processes, wait for each other; no update is lost.
func TestConcurrentWriters(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			open := e.open(t)
			stores := []*Store{open(), open()}
			ctx := t.Context()
			_, err := stores[0].ReconcileIncidents(ctx, Reconciliation{"shop", 0, func([]slo.Incident) []slo.Incident {
				return []slo.Incident{{ID: "i", Service: "shop", Began: at(0), Detected: at(0)}}
			}})
			must(t, err)
			const writers, each = 8, 8
			var wg sync.WaitGroup
			for w := range writers {
				wg.Go(func() {
					for n := range each {
						_, err := stores[w%2].UpdateIncident(ctx, "i", LogBatch{}, func(i slo.Incident) (slo.Incident, error) {
							i.Events = append(i.Events, slo.IncidentEvent{N: len(i.Events) + 1, At: at(n), Kind: slo.EventCommented, Actor: fmt.Sprint(w), Text: fmt.Sprint(n)})
							return i, nil
						})
						if err != nil {
							t.Error(err)
						}
						if _, err := stores[w%2].Incident(ctx, "i"); err != nil {
							t.Error(err)
						}
					}
				})
			}
			wg.Wait()
			got, err := stores[0].Incident(ctx, "i")
			must(t, err)
			if len(got.Events) != writers*each {
				t.Errorf("%d events of %d", len(got.Events), writers*each)
			}
		})
	}
}
