package queue

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/slo"
)

// marked queues n measurements, each of an instant of its own, and returns
// these.
func marked(t *testing.T, q *Queue, at *slo.Instant, n int) (instants []slo.Instant) {
	t.Helper()
	var batch [][]byte
	for range n {
		*at++
		instants = append(instants, *at)
		batch = append(batch, measured(t, *at))
	}
	if err := q.Append(batch...); err != nil {
		t.Fatal(err)
	}
	return instants
}

// backup copies a queue's folder.
func backup(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "queue")
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

// arrived counts how often each instant is in the journal, and the numbers that
// gaps declare.
func (c *collector) arrived() (times map[slo.Instant]int, declared uint64) {
	c.t.Helper()
	times = map[slo.Instant]int{}
	for _, b := range c.entries() {
		e, err := push.DecodeEntry(b)
		if err != nil {
			c.t.Fatal(err)
		}
		if e.Measurement != nil {
			times[e.Measurement.At]++
		}
	}
	for _, e := range c.epochs() {
		declared += e.declared.Len()
	}
	return times, declared
}

// delivered waits until the agent's queue has nothing more to say, under the
// epoch that it then has.
func (c *collector) delivered(a *agent) {
	c.t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if n, _, _ := a.Depth(); n == 0 {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			n, _, _ := a.Depth()
			c.t.Fatalf("%d records are still queued", n)
		}
	}
}

// once fails the test unless each of the instants is in the journal once, and
// none at all twice.
func (c *collector) once(instants []slo.Instant) {
	c.t.Helper()
	times, _ := c.arrived()
	for at, n := range times {
		if n > 1 {
			c.t.Errorf("the measurement of %d is in the journal %d times", at, n)
		}
	}
	missing := slices.DeleteFunc(slices.Clone(instants), func(at slo.Instant) bool { return times[at] > 0 })
	if len(missing) > 0 {
		c.t.Errorf("%d of %d measurements are missing, the first of %d", len(missing), len(instants), missing[0])
	}
}

func never() bool { return false }

// TestRolledBack puts a folder back as it was before 100 records that were
// delivered. What is measured then is delivered under a new epoch, and nothing
// is in conflict.
func TestRolledBack(t *testing.T) {
	c := newCollector(t, never)
	at := slo.At(time.Now())
	dir := filepath.Join(t.TempDir(), "queue")
	a := newAgent(t, dir, wallClock(), c.server.URL)
	all := marked(t, a.Queue, &at, 50)
	c.delivered(a)
	a.end(t)
	saved := backup(t, dir)
	a = newAgent(t, dir, wallClock(), c.server.URL)
	epoch := a.Epoch()
	all = append(all, marked(t, a.Queue, &at, 100)...)
	c.delivered(a)
	a.end(t)

	a = newAgent(t, saved, wallClock(), c.server.URL)
	all = append(all, marked(t, a.Queue, &at, 30)...)
	c.delivered(a)
	if a.Epoch() == epoch {
		t.Error("the epoch of the backup goes on")
	}
	fresh := a.Epoch()
	all = append(all, marked(t, a.Queue, &at, 30)...)
	c.delivered(a)
	a.end(t)
	c.once(all)
	if _, declared := c.arrived(); declared > 0 {
		t.Errorf("%d records were declared lost", declared)
	}

	a = newAgent(t, saved, wallClock(), c.server.URL)
	defer a.end(t)
	if a.Epoch() != fresh {
		t.Error("another start begins another epoch")
	}
}

