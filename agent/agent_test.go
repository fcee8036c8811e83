package agent

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/slo"
)

// collector is a collector in memory behind the real handler.
type collector struct {
	*httptest.Server
	mu       sync.Mutex
	assigned push.Assignment
	changed  chan struct{}
	entries  []slo.Entry
	grown    chan struct{}
	beats    []push.Heartbeat
	ahead    time.Duration // of its clock
}

func newCollector(t *testing.T) *collector {
	c := &collector{changed: make(chan struct{}), grown: make(chan struct{})}
	h, err := push.NewHandler(push.HandlerOptions{
		Journal: c,
		Authorize: func(r *http.Request, _ string) (string, error) {
			if r.Header.Get("Authorization") != "Bearer correct-horse" {
				return "", fmt.Errorf("wrong token")
			}
			return "", nil
		},
		Assignment: c.assignment,
		Heartbeat: func(b push.Heartbeat, _ slo.Instant) error {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.beats = append(c.beats, b)
			c.grow()
			return nil
		},
		Aside: func(_ context.Context, records []push.Aside) error {
			t.Errorf("the collector set aside: %+v", records)
			return nil
		},
		Now: func() slo.Instant { return slo.At(time.Now().Add(c.ahead)) },
		Log: quiet(),
	})
	if err != nil {
		t.Fatal(err)
	}
	c.Server = httptest.NewServer(h)
	t.Cleanup(func() { c.CloseClientConnections(); c.Close() })
	return c
}

// Append is push.Journal's.
func (c *collector) Append(entries ...[]byte) (uint64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, b := range entries {
		e, err := push.DecodeEntry(b)
		if err != nil {
			return 0, err
		}
		c.entries = append(c.entries, e)
	}
	c.grow()
	return uint64(len(c.entries)), nil
}

func (c *collector) grow() { close(c.grown); c.grown = make(chan struct{}) }

func (c *collector) assign(revision string, probes ...*slo.Probe) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.assigned = push.Assignment{Revision: revision, Catalogue: "cat-" + revision, Probes: probes}
	close(c.changed)
	c.changed = make(chan struct{})
}

func (c *collector) assignment(ctx context.Context, who push.AssignmentRequest) (push.Assignment, error) {
	for {
		c.mu.Lock()
		a, changed := c.assigned, c.changed
		c.mu.Unlock()
		if a.Revision != who.Revision {
			return a, nil
		}
		select {
		case <-ctx.Done():
			return a, nil
		case <-changed:
		}
	}
}

