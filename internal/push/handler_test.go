package push

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klauspost/compress/zstd"
	"pgregory.net/rapid"

	"github.com/assay-sla/assay/slo"
)

const testNow = slo.Instant(1790000000000)

// memJournal is a journal in memory that can be full, or fail.
type memJournal struct {
	mu      sync.Mutex
	entries [][]byte
	err     error
	after   func() // called when entries are there, before Append returns
}

type fullError struct{}

func (fullError) Error() string { return "no room" }
func (fullError) Full() bool    { return true }

func (j *memJournal) Append(entries ...[]byte) (uint64, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err != nil {
		return 0, j.err
	}
	first := uint64(len(j.entries) + 1)
	for _, e := range entries {
		j.entries = append(j.entries, slices.Clone(e))
	}
	if j.after != nil {
		j.after()
	}
	return first, nil
}

// ids lists the identities in the journal, in order.
func (j *memJournal) ids(t tb) (out []slo.ID) {
	t.Helper()
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, b := range j.entries {
		e, err := DecodeEntry(b)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, e.ID)
	}
	return out
}

// collectorSide is a handler with everything that it tells of.
type collectorSide struct {
	*Handler
	journal *memJournal

	mu     sync.Mutex
	pushed []Pushed
	aside  []string
	beats  []Heartbeat
	failed error // of Aside
}

func newCollectorSide(t tb, change func(*HandlerOptions)) *collectorSide {
	t.Helper()
	c := &collectorSide{journal: &memJournal{}}
	o := HandlerOptions{
		Journal: c.journal,
		Assignment: func(_ context.Context, who AssignmentRequest) (Assignment, error) {
			return Assignment{Revision: "r1", Catalogue: "c1", Probes: []*slo.Probe{{
				Name: "web-" + who.Location, Every: time.Minute, Timeout: time.Second, Hold: time.Minute, Spec: &slo.TCP{Address: "h:1"},
			}}}, nil
		},
		Heartbeat: func(b Heartbeat, _ slo.Instant) error {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.beats = append(c.beats, b)
			return nil
		},
		Pushed: func(p Pushed) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.pushed = append(c.pushed, p)
		},
		Aside: func(_ context.Context, records []Aside) error {
			c.mu.Lock()
			defer c.mu.Unlock()
			for _, r := range records {
				c.aside = append(c.aside, fmt.Sprintf("%s/%s/%d %s", r.ID.Agent, r.ID.Epoch, r.ID.Seq, r.Reason))
			}
			return c.failed
		},
		Now: func() slo.Instant { return testNow },
		Log: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&o)
	}
	h, err := NewHandler(o)
	if err != nil {
		t.Fatal(err)
	}
	c.Handler = h
	return c
}

// do serves one request.
func (c *collectorSide) do(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return w
}

func pushRequest(agent string, body []byte) *http.Request {
	r := httptest.NewRequest(http.MethodPost, PushPath+"?agent="+url.QueryEscape(agent), bytes.NewReader(body))
	r.Header.Set("Content-Type", ContentType)
	return r
}

// push sends records and decodes the answer.
func (c *collectorSide) push(t tb, agent, epoch string, records ...BatchRecord) Reply {
	t.Helper()
	b, err := EncodeBatch(Batch{Agent: agent, Epoch: epoch, Records: records})
	if err != nil {
		t.Fatal(err)
	}
	w := c.do(pushRequest(agent, b))
	if w.Code != http.StatusOK {
		t.Fatalf("push: %d %s", w.Code, w.Body)
	}
	var reply Reply
	if err := json.Unmarshal(w.Body.Bytes(), &reply); err != nil {
		t.Fatal(err)
	}
	return reply
}

func measured(seq uint64) BatchRecord {
	b, err := EncodeRecord(slo.Record{Measurement: &slo.Measurement{Probe: "web", Location: "eu", At: testNow + slo.Instant(seq), Outcome: slo.Up}})
	if err != nil {
		panic(err)
	}
	return BatchRecord{Seq: seq, Record: b}
}

func gap(seq, from, to uint64) BatchRecord {
	b, err := EncodeRecord(slo.Record{Gap: &slo.Gap{From: from, To: to, At: testNow, Reason: slo.GapQueueFull}})
	if err != nil {
		panic(err)
	}
	return BatchRecord{Seq: seq, Record: b}
}

func deflated(t tb, b []byte) []byte {
	t.Helper()
	e, err := newDeflate()
	if err != nil {
		t.Fatal(err)
	}
	return e.EncodeAll(b, nil)
}

