package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/assay-sla/assay/agent/queue"
	collecting "github.com/assay-sla/assay/collector"
	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/slo"
)

// Where the collector listens in the network of a fleet.
const (
	fleetPages  = "127.0.0.1:8420"
	fleetAgents = "127.0.0.1:8421"
)

// fleetEvery is the interval of every probe. A clock that is set by whole
// hours moves no slot.
const fleetEvery = time.Minute

const fleetCatalogue = `
apiVersion: assay/v1
kind: Probe
metadata: {name: web}
spec: {every: 1m, locations: {from: [eu, us, ap]}, http: {url: 'http://web.example/'}}
---
apiVersion: assay/v1
kind: Probe
metadata: {name: db}
spec: {every: 1m, locations: {from: [eu, us, ap]}, tcp: {address: 'db.example:5432'}}
---
apiVersion: assay/v1
kind: Service
metadata: {name: shop}
spec: {up: 'all(web, db)'}
---
apiVersion: assay/v1
kind: Service
metadata: {name: store}
spec: {up: db}
---
apiVersion: assay/v1
kind: Agreement
metadata: {name: gold}
spec:
  service: shop
  minCoverage: 0
  objectives:
    - {name: day, target: 99, window: day}
    - {name: slices, target: 99, window: day, method: slices, slice: {length: 5m, bad: 20}}
---
apiVersion: assay/v1
kind: Agreement
metadata: {name: store}
spec: {service: store, minCoverage: 0, objectives: [{name: counts, target: 99, window: day, method: occurrences}]}
`

// bulky are probes of one location whose measurements take much room: enough
// that a queue has several segments before its disk is full.
func bulky() (names []string) {
	for i := range 4 * fleetPart {
		names = append(names, fmt.Sprint("bulk", i))
	}
	return names
}

// fleetWorld is a collector and its agents on simulated time, and what truly
// happened.
type fleetWorld struct {
	t      *testing.T
	dir    string
	random *rand.Rand
	began  time.Time
	net    *network
	pages  *http.Client
	log    *lockedText
	faults []fault
	stop   func() // the collector; nil while it is down

	mu    sync.Mutex
	runs  []*probeRun
	lives []*life
	last  map[epochID]uint64 // highest number that was given
}

// lockedText takes logs.
type lockedText struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// fault is what is true of a probe's target for a while, seen from a location;
// "" is from everywhere.
type fault struct {
	probe, location string
	from, to        time.Time
	outcome         slo.State
}

// truth is what a probe sees that runs now.
func (w *fleetWorld) truth(probe, location string, now time.Time) slo.State {
	for _, f := range w.faults {
		if f.probe == probe && (f.location == "" || f.location == location) && !now.Before(f.from) && now.Before(f.to) {
			return f.outcome
		}
	}
	return slo.Up
}

// probeRun is one run of a probe, and where its record went at first.
type probeRun struct {
	life    *life
	probe   string
	at      time.Time // true time
	outcome slo.State
	epoch   epochID
	seq     uint64 // 0 while it is not on the disk
	lost    bool   // declared in a gap
}

type epochID struct{ agent, epoch string }

// life is one process of an agent.
type life struct {
	member     *member
	began, end time.Time
	dead       bool // killed
	over       bool // nothing it does counts any more
}

// member is an agent with its machine: a folder, a clock, a disk and a cable.
type member struct {
	w              *fleetWorld
	name, location string
	unsteady       bool // its clock will be set
	data           string
	cable          *cable

	mu   sync.Mutex
	step time.Duration // of the clock
	full bool          // the disk

	life  *life
	agent *Agent
	end   func()
}

func (m *member) clock() func() reading {
	start := time.Now()
	return func() reading {
		m.mu.Lock()
		defer m.mu.Unlock()
		passed := time.Since(start)
		return reading{wall: time.Now().Add(m.step), monotonic: passed, boot: time.Hour + passed}
	}
}

func (m *member) setClock(step time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.step += step
}

func (m *member) fillDisk(full bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.full = full
}