// until waits until what the collector has fulfils a condition.
func (c *collector) until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	limit := time.After(15 * time.Second)
	for {
		c.mu.Lock()
		fulfilled, grown := ok(), c.grown
		c.mu.Unlock()
		if fulfilled {
			return
		}
		select {
		case <-grown:
		case <-limit:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// of is the measurements of a probe; call it with the lock held.
func (c *collector) of(probe string) (out []*slo.Measurement) {
	for _, e := range c.entries {
		if m := e.Measurement; m != nil && m.Probe == probe {
			out = append(out, m)
		}
	}
	return out
}

func probeOf(name string, spec slo.Spec) *slo.Probe {
	return &slo.Probe{Name: name, Every: time.Second, Timeout: time.Second, Hold: 3 * time.Second, Confirm: 1, Spec: spec}
}

// configFor is an agent's configuration in a folder of its own.
func configFor(t *testing.T, c *collector) Config {
	dir := t.TempDir()
	token := filepath.Join(dir, "token")
	if err := os.WriteFile(token, []byte("correct-horse\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return Config{Collectors: []string{c.URL}, Name: "eu-1", Location: "eu", Data: filepath.Join(dir, "data"), TokenFile: token}
}

// running starts an agent; the function stops it.
func running(t *testing.T, cfg Config) (*Agent, func()) {
	t.Helper()
	a, err := New(cfg, Options{Version: "test", Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	stop := sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the agent ended with: %v", err)
		}
	})
	t.Cleanup(stop)
	return a, stop
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// TestAgent runs an agent against a collector and real targets: what it saw
// arrives once, an assignment changes under it, and it goes on without the
// collector, and after a restart.
func TestAgent(t *testing.T) {
	t.Parallel()
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/down" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer target.Close()
	c := newCollector(t)
	c.ahead = 90 * time.Second
	c.assign("r1",
		probeOf("web", &slo.HTTP{URL: target.URL}),
		probeOf("sick", &slo.HTTP{URL: target.URL + "/down"}),
		probeOf("port", &slo.TCP{Address: target.Listener.Addr().String()}),
		probeOf("new-kind", push.Unsupported("quantum")),
	)
	cfg := configFor(t, c)
	cfg.Metrics.Address = ":0"
	cfg.Inputs = []Input{{Name: "mem", Interval: time.Second}}
	cfg.Allow.Kinds = []string{"http"}
	a, stop := running(t, cfg)

	c.until(t, "two measurements of each probe, readings and a heartbeat", func() bool {
		readings := slices.ContainsFunc(c.entries, func(e slo.Entry) bool { return e.Readings != nil })
		return len(c.of("web")) > 1 && len(c.of("sick")) > 1 && len(c.of("port")) > 1 && len(c.of("new-kind")) > 1 && readings && len(c.beats) > 0
	})
	for name, want := range map[string]slo.Measurement{
		"web":      {Outcome: slo.Up, Status: 200},
		"sick":     {Outcome: slo.Down, Status: 503, Reason: slo.StatusUnexpected},
		"port":     {Outcome: slo.Unknown, Reason: slo.AgentDenied},
		"new-kind": {Outcome: slo.Unknown, Reason: slo.AgentUnsupported},
	} {
		c.mu.Lock()
		list := c.of(name)
		c.mu.Unlock()
		m := list[len(list)-1]
		if m.Outcome != want.Outcome || m.Reason != want.Reason || m.Status != want.Status || m.Location != "eu" || m.Revision != "cat-r1" {
			t.Errorf("%s: measured %+v", name, m)
		}
		if m.Offset < 85*time.Second || m.Offset > 95*time.Second {
			t.Errorf("%s: the clock was corrected by %v; the collector is 90s ahead", name, m.Offset)
		}
		if off := slo.At(time.Now().Add(90 * time.Second)).Sub(m.At); off.Abs() > 10*time.Second {
			t.Errorf("%s: at %v is %v off the collector's clock", name, m.At, off)
		}
	}
	if b := c.beats[0]; b.Agent != "eu-1" || b.Location != "eu" || b.Version != "test" || b.Epoch == "" || b.Watermark == 0 {
		t.Errorf("the heartbeat is %+v", b)
	}

	if code, body := get(t, "http://"+a.Addr().String()+"/-/healthy"); code != 200 {
		t.Errorf("healthy: %d %s", code, body)
	}
	if _, body := get(t, "http://"+a.Addr().String()+"/metrics"); !strings.Contains(body, `assay_agent_probes_total{kind="http",outcome="up"}`) {
		t.Errorf("the metrics lack the probes:\n%s", body)
	}

	c.assign("r2", probeOf("later", &slo.HTTP{URL: target.URL}))
	c.until(t, "the new probe", func() bool { return len(c.of("later")) > 0 })
	c.mu.Lock()
	n := len(c.of("web"))
	c.mu.Unlock()
	c.until(t, "more of the new probe", func() bool { return len(c.of("later")) > 3 })
	c.mu.Lock()
	if more := len(c.of("web")) - n; more > 0 {
		t.Errorf("a probe that is gone was run %d more times", more)
	}
	c.mu.Unlock()
	stop()

	// Without a collector it starts and probes what it had.
	cfg.Metrics.Address = ""
	alone := cfg
	alone.Collectors = []string{"http://" + closedPort(t)}
	a, stop = running(t, alone)
	waitFor(t, a, 3)
	stop()

	c.mu.Lock()
	before := len(c.of("later"))
	c.mu.Unlock()
	_, stop = running(t, cfg)
	c.until(t, "what was measured without a collector", func() bool { return len(c.of("later")) >= before+3 })
	stop()
	onceEach(t, c)
}

// waitFor waits until n records are queued.
func waitFor(t *testing.T, a *Agent, n uint64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	first := a.queue.Next()
	if err := a.queue.Wait(ctx, first+n-1); err != nil {
		t.Fatalf("waiting for %d records: %v", n, err)
	}
}

// closedPort is an address of this machine where nobody listens.
func closedPort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// onceEach holds that each number of each epoch arrived once, without a hole.
func onceEach(t *testing.T, c *collector) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	seqs := map[string][]uint64{}
	for _, e := range c.entries {
		seqs[e.Epoch] = append(seqs[e.Epoch], e.Seq)
	}
	if len(seqs) != 1 {
		t.Errorf("there are %d epochs", len(seqs))
	}
	for epoch, list := range seqs {
		slices.Sort(list)
		for i, seq := range list {
			if seq != uint64(i+1) {
				t.Fatalf("epoch %s: number %d stands where %d should: %v", epoch, seq, i+1, list)
			}
		}
	}
}

func TestWhatIsMeasuredAtTheEndArrives(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{}, 100)
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-r.Context().Done()
	}))
	defer slow.Close()
	c := newCollector(t)
	stuck := probeOf("stuck", &slo.HTTP{URL: slow.URL})
	stuck.Timeout = 20 * time.Second
	c.assign("r1", stuck)
	_, stop := running(t, configFor(t, c))
	<-asked
	begin := time.Now()
	stop()
	if took := time.Since(begin); took > runGrace+pushGrace {
		t.Errorf("stopping took %v", took)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	list := c.of("stuck")
	if len(list) == 0 {
		t.Fatal("nothing arrived")
	}
	for _, m := range list {
		if m.Outcome != slo.Unknown {
			t.Errorf("measured %+v", m)
		}
	}
	if m := list[0]; !slices.ContainsFunc(list, func(m *slo.Measurement) bool { return m.Reason == slo.AgentShuttingDown }) {
		t.Errorf("none was ended by the stop: %+v", m)
	}
}