// TestRolledBackBacklog puts back a folder with records that only it has: they
// go under the old epoch, where a copy of the folder may deliver them too.
func TestRolledBackBacklog(t *testing.T) {
	c := newCollector(t, never)
	at := slo.At(time.Now())
	dir := filepath.Join(t.TempDir(), "queue")
	q, _ := open(t, dir, wallClock())
	old := marked(t, q, &at, 40)
	epoch := q.Epoch()
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	saved := backup(t, dir)
	// The other one delivers its newest only, and is gone for good.
	q, _ = open(t, dir, wallClock())
	newest := marked(t, q, &at, 5)
	payloads, err := q.Read(41, 5, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	c.take(epoch, 41, payloads)

	a := newAgent(t, saved, wallClock(), c.server.URL)
	mine := marked(t, a.Queue, &at, 7)
	c.delivered(a)
	a.end(t)
	c.once(slices.Concat(old, newest, mine))
	if e := c.epochs()[epoch]; e.records.Len() != 45 {
		t.Errorf("the old epoch has %d records, want 45", e.records.Len())
	}
	if e := c.epochs()[a.Epoch()]; e.records.Len() != 7 {
		t.Errorf("the new epoch has %d records, want 7", e.records.Len())
	}
}

// take has the collector take records of an epoch.
func (c *collector) take(epoch string, first uint64, payloads [][]byte) {
	c.t.Helper()
	for i, p := range payloads {
		entry, err := push.EncodeEntry(slo.ID{Agent: "eu-1", Epoch: epoch, Seq: first + uint64(i)}, slo.At(time.Now()), p)
		if err == nil {
			err = c.handler.Load().Observe(entry)
		}
		if err == nil {
			_, err = c.journal.Append(entry)
		}
		if err != nil {
			c.t.Fatal(err)
		}
	}
}

// TestRolledBackUnheard starts twice from a folder that was put back before a
// collector answers. What the first start measured may be what the collector
// has under its numbers, or not: it is declared, neither lost in silence nor
// counted twice.
func TestRolledBackUnheard(t *testing.T) {
	c := newCollector(t, never)
	at := slo.At(time.Now())
	dir := filepath.Join(t.TempDir(), "queue")
	a := newAgent(t, dir, wallClock(), c.server.URL)
	all := marked(t, a.Queue, &at, 50)
	c.delivered(a)
	a.end(t)
	saved := backup(t, dir)
	a = newAgent(t, dir, wallClock(), c.server.URL)
	all = append(all, marked(t, a.Queue, &at, 100)...)
	c.delivered(a)
	a.end(t)

	for range 2 {
		q, _ := open(t, saved, wallClock())
		marked(t, q, &at, 30)
		if err := q.Close(); err != nil {
			t.Fatal(err)
		}
	}
	a = newAgent(t, saved, wallClock(), c.server.URL)
	mine := marked(t, a.Queue, &at, 10)
	c.delivered(a)
	a.end(t)
	c.once(append(all, mine...))
	if _, declared := c.arrived(); declared != 60 {
		t.Errorf("%d records were declared lost, want 60", declared)
	}
	e := c.epochs()[a.Epoch()]
	known := e.records.Clone()
	known.AddSet(&e.declared)
	if e.records.Len() != 11 || known.Len() != 71 || known.Max() != 71 {
		t.Errorf("the new epoch has %+v", e)
	}
}

// TestStoppedBeforeTheNewEpoch stops a process that knows that its epoch is
// shared before it could begin another: the next one does.
func TestStoppedBeforeTheNewEpoch(t *testing.T) {
	c := newCollector(t, never)
	at := slo.At(time.Now())
	dir := filepath.Join(t.TempDir(), "queue")
	a := newAgent(t, dir, wallClock(), c.server.URL)
	all := marked(t, a.Queue, &at, 50)
	c.delivered(a)
	a.end(t)
	saved := backup(t, dir)
	a = newAgent(t, dir, wallClock(), c.server.URL)
	all = append(all, marked(t, a.Queue, &at, 100)...)
	c.delivered(a)
	a.end(t)

	q, _ := open(t, saved, wallClock())
	own, _ := q.Opened()
	all = append(all, marked(t, q, &at, 30)...)
	if err := q.Told(own); err != nil {
		t.Fatal(err)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	a = newAgent(t, saved, wallClock(), c.server.URL)
	all = append(all, marked(t, a.Queue, &at, 10)...)
	c.delivered(a)
	a.end(t)
	c.once(all)
	if _, declared := c.arrived(); declared > 0 {
		t.Errorf("%d records were declared lost", declared)
	}
}

// TestCopiedFolder runs two agents on copies of one folder at the same time.
func TestCopiedFolder(t *testing.T) {
	c := newCollector(t, never)
	c.conflicting = true // until they notice
	at := slo.At(time.Now())
	dir := filepath.Join(t.TempDir(), "queue")
	q, _ := open(t, dir, wallClock())
	all := marked(t, q, &at, 40)
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	agents := []*agent{
		newAgent(t, dir, wallClock(), c.server.URL),
		newAgent(t, backup(t, dir), wallClock(), c.server.URL),
	}
	for range 20 {
		for _, a := range agents {
			all = append(all, marked(t, a.Queue, &at, 5)...)
		}
	}
	for _, a := range agents {
		c.delivered(a)
	}
	for _, a := range agents {
		a.end(t)
	}
	c.once(all)
	if agents[0].Epoch() == agents[1].Epoch() {
		t.Error("both have one epoch")
	}
}

// TestRolledBackAtRandom puts folders back at random moments of a life of
// outages, restarts and kills. Whatever was measured by the folder that lasts
// is in the journal once, or among as many as gaps declare; nothing is there
// twice. Backups are of the first life: one of a folder that was itself put
// back, made before that one's new epoch was delivered, may bring it twice.
func TestRolledBackAtRandom(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { rolledBackAtRandom(t, rand.New(rand.NewPCG(seed, 9))) })
	}
}

