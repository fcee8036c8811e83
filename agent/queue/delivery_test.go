package queue

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/internal/wal"
	"github.com/assay-sla/assay/slo"
)

// collector is a push handler over a journal on disk, behind a real listener.
// It can be stopped and started again.
type collector struct {
	t       *testing.T
	dir     string
	server  *httptest.Server
	handler atomic.Pointer[push.Handler]
	journal *wal.Log
	changed chan struct{} // after each batch
	// cut says whether the answer to a push is lost after it was journalled.
	cut func() bool
	// conflicting lets records be set aside for being in conflict.
	conflicting bool
}

func newCollector(t *testing.T, cut func() bool) *collector {
	c := &collector{t: t, dir: t.TempDir(), changed: make(chan struct{}, 1), cut: cut}
	c.server = httptest.NewServer(c)
	t.Cleanup(func() {
		c.server.Close()
		c.journal.Close()
	})
	c.start()
	return c
}

// start opens the journal and takes up where the one before it left.
func (c *collector) start() {
	c.t.Helper()
	journal, report, err := wal.Open(c.dir, wal.Options{SegmentBytes: 100_000})
	if err != nil {
		c.t.Fatal(err)
	}
	if len(report.Lost) > 0 {
		c.t.Errorf("the journal lost %+v", report.Lost)
	}
	c.journal = journal
	h, err := push.NewHandler(push.HandlerOptions{
		Journal: journal,
		Assignment: func(ctx context.Context, who push.AssignmentRequest) (push.Assignment, error) {
			<-ctx.Done()
			return push.Assignment{Revision: who.Revision}, nil
		},
		Heartbeat: func(push.Heartbeat, slo.Instant) error { return nil },
		Aside: func(_ context.Context, records []push.Aside) error {
			for _, r := range records {
				if !c.conflicting || r.Reason != push.Conflict {
					c.t.Errorf("set aside: %+v", r)
				}
			}
			return nil
		},
		Pushed: func(push.Pushed) {
			select {
			case c.changed <- struct{}{}:
			default:
			}
		},
		Now: func() slo.Instant { return slo.At(time.Now()) },
		Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		c.t.Fatal(err)
	}
	for _, p := range c.entries() {
		if err := h.Observe(p); err != nil {
			c.t.Fatal(err)
		}
	}
	c.handler.Store(h)
}

// stop takes the collector away; requests under way fail.
func (c *collector) stop() {
	c.handler.Store(nil)
	if err := c.journal.Close(); err != nil {
		c.t.Error(err)
	}
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := c.handler.Load()
	if h == nil {
		panic(http.ErrAbortHandler)
	}
	if r.URL.Path != push.PushPath || !c.cut() {
		h.ServeHTTP(w, r)
		return
	}
	h.ServeHTTP(httptest.NewRecorder(), r)
	panic(http.ErrAbortHandler)
}

func (c *collector) entries() (out [][]byte) {
	c.t.Helper()
	for pos := c.journal.First(); pos < c.journal.Next(); {
		batch, err := c.journal.Read(pos, 1000, 1<<20)
		if err != nil {
			c.t.Fatal(err)
		}
		out = append(out, batch...)
		pos += uint64(len(batch))
	}
	return out
}

// epoch is what the collector has of one: the records, and what gaps declare.
type epoch struct{ records, declared push.IntervalSet }

func (c *collector) epochs() map[string]*epoch {
	c.t.Helper()
	all := map[string]*epoch{}
	for _, b := range c.entries() {
		e, err := push.DecodeEntry(b)
		if err != nil {
			c.t.Fatal(err)
		}
		if all[e.Epoch] == nil {
			all[e.Epoch] = &epoch{}
		}
		of := all[e.Epoch]
		if of.records.Contains(e.Seq) {
			c.t.Errorf("record %d of epoch %s is in the journal twice", e.Seq, e.Epoch)
		}
		of.records.Add(e.Seq)
		if e.Gap != nil {
			of.declared.AddRange(e.Gap.From, e.Gap.To)
		}
	}
	return all
}

// agent is a queue and a client that delivers it.
type agent struct {
	*Queue
	stop  context.CancelFunc
	ended chan error
}

func newAgent(t *testing.T, dir string, o Options, addresses ...string) *agent {
	t.Helper()
	q, _ := open(t, dir, o)
	client, err := push.NewClient(push.ClientOptions{
		Addresses: addresses, Agent: "eu-1", Location: "eu", Queue: q, Clock: &push.Clock{}, Watermark: time.Now,
		Assigned: func(push.Assignment) error { return nil }, Revision: func() string { return "" },
		Linger: time.Millisecond, Beat: 50 * time.Millisecond, Grace: 5 * time.Second, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	a := &agent{Queue: q, stop: stop, ended: make(chan error, 1)}
	go func() { a.ended <- client.Run(ctx) }()
	return a
}

// end stops the client, which delivers what is left; a killed agent does not.
func (a *agent) end(t *testing.T) {
	t.Helper()
	a.stop()
	if err := <-a.ended; err != nil {
		t.Error(err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}

func (a *agent) killed(t *testing.T) {
	t.Helper()
	a.kill(t)
	a.stop()
	if err := <-a.ended; err != nil && !errors.Is(err, wal.ErrClosed) {
		t.Error(err)
	}
}

func wallClock() Options {
	return Options{Now: func() slo.Instant { return slo.At(time.Now()) }, MaxBytes: 1 << 20, segment: 10_000}
}

// settled waits until the collector has, or knows lost, every number of the
// queue.
func (c *collector) settled(a *agent) {
	c.t.Helper()
	deadline := time.After(30 * time.Second)
	for {
		for _, s := range c.handler.Load().Received() {
			if s.Epoch == a.Epoch() && s.Seqs.Len() == a.Next()-1 {
				return
			}
		}
		select {
		case <-c.changed:
		case <-deadline:
			c.t.Fatalf("the collector has %+v of %d records", c.handler.Load().Received(), a.Next()-1)
		}
	}
}

// checked looks at the journal: each number once, or declared.
func (c *collector) checked(epochName string, next uint64) {
	c.t.Helper()
	got := c.epochs()[epochName]
	if got == nil {
		c.t.Fatalf("nothing of epoch %s", epochName)
	}
	known := got.records.Clone()
	known.AddSet(&got.declared)
	for a, b := range known.Missing(1, next-1) {
		c.t.Errorf("records %d to %d are neither in the journal nor declared", a, b)
	}
}

// Whatever is killed and whichever answers are lost, each record is in the
// journal once or inside a declared gap, and the queue comes to rest empty.
func TestDeliveryThroughKills(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var mu sync.Mutex
	cut := func() bool {
		mu.Lock()
		defer mu.Unlock()
		return random.IntN(4) == 0
	}
	c := newCollector(t, cut)
	dir := t.TempDir()
	o := wallClock()
	o.MaxBytes = 100_000 // an outage of some length costs records
	a := newAgent(t, dir, o, c.server.URL)
	epoch := a.Epoch()
	for round := range 12 {
		for range 5 {
			var batch [][]byte
			for range 100 {
				batch = append(batch, measured(t, slo.At(time.Now())))
			}
			if err := a.Append(batch...); err != nil {
				t.Fatal(err)
			}
		}
		switch round % 4 {
		case 0:
			c.stop()
			c.start()
		case 1:
			a.killed(t)
			a = newAgent(t, dir, o, c.server.URL)
		case 2: // an outage; the queue overflows
			c.stop()
			for range 30 {
				fill(t, a.Queue, 50)
			}
			c.start()
		case 3:
			a.end(t)
			a = newAgent(t, dir, o, c.server.URL)
		}
	}
	c.settled(a)
	next := a.Next()
	a.end(t)
	if a.Epoch() != epoch {
		t.Errorf("the epoch changed from %s to %s", epoch, a.Epoch())
	}
	c.checked(epoch, next)
	if e := c.epochs()[epoch]; e.declared.Len() == 0 || e.records.Len() < 2000 {
		t.Errorf("%d records arrived, %d were declared lost", e.records.Len(), e.declared.Len())
	}
}

// Two agents under one name are told apart by their epochs, and both are kept.
func TestTwoAgentsOfOneName(t *testing.T) {
	c := newCollector(t, func() bool { return false })
	a := newAgent(t, t.TempDir(), wallClock(), c.server.URL)
	b := newAgent(t, t.TempDir(), wallClock(), c.server.URL)
	fill(t, a.Queue, 50)
	fill(t, b.Queue, 70)
	c.settled(a)
	c.settled(b)
	a.end(t)
	b.end(t)
	c.checked(a.Epoch(), 51)
	c.checked(b.Epoch(), 71)
}

// With the first address dead, the second one gets everything; the end of an
// agent delivers what is queued.
func TestDeliveryToTheSecondAddress(t *testing.T) {
	dead := httptest.NewServer(nil)
	dead.Close()
	c := newCollector(t, func() bool { return false })
	a := newAgent(t, t.TempDir(), wallClock(), dead.URL, c.server.URL)
	fill(t, a.Queue, 50)
	c.settled(a)
	fill(t, a.Queue, 300)
	a.end(t)
	c.checked(a.Epoch(), 351)
	if e := c.epochs()[a.Epoch()]; e.records.Len() != 350 {
		t.Errorf("%d records arrived", e.records.Len())
	}
}