// bomb inflates to n zeros, in a frame that does not say so.
func bomb(t tb, n int) []byte {
	t.Helper()
	var out bytes.Buffer
	e, err := zstd.NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(e, zeros{}, int64(n)); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// Every request that is refused says why, has the right status, and changes
// nothing.
func TestRefusals(t *testing.T) {
	good, err := EncodeBatch(Batch{Agent: "eu-1", Epoch: "e1", Records: []BatchRecord{measured(1)}})
	if err != nil {
		t.Fatal(err)
	}
	allowed := func(_ *http.Request, agent string) (string, error) {
		if agent != "eu-1" {
			return "", errors.New("the token is not this agent's")
		}
		return "eu", nil
	}
	set := func(r *http.Request, name, value string) *http.Request {
		r.Header.Set(name, value)
		return r
	}
	beat := func(body string) *http.Request {
		return httptest.NewRequest(http.MethodPost, HeartbeatPath, strings.NewReader(body))
	}
	get := func(query string) *http.Request {
		return httptest.NewRequest(http.MethodGet, AssignmentPath+query, nil)
	}
	tests := []struct {
		name    string
		request *http.Request
		journal error
		aside   error
	}{
		{"no agent", pushRequest("", good), nil, nil},
		{"an agent that is no name", pushRequest("eu 1", good), nil, nil},
		{"another agent's batch", pushRequest("us-1", good), nil, nil},
		{"a batch of another agent", pushRequest("eu-1", raw(m{1: 1, 2: "us-1", 3: "e1", 4: []any{[]any{1, []byte{1}}}})), nil, nil},
		{"a form", set(pushRequest("eu-1", good), "Content-Type", "application/x-www-form-urlencoded"), nil, nil},
		{"no content type", set(pushRequest("eu-1", good), "Content-Type", ""), nil, nil},
		{"gzip", set(pushRequest("eu-1", good), "Content-Encoding", "gzip"), nil, nil},
		{"not zstd", set(pushRequest("eu-1", good), "Content-Encoding", "zstd"), nil, nil},
		{"cut zstd", set(pushRequest("eu-1", deflated(t, good)[:20]), "Content-Encoding", "zstd"), nil, nil},
		{"a bomb", set(pushRequest("eu-1", bomb(t, MaxBatch+1)), "Content-Encoding", "zstd"), nil, nil},
		{"a bomb of many frames", set(pushRequest("eu-1", bytes.Repeat(bomb(t, 1<<20), 20)), "Content-Encoding", "zstd"), nil, nil},
		{"a body too large", pushRequest("eu-1", make([]byte, MaxBody+1)), nil, nil},
		{"a body that breaks off", httptest.NewRequest(http.MethodPost, PushPath+"?agent=eu-1", io.MultiReader(bytes.NewReader(good), broken{})), nil, nil},
		{"no batch", pushRequest("eu-1", []byte("hello")), nil, nil},
		{"a batch without records", pushRequest("eu-1", raw(m{1: 1, 2: "eu-1", 3: "e1", 4: []any{}})), nil, nil},
		{"a full journal", pushRequest("eu-1", good), fmt.Errorf("appending: %w", fullError{}), nil},
		{"a full disk", pushRequest("eu-1", good), fmt.Errorf("writing 1.seg: %w", syscall.ENOSPC), nil},
		{"a broken journal", pushRequest("eu-1", good), errors.New("input/output error on /dev/sda1"), nil},
		{"nowhere to keep aside", pushRequest("eu-1", raw(m{1: 1, 2: "eu-1", 3: "e1", 4: []any{[]any{1, []byte{1}}}})), nil, errors.New("disk of secrets is full")},
		{"a get", httptest.NewRequest(http.MethodGet, PushPath, nil), nil, nil},
		{"another path", httptest.NewRequest(http.MethodGet, "/agent/v2/push", nil), nil, nil},
		{"a heartbeat that is no JSON", beat("up"), nil, nil},
		{"a heartbeat of nobody", beat("{}"), nil, nil},
		{"a heartbeat of somebody else", beat(`{"agent":"us-1"}`), nil, nil},
		{"a heartbeat without an epoch", beat(`{"agent":"eu-1","location":"eu"}`), nil, nil},
		{"a heartbeat of the year 9999", beat(`{"agent":"eu-1","location":"eu","epoch":"e1","started":253402300799000}`), nil, nil},
		{"a heartbeat with a queue below zero", beat(`{"agent":"eu-1","location":"eu","epoch":"e1","queue_records":-1}`), nil, nil},
		{"a heartbeat with room below zero", beat(`{"agent":"eu-1","location":"eu","epoch":"e1","room":{"probes":-1,"limit":"cpu"}}`), nil, nil},
		{"a heartbeat with endless room", beat(`{"agent":"eu-1","location":"eu","epoch":"e1","room":{"probes":1000001,"limit":"cpu"}}`), nil, nil},
		{"a heartbeat with a limit that is no name", beat(`{"agent":"eu-1","location":"eu","epoch":"e1","room":{"probes":1,"limit":"<b>"}}`), nil, nil},
		{"a heartbeat with an escape", beat(`{"agent":"eu-1","location":"eu","epoch":"e1","version":"\u001b[1m"}`), nil, nil},
		{"a heartbeat too large", beat(`{"agent":"` + strings.Repeat("x", maxHeartbeat) + `"}`), nil, nil},
		{"an assignment for nobody", get(""), nil, nil},
		{"an assignment for somebody else", get("?agent=us-1&location=eu"), nil, nil},
		{"an assignment for nowhere", get("?agent=eu-1"), nil, nil},
		{"an assignment for another location", get("?agent=eu-1&location=us"), nil, nil},
		{"a heartbeat from another location", beat(`{"agent":"eu-1","location":"us","epoch":"e1"}`), nil, nil},
		{"what was received of nobody", httptest.NewRequest(http.MethodGet, ReceivedPath, nil), nil, nil},
		{"what was received of somebody else", httptest.NewRequest(http.MethodGet, ReceivedPath+"?agent=us-1&epoch=e1", nil), nil, nil},
		{"what was received of no epoch", httptest.NewRequest(http.MethodGet, ReceivedPath+"?agent=eu-1", nil), nil, nil},
		{"what was received of a hostile epoch", httptest.NewRequest(http.MethodGet, ReceivedPath+"?agent=eu-1&epoch=%0a", nil), nil, nil},
		{"an assignment with a hostile revision", get("?agent=eu-1&location=eu&revision=%0a"), nil, nil},
	}
	for _, r := range tests {
		if r.name == "a body that breaks off" {
			r.request.Header.Set("Content-Type", ContentType)
		}
	}
	var text strings.Builder
	for _, tt := range tests {
		c := newCollectorSide(t, func(o *HandlerOptions) { o.Authorize = allowed })
		c.journal.err, c.failed = tt.journal, tt.aside
		w := c.do(tt.request)
		fmt.Fprintf(&text, "%s\n\t%d %s\n", tt.name, w.Code, strings.TrimSpace(w.Body.String()))
		if after := w.Header().Get("Retry-After"); after != "" {
			fmt.Fprintf(&text, "\tRetry-After: %s\n", after)
		}
		if w.Code < 400 || len(c.journal.entries) > 0 || len(c.Received()) > 0 || len(c.pushed) > 0 || len(c.beats) > 0 {
			t.Errorf("%s: %d, and something changed", tt.name, w.Code)
		}
	}
	golden(t, "requests.golden", text.String())
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

func TestTooManyEpochsAndHoles(t *testing.T) {
	c := newCollectorSide(t, nil)
	sets := make([]ReceivedSet, maxEpochs)
	for i := range sets {
		sets[i] = ReceivedSet{Agent: "eu-1", Epoch: fmt.Sprint("e", i), Seqs: setOf(1, 1)}
	}
	c.Restore(sets)
	b, _ := EncodeBatch(Batch{Agent: "eu-1", Epoch: "new", Records: []BatchRecord{measured(1)}})
	if w := c.do(pushRequest("eu-1", b)); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "10000 epochs") {
		t.Errorf("a new epoch too many: %d %s", w.Code, w.Body)
	}
	c.push(t, "eu-1", "e7", measured(2)) // those that are there go on
	c.push(t, "us-1", "new", measured(1))

	var holes IntervalSet
	for n := range uint64(maxHoles + 1) {
		holes.Add(2*n + 1)
	}
	c.Restore([]ReceivedSet{{Agent: "eu-2", Epoch: "e1", Seqs: holes}})
	b, _ = EncodeBatch(Batch{Agent: "eu-2", Epoch: "e1", Records: []BatchRecord{measured(1 << 40)}})
	if w := c.do(pushRequest("eu-2", b)); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "holes") {
		t.Errorf("too many holes: %d %s", w.Code, w.Body)
	}

	var many IntervalSet
	for n := range uint64(maxHoles) {
		many.Add(2*n + 1)
	}
	for n := range maxAgentHoles/maxHoles + 1 {
		c.Restore([]ReceivedSet{{Agent: "eu-3", Epoch: fmt.Sprint("e", n), Seqs: many}})
	}
	b, _ = EncodeBatch(Batch{Agent: "eu-3", Epoch: "new", Records: []BatchRecord{measured(1)}})
	if w := c.do(pushRequest("eu-3", b)); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "its agent's epochs") {
		t.Errorf("too many holes of many epochs: %d %s", w.Code, w.Body)
	}
}