func (m *member) disk() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.full {
		return &os.PathError{Op: "write", Path: "queue", Err: syscall.ENOSPC}
	}
	return nil
}

func newFleetWorld(t *testing.T, dir string, random *rand.Rand) *fleetWorld {
	n := newNetwork()
	w := &fleetWorld{
		t: t, dir: dir, random: random, began: time.Now(), net: n, log: &lockedText{}, last: map[epochID]uint64{},
		pages: &http.Client{Transport: &http.Transport{DialContext: n.dial, DisableKeepAlives: true}},
	}
	catalogue := fleetCatalogue
	for _, p := range bulky() {
		catalogue += fmt.Sprintf("---\n{apiVersion: assay/v1, kind: Probe, metadata: {name: %s}, spec: {every: 1m, locations: {from: [ap]}, tcp: {address: 'h.example:1'}}}\n", p)
	}
	w.write("catalogue/catalogue.yaml", catalogue)
	w.write("collector.yaml", fmt.Sprintf("catalogue: catalogue\ndata: data\nlisten: %s\nagents: {listen: %q}\n", fleetPages, fleetAgents))
	return w
}

func (w *fleetWorld) write(name, text string) {
	w.t.Helper()
	file := filepath.Join(w.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// serve starts the collector over its folder.
func (w *fleetWorld) serve() {
	w.t.Helper()
	cfg, problems := collecting.LoadConfig(filepath.Join(w.dir, "collector.yaml"))
	if err := problems.Err(); err != nil {
		w.t.Fatal(err)
	}
	c, err := collecting.New(context.Background(), cfg, collecting.Options{
		Version: "test", Log: slog.New(slog.NewTextHandler(w.log, nil)), Listen: w.net.listen,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	w.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			w.t.Errorf("the collector ended with: %v", err)
		}
		w.stop = nil
	}
}

func (w *fleetWorld) member(name, location string) *member {
	data := filepath.Join(w.dir, fmt.Sprintf("%s-%d", name, w.random.Uint64()))
	return &member{w: w, name: name, location: location, data: data, cable: &cable{net: w.net}}
}

// start begins a life of the agent over its folder.
func (m *member) start() {
	m.w.t.Helper()
	l := &life{member: m, began: time.Now()}
	a, err := New(Config{Collectors: []string{"http://" + fleetAgents}, Name: m.name, Location: m.location, Data: m.data, Queue: QueueBounds{Size: queue.MinBytes}},
		Options{Version: "test", Log: quiet(), seams: seams{clock: m.clock(), dial: m.cable.dial, disk: m.disk, probe: l.probe}})
	if err != nil {
		m.w.t.Fatal(err)
	}
	a.recorder.queue = &noted{a.queue, l}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	m.life, m.agent = l, a
	m.w.mu.Lock()
	m.w.lives = append(m.w.lives, l)
	m.w.mu.Unlock()
	m.end = func() {
		cancel()
		if err := <-ended; err != nil {
			m.w.t.Errorf("agent %s ended with: %v", m.name, err)
		}
	}
}

// halt ends a life in order.
func (m *member) halt() {
	m.life.end = time.Now()
	m.end()
}

// restart ends a life in order, and begins another after a pause.
func (m *member) restart(pause time.Duration) {
	m.halt()
	time.Sleep(pause)
	m.start()
	time.Sleep(time.Second) // it hears the collector where that is there
}

// kill ends a life as a power cut does: what is on the disk is all that is
// left, and what was being written is torn.
func (m *member) kill(pause time.Duration) {
	t := m.w.t
	t.Helper()
	slot := slotsOf(m.name, "web", fleetEvery).after(slo.At(time.Now()))
	time.Sleep(slot.Sub(slo.At(time.Now())) + time.Duration(1+m.w.random.IntN(60))*time.Millisecond) // the recorder gathers for 50 ms
	m.cable.pull()
	left := m.copied()
	m.w.mu.Lock()
	m.life.dead, m.life.over = true, true
	m.life.end = time.Now()
	m.w.mu.Unlock()
	m.end()
	m.data = left
	m.tear()
	time.Sleep(pause)
	m.cable.plug()
	m.start()
	time.Sleep(time.Second)
}

func (m *member) copied() string {
	m.w.t.Helper()
	to := filepath.Join(m.w.dir, fmt.Sprintf("%s-%d", m.name, m.w.random.Uint64()))
	if err := os.CopyFS(to, os.DirFS(m.data)); err != nil {
		m.w.t.Fatal(err)
	}
	return to
}

// tear leaves a part of a record at the end of the queue.
func (m *member) tear() {
	t := m.w.t
	t.Helper()
	segments, err := filepath.Glob(filepath.Join(m.data, "queue", "*.seg"))
	if err != nil || len(segments) == 0 {
		t.Fatalf("the queue has no segments: %v", err)
	}
	f, err := os.OpenFile(slices.Max(segments), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	torn := make([]byte, m.w.random.IntN(200))
	for i := range torn {
		torn[i] = byte(m.w.random.Uint32())
	}
	if _, err := f.Write(torn); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// probe runs in the place of the probes of every kind.
func (l *life) probe(p slo.Probe) func(context.Context, slo.Instant) slo.Measurement {
	padding := ""
	if slices.Contains(bulky(), p.Name) {
		padding = strings.Repeat(" as much as it may say", 45)
	}
	return func(_ context.Context, at slo.Instant) slo.Measurement {
		w := l.member.w
		w.mu.Lock()
		defer w.mu.Unlock()
		now := time.Now()
		r := &probeRun{life: l, probe: p.Name, at: now, outcome: w.truth(p.Name, l.member.location, now)}
		m := slo.Measurement{Probe: p.Name, At: at, Outcome: r.outcome, Latency: time.Millisecond}
		switch r.outcome {
		case slo.Down:
			m.Reason = slo.ConnectRefused
		case slo.Unknown:
			m.Reason = slo.AgentResolver
		}
		if !l.over {
			m.Evidence = fmt.Sprintf("run %d%s", len(w.runs), padding)
			w.runs = append(w.runs, r)
		}
		return m
	}
}

// noted is a queue that notes the number of each run's record.
type noted struct {
	*queue.Queue
	life *life
}

func (n *noted) Append(records ...[]byte) error {
	if err := n.Queue.Append(records...); err != nil {
		return err
	}
	w := n.life.member.w
	w.mu.Lock()
	defer w.mu.Unlock()
	if n.life.over {
		return nil
	}
	epoch, next := epochID{n.life.member.name, n.Epoch()}, n.Next()
	w.last[epoch] = max(w.last[epoch], next-1)
	for i, b := range records {
		rec, err := push.DecodeRecord(b)
		if err != nil {
			return err
		}
		if r := w.runOf(rec); r != nil {
			r.epoch, r.seq = epoch, next-uint64(len(records)-i)
		}
	}
	return nil
}

// runOf is the run that a record tells of, nil where it is none. The lock is
// held.
func (w *fleetWorld) runOf(rec slo.Record) *probeRun {
	if rec.Measurement == nil {
		return nil
	}
	var id int
	if n, _ := fmt.Sscanf(rec.Measurement.Evidence, "run %d", &id); n != 1 || id >= len(w.runs) {
		return nil
	}
	return w.runs[id]
}

// post sends a body to the agents' listener.
func (w *fleetWorld) post(r *capturedRequest) push.Reply {
	w.t.Helper()
	resp, err := r.again(context.Background(), w.pages, "http://"+fleetAgents)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	var reply push.Reply
	if err := json.NewDecoder(resp.Body).Decode(&reply); err != nil {
		w.t.Fatal(err)
	}
	return reply
}

// get reads an address of the pages into a value.
func (w *fleetWorld) get(path string, into any) {
	w.t.Helper()
	resp, err := w.pages.Get("http://" + fleetPages + path)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err == nil {
		err = json.Unmarshal(b, into)
	}
	if err != nil {
		w.t.Fatalf("GET %s: %s: %v", path, resp.Status, err)
	}
}