// life is one folder with what was measured in it.
type life struct {
	dir     string
	claimed []slo.Instant
}

func rolledBackAtRandom(t *testing.T, random *rand.Rand) {
	c := newCollector(t, never)
	at := slo.At(time.Now())
	now := life{dir: filepath.Join(t.TempDir(), "queue")}
	a := newAgent(t, now.dir, wallClock(), c.server.URL)
	var saved []life
	away, first := false, true
	for range 25 {
		now.claimed = append(now.claimed, marked(t, a.Queue, &at, 1+random.IntN(40))...)
		switch random.IntN(6) {
		case 0:
			if away = !away; away {
				c.stop()
			} else {
				c.start()
			}
		case 1:
			if !away {
				c.delivered(a)
			}
		case 2:
			a.stopped(t, away)
			a = newAgent(t, now.dir, wallClock(), c.server.URL)
		case 3: // a copy between two starts, as a backup of a machine that is off
			if !first {
				continue
			}
			a.stopped(t, away)
			saved = append(saved, life{backup(t, now.dir), slices.Clone(now.claimed)})
			a = newAgent(t, now.dir, wallClock(), c.server.URL)
		case 4:
			if len(saved) == 0 {
				continue
			}
			a.stopped(t, away)
			first = false
			from := saved[random.IntN(len(saved))]
			now = life{backup(t, from.dir), slices.Clone(from.claimed)}
			a = newAgent(t, now.dir, wallClock(), c.server.URL)
		}
	}
	if away {
		c.start()
	}
	c.delivered(a)
	a.end(t)
	c.once(nil)
	times, declared := c.arrived()
	missing := uint64(0)
	for _, at := range now.claimed {
		if times[at] == 0 {
			missing++
		}
	}
	if missing > declared {
		t.Errorf("%d measurements are missing, %d were declared lost", missing, declared)
	}
}

// stopped ends an agent; without a collector it delivers nothing more.
func (a *agent) stopped(t *testing.T, away bool) {
	t.Helper()
	if away {
		a.killed(t)
		return
	}
	a.end(t)
}