// What was received is told, and a question for what is not known leaves
// nothing behind.
func TestReceivedIsTold(t *testing.T) {
	c := newCollectorSide(t, nil)
	c.push(t, "eu-1", "e1", measured(1), measured(2), measured(5))
	for query, want := range map[string]string{
		"?agent=eu-1&epoch=e1": `{"released":[[1,2],[5,5]],"time":1790000000000}`,
		"?agent=eu-1&epoch=e2": `{"released":[],"time":1790000000000}`,
		"?agent=us-1&epoch=e1": `{"released":[],"time":1790000000000}`,
	} {
		w := c.do(httptest.NewRequest(http.MethodGet, ReceivedPath+query, nil))
		if got := strings.TrimSpace(w.Body.String()); w.Code != http.StatusOK || got != want {
			t.Errorf("%s: %d %s, want %s", query, w.Code, got, want)
		}
	}
	if n := len(c.received.agents); n != 1 || len(c.received.agents["eu-1"].byName) != 1 {
		t.Errorf("%d agents are known after questions", n)
	}
}

// An epoch that goes on after another one took over is a second agent of the
// same name. Both are kept.
func TestTwoAgentsUnderOneName(t *testing.T) {
	c := newCollectorSide(t, nil)
	c.Restore([]ReceivedSet{{Agent: "eu-1", Epoch: "old", Seqs: setOf(1, 5)}})
	c.push(t, "eu-1", "old", measured(6)) // after a start nobody is a rival
	c.push(t, "eu-1", "new", measured(1)) // installed anew
	c.push(t, "eu-1", "old", measured(6)) // a repeat that was long on its way
	c.push(t, "eu-1", "new", measured(2))
	c.push(t, "us-1", "old", measured(7)) // another agent
	c.push(t, "eu-1", "old", measured(7))
	c.push(t, "eu-1", "new", measured(3))
	var rivals []string
	for _, p := range c.pushed {
		rivals = append(rivals, p.Rival)
	}
	if want := []string{"", "", "", "", "", "new", "old"}; !slices.Equal(rivals, want) {
		t.Errorf("rivals %q, want %q", rivals, want)
	}
	if got := len(c.journal.entries); got != 6 {
		t.Errorf("%d entries in the journal, want 6", got)
	}
}

