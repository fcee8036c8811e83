package push

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/assay-sla/assay/slo"
)

// memQueue is a queue in memory.
type memQueue struct {
	mu       sync.Mutex
	records  [][]byte    // from 1
	gone     IntervalSet // in Runs, and not to be read
	released IntervalSet
	grown    chan struct{}
	closed   error
	reads    int
	size     int // of the records that fill makes
}

func newMemQueue() *memQueue {
	return &memQueue{grown: make(chan struct{})}
}

// fill queues n measurements.
func (q *memQueue) fill(n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for range n {
		r := measured(uint64(len(q.records) + 1)).Record
		if q.size > 0 {
			r = bytes.Repeat([]byte{1}, q.size)
		}
		q.records = append(q.records, r)
	}
	close(q.grown)
	q.grown = make(chan struct{})
}

func (q *memQueue) Epoch() string { return "e1" }

func (q *memQueue) Next() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return uint64(len(q.records) + 1)
}

func (q *memQueue) Wait(ctx context.Context, seq uint64) error {
	for {
		q.mu.Lock()
		next, grown, closed := uint64(len(q.records)+1), q.grown, q.closed
		q.mu.Unlock()
		if closed != nil {
			return closed
		}
		if next > seq {
			return nil
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (q *memQueue) Runs() iter.Seq2[uint64, uint64] {
	q.mu.Lock()
	defer q.mu.Unlock()
	held := setOf(1, uint64(len(q.records)))
	return held.Runs()
}

type missingError struct{ from, to uint64 }

func (e missingError) Error() string             { return "gone" }
func (e missingError) Missing() (uint64, uint64) { return e.from, e.to }

func (q *memQueue) Read(from uint64, records, size int) (out [][]byte, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.reads++
	for seq := from; seq <= uint64(len(q.records)) && len(out) < records; seq++ {
		if q.gone.Contains(seq) {
			if len(out) == 0 {
				return nil, missingError{seq, seq}
			}
			break
		}
		b := q.records[seq-1]
		if size -= len(b); size < 0 && len(out) > 0 {
			break
		}
		out = append(out, b)
	}
	return out, nil
}

func (q *memQueue) Released() IntervalSet {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.released.Clone()
}

func (q *memQueue) Release(s IntervalSet) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.released.AddSet(&s)
	return nil
}

func (q *memQueue) Opened() (own, unproven uint64)          { return 1, 1 }
func (q *memQueue) Told(uint64) error                       { return nil }
func (q *memQueue) Renew(stays, doubtful IntervalSet) error { return errors.New("the epoch stays") }

func (q *memQueue) Expire() error { return nil }

func (q *memQueue) Depth() (int64, int64, slo.Instant) { return int64(q.Next()), 77, testNow }

// wire carries requests to handlers by host, in memory, and keeps them. A host
// without one does not answer.
type wire struct {
	mu    sync.Mutex
	hosts map[string]http.Handler
	seen  []seen
	// lose is asked after a push was served whether the answer is lost.
	lose func() bool
}

type seen struct {
	at     time.Time
	host   string
	path   string
	header http.Header
	batch  Batch // of a push
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	s := seen{at: time.Now(), host: r.URL.Host, path: r.URL.Path, header: r.Header.Clone()}
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	if r.URL.Path == PushPath {
		h := &Handler{}
		raw, err := h.inflated(body, r.Header.Get("Content-Encoding"))
		if err != nil {
			return nil, err
		}
		if s.batch, err = DecodeBatch(raw); err != nil {
			return nil, err
		}
	}
	w.mu.Lock()
	w.seen = append(w.seen, s)
	h, lose := w.hosts[r.URL.Host], w.lose
	w.mu.Unlock()
	if h == nil {
		return nil, errors.New("connection refused")
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	if lose != nil && r.URL.Path == PushPath && lose() {
		return nil, errors.New("connection reset")
	}
	return rec.Result(), nil
}

func (w *wire) host(name string, h http.Handler) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hosts[name] = h
}

// pushes are the pushes that arrived, or tried to.
func (w *wire) pushes(host string) (out []seen) { return w.requests(host, PushPath) }

func (w *wire) requests(host, path string) (out []seen) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.seen {
		if s.path == path && (host == "" || s.host == host) {
			out = append(out, s)
		}
	}
	return out
}

// agentSide is a client with a queue in memory and a wire.
type agentSide struct {
	*Client
	queue *memQueue
	wire  *wire
	stop  context.CancelFunc
	ended chan error

	mu       sync.Mutex
	assigned []Assignment
	refuse   error // of Assigned
}

// start runs a client until the test stops it.
func start(t *testing.T, q *memQueue, hosts map[string]http.Handler, change func(*ClientOptions)) *agentSide {
	t.Helper()
	a := &agentSide{queue: q, wire: &wire{hosts: hosts}, ended: make(chan error, 1)}
	if a.wire.hosts == nil {
		a.wire.hosts = map[string]http.Handler{}
	}
	o := ClientOptions{
		Addresses: []string{"http://a"}, Agent: "eu-1", Location: "eu", Version: "v1", Queue: q, Clock: &Clock{}, Started: time.Now(),
		Watermark: time.Now, Log: slog.New(slog.DiscardHandler),
		Assigned: func(as Assignment) error {
			a.mu.Lock()
			defer a.mu.Unlock()
			if a.refuse == nil {
				a.assigned = append(a.assigned, as)
			}
			return a.refuse
		},
		Revision: func() string {
			a.mu.Lock()
			defer a.mu.Unlock()
			if n := len(a.assigned); n > 0 {
				return a.assigned[n-1].Revision
			}
			return ""
		},
	}
	if change != nil {
		change(&o)
	}
	c, err := NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	c.http.Transport = a.wire
	a.Client = c
	ctx, stop := context.WithCancel(t.Context())
	a.stop = stop
	go func() { a.ended <- c.Run(ctx) }()
	return a
}

// end stops the client and waits for it.
func (a *agentSide) end(t *testing.T) {
	t.Helper()
	a.stop()
	if err := <-a.ended; err != nil {
		t.Errorf("Run: %v", err)
	}
}

// delivered checks that the journal has the numbers 1 to n, each once.
func delivered(t *testing.T, c *collectorSide, n int) {
	t.Helper()
	got := map[uint64]int{}
	for _, id := range c.journal.ids(t) {
		got[id.Seq]++
	}
	for seq := uint64(1); seq <= uint64(n); seq++ {
		if got[seq] != 1 {
			t.Errorf("record %d is in the journal %d times", seq, got[seq])
		}
	}
	if len(got) != n {
		t.Errorf("the journal has %d records, want %d", len(got), n)
	}
}

// After an outage the newest records go first, all arrive once, and the queue
// is told to forget them.
func TestRecoveryNewestFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCollectorSide(t, nil)
		q := newMemQueue()
		a := start(t, q, nil, nil)
		for range 60 {
			time.Sleep(10 * time.Second)
			q.fill(200)
		}
		if n := len(a.wire.pushes("")); n > 150 {
			t.Errorf("%d pushes in ten minutes without an answer", n)
		}
		a.wire.host("a", c)
		before, began := len(a.wire.pushes("")), time.Now()
		time.Sleep(2 * time.Minute)
		for i, p := range a.wire.pushes("")[before:] {
			// The first answer, a heartbeat's at the latest, wakes both lanes.
			if last(p.batch) == 12_000 {
				if took := p.at.Sub(began); i > 2 || took > 12*time.Second {
					t.Errorf("the newest record went with push %d, after %s", i, took)
				}
				break
			}
		}
		delivered(t, c, 12_000)
		if got := q.Released(); got.Len() != 12_000 {
			t.Errorf("released %v", got.runs)
		}
		a.end(t)
	})
}

