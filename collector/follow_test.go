package collector

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/internal/wal"
	"github.com/assay-sla/assay/slo"
)

// witness is a follower that writes down what it is given, and fails when told.
type witness struct {
	saw    []string
	until  uint64 // the position at which it has seen enough
	enough context.CancelFunc
	fails  map[string]int // times that it is to fail what it would write down
	errs   []string
}

func (w *witness) note(pos uint64, format string, args ...any) error {
	s := fmt.Sprintf(format, args...)
	if w.fails[s] > 0 {
		w.fails[s]--
		return errors.New("no " + s)
	}
	w.saw = append(w.saw, s)
	if pos >= w.until {
		w.enough()
	}
	return nil
}

func (w *witness) follower(from uint64) follower {
	return follower{
		name: "witness", from: from,
		take: func(_ context.Context, entries []slo.Entry) error {
			first, last := entries[0].Pos, entries[len(entries)-1].Pos
			if uint64(len(entries)) != last-first+1 {
				return errors.New("positions do not follow each other")
			}
			return w.note(last, "take %d-%d", first, last)
		},
		skip: func(_ context.Context, next uint64, reason string) error {
			return w.note(next-1, "skip to %d: %.20s", next, reason)
		},
		aside: func(_ context.Context, pos uint64, record []byte, err error) error {
			if err == nil {
				return errors.New("set aside without a reason")
			}
			return w.note(pos-1, "aside %d %q", pos, record)
		},
	}
}

// journal is a log with these records: - is a good one, anything else is
// nonsense.
func journal(t *testing.T, dir string, next uint64, records ...string) *wal.Log {
	t.Helper()
	log, _, err := wal.Open(dir, wal.Options{Next: next})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() })
	for i, r := range records {
		b := []byte(r)
		if r == "-" {
			b = entry(t, i)
		}
		if _, err := log.Append(b); err != nil {
			t.Fatal(err)
		}
	}
	return log
}

// entry is a good entry of the journal.
func entry(t *testing.T, n int) []byte {
	t.Helper()
	record, err := push.EncodeRecord(slo.Record{ID: slo.ID{Agent: "a", Epoch: "0123456789abcdef", Seq: uint64(n + 1)},
		Measurement: &slo.Measurement{Probe: "web", Location: "eu", At: noon, Outcome: slo.Up}})
	if err == nil {
		record, err = push.EncodeEntry(slo.ID{Agent: "a", Epoch: "0123456789abcdef", Seq: uint64(n + 1)}, noon, record)
	}
	if err != nil {
		t.Fatal(err)
	}
	return record
}

// run follows a journal until the witness has seen enough.
func (w *witness) run(t *testing.T, log *wal.Log, from uint64) {
	t.Helper()
	var ctx context.Context
	ctx, w.enough = context.WithTimeout(t.Context(), time.Hour)
	defer w.enough()
	if err := follow(ctx, log, w.follower(from), func(err error) { w.errs = append(w.errs, err.Error()) }); err != nil {
		t.Error(err)
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		t.Errorf("after an hour it had seen only %q", w.saw)
	}
}

func TestFollow(t *testing.T) {
	for _, c := range []struct {
		name    string
		records []string
		from    uint64
		next    uint64 // of the log before its first record
		want    []string
	}{
		{"one batch", []string{"-", "-", "-"}, 1, 0, []string{"take 1-3"}},
		{"from where it was", []string{"-", "-", "-"}, 3, 0, []string{"take 3-3"}},
		{"nonsense in the middle", []string{"-", "x", "-"}, 1, 0, []string{"take 1-1", `aside 2 "x"`, "skip to 3: ", "take 3-3"}},
		{"nonsense at both ends", []string{"x", "-", "-", "y"}, 1, 0, []string{`aside 1 "x"`, "skip to 2: ", "take 2-3", `aside 4 "y"`, "skip to 5: "}},
		{"nothing but nonsense", []string{"x", "y"}, 1, 0, []string{`aside 1 "x"`, "skip to 2: ", `aside 2 "y"`, "skip to 3: "}},
		{"positions that the journal lost", []string{"-", "-"}, 1, 11, []string{"skip to 11: ", "take 11-12"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				log := journal(t, dir, c.next, c.records...)
				w := &witness{until: max(1, c.next) + uint64(len(c.records)) - 1}
				w.run(t, log, c.from)
				for i := range w.saw {
					if reason := strings.Index(w.saw[i], ": "); reason > 0 {
						if w.saw[i][reason+2:] == "" {
							t.Errorf("%q has no reason", w.saw[i])
						}
						w.saw[i] = w.saw[i][:reason+2]
					}
				}
				if diff := gocmp.Diff(c.want, w.saw); diff != "" {
					t.Error(diff)
				}
				if len(w.errs) != 0 {
					t.Error(w.errs)
				}
			})
		})
	}
}

// What fails is tried again, each time a little later, until it succeeds, and
// nothing is given twice or left out.
func TestFollowTriesAgain(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		log := journal(t, dir, 0, "-", "x", "-")
		w := &witness{until: 3, fails: map[string]int{"take 1-1": 3, `aside 2 "x"`: 1, "take 3-3": 12}}
		began := time.Now()
		w.run(t, log, 1)
		var what []string
		for _, s := range w.saw {
			what = append(what, s[:6])
		}
		if diff := gocmp.Diff([]string{"take 1", "aside ", "skip t", "take 3"}, what); diff != "" {
			t.Error(diff)
		}
		if len(w.errs) != 16 {
			t.Errorf("told of %d failures: %q", len(w.errs), w.errs)
		}
		// 0.1 s, doubled each time up to 30 s: three times, once, twelve times.
		want := 700*time.Millisecond + 100*time.Millisecond + 51100*time.Millisecond + 3*30*time.Second
		if took := time.Since(began); took != want {
			t.Errorf("it took %v, want %v", took, want)
		}
	})
}

// The end of the collector ends a follower, also in the middle of a failure.
func TestFollowEnds(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		log := journal(t, dir, 0, "-")
		ctx, cancel := context.WithCancel(t.Context())
		w := &witness{until: 9, enough: cancel, fails: map[string]int{"take 1-1": 1000}}
		done := make(chan error)
		go func() { done <- follow(ctx, log, w.follower(1), func(error) {}) }()
		time.Sleep(time.Minute) // of the bubble's clock
		cancel()
		if err := <-done; err != nil || len(w.saw) != 0 {
			t.Errorf("%v, %q", err, w.saw)
		}
	})
	t.Run("a journal that is closed is an error", func(t *testing.T) {
		log := journal(t, t.TempDir(), 0)
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
		w := &witness{}
		if err := follow(t.Context(), log, w.follower(1), func(error) {}); !errors.Is(err, wal.ErrClosed) {
			t.Error(err)
		}
	})
}