func TestNewHandlerNamesWhatIsMissing(t *testing.T) {
	_, err := NewHandler(HandlerOptions{})
	if err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("error is %v", err)
	}
}

// What is pushed is in the journal once, with what was told of it.
func TestPush(t *testing.T) {
	c := newCollectorSide(t, nil)
	reply := c.push(t, "eu-1", "e1", measured(1), measured(2), measured(4))
	want := Reply{Accepted: setOf(1, 2, 4, 4), Released: setOf(1, 2, 4, 4), Time: int64(testNow)}
	if !reflect.DeepEqual(reply, want) {
		t.Errorf("reply %+v, want %+v", reply, want)
	}
	reply = c.push(t, "eu-1", "e1", measured(2), measured(3), gap(7, 5, 6))
	want = Reply{Accepted: setOf(2, 3, 7, 7), Released: setOf(1, 7), Time: int64(testNow)}
	if !reflect.DeepEqual(reply, want) {
		t.Errorf("reply %+v, want %+v", reply, want)
	}
	id := func(n uint64) slo.ID { return slo.ID{Agent: "eu-1", Epoch: "e1", Seq: n} }
	if got, want := c.journal.ids(t), []slo.ID{id(1), id(2), id(4), id(3), id(7)}; !reflect.DeepEqual(got, want) {
		t.Errorf("journal %+v", got)
	}
	wantPushed := []Pushed{
		{Agent: "eu-1", Epoch: "e1", Location: "eu", At: testNow, Newest: testNow + 4, Taken: 3, NewEpoch: true},
		{Agent: "eu-1", Epoch: "e1", Location: "eu", At: testNow, Newest: testNow + 3, Taken: 2, Repeated: 1, Lost: 2},
	}
	if !reflect.DeepEqual(c.pushed, wantPushed) {
		t.Errorf("told of %+v\nwant %+v", c.pushed, wantPushed)
	}
	if len(c.aside) > 0 {
		t.Errorf("kept aside: %q", c.aside)
	}
}