func last(b Batch) uint64 { return b.Records[len(b.Records)-1].Seq }

// In quiet times each record is sent once, soon after it was queued, and
// nothing is asked of the queue while nothing happens.
func TestLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCollectorSide(t, nil)
		q := newMemQueue()
		a := start(t, q, map[string]http.Handler{"a": c}, func(o *ClientOptions) { o.Token = "s3cret" })
		for n := range 20 {
			time.Sleep(5 * time.Second)
			q.fill(3)
			time.Sleep(100 * time.Millisecond)
			delivered(t, c, 3*(n+1))
		}
		time.Sleep(time.Hour)
		a.end(t)
		pushes := a.wire.pushes("")
		if len(pushes) != 20 || q.reads != 20 {
			t.Errorf("%d pushes, %d reads, want 20 of each", len(pushes), q.reads)
		}
		if got := pushes[0].header.Get("Authorization"); got != "Bearer s3cret" {
			t.Errorf("Authorization %q", got)
		}
	})
}

// Answers that get lost between journal and agent cost repeats and nothing
// else.
func TestLostReplies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCollectorSide(t, nil)
		q := newMemQueue()
		q.fill(3000)
		a := start(t, q, map[string]http.Handler{"a": c}, nil)
		var n atomic.Int64
		a.wire.mu.Lock()
		a.wire.lose = func() bool { return n.Add(1)%3 != 0 }
		a.wire.mu.Unlock()
		time.Sleep(10 * time.Minute)
		a.end(t)
		delivered(t, c, 3000)
		repeated := 0
		for _, p := range c.pushed {
			repeated += p.Repeated
		}
		if repeated == 0 {
			t.Error("nothing was repeated")
		}
	})
}

