package collector

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/slo"
)

// noon is where the clocks of these tests begin: in the middle of a month, far
// from any change of a window.
var noon = slo.At(time.Date(2026, 10, 15, 12, 0, 0, 0, time.UTC))

const worldCatalogue = `
apiVersion: assay/v1
kind: Probe
metadata: {name: web}
spec: {every: 1m, confirm: 2, locations: {from: [eu, us, ap]}, http: {url: 'http://web.example/'}}
---
apiVersion: assay/v1
kind: Probe
metadata: {name: db}
spec: {every: 1m, hold: 3m, tcp: {address: 'db.example:5432'}}
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
kind: Calendar
metadata: {name: office}
spec: {timezone: Europe/Berlin, hours: ['Mon-Sat 08:00-20:00']}
---
apiVersion: assay/v1
kind: Maintenance
metadata: {name: patch}
spec: {services: [shop], announced: 2026-10-01T00:00:00Z, every: '30 9 * * *', for: 20m, timezone: Europe/Berlin, to: 2026-11-01T00:00:00Z}
---
apiVersion: assay/v1
kind: Agreement
metadata: {name: gold}
spec:
  service: shop
  timezone: Europe/Berlin
  minimumOutage: 3m
  objectives:
    - {name: month, target: 99.5, window: month}
    - {name: week, target: 99, window: 7d}
  credits: {objective: month, tiers: [{below: 99.5, percent: 10}, {below: 95, percent: 25}]}
---
apiVersion: assay/v1
kind: Agreement
metadata: {name: office}
spec: {service: shop, hours: office, unknown: down, objectives: [{name: month, target: 99, window: month}]}
---
apiVersion: assay/v1
kind: Agreement
metadata: {name: store}
spec:
  service: store
  objectives:
    - {name: slices, target: 99, window: month, method: slices, slice: {length: 5m, bad: 20}}
    - {name: counts, target: 99, window: 30d, method: occurrences}
`

// clock is one that only moves when it is told to.
type clock struct{ at atomic.Int64 }

func newClock(at slo.Instant) *clock {
	c := &clock{}
	c.set(at)
	return c
}

func (c *clock) now() slo.Instant        { return slo.Instant(c.at.Load()) }
func (c *clock) set(at slo.Instant)      { c.at.Store(int64(at)) }
func (c *clock) advance(d time.Duration) { c.at.Add(d.Milliseconds()) }

// world is a collector over a folder, and what was said to it.
type world struct {
	t      *testing.T
	dir    string
	clock  *clock
	config Config
	c      *Collector
	stop   func() error // ends Run; once
	log    *lockedBuffer

	mu   sync.Mutex
	said []slo.Record         // in the order of the acknowledgements, repeats included
	seqs map[[2]string]uint64 // the last given, by agent and epoch
}

// lockedBuffer takes the log.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// newWorld makes a folder with a catalogue; options change the configuration.
func newWorld(t *testing.T, catalogue string, options ...func(*Config)) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), clock: newClock(noon), seqs: map[[2]string]uint64{}, log: &lockedBuffer{}}
	w.config = Config{
		Catalogue: filepath.Join(w.dir, "catalogue"), Data: filepath.Join(w.dir, "data"), Listen: "127.0.0.1:0",
		Agents: AgentsConfig{Listen: "127.0.0.1:0", SilentAfter: 2 * time.Minute},
	}
	for _, o := range options {
		o(&w.config)
	}
	w.config.defaults()
	w.write("catalogue/catalogue.yaml", catalogue)
	return w
}