// A record that a gap declared lost and that comes after all is not taken: the
// figures stand. A gap that declares what is there changes nothing of it.
func TestGaps(t *testing.T) {
	c := newCollectorSide(t, nil)
	c.push(t, "eu-1", "e1", measured(2), gap(10, 1, 5))
	if got := c.pushed[0].Lost; got != 4 {
		t.Errorf("%d records were lost, want 4", got)
	}
	reply := c.push(t, "eu-1", "e1", measured(3))
	if len(reply.Conflicts) > 0 || c.pushed[1].Taken != 0 || c.pushed[1].Repeated != 1 {
		t.Errorf("reply %+v, told of %+v", reply, c.pushed[1])
	}
	// Only what lies before it can be declared.
	reply = c.push(t, "eu-1", "e1", gap(20, 11, 20), gap(30, 11, 40))
	if len(reply.Rejected) != 2 || !strings.Contains(reply.Rejected[0].Reason, "only speak of records before") {
		t.Errorf("rejected %+v", reply.Rejected)
	}
	if got, want := c.Received(), []ReceivedSet{{"eu-1", "e1", setOf(1, 5, 10, 10, 20, 20, 30, 30)}}; !reflect.DeepEqual(got, want) {
		t.Errorf("received %+v, want %+v", got, want)
	}
}

// The same identity with other bytes is kept aside and told; it is not taken,
// and not sent again.
func TestConflicts(t *testing.T) {
	c := newCollectorSide(t, nil)
	c.push(t, "eu-1", "e1", measured(1), measured(2))
	other := measured(2)
	other.Record = measured(77).Record
	reply := c.push(t, "eu-1", "e1", measured(1), other)
	if !slices.Equal(reply.Conflicts, []uint64{2}) || !reply.Accepted.Contains(2) {
		t.Errorf("reply %+v", reply)
	}
	if !slices.Equal(c.aside, []string{"eu-1/e1/2 conflict"}) || len(c.journal.entries) != 2 {
		t.Errorf("aside %q, journal %d", c.aside, len(c.journal.entries))
	}
	// It is kept once, however often it comes.
	if reply = c.push(t, "eu-1", "e1", other); !slices.Equal(reply.Conflicts, []uint64{2}) || len(c.aside) != 1 {
		t.Errorf("reply %+v, aside %q", reply, c.aside)
	}
	another := measured(2)
	another.Record = measured(78).Record
	if c.push(t, "eu-1", "e1", another); len(c.aside) != 2 {
		t.Errorf("another conflict of the same number: aside %q", c.aside)
	}
	// Another epoch is another agent, which may be told apart.
	reply = c.push(t, "eu-1", "e2", other)
	if len(reply.Conflicts) > 0 || !c.pushed[4].NewEpoch || c.pushed[4].Epoch != "e2" {
		t.Errorf("reply %+v, told of %+v", reply, c.pushed)
	}
	// So far back that its bytes are forgotten, it is a repeat.
	for n := uint64(3); n < 2*windowSize; n += 1000 {
		var batch []BatchRecord
		for k := range uint64(1000) {
			batch = append(batch, measured(n+k))
		}
		c.push(t, "eu-1", "e1", batch...)
	}
	if reply = c.push(t, "eu-1", "e1", other); len(reply.Conflicts) > 0 {
		t.Errorf("reply %+v", reply)
	}
}

// Old records of the backfill do not push newer ones out of the window.
func TestWindowKeepsTheNewest(t *testing.T) {
	var w window
	w.put(windowSize*5+7, 1)
	w.put(7, 2)
	if w.differs(7, 3) || !w.differs(windowSize*5+7, 3) || w.differs(windowSize*5+7, 1) || w.differs(8, 0) {
		t.Error("the window holds the wrong record")
	}
}

// Only the newest epochs of an agent are remembered by their bytes.
func TestEpochsLoseTheirWindow(t *testing.T) {
	r := newReceived()
	first := r.of("a", "e0")
	for i := range windowEpochs {
		if first.window.Load() == nil {
			t.Fatalf("the window went with %d newer epochs", i)
		}
		r.of("a", fmt.Sprint("e", i+1))
	}
	if first.window.Load() != nil || r.of("a", "e0") != first {
		t.Error("the window stayed, or the epoch went")
	}
	first.mark(3, []byte("x"))
	if first.conflicts(BatchRecord{Seq: 3, Record: []byte("y")}) {
		t.Error("a conflict without a window")
	}
}

// at is a measurement of a location, ahead of the test's clock by some time.
func at(t *testing.T, seq uint64, location string, ahead time.Duration) BatchRecord {
	t.Helper()
	b, err := EncodeRecord(slo.Record{Measurement: &slo.Measurement{
		Probe: "web", Location: location, At: testNow.Add(ahead), Outcome: slo.Up,
	}})
	if err != nil {
		t.Fatal(err)
	}
	return BatchRecord{Seq: seq, Record: b}
}