// fakeCollector answers pushes as a function says, one at a time.
type fakeCollector struct {
	mu     sync.Mutex
	answer func(b Batch) (code int, reply Reply)
	retry  string // Retry-After
	got    IntervalSet
}

func (f *fakeCollector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != PushPath {
		writeJSON(w, http.StatusOK, map[string]int64{"time": time.Now().UnixMilli()})
		return
	}
	raw, err := readBounded(r.Body, MaxBody)
	if err != nil {
		panic(err)
	}
	b, err := DecodeBatch(must((&Handler{}).inflated(raw, "zstd")))
	if err != nil {
		panic(err)
	}
	f.mu.Lock()
	code, reply := f.answer(b)
	f.got.AddSet(&reply.Accepted)
	f.mu.Unlock()
	if f.retry != "" {
		w.Header().Set("Retry-After", f.retry)
	}
	if code != http.StatusOK {
		writeJSON(w, code, map[string]string{"error": "no"})
		return
	}
	writeJSON(w, code, reply)
}

// has is what it has accepted.
func (f *fakeCollector) has() IntervalSet {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.got.Clone()
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

func seqsOf(b Batch) (s IntervalSet) {
	for _, r := range b.Records {
		s.Add(r.Seq)
	}
	return s
}

// A collector that takes only some of each batch is sent the rest, and one that
// takes nothing is not asked in a hurry.
func TestPartialAcceptance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newMemQueue()
		q.fill(100)
		c := &fakeCollector{answer: func(b Batch) (int, Reply) {
			var r Reply
			for i, rec := range b.Records {
				if i%2 == 0 && rec.Seq > 10 {
					r.Accepted.Add(rec.Seq)
				}
			}
			return http.StatusOK, r
		}}
		a := start(t, q, map[string]http.Handler{"a": c}, nil)
		time.Sleep(time.Minute)
		if got := c.has(); got.Len() != 90 {
			t.Errorf("it has %v", got.runs)
		}
		n := len(a.wire.pushes(""))
		time.Sleep(10 * time.Minute)
		if more := len(a.wire.pushes("")) - n; more < 10 || more > 60 {
			t.Errorf("%d pushes in ten minutes of which nothing is accepted", more)
		}
		a.end(t)
	})
}

// An answer that speaks of records which were not sent does not keep them from
// being sent.
func TestAcceptedTooMuch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newMemQueue()
		q.fill(1)
		c := &fakeCollector{answer: func(Batch) (int, Reply) { return http.StatusOK, Reply{Accepted: setOf(1, 100)} }}
		a := start(t, q, map[string]http.Handler{"a": c}, nil)
		time.Sleep(time.Second)
		q.fill(1)
		time.Sleep(time.Second)
		if n := len(a.wire.pushes("")); n != 2 {
			t.Errorf("%d pushes, want 2", n)
		}
		a.end(t)
	})
}

// What was accepted by one collector and not released is not sent to it again,
// but it is sent to the next one.
func TestFailover(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCollectorSide(t, nil)
		first := &fakeCollector{answer: func(b Batch) (int, Reply) { return http.StatusOK, Reply{Accepted: seqsOf(b)} }}
		q := newMemQueue()
		q.fill(100)
		a := start(t, q, map[string]http.Handler{"a": first, "b": c}, func(o *ClientOptions) { o.Addresses = []string{"http://a", "http://b/"} })
		time.Sleep(10 * time.Minute)
		if n := len(a.wire.pushes("a")); n != 1 || len(a.wire.pushes("b")) != 0 {
			t.Errorf("%d pushes to a collector that has accepted all", n)
		}
		a.wire.host("a", nil)
		q.fill(10)
		time.Sleep(time.Minute)
		delivered(t, c, 110)
		// It stays with the one that answers, and comes back when that is away.
		a.wire.host("a", first)
		a.wire.host("b", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }))
		n := len(a.wire.pushes("a"))
		q.fill(1)
		time.Sleep(time.Minute)
		if len(a.wire.pushes("a")) != n+1 {
			t.Error("it did not come back")
		}
		a.end(t)
	})
}

