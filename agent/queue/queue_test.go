package queue

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/internal/wal"
	"github.com/assay-sla/assay/slo"
)

const start = slo.Instant(1790000000000)

// tb is what tests and property tests have in common.
type tb interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// clock is the time of a test.
type clock struct{ at slo.Instant }

func (c *clock) now() slo.Instant { return c.at }

// small are bounds of a queue that overflows soon: some hundred measurements
// in segments of some twenty.
func small(c *clock) Options {
	return Options{MaxBytes: 20_000, MaxAge: time.Hour, Now: c.now, segment: 1500}
}

func open(t tb, dir string, o Options) (*Queue, []string) {
	t.Helper()
	q, notes, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return q, notes
}

func measured(t tb, at slo.Instant) []byte {
	t.Helper()
	b, err := push.EncodeRecord(slo.Record{Measurement: &slo.Measurement{Probe: "web", Location: "eu", At: at, Outcome: slo.Up}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func fill(t tb, q *Queue, n int) {
	t.Helper()
	for range n {
		if err := q.Append(measured(t, q.opts.Now())); err != nil {
			t.Fatal(err)
		}
	}
}

func setOf(ranges ...uint64) (s push.IntervalSet) {
	for i := 0; i < len(ranges); i += 2 {
		s.AddRange(ranges[i], ranges[i+1])
	}
	return s
}

// each reads the whole queue.
func each(t tb, q *Queue, f func(seq uint64, r slo.Record)) {
	t.Helper()
	for from, to := range q.Runs() {
		for seq := from; seq <= to; seq++ {
			b, err := q.log.Read(seq, 1, 0)
			if err != nil {
				t.Fatalf("record %d: %v", seq, err)
			}
			r, err := push.DecodeRecord(b[0])
			if err != nil {
				t.Fatalf("record %d: %v", seq, err)
			}
			f(seq, r)
		}
	}
}

// gapsOf returns the gaps in the queue by their own number.
func gapsOf(t tb, q *Queue) map[uint64]slo.Gap {
	t.Helper()
	gaps := map[uint64]slo.Gap{}
	each(t, q, func(seq uint64, r slo.Record) {
		if r.Gap != nil {
			gaps[seq] = *r.Gap
		}
	})
	return gaps
}

// contents are the gaps in the queue, in order, and the numbers of the rest.
func contents(t tb, q *Queue) (gaps []slo.Gap, rest push.IntervalSet) {
	t.Helper()
	each(t, q, func(seq uint64, r slo.Record) {
		if r.Gap == nil {
			rest.Add(seq)
			return
		}
		gaps = append(gaps, *r.Gap)
	})
	return gaps, rest
}

// accounted checks that every number is there, released or declared, and that
// no gap speaks of what is there.
func accounted(t tb, q *Queue) {
	t.Helper()
	known := q.Released()
	var held push.IntervalSet
	for a, b := range q.Runs() {
		known.AddRange(a, b)
		held.AddRange(a, b)
	}
	declare := func(g slo.Gap) {
		known.AddRange(g.From, g.To)
		for a, b := range held.Runs() {
			if a <= g.To && g.From <= b {
				t.Fatalf("gap %+v speaks of what is there: %d to %d", g, a, b)
			}
		}
	}
	for seq, g := range gapsOf(t, q) {
		declare(g)
		if g.To >= seq {
			t.Fatalf("gap %d speaks of %+v", seq, g)
		}
	}
	for _, g := range q.owed.gaps(q.released, 0) {
		declare(g)
	}
	for a, b := range known.Missing(1, q.Next()-1) {
		t.Fatalf("records %d to %d are neither queued, released nor declared", a, b)
	}
	if q.log.Bytes() > q.opts.MaxBytes {
		t.Fatalf("%d bytes, more than the bound", q.log.Bytes())
	}
}

// At the size bound the oldest records give way, and exactly those are
// declared, also when the gaps that declared them give way themselves.
func TestSizeBound(t *testing.T) {
	c := &clock{start}
	q, notes := open(t, t.TempDir(), small(c))
	defer q.Close()
	if len(notes) > 0 {
		t.Errorf("notes %q", notes)
	}
	fill(t, q, 100)
	if err := q.Release(setOf(1, 30, 50, 60)); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		fill(t, q, 100)
		accounted(t, q)
	}
	gaps, rest := contents(t, q)
	first := q.log.First()
	last := gaps[len(gaps)-1]
	if first < 1500 || last.To != first-1 || last.Reason != slo.GapQueueFull || last.From != 61 {
		t.Errorf("first %d, last gap %+v", first, last)
	}
	var before slo.Gap
	for _, g := range gaps { // pairs: what lies between the two released ranges, and the rest
		if g.From != 31 && g.From != 61 || g.From == 31 && g.To != 49 || g.From == 61 && before.From != 31 {
			t.Errorf("gap %+v after %+v", g, before)
		}
		before = g
	}
	if got := q.Dropped(); got < first-1-41 {
		t.Errorf("%d records were dropped", got)
	}
	if rest.Len() == 0 || rest.Max() < q.Next()-3 {
		t.Errorf("held %d records up to %d", rest.Len(), rest.Max())
	}
}

// What was released and then given up is no loss.
func TestNothingToDeclare(t *testing.T) {
	c := &clock{start}
	q, _ := open(t, t.TempDir(), small(c))
	defer q.Close()
	for range 20 {
		fill(t, q, 50)
		if err := q.Release(setOf(1, q.Next()-1)); err != nil {
			t.Fatal(err)
		}
		if records, size, oldest := q.Depth(); records != 0 || oldest != 0 || size > 3000 {
			t.Fatalf("depth %d, %d bytes, %s", records, size, oldest)
		}
	}
	if gaps, _ := contents(t, q); len(gaps) > 0 || q.Dropped() > 0 {
		t.Errorf("declared %+v", gaps)
	}
}

func TestAgeBound(t *testing.T) {
	c := &clock{start}
	dir := t.TempDir()
	q, _ := open(t, dir, small(c))
	fill(t, q, 50)
	c.at = c.at.Add(50 * time.Minute)
	fill(t, q, 50)
	if records, _, oldest := q.Depth(); records != 100 || oldest != start {
		t.Errorf("depth %d, oldest %s", records, oldest)
	}
	// The age is the records' own, so a restart does not make them younger.
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	c.at = c.at.Add(20 * time.Minute)
	q, _ = open(t, dir, small(c))
	defer q.Close()
	if err := q.Expire(); err != nil {
		t.Fatal(err)
	}
	gaps, rest := contents(t, q)
	first := q.log.First()
	if want := []slo.Gap{{From: 1, To: first - 1, At: c.at, Reason: slo.GapQueueFull}}; first < 20 || first > 51 || !reflect.DeepEqual(gaps, want) || rest.Max() != 100 {
		t.Errorf("first %d, gaps %+v", first, gaps)
	}
	accounted(t, q)
	c.at = c.at.Add(2 * time.Hour)
	if err := q.Expire(); err != nil {
		t.Fatal(err)
	}
	accounted(t, q)
	if gaps, rest := contents(t, q); len(gaps) != 1 || gaps[0].From != 1 || rest.Len() != 0 {
		t.Errorf("gaps %+v, rest %d", gaps, rest.Len())
	}
}

// A quiet agent, whose records would take months to fill a segment, keeps none
// for longer than the bound and a sixteenth of it.
func TestAgeBoundOfAQuietAgent(t *testing.T) {
	c := &clock{start}
	o := small(c)
	o.segment = 16 << 20
	q, _ := open(t, t.TempDir(), o)
	defer q.Close()
	for minute := range 180 {
		fill(t, q, 1)
		c.at = c.at.Add(time.Minute)
		if err := q.Expire(); err != nil {
			t.Fatal(err)
		}
		_, _, oldest := q.Depth()
		if age := c.at.Sub(oldest); age > o.MaxAge+o.MaxAge/8 {
			t.Fatalf("after %d minutes a record waits for %s, more than %s", minute, age, o.MaxAge)
		}
		if minute > 70 && q.Dropped() == 0 {
			t.Fatalf("after %d minutes nothing was dropped", minute)
		}
	}
	accounted(t, q)
}

// A full disk costs the oldest segments, one at a time, and not the last one.
func TestFullDisk(t *testing.T) {
	c := &clock{start}
	q, _ := open(t, t.TempDir(), small(c))
	defer q.Close()
	fill(t, q, 100)
	segments := func() int {
		files, err := filepath.Glob(filepath.Join(q.dir, "*.seg"))
		if err != nil {
			t.Fatal(err)
		}
		return len(files)
	}
	had := segments()
	full := 2
	q.put = func(log *wal.Log, payloads ...[]byte) (uint64, error) {
		if full > 0 {
			full--
			return 0, &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
		}
		return log.Append(payloads...)
	}
	if err := q.Append(measured(t, c.at)); err != nil {
		t.Fatal(err)
	}
	gaps, _ := contents(t, q)
	if want := []slo.Gap{{From: 1, To: q.log.First() - 1, At: c.at, Reason: slo.GapDiskFull}}; !reflect.DeepEqual(gaps, want) || segments() != had-2 {
		t.Errorf("gaps %+v, want %+v; %d segments of %d", gaps, want, segments(), had)
	}
	full = 1 << 30
	if err := q.Append(measured(t, c.at)); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("error is %v", err)
	}
	_, rest := contents(t, q)
	if segments() != 1 || rest.Len() == 0 {
		t.Errorf("%d segments with %d records are left", segments(), rest.Len())
	}
	accounted(t, q)
	full = 0 // what gave way is declared with the next append
	if err := q.Append(measured(t, c.at)); err != nil {
		t.Fatal(err)
	}
	gaps, _ = contents(t, q)
	if g := gaps[len(gaps)-1]; g.From != 1 || g.To != q.log.First()-1 || g.Reason != slo.GapDiskFull {
		t.Errorf("gap %+v", g)
	}
	accounted(t, q)
}

func TestAppendRefuses(t *testing.T) {
	c := &clock{start}
	o := small(c)
	o.MaxBytes = 200_000
	q, _ := open(t, t.TempDir(), o)
	fill(t, q, 50)
	if err := q.Append(make([]byte, 180_000)); !errors.Is(err, wal.ErrTooLarge) {
		t.Errorf("error is %v", err)
	}
	if err := q.Append([]byte{1}, nil); err == nil || !strings.Contains(err.Error(), "is empty") {
		t.Errorf("error is %v", err)
	}
	if q.log.First() != 1 || q.Next() != 51 {
		t.Errorf("first %d, next %d after refusals", q.log.First(), q.Next())
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	if err := q.Append([]byte{1}); !errors.Is(err, wal.ErrClosed) {
		t.Errorf("error is %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	c := &clock{start}
	dir := t.TempDir()
	q, _ := open(t, dir, Options{Now: c.now})
	defer q.Close()
	for want, o := range map[string]Options{
		"another process holds the folder": {Now: c.now},
		"no clock":                         {},
		"the least is 4194304":             {Now: c.now, MaxBytes: 1000},
		"an age bound of -1s":              {Now: c.now, MaxAge: -time.Second},
	} {
		if _, _, err := Open(dir, o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %q", err, want)
		}
	}
}

// kill leaves the folder as a killed process does.
func (q *Queue) kill(t tb) {
	t.Helper()
	if err := q.log.Close(); err != nil {
		t.Fatal(err)
	}
}

// A process that dies between giving way and declaring it is made up for.
func TestKilledBeforeTheDeclaration(t *testing.T) {
	c := &clock{start}
	dir := t.TempDir()
	q, _ := open(t, dir, small(c))
	fill(t, q, 100)
	if err := q.Release(setOf(5, 9)); err != nil {
		t.Fatal(err)
	}
	q.appending.Lock()
	if ok, err := q.drop(slo.GapQueueFull, nil); !ok || err != nil {
		t.Fatal(err)
	}
	q.appending.Unlock()
	q.kill(t)
	q, _ = open(t, dir, small(c))
	defer q.Close()
	gaps, _ := contents(t, q)
	first := q.log.First()
	want := []slo.Gap{{From: 1, To: 4, At: start, Reason: slo.GapQueueFull}, {From: 10, To: first - 1, At: start, Reason: slo.GapQueueFull}}
	if !reflect.DeepEqual(gaps, want) || first < 15 {
		t.Errorf("gaps %+v, want %+v", gaps, want)
	}
	accounted(t, q)
}

// Damage costs what it hits, is declared, and no file is removed for it.
func TestDamagedFolder(t *testing.T) {
	tests := map[string]func(t *testing.T, dir string, files []string){
		"flipped bits": func(t *testing.T, dir string, files []string) {
			edit(t, files[1], func(b []byte) []byte { b[500] ^= 1; return b })
		},
		"a segment gone":         func(t *testing.T, dir string, files []string) { os.Remove(files[2]) },
		"the first segment gone": func(t *testing.T, dir string, files []string) { os.Remove(files[0]) },
		"garbage": func(t *testing.T, dir string, files []string) {
			edit(t, files[1], func([]byte) []byte { return []byte("garbage") })
		},
		"an empty file": func(t *testing.T, dir string, files []string) { edit(t, files[0], func([]byte) []byte { return nil }) },
		"a torn tail": func(t *testing.T, dir string, files []string) {
			edit(t, files[len(files)-1], func(b []byte) []byte { return append(b, 9, 9, 9) })
		},
		"a list of released records that is garbage": func(t *testing.T, dir string, files []string) {
			edit(t, filepath.Join(dir, releasedFile), func([]byte) []byte { return []byte("{") })
		},
		"a list that is hostile": func(t *testing.T, dir string, files []string) {
			edit(t, filepath.Join(dir, releasedFile), func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("[3,4]"), []byte("[4,3]")) })
		},
		"a list of another queue": func(t *testing.T, dir string, files []string) {
			edit(t, filepath.Join(dir, releasedFile), func([]byte) []byte { return []byte(`{"epoch":"x","released":[[1,90]]}`) })
		},
	}
	for name, damage := range tests {
		t.Run(name, func(t *testing.T) {
			c := &clock{start}
			dir := t.TempDir()
			q, _ := open(t, dir, small(c))
			fill(t, q, 180)
			if err := q.Release(setOf(3, 4)); err != nil {
				t.Fatal(err)
			}
			epoch := q.Epoch()
			if err := q.Close(); err != nil {
				t.Fatal(err)
			}
			files, err := filepath.Glob(filepath.Join(dir, "*.seg"))
			if err != nil {
				t.Fatal(err)
			}
			damage(t, dir, files)
			left := names(t, dir)
			q, notes := open(t, dir, small(c))
			defer q.Close()
			if len(notes) == 0 && name != "the first segment gone" {
				t.Error("nothing was noted")
			}
			accounted(t, q)
			_, rest := contents(t, q)
			if rest.Len() < 130 || q.Epoch() != epoch {
				t.Errorf("%d records are left, epoch %s, was %s", rest.Len(), q.Epoch(), epoch)
			}
			for _, name := range left {
				if now := names(t, dir); !slices.Contains(now, name) && !slices.Contains(now, name+".corrupt") {
					t.Errorf("%s is gone", name)
				}
			}
			fill(t, q, 10)
			accounted(t, q)
		})
	}
}

func edit(t *testing.T, name string, change func([]byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, change(b), 0o600); err != nil {
		t.Fatal(err)
	}
}

func names(t *testing.T, dir string) (out []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

// A record that turns out to be unreadable while the queue is open is declared
// with the next append, once, and is not offered any more.
func TestDamageWhileOpen(t *testing.T) {
	c := &clock{start}
	dir := t.TempDir()
	o := small(c)
	o.MaxBytes, o.segment = 1<<20, 1<<20
	q, _ := open(t, dir, o)
	defer q.Close()
	fill(t, q, 500)
	files, err := filepath.Glob(filepath.Join(dir, "*.seg"))
	if err != nil {
		t.Fatal(err)
	}
	edit(t, files[0], func(b []byte) []byte { b[10_000] ^= 1; return b })
	var lost push.IntervalSet
	for range 2 {
		for seq := uint64(1); seq < q.Next(); {
			payloads, err := q.Read(seq, 100, 1<<20)
			var missing *wal.MissingError
			if errors.As(err, &missing) {
				lost.AddRange(missing.From, missing.To)
				seq = missing.To + 1
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			seq += uint64(len(payloads))
		}
	}
	if lost.Len() == 0 || lost.Len() > 120 {
		t.Fatalf("lost %d records", lost.Len())
	}
	for a, b := range q.Runs() {
		for seq := a; seq <= b; seq++ {
			if lost.Contains(seq) {
				t.Errorf("record %d is offered", seq)
			}
		}
	}
	accounted(t, q)
	for range 3 {
		if err := q.Append(measured(t, c.at)); err != nil {
			t.Fatal(err)
		}
	}
	var declared push.IntervalSet
	for seq := uint64(501); seq < q.Next(); seq++ {
		b, err := q.Read(seq, 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := push.DecodeRecord(b[0]); err != nil {
			t.Fatal(err)
		} else if r.Gap != nil {
			if r.Gap.Reason != slo.GapCorrupt {
				t.Errorf("gap %+v", r.Gap)
			}
			declared.AddRange(r.Gap.From, r.Gap.To)
		}
	}
	if !reflect.DeepEqual(declared, lost) || q.Dropped() != lost.Len() {
		t.Errorf("declared %v, lost %v, %d", declared, lost, q.Dropped())
	}
}

func TestMissingFrom(t *testing.T) {
	hole := &wal.MissingError{From: 3, To: 9, Reason: "x"}
	if got := missingFrom(5, fmt.Errorf("reading: %w", hole)); got != hole {
		t.Errorf("a hole: %v", got)
	}
	got := missingFrom(5, &os.PathError{Op: "read", Path: "x", Err: syscall.EIO})
	if got == nil || got.From != 5 || got.To != 5 {
		t.Errorf("a place that cannot be read: %v", got)
	}
	if missingFrom(5, wal.ErrClosed) != nil || missingFrom(5, nil) != nil {
		t.Error("a closed log, or no error, misses nothing")
	}
}

// Where the disk loses the end of the log, its numbers are not given again:
// the collector has others under them.
func TestEndIsLost(t *testing.T) {
	c := &clock{start}
	dir := t.TempDir()
	q, _ := open(t, dir, small(c))
	fill(t, q, 100)
	if err := q.Release(setOf(90, 100)); err != nil {
		t.Fatal(err)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.seg"))
	if err != nil {
		t.Fatal(err)
	}
	os.Remove(files[len(files)-1])
	q, _ = open(t, dir, small(c))
	defer q.Close()
	if q.Next() < 101 {
		t.Errorf("the next number is %d", q.Next())
	}
	accounted(t, q)
}

// What is not made yet is not released, whatever a collector says.
func TestReleasedTooMuch(t *testing.T) {
	c := &clock{start}
	q, _ := open(t, t.TempDir(), small(c))
	defer q.Close()
	fill(t, q, 10)
	if err := q.Release(setOf(1, 4, 9, 500)); err != nil {
		t.Fatal(err)
	}
	if got, want := q.Released(), setOf(1, 4, 9, 10); !reflect.DeepEqual(got, want) {
		t.Errorf("released %v", got)
	}
}

// The epoch stays with the folder, and another folder has another one.
func TestEpoch(t *testing.T) {
	c := &clock{start}
	dir := t.TempDir()
	q, _ := open(t, dir, small(c))
	epoch := q.Epoch()
	fill(t, q, 3)
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	q, notes := open(t, dir, small(c))
	defer q.Close()
	other, _ := open(t, t.TempDir(), small(c))
	defer other.Close()
	if q.Epoch() != epoch || other.Epoch() == epoch || q.Next() != 4 || len(notes) > 0 {
		t.Errorf("epochs %s, %s, %s, next %d, notes %q", epoch, q.Epoch(), other.Epoch(), q.Next(), notes)
	}
}

// Whatever happens to a queue, each number below Next is there, released or
// declared, and a gap never speaks of what is there.
func TestQueueModel(t *testing.T) {
	root := t.TempDir()
	run := 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		dir := filepath.Join(root, fmt.Sprint(run))
		c := &clock{start}
		q, _ := open(t, dir, small(c))
		defer func() { q.Close() }()
		t.Repeat(map[string]func(*rapid.T){
			"append": func(t *rapid.T) {
				var batch [][]byte
				for range rapid.IntRange(1, 60).Draw(t, "records") {
					batch = append(batch, measured(t, c.at))
				}
				if err := q.Append(batch...); err != nil {
					t.Fatal(err)
				}
			},
			"release": func(t *rapid.T) {
				a := rapid.Uint64Range(1, q.Next()).Draw(t, "from")
				s := setOf(a, rapid.Uint64Range(a, q.Next()+1).Draw(t, "to"))
				for seq, g := range gapsOf(t, q) { // who has a gap has what it declares
					if s.Contains(seq) {
						s.AddRange(g.From, g.To)
					}
				}
				if err := q.Release(s); err != nil && s.Max() < q.Next() {
					t.Fatal(err)
				}
			},
			"expire": func(t *rapid.T) {
				c.at = c.at.Add(time.Duration(rapid.IntRange(0, 70).Draw(t, "minutes")) * time.Minute)
				if err := q.Expire(); err != nil {
					t.Fatal(err)
				}
			},
			"reopen": func(t *rapid.T) {
				if err := q.Close(); err != nil {
					t.Fatal(err)
				}
				q, _ = open(t, dir, small(c))
			},
			"kill": func(t *rapid.T) {
				q.kill(t)
				q, _ = open(t, dir, small(c))
			},
			"full": func(t *rapid.T) {
				left := rapid.IntRange(1, 20).Draw(t, "failures")
				q.put = func(log *wal.Log, payloads ...[]byte) (uint64, error) {
					if left--; left >= 0 {
						return 0, syscall.ENOSPC
					}
					return log.Append(payloads...)
				}
				err := q.Append(measured(t, c.at))
				if err != nil && !errors.Is(err, syscall.ENOSPC) {
					t.Fatal(err)
				}
				q.put = (*wal.Log).Append
			},
			"": func(t *rapid.T) { accounted(t, q) },
		})
	})
}