// An agent that is bound to a location speaks for no other, and one that is
// not for only so many: each is a stream of each probe for ever.
func TestLocations(t *testing.T) {
	c := newCollectorSide(t, func(o *HandlerOptions) {
		o.Authorize = func(_ *http.Request, agent string) (string, error) {
			if agent == "eu-1" {
				return "eu", nil
			}
			return "", nil
		}
	})
	reply := c.push(t, "eu-1", "e1", at(t, 1, "eu", 0), at(t, 2, "us", 0))
	if len(reply.Rejected) != 1 || reply.Rejected[0] != (Rejected{2, "agent eu-1 is bound to location eu and may not speak for location us"}) || len(c.aside) != 1 {
		t.Errorf("reply %+v, aside %q", reply, c.aside)
	}
	c.RestoreLocation("us-1", "p0") // of a checkpoint
	entry, err := EncodeEntry(slo.ID{Agent: "us-1", Epoch: "e1", Seq: 1}, testNow, at(t, 1, "p1", 0).Record)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Observe(entry); err != nil { // of the journal behind it
		t.Fatal(err)
	}
	for i := range maxLocations + 2 {
		reply := c.push(t, "us-1", "e1", at(t, uint64(i+2), fmt.Sprint("p", i), 0))
		if over := i >= maxLocations; over != (len(reply.Rejected) == 1) {
			t.Errorf("location %d: %+v", i, reply)
		}
	}
	if reply := c.push(t, "us-1", "e1", at(t, 100, "p0", 0)); len(reply.Rejected) > 0 {
		t.Errorf("a known location: %+v", reply)
	}
}

// What was measured in another age opens no incident that began then.
func TestTooOld(t *testing.T) {
	c := newCollectorSide(t, nil)
	reply := c.push(t, "eu-1", "e1", at(t, 1, "eu", -oldest), at(t, 2, "eu", -oldest-time.Millisecond))
	if len(reply.Rejected) != 1 || reply.Rejected[0].Seq != 2 || !strings.Contains(reply.Rejected[0].Reason, "more than 400 days ago") {
		t.Errorf("reply %+v", reply)
	}
}

// A record that makes no sense is kept aside, with the reason, and the rest of
// its batch is taken.
func TestRejected(t *testing.T) {
	c := newCollectorSide(t, nil)
	reply := c.push(t, "eu-1", "e1", measured(1), BatchRecord{Seq: 2, Record: []byte("hello")}, measured(3))
	if !slices.Equal(reply.Rejected, []Rejected{{2, "decoding a record: it is cut off"}}) || !reply.Released.Contains(2) || !reply.Accepted.Contains(2) {
		t.Errorf("reply %+v", reply)
	}
	if !slices.Equal(c.aside, []string{"eu-1/e1/2 unreadable: decoding a record: it is cut off"}) || len(c.journal.entries) != 2 {
		t.Errorf("aside %q", c.aside)
	}
	c.push(t, "eu-1", "e1", BatchRecord{Seq: 2, Record: []byte("hello")})
	if len(c.aside) != 1 {
		t.Errorf("a repeat was kept aside again: %q", c.aside)
	}
}

// After a failure of the journal nothing counts as received, and the next
// attempt brings everything, as a new epoch.
func TestFailureIsNoReceipt(t *testing.T) {
	c := newCollectorSide(t, nil)
	b, _ := EncodeBatch(Batch{Agent: "eu-1", Epoch: "e1", Records: []BatchRecord{measured(1), gap(9, 2, 8)}})
	c.journal.err = fullError{}
	if w := c.do(pushRequest("eu-1", b)); w.Code != http.StatusServiceUnavailable {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if got := c.Received(); len(got) != 0 {
		t.Errorf("received %+v", got)
	}
	c.journal.err = nil
	c.push(t, "eu-1", "e1", measured(1), gap(9, 2, 8))
	if p := c.pushed[0]; p.Taken != 2 || p.Lost != 7 || !p.NewEpoch {
		t.Errorf("told of %+v", p)
	}
}

// However many requests carry the same records at the same time, each record
// is in the journal once.
func TestConcurrentRepeats(t *testing.T) {
	c := newCollectorSide(t, nil)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for n := uint64(1); n < 300; n += 10 {
				var batch []BatchRecord
				for k := range uint64(25) {
					batch = append(batch, measured(n+k))
				}
				reply := c.push(t, "eu-1", "e1", batch...)
				if reply.Accepted.Len() != 25 || !reply.Released.Contains(n) {
					t.Errorf("goroutine %d: %+v", g, reply)
				}
				c.push(t, fmt.Sprint("us-", g), "e1", measured(n))
				c.Received()
			}
		})
	}
	wg.Wait()
	seen := map[slo.ID]bool{}
	for _, id := range c.journal.ids(t) {
		if seen[id] {
			t.Errorf("%+v is in the journal twice", id)
		}
		seen[id] = true
	}
	if len(seen) != 315+8*30 {
		t.Errorf("%d records in the journal", len(seen))
	}
}