// An answer that comes when another collector is in use already does not keep
// its records from that one.
func TestLateAnswerOfTheOldCollector(t *testing.T) {
	q := newMemQueue()
	q.fill(10)
	l := newLanes(q)
	s, _ := l.pickNewest()
	turn := l.collector()
	l.change()
	set := setOf(1, 10)
	l.accept(&set, turn)
	l.done(s)
	if again, ok := l.pickNewest(); !ok || again != s {
		t.Errorf("picked %v, %v, want %v again", again, ok, s)
	}
}

// Batches that are too large for the collector become smaller until they fit,
// and larger when they may.
func TestTooLargeIsHalved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limit, largest := 30, 0
		q := newMemQueue()
		q.fill(2000)
		c := &fakeCollector{answer: func(b Batch) (int, Reply) {
			if len(b.Records) > limit {
				return http.StatusRequestEntityTooLarge, Reply{}
			}
			largest = max(largest, len(b.Records))
			return http.StatusOK, Reply{Accepted: seqsOf(b)}
		}}
		a := start(t, q, map[string]http.Handler{"a": c}, nil)
		time.Sleep(30 * time.Minute)
		if got := c.has(); got.Len() != 2000 {
			t.Errorf("it has %v", got.runs)
		}
		c.mu.Lock()
		limit = 1 << 20
		c.mu.Unlock()
		q.fill(20_000)
		time.Sleep(time.Minute)
		a.end(t)
		if got := c.has(); got.Len() != 22_000 || largest < 1000 {
			t.Errorf("it has %v, the largest batch was %d", got.runs, largest)
		}
	})
}

// Retry-After is kept, and the backoff grows no further than its bound.
func TestRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newMemQueue()
		q.fill(1)
		c := &fakeCollector{retry: "45", answer: func(Batch) (int, Reply) { return http.StatusServiceUnavailable, Reply{} }}
		a := start(t, q, map[string]http.Handler{"a": c}, nil)
		time.Sleep(time.Hour)
		pushes := a.wire.pushes("")
		for i := range pushes[1:] {
			if d := pushes[i+1].at.Sub(pushes[i].at); d < 45*time.Second || d > 76*time.Second {
				t.Errorf("push %d came after %s", i+1, d)
			}
		}
		if len(pushes) < 40 || a.Failures() < int64(len(pushes)) {
			t.Errorf("%d pushes, %d failures", len(pushes), a.Failures())
		}
		a.end(t)
	})
}

// Records that the queue lists and cannot give do not hold up the others, and
// do not make a lane spin.
func TestUnreadableRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCollectorSide(t, nil)
		q := newMemQueue()
		q.fill(1200)
		q.gone = setOf(1, 1, 600, 640, 1200, 1200)
		a := start(t, q, map[string]http.Handler{"a": c}, nil)
		time.Sleep(10 * time.Minute)
		a.end(t)
		if got := len(c.journal.entries); got != 1200-43 {
			t.Errorf("the journal has %d records", got)
		}
		if q.reads > 100 {
			t.Errorf("%d reads", q.reads)
		}
	})
}

// What does not fit one request goes with the next, also when less is left
// than the backfill lane takes up and nothing new comes.
func TestBytesBoundABatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newMemQueue()
		q.size = 10_000
		q.fill(900)
		most := 0
		c := &fakeCollector{answer: func(b Batch) (int, Reply) {
			size := 0
			for _, r := range b.Records {
				size += len(r.Record)
			}
			most = max(most, size)
			return http.StatusOK, Reply{Accepted: seqsOf(b)}
		}}
		a := start(t, q, map[string]http.Handler{"a": c}, nil)
		time.Sleep(time.Minute)
		if got := c.has(); got.Len() != 900 {
			t.Errorf("it has %v", got.runs)
		}
		a.end(t)
		if most > batchBytes {
			t.Errorf("the largest batch was %d bytes", most)
		}
	})
}