// TestRenew begins an epoch by hand: what stays is gone, the rest has new
// numbers in its order, and what gaps and doubts speak of is declared.
func TestRenew(t *testing.T) {
	c := &clock{start}
	dir := filepath.Join(t.TempDir(), "queue")
	o := small(c)
	q, _ := open(t, dir, o)
	at := slo.At(time.Now())
	instants := marked(t, q, &at, 10) // 1 to 10
	gap, err := push.EncodeRecord(slo.Record{Gap: &slo.Gap{From: 2, To: 4, At: start, Reason: slo.GapQueueFull}})
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Append(gap); err != nil { // 11
		t.Fatal(err)
	}
	instants = append(instants, marked(t, q, &at, 5)...) // 12 to 16
	if err := q.Release(setOf(1, 3)); err != nil {
		t.Fatal(err)
	}
	epoch := q.Epoch()
	if err := q.Renew(setOf(1, 8), setOf(7, 8)); err != nil {
		t.Fatal(err)
	}
	check := func() {
		t.Helper()
		var got []slo.Instant
		gaps := gapsOf(t, q)
		each(t, q, func(_ uint64, r slo.Record) {
			if r.Measurement != nil {
				got = append(got, r.Measurement.At)
			}
		})
		if !slices.Equal(got, instants[8:]) {
			t.Errorf("moved %v, want %v", got, instants[8:])
		}
		// 7 and 8 are doubtful, and 4 is in the gap and was not released.
		if want := (slo.Gap{From: 8, To: 10, At: start, Reason: slo.GapCorrupt}); len(gaps) == 0 || gaps[11] != want {
			t.Errorf("gaps %+v, want %+v", gaps, want)
		}
		accounted(t, q)
		if released := q.Released(); q.Epoch() == epoch || released.Max() != 0 {
			t.Errorf("the epoch is %s, was %s", q.Epoch(), epoch)
		}
	}
	check()
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	q, _ = open(t, dir, o)
	check()
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestRenewInterrupted opens what a kill leaves at each step of a new epoch.
func TestRenewInterrupted(t *testing.T) {
	c := &clock{start}
	for _, tt := range []struct {
		name string
		do   func(dir string) error
		next bool // the new epoch counts
	}{
		{"the next folder is not whole", func(dir string) error {
			return os.WriteFile(filepath.Join(dir+nextSuffix, "00000000000000000009.seg.tmp"), []byte("x"), 0o600)
		}, false},
		{"the queue's folder is away", func(dir string) error { return os.Rename(dir, dir+oldSuffix) }, true},
		{"both are renamed", swapFolders, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "queue")
			q, _ := open(t, dir, small(c))
			fill(t, q, 10)
			epoch := q.Epoch()
			if err := q.remake(setOf(1, 4), push.IntervalSet{}); err != nil {
				t.Fatal(err)
			}
			if err := q.Close(); err != nil {
				t.Fatal(err)
			}
			if err := tt.do(dir); err != nil {
				t.Fatal(err)
			}
			q, _ = open(t, dir, small(c))
			defer q.Close()
			want := uint64(11)
			if tt.next {
				want = 7
			}
			if (q.Epoch() != epoch) != tt.next || q.Next() != want {
				t.Errorf("epoch %s was %s, next %d", q.Epoch(), epoch, q.Next())
			}
			left, err := filepath.Glob(dir + ".*")
			if err != nil || len(left) > 0 {
				t.Errorf("left are %q %v", left, err)
			}
		})
	}
}

// TestRenewFails leaves the queue as it was where the new folder cannot be
// made.
func TestRenewFails(t *testing.T) {
	c := &clock{start}
	dir := filepath.Join(t.TempDir(), "queue")
	q, _ := open(t, dir, small(c))
	defer q.Close()
	fill(t, q, 10)
	epoch := q.Epoch()
	q.opts.MaxBytes = 100 // of the log that is made
	if err := q.Renew(setOf(1, 4), push.IntervalSet{}); err == nil {
		t.Error("it began")
	}
	if q.Epoch() != epoch || q.Next() != 11 {
		t.Errorf("epoch %s, was %s; next %d", q.Epoch(), epoch, q.Next())
	}
	q.opts.MaxBytes = small(c).MaxBytes
	fill(t, q, 1)
	accounted(t, q)
	if err := q.Renew(setOf(1, 4), push.IntervalSet{}); err != nil || q.Epoch() == epoch || q.Next() != 8 {
		t.Errorf("another attempt: %v; next %d", err, q.Next())
	}
}