// A collector that is started from a checkpoint of any age and the journal
// behind it knows what the one before it knew.
func TestRestoreAndObserve(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := newCollectorSide(t, nil)
		agent := rapid.SampledFrom([]string{"eu-1", "us-1"})
		epoch := rapid.SampledFrom([]string{"e1", "e2"})
		var checkpoint []ReceivedSet
		at := 0
		for range rapid.IntRange(1, 12).Draw(t, "pushes") {
			first := rapid.Uint64Range(1, 30).Draw(t, "first")
			var batch []BatchRecord
			for k := range rapid.Uint64Range(1, 5).Draw(t, "records") {
				if seq := first + k; seq > 3 && rapid.IntRange(0, 5).Draw(t, "gap") == 0 {
					from := rapid.Uint64Range(1, seq-1).Draw(t, "from")
					batch = append(batch, gap(seq, from, rapid.Uint64Range(from, seq-1).Draw(t, "to")))
				} else {
					batch = append(batch, measured(seq))
				}
			}
			c.push(t, agent.Draw(t, "agent"), epoch.Draw(t, "epoch"), batch...)
			if rapid.Bool().Draw(t, "checkpoint") {
				// The cursor may lag behind the sets, never the other way.
				at = rapid.IntRange(at, len(c.journal.entries)).Draw(t, "cursor")
				checkpoint = c.Received()
			}
		}
		again := newCollectorSide(t, nil)
		again.Restore(checkpoint)
		for _, e := range c.journal.entries[at:] {
			if err := again.Observe(e); err != nil {
				t.Fatal(err)
			}
		}
		if got, want := again.Received(), c.Received(); !reflect.DeepEqual(got, want) {
			t.Fatalf("restored %+v, want %+v", got, want)
		}
	})
}

// tb is what tests and property tests have in common.
type tb interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

func TestObserveRefusesWhatIsNoEntry(t *testing.T) {
	c := newCollectorSide(t, nil)
	if err := c.Observe([]byte("x")); err == nil {
		t.Error("taken")
	}
}

func TestAssignmentIsServed(t *testing.T) {
	c := newCollectorSide(t, nil)
	get := func(revision string) *httptest.ResponseRecorder {
		return c.do(httptest.NewRequest(http.MethodGet, AssignmentPath+"?agent=eu-1&location=eu&revision="+revision, nil))
	}
	w := get("")
	var a Assignment
	if err := json.Unmarshal(w.Body.Bytes(), &a); w.Code != http.StatusOK || err != nil || a.Probes[0].Name != "web-eu" || a.Revision != "r1" {
		t.Errorf("%d %s, %v", w.Code, w.Body, err)
	}
	if w := get("r1"); w.Code != http.StatusNotModified || w.Body.Len() > 0 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// What the client asks is what the handler reads, and labels are bounded.
func TestAssignmentRequest(t *testing.T) {
	want := AssignmentRequest{Agent: "eu-1", Location: "eu", Labels: map[string]string{"network": "dmz", "rack": "7.a"}, Revision: "r1"}
	var got AssignmentRequest
	c := newCollectorSide(t, func(o *HandlerOptions) {
		o.Assignment = func(_ context.Context, who AssignmentRequest) (Assignment, error) {
			got = who
			return Assignment{Revision: "r2"}, nil
		}
	})
	if w := c.do(httptest.NewRequest(http.MethodGet, AssignmentPath+"?"+want.query(), nil)); w.Code != http.StatusOK || !reflect.DeepEqual(got, want) {
		t.Errorf("%d, %+v", w.Code, got)
	}
	many := strings.Repeat("&label=a=b", slo.MaxLabels+1)
	for _, label := range []string{"&label=", "&label=network", "&label==dmz", "&label=a=b=c", "&label=a=b%0a", "&label=" + strings.Repeat("x", slo.MaxLabel+1) + "=y", many} {
		if w := c.do(httptest.NewRequest(http.MethodGet, AssignmentPath+"?agent=eu-1&location=eu"+label, nil)); w.Code != http.StatusBadRequest {
			t.Errorf("%s: %d %s", label, w.Code, w.Body)
		}
	}
}

// An unchanged assignment is waited for, but not for ever.
func TestAssignmentLongPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCollectorSide(t, func(o *HandlerOptions) {
			o.Assignment = func(ctx context.Context, who AssignmentRequest) (Assignment, error) {
				<-ctx.Done()
				return Assignment{Revision: who.Revision}, nil
			}
		})
		began := time.Now()
		w := c.do(httptest.NewRequest(http.MethodGet, AssignmentPath+"?agent=eu-1&location=eu&revision=r1", nil))
		if took := time.Since(began); w.Code != http.StatusNotModified || took != longPoll {
			t.Errorf("%d after %s", w.Code, took)
		}
	})
}