// The end of Run delivers what is queued, but waits for nobody.
func TestDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCollectorSide(t, nil)
		q := newMemQueue()
		a := start(t, q, map[string]http.Handler{"a": c}, nil)
		synctest.Wait()
		q.fill(9000)
		a.end(t)
		delivered(t, c, 9000)

		q = newMemQueue()
		q.fill(10)
		a = start(t, q, nil, nil)
		time.Sleep(time.Second)
		began := time.Now()
		a.end(t)
		if took := time.Since(began); took > 0 {
			t.Errorf("it took %s without a collector", took)
		}

		hang := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		a = start(t, q, map[string]http.Handler{"a": hang}, nil)
		time.Sleep(time.Second)
		began = time.Now()
		a.end(t)
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("it took %s with a collector that hangs", took)
		}
	})
}

// A collector that takes requests and says nothing holds up neither pushes nor
// heartbeats for ever.
func TestHangingCollector(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCollectorSide(t, nil)
		q := newMemQueue()
		q.fill(5)
		hang := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		a := start(t, q, map[string]http.Handler{"a": hang}, nil)
		time.Sleep(10 * time.Minute)
		if n := len(a.wire.requests("", ReceivedPath)); n < 5 {
			t.Errorf("%d questions in ten minutes", n)
		}
		mux := http.NewServeMux()
		mux.Handle("/", hang)
		mux.Handle(ReceivedPath, c)
		a.wire.host("a", mux)
		time.Sleep(10 * time.Minute)
		if n := len(a.wire.pushes("")); n < 5 {
			t.Errorf("%d pushes in ten minutes", n)
		}
		a.wire.host("a", c)
		time.Sleep(2 * time.Minute)
		delivered(t, c, 5)
		a.end(t)
	})
}

// A queue that fails ends Run with its error.
func TestClosedQueueEndsRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newMemQueue()
		a := start(t, q, map[string]http.Handler{"a": newCollectorSide(t, nil)}, nil)
		synctest.Wait()
		q.mu.Lock()
		q.closed = errors.New("the log is closed")
		close(q.grown)
		q.mu.Unlock()
		if err := <-a.ended; err == nil || !strings.Contains(err.Error(), "delivering: the log is closed") {
			t.Errorf("error is %v", err)
		}
		a.stop()
	})
}

func TestBeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const ahead = 90 * time.Minute
		c := newCollectorSide(t, func(o *HandlerOptions) { o.Now = func() slo.Instant { return slo.At(time.Now().Add(ahead)) } })
		q := newMemQueue()
		room := &slo.Room{Probes: 7, Limit: slo.LimitQueue}
		a := start(t, q, map[string]http.Handler{"a": c}, func(o *ClientOptions) {
			o.Room, o.Labels = func() *slo.Room { return room }, map[string]string{"network": "dmz"}
		})
		began := time.Now()
		time.Sleep(61 * time.Second)
		a.end(t)
		if len(c.beats) != 7 || a.Clock.Offset() != ahead {
			t.Errorf("%d heartbeats, offset %s", len(c.beats), a.Clock.Offset())
		}
		want := Heartbeat{Agent: "eu-1", Location: "eu", Epoch: "e1", Version: "v1", Started: began.UnixMilli(),
			Watermark: began.Add(10 * time.Second).UnixMilli(), QueueRecords: 1, QueueBytes: 77, QueueOldest: int64(testNow), OffsetMS: ahead.Milliseconds(), Room: room,
			Labels: map[string]string{"network": "dmz"}}
		if !reflect.DeepEqual(c.beats[1], want) {
			t.Errorf("heartbeat %+v\nwant %+v", c.beats[1], want)
		}
	})
}

func TestOffset(t *testing.T) {
	at := func(ms int64) time.Time { return time.UnixMilli(ms) }
	for _, tt := range []struct {
		sent, answered, collector int64
		offset, bound             time.Duration
	}{
		{1000, 1000, 1000, 0, 0},
		{1000, 1200, 1100, 0, 100 * time.Millisecond},
		{1000, 1200, 6100, 5 * time.Second, 100 * time.Millisecond},
		{1000, 1200, 0, -1100 * time.Millisecond, 100 * time.Millisecond},
	} {
		if o, b := Offset(at(tt.sent), at(tt.answered), at(tt.collector)); o != tt.offset || b != tt.bound {
			t.Errorf("%+v: %s ± %s", tt, o, b)
		}
	}
	var c Clock
	c.Observe(at(0), at(100), at(5050))
	c.Observe(at(0), at(10_000), at(99_000)) // too uncertain to count
	if c.Offset() != 5*time.Second {
		t.Errorf("offset %s", c.Offset())
	}
}