func TestADamagedAssignmentIsSetAside(t *testing.T) {
	c := newCollector(t)
	cfg := configFor(t, c)
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(cfg.Data, assignmentFile)
	good := push.Assignment{Revision: "r1", Probes: []*slo.Probe{probeOf("web", &slo.HTTP{URL: "http://127.0.0.1/"})}}
	if err := saveAssignment(cfg.Data, cfg.Name, cfg.Location, good); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for what, b := range map[string][]byte{
		"whole":       whole,
		"cut":         whole[:len(whole)/2],
		"empty":       {},
		"another bit": []byte(strings.Replace(string(whole), "127.0.0.1", "127.0.0.3", 1)),
		"noise":       []byte("\x00\xff\x00\xff"),
	} {
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
		a, err := New(cfg, Options{Log: quiet()})
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		want := 0
		if what == "whole" {
			want = 1
		} else if kept, err := os.ReadFile(name + ".damaged"); err != nil || string(kept) != string(b) {
			t.Errorf("%s: it was not kept: %v", what, err)
		}
		if n := len(a.schedule.jobs()); n != want {
			t.Errorf("%s: %d probes, want %d", what, n, want)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestAnAssignmentForAnotherIsNotUsed(t *testing.T) {
	dir := t.TempDir()
	a := push.Assignment{Revision: "r1", Probes: []*slo.Probe{probeOf("web", &slo.HTTP{URL: "http://127.0.0.1/"})}}
	if err := saveAssignment(dir, "eu-1", "eu", a); err != nil {
		t.Fatal(err)
	}
	for _, who := range [][2]string{{"eu-2", "eu"}, {"eu-1", "us"}} {
		if got, err := loadAssignment(dir, who[0], who[1]); err != nil || len(got.Probes) != 0 {
			t.Errorf("%v got %+v, %v", who, got, err)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, assignmentFile)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file, which may hold credentials, has mode %v: %v", info.Mode(), err)
	}
}

// TestNewUndoes lets each step of opening fail: nothing stays locked or bound.
func TestNewUndoes(t *testing.T) {
	c := newCollector(t)
	cfg := configFor(t, c)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for what, spoil := range map[string]func(*Config){
		"metrics":     func(c *Config) { c.Metrics.Address = taken.Addr().String() },
		"token":       func(c *Config) { c.TokenFile += ".gone" },
		"certificate": func(c *Config) { c.TLS.Cert, c.TLS.Key = c.TokenFile, c.TokenFile },
		"CA":          func(c *Config) { c.TLS.CA = c.TokenFile },
		"name":        func(c *Config) { c.Name = "a b" },
		"data":        func(c *Config) { c.Data = c.TokenFile },
	} {
		bad := cfg
		spoil(&bad)
		if a, err := New(bad, Options{Log: quiet()}); err == nil {
			t.Errorf("%s: no error", what)
			_ = a.Close()
		} else if strings.Contains(err.Error(), "correct-horse") {
			t.Errorf("%s: the error holds the token: %v", what, err)
		}
	}
	a, err := New(cfg, Options{Log: quiet()})
	if err != nil {
		t.Fatalf("after the failures: %v", err)
	}
	if second, err := New(cfg, Options{Log: quiet()}); err == nil {
		t.Error("two agents share a data folder")
		_ = second.Close()
	}
	for range 2 {
		if err := a.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	}
}

func TestTheAllowListIsAskedForTheAddressDialled(t *testing.T) {
	t.Parallel()
	target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer target.Close()
	c := newCollector(t)
	c.assign("r1", probeOf("web", &slo.HTTP{URL: strings.Replace(target.URL, "127.0.0.1", "localhost", 1)}))
	cfg := configFor(t, c)
	cfg.Allow.Networks = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	_, stop := running(t, cfg)
	c.until(t, "a measurement", func() bool { return len(c.of("web")) > 0 })
	stop()
	if m := c.of("web")[0]; m.Outcome != slo.Unknown || m.Reason != slo.AgentDenied {
		t.Errorf("measured %+v", m)
	}
}