// write puts a file into the world's folder.
func (w *world) write(name, content string) string {
	w.t.Helper()
	file := filepath.Join(w.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return file
}

// open opens the collector without running it.
func (w *world) open() *Collector {
	w.t.Helper()
	c, err := w.tryOpen()
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) tryOpen() (*Collector, error) {
	return New(context.Background(), w.config, Options{Version: "test", Log: slog.New(slog.NewTextHandler(w.log, nil)), Now: w.clock.now})
}

// run opens the collector and runs it until the test or stop ends it.
func (w *world) run() {
	w.t.Helper()
	w.c = w.open()
	w.start()
}

// start runs the collector that is open.
func (w *world) start() {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	c := w.c
	go func() { ended <- c.Run(ctx) }()
	stopped := false // by the test, which looks at the error
	once := sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	w.stop = func() error {
		stopped = true
		return once()
	}
	w.t.Cleanup(func() {
		if err := once(); err != nil && !stopped {
			w.t.Errorf("Run: %v", err)
		}
		if w.t.Failed() {
			w.t.Logf("the collector's log:\n%s", w.log)
		}
	})
	<-c.series.Ready()
	w.until("the collector is ready", c.ready.Load)
}

// until waits for a condition, which something else brings about.
func (w *world) until(what string, ok func() bool) {
	w.t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(20 * time.Second); !ok(); {
		select {
		case <-deadline:
			w.t.Fatalf("it did not come about: %s", what)
		case <-tick.C:
		}
	}
}

// followed waits until every follower has all of the journal, and nothing of
// it is left to follow up.
func (w *world) followed() {
	w.t.Helper()
	next := w.c.journal.Next()
	w.until("the followers have all of the journal", func() bool {
		if err := w.c.series.Sync(); err != nil {
			w.t.Fatal(err)
		}
		v := w.c.evaluator
		v.mu.Lock()
		defer v.mu.Unlock()
		return v.cursor >= next && !v.due.pending() && w.c.archiver.position() >= next && w.c.series.Next() >= next
	})
}

// measure makes the next record of an agent in its first epoch.
func (w *world) measure(agent, location, probe string, at slo.Instant, outcome slo.State) slo.Record {
	m := &slo.Measurement{Probe: probe, Location: location, At: at, Outcome: outcome, Latency: 12 * time.Millisecond, Revision: "r1"}
	switch outcome {
	case slo.Down:
		m.Reason, m.Evidence = slo.ConnectRefused, "connection refused"
	case slo.Unknown:
		m.Reason = slo.AgentResolver
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	key := [2]string{agent, "e1"}
	w.seqs[key]++
	return slo.Record{ID: slo.ID{Agent: agent, Epoch: "e1", Seq: w.seqs[key]}, Measurement: m}
}

// encode is the body of a batch of records, all of one agent and epoch.
func encode(t testing.TB, records ...slo.Record) []byte {
	t.Helper()
	b := push.Batch{Agent: records[0].Agent, Epoch: records[0].Epoch}
	for _, r := range records {
		payload, err := push.EncodeRecord(r)
		if err != nil {
			t.Fatal(err)
		}
		b.Records = append(b.Records, push.BatchRecord{Seq: r.Seq, Record: payload})
	}
	body, err := push.EncodeBatch(b)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// post sends a body to the agents' listener.
func (w *world) post(agent string, body []byte, token string) (int, push.Reply) {
	w.t.Helper()
	req, err := http.NewRequest(http.MethodPost, "http://"+w.c.AgentsAddr()+push.PushPath+"?agent="+url.QueryEscape(agent), bytes.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", push.ContentType)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	var reply push.Reply
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	switch resp.StatusCode {
	case http.StatusOK:
		if err := json.Unmarshal(b, &reply); err != nil {
			w.t.Fatal(err)
		}
	case http.StatusBadRequest:
		w.t.Errorf("push: %s", b)
	}
	return resp.StatusCode, reply
}

// push sends the records of each agent as a batch, and notes them as said.
func (w *world) push(records ...slo.Record) push.Reply {
	w.t.Helper()
	records = slices.Clone(records)
	slices.SortStableFunc(records, func(a, b slo.Record) int {
		return cmp.Or(cmp.Compare(a.Agent, b.Agent), cmp.Compare(a.Epoch, b.Epoch), cmp.Compare(a.Seq, b.Seq))
	})
	records = slices.CompactFunc(records, func(a, b slo.Record) bool { return a.ID == b.ID })
	var reply push.Reply
	for len(records) > 0 {
		n := slices.IndexFunc(records, func(r slo.Record) bool { return r.Agent != records[0].Agent || r.Epoch != records[0].Epoch })
		if n < 0 {
			n = len(records)
		}
		n = min(n, 2000)
		code, got := w.post(records[0].Agent, encode(w.t, records[:n]...), "")
		if code != http.StatusOK {
			w.t.Fatalf("push: status %d", code)
		}
		w.mu.Lock()
		w.said = append(w.said, records[:n]...)
		w.mu.Unlock()
		reply, records = got, records[n:]
	}
	return reply
}

// get reads an address of the pages into a value.
func (w *world) get(path string, into any) {
	w.t.Helper()
	code, body := w.fetch(path)
	if code != http.StatusOK {
		w.t.Fatalf("GET %s: %d %s", path, code, body)
	}
	if err := json.Unmarshal(body, into); err != nil {
		w.t.Fatalf("GET %s: %v: %s", path, err, body)
	}
}

func (w *world) fetch(path string) (int, []byte) {
	w.t.Helper()
	resp, err := http.Get("http://" + w.c.Addr() + path)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp.StatusCode, body
}

// objectives are the figures that the API shows, without burn rates, which are
// no part of a replay.
func (w *world) objectives() []map[string]any {
	w.t.Helper()
	var got struct{ Objectives []map[string]any }
	w.get("/api/v1/objectives?limit=1000", &got)
	for _, o := range got.Objectives {
		delete(o, "burn_rates")
	}
	return got.Objectives
}

// replayed are the figures that a replay of the same measurements has.
func (w *world) replayed() []map[string]any {
	w.t.Helper()
	at := w.clock.now()
	r := slo.NewReplayUnder(w.c.catalog.current(), w.c.ledger.revisions(), at)
	w.mu.Lock()
	for _, rec := range w.said {
		r.Add(rec)
	}
	w.mu.Unlock()
	b, err := json.Marshal(r.Status(at))
	if err != nil {
		w.t.Fatal(err)
	}
	var want []map[string]any
	if err := json.Unmarshal(b, &want); err != nil {
		w.t.Fatal(err)
	}
	return want
}

// same fails the test unless the figures are those of a replay, to every key.
func (w *world) same(when string) {
	w.t.Helper()
	if diff := gocmp.Diff(w.replayed(), w.objectives()); diff != "" {
		w.t.Fatalf("%s: figures differ from the replay of the same measurements (- replay, + collector):\n%s", when, diff)
	}
}

// incidents are those on record of services that are or were down, newest
// first, without those that are part of another.
func (w *world) incidents() []map[string]any {
	w.t.Helper()
	var got struct{ Incidents []map[string]any }
	w.get("/api/v1/incidents?limit=1000", &got)
	return slices.DeleteFunc(got.Incidents, func(i map[string]any) bool { return i["trigger"] != string(slo.ServiceDown) })
}

// stretches are the outages that the replay of what was said has, as the
// incidents that follow from them: service, beginning and end. What begins
// less than five minutes after another ended is the same, from when the world
// began on.
func (w *world) stretches() []string {
	h := slo.NewHistoryUnder(w.c.catalog.current(), w.c.ledger.revisions())
	seen := map[slo.ID]bool{}
	at := w.clock.now()
	for _, r := range w.said {
		if m := r.Measurement; m != nil && !seen[r.ID] && m.At < at {
			seen[r.ID] = true
			h.Add(r.Agent, m)
		}
	}
	h.Settle()
	var out []string
	for _, s := range w.c.catalog.current().Services {
		var whole []slo.Interval
		for _, st := range h.Service(s.Name).Timeline().Stretches(slo.Interval{From: slo.MinInstant, To: slo.MaxInstant}, at) {
			if !st.Restored {
				st.UpFrom = slo.MaxInstant
			}
			if n := len(whole); n > 0 && st.From >= noon && st.From.Sub(whole[n-1].To) < 5*time.Minute {
				whole[n-1].To = st.UpFrom
				continue
			}
			whole = append(whole, slo.Interval{From: st.From, To: st.UpFrom})
		}
		for _, v := range whole {
			end := "open"
			if v.To != slo.MaxInstant {
				end = v.To.String()
			}
			out = append(out, fmt.Sprintf("%s %s %s", s.Name, v.From, end))
		}
	}
	slices.Sort(out)
	return out
}

// recorded are the incidents on record of the services that there are, in the
// same form, without those that were disproved.
func (w *world) recorded() []string {
	w.t.Helper()
	var out []string
	for _, i := range w.incidents() {
		if !w.has(i["service"].(string)) {
			continue
		}
		end := "open"
		if i["restored_at"] != nil {
			end = i["restored_at"].(string)
			if i["downtime_ms"] == 0. {
				continue
			}
		}
		out = append(out, fmt.Sprintf("%s %s %s", i["service"], i["began_at"], end))
	}
	slices.Sort(out)
	return out
}

// has reports whether the catalogue in force has a service.
func (w *world) has(service string) bool {
	_, ok := w.c.engine().Service(service, w.clock.now())
	return ok
}