// Which exchange the agent goes by.
func TestClock(t *testing.T) {
	at := func(ms int64) time.Time { return time.UnixMilli(ms) }
	type exchange struct{ sent, trip, ahead int64 } // ms; ahead is the collector's clock, half-way
	precise := exchange{1000, 20, 5000}
	for _, c := range []struct {
		name string
		then exchange // after the precise one
		want time.Duration
	}{
		{"less certain, and agreeing", exchange{2000, 400, 5150}, 5000 * time.Millisecond},
		{"as certain", exchange{2000, 20, 5004}, 5004 * time.Millisecond},
		{"more certain", exchange{2000, 10, 5004}, 5004 * time.Millisecond},
		{"less certain, when the other is old", exchange{61_100, 400, 5150}, 5150 * time.Millisecond},
		{"less certain, of a clock that was set", exchange{2000, 400, 5300}, 5300 * time.Millisecond},
		{"set back", exchange{2000, 400, -3_600_000}, -time.Hour},
		{"too uncertain to count", exchange{2000, 2100, 60_000}, 5000 * time.Millisecond},
	} {
		var k Clock
		for _, x := range []exchange{precise, c.then} {
			k.Observe(at(x.sent), at(x.sent+x.trip), at(x.sent+x.trip/2+x.ahead))
		}
		if got := k.Offset(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	var k Clock
	if k.Offset() != 0 {
		t.Error("an offset of nothing")
	}
	k.Observe(at(0), at(2000), at(9000)) // the first, just certain enough
	if k.Offset() != 8*time.Second {
		t.Errorf("the first exchange: %s", k.Offset())
	}
}

// An answer to a push tells the clock as well, and one without a time nothing.
func TestPushTellsTheClock(t *testing.T) {
	for ahead, want := range map[time.Duration]time.Duration{time.Hour: time.Hour, 0: 0} {
		synctest.Test(t, func(t *testing.T) {
			c := &fakeCollector{answer: func(b Batch) (int, Reply) {
				r := Reply{Accepted: seqsOf(b), Released: seqsOf(b)}
				if ahead != 0 {
					r.Time = time.Now().Add(ahead).UnixMilli()
				}
				return http.StatusOK, r
			}}
			q := newMemQueue()
			a := start(t, q, map[string]http.Handler{"a": c}, nil)
			time.Sleep(time.Second) // the first heartbeat's answer says 0
			q.fill(1)
			time.Sleep(time.Second)
			if got := a.Clock.Offset(); got != want {
				t.Errorf("offset %s, want %s", got, want)
			}
			a.end(t)
		})
	}
}

// The assignment is fetched when it changes, and no faster than once a second
// whatever the collector does.
// TestAClockThatIsSet keeps the offset true from the moment on at which the
// agent's clock is set, whatever is observed when.
func TestAClockThatIsSet(t *testing.T) {
	collector := time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)
	var set time.Duration // since it was last asked
	c := Clock{Steps: func() time.Duration {
		d := set
		set = 0
		return d
	}}
	set = time.Hour
	if got := c.Offset(); got != 0 {
		t.Errorf("while nothing is known the offset is %s", got)
	}
	wall := collector.Add(-2 * time.Second)
	c.Observe(wall, wall, collector)
	set = time.Hour
	if got := c.Offset(); got != 2*time.Second-time.Hour {
		t.Errorf("after it was set forward the offset is %s", got)
	}
	set = -time.Hour // set back, and observed before anybody asked
	c.Observe(wall, wall, collector)
	if got := c.Offset(); got != 2*time.Second {
		t.Errorf("after it was set back the offset is %s", got)
	}
	for _, d := range []time.Duration{time.Hour, -time.Hour} { // in the course of an exchange
		c.Observe(wall, wall.Add(d), collector)
		if got := c.Offset(); got != 2*time.Second {
			t.Errorf("an exchange that lasted %s gave an offset of %s", d, got)
		}
	}
}

func TestPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCollectorSide(t, nil)
		q := newMemQueue()
		a := start(t, q, map[string]http.Handler{"a": c}, nil)
		time.Sleep(time.Minute)
		a.mu.Lock()
		if n := len(a.wire.requests("", AssignmentPath)); n < 2 || n > 62 || len(a.assigned) != 1 {
			t.Errorf("%d requests in a minute, %d assignments", n, len(a.assigned))
		}
		a.refuse = errors.New("the disk is full")
		a.assigned = nil
		a.mu.Unlock()
		n := len(a.wire.requests("", AssignmentPath))
		time.Sleep(10 * time.Minute)
		if n := len(a.wire.requests("", AssignmentPath)) - n; n < 10 || n > 80 {
			t.Errorf("%d requests in ten minutes of refusal", n)
		}
		a.end(t)
	})
}