func TestHeartbeatIsTaken(t *testing.T) {
	c := newCollectorSide(t, nil)
	want := Heartbeat{Agent: "eu-1", Location: "eu", Epoch: "e1", Version: "v1.2.3", Started: 1790000000000, Watermark: 1790000001000,
		QueueRecords: 5, QueueBytes: 1000, QueueOldest: 1790000000500, OffsetMS: -3, Room: &slo.Room{Probes: 120, Limit: slo.LimitCPU}}
	b, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	w := c.do(httptest.NewRequest(http.MethodPost, HeartbeatPath, bytes.NewReader(b)))
	if got := w.Body.String(); w.Code != http.StatusOK || got != "{\"time\":1790000000000}\n" {
		t.Errorf("%d %s", w.Code, got)
	}
	if !reflect.DeepEqual(c.beats, []Heartbeat{want}) {
		t.Errorf("beats %+v", c.beats)
	}
}

// TestAssignmentRoundTrip: what the collector says is what the agent reads, of
// each kind, and what makes no sense is refused by name.
func TestAssignmentRoundTrip(t *testing.T) {
	probe := func(name string, s slo.Spec) *slo.Probe {
		return &slo.Probe{Name: name, Every: time.Minute, Timeout: 10 * time.Second, Hold: 130 * time.Second, Confirm: 1, Spec: s}
	}
	want := Assignment{Revision: "r1", Catalogue: "c1", Probes: []*slo.Probe{
		probe("web", &slo.HTTP{URL: "https://a.example", Headers: map[string]string{"X": "y"}, Status: []slo.StatusRange{{From: 200, To: 204}}, TLS: slo.TLSOptions{MinValidity: time.Hour}}),
		probe("port", &slo.TCP{Address: "a:1", Send: "x\r\n"}),
		probe("cert", &slo.TLS{Address: "a:443"}),
		probe("name", &slo.DNS{Name: "a.example", Answers: []string{"1.*"}}),
		probe("echo", &slo.ICMP{Host: "a", Packets: 5}),
	}, Seats: map[string]Seat{"web": {Name: "1.1", From: 1790000000000, Until: 1790000060000}, "port": {Name: "eu.1"}}}
	b, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got Assignment
	if err := json.Unmarshal(b, &got); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	one := func(kind, spec string) string {
		return `{"revision":"r","probes":[{"name":"p","every":60000000000,"timeout":1,"hold":1,"kind":` + kind + `,"spec":` + spec + `}]}`
	}
	var newer Assignment
	if err := json.Unmarshal([]byte(one(`"quic"`, `{"x":1}`)), &newer); err != nil || newer.Probes[0].Spec != Unsupported("quic") {
		t.Errorf("a kind of the future: %+v, %v", newer, err)
	}
	if err := json.Unmarshal([]byte(one(`"tcp"`, `{"address":"a:1","new":true}`)), &newer); err != nil || newer.Probes[0].Spec != Unsupported("tcp") {
		t.Errorf("a field of the future: %+v, %v", newer, err)
	}
	var text strings.Builder
	for _, s := range []string{
		`[]`, `{"revision":"a b"}`, `{"revision":"r","catalogue":"\n"}`,
		`{"revision":"r","probes":[{"name":"a b"}]}`,
		`{"revision":"r","probes":[{"name":"p","every":1}]}`,
		`{"revision":"r","probes":[{"name":"p","every":60000000000,"timeout":-1,"hold":1}]}`,
		fmt.Sprintf(`{"revision":"r","probes":[{"name":"p","every":60000000000,"timeout":1,"hold":%d}]}`, math.MinInt64),
		`{"revision":"r","probes":[{"name":"p","every":60000000000,"timeout":1,"hold":1,"kind":"tcp","spec":{"address":"a:1"},"seat":"a b"}]}`,
		fmt.Sprintf(`{"revision":"r","probes":[{"name":"p","every":60000000000,"timeout":1,"hold":1,"seat":"1.1","until":%d}]}`, math.MaxInt64),
		one(`"http"`, `[]`), one(`"http"`, `{"url":7}`), one(`"http"`, `null`), `{"revision":"r","probes":[{"name":"p","every":60000000000,"timeout":1,"hold":1,"kind":"tcp"}]}`,
	} {
		a := Assignment{Revision: "before"}
		err := json.Unmarshal([]byte(s), &a)
		fmt.Fprintf(&text, "%s\n\t%v\n", s, err)
		if err == nil || a.Revision != "before" {
			t.Errorf("%s was taken: %+v", s, a)
		}
	}
	golden(t, "assignments.golden", text.String())
}