// Whatever a collector answers, the client stays sane and says what it was.
func TestHostileAnswers(t *testing.T) {
	tests := map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"no JSON":        {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }, "reading the collector's answer"},
		"an endless one": {func(w http.ResponseWriter, _ *http.Request) { io.CopyN(w, zeros{}, 16<<20) }, "reading the collector's answer"},
		"a redirect":     {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "http://evil/", http.StatusFound) }, "the collector answered 302: Found"},
		"an error page":  {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>\x1b[31m", http.StatusForbidden) }, "the collector answered 403: Forbidden"},
		"an escape": {func(w http.ResponseWriter, _ *http.Request) {
			writeJSON(w, http.StatusBadRequest, map[string]string{"error": "a\x1b[31m\nb\u202e"})
		}, "the collector answered 400: a[31mb"},
		"a set backwards": {func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"accepted":[[2,1]],"released":[]}`)
		}, "run 0 makes no sense"},
		"nothing": {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{}`) }, "accepted none of 3 records"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			q := newMemQueue()
			q.fill(3)
			c, err := NewClient(ClientOptions{
				Addresses: []string{"http://a"}, Agent: "eu-1", Location: "eu", Queue: q, Clock: &Clock{}, Watermark: time.Now,
				Assigned: func(Assignment) error { return nil }, Revision: func() string { return "" }, Log: slog.New(slog.DiscardHandler),
			})
			if err != nil {
				t.Fatal(err)
			}
			c.http.Transport = &wire{hosts: map[string]http.Handler{"a": tt.answer}}
			err = nil
			for range 2 { // the first one asks what was received
				s, _ := c.lanes.pickNewest()
				if err == nil {
					err = c.send(t.Context(), s)
				}
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v, want %q", err, tt.want)
			}
			if got := q.Released(); got.Len() > 0 {
				t.Errorf("released %v", got.runs)
			}
		})
	}
}

func TestNewClientRefuses(t *testing.T) {
	good := ClientOptions{
		Addresses: []string{"http://a"}, Agent: "eu-1", Location: "eu", Queue: newMemQueue(), Clock: &Clock{}, Watermark: time.Now,
		Assigned: func(Assignment) error { return nil }, Revision: func() string { return "" }, Log: slog.New(slog.DiscardHandler),
	}
	tests := map[string]func(*ClientOptions){
		"no collector address":      func(o *ClientOptions) { o.Addresses = nil },
		"is not an http or https":   func(o *ClientOptions) { o.Addresses = []string{"ftp://a"} },
		`"a:8421" is not an http`:   func(o *ClientOptions) { o.Addresses = []string{"a:8421"} },
		"agent name":                func(o *ClientOptions) { o.Agent = "" },
		"location name":             func(o *ClientOptions) { o.Location = "a b" },
		"required option is missin": func(o *ClientOptions) { o.Queue = nil },
	}
	for want, change := range tests {
		o := good
		change(&o)
		if _, err := NewClient(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %q", err, want)
		}
	}
	// A password in an address does not get into a log.
	for _, a := range []string{"http://user:hunter2@a", "http://user:hunter2@a:port"} {
		o := good
		o.Addresses = []string{a}
		if _, err := NewClient(o); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("error is %v", err)
		}
	}
}

// TestPlainToTLS: whoever writes http for https is told so.
func TestPlainToTLS(t *testing.T) {
	srv := httptest.NewTLSServer(http.NotFoundHandler())
	defer srv.Close()
	resp, err := http.Get(strings.Replace(srv.URL, "https:", "http:", 1))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := refusal(resp); !strings.Contains(err.Error(), "its address begins with https") {
		t.Error(err)
	}
}
