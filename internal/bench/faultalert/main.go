// Command faultalert measures the time from a fault to the alert of it that an
// Alertmanager accepted. It starts Debian's Alertmanager, a collector and an
// agent as processes of their own, and targets in this process; these end at
// random instants, and a proxy before the Alertmanager notes when it answered
// the alert of each.
//
//	make build
//	go run ./internal/bench/faultalert
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

func main() {
	b := bench{accepted: map[string]time.Time{}, changed: make(chan struct{}, 1)}
	flag.StringVar(&b.collector, "assay", "bin/assay", "the collector's program")
	flag.StringVar(&b.agent, "agent", "bin/assay-agent", "the agent's program")
	flag.StringVar(&b.alertmanager, "alertmanager", "prometheus-alertmanager", "Alertmanager's program")
	flag.IntVar(&b.targets, "targets", 100, "how many targets end, each once")
	flag.DurationVar(&b.every, "every", 10*time.Second, "the interval of each probe")
	flag.Parse()
	if err := b.measure(); err != nil {
		fmt.Fprintln(os.Stderr, "faultalert:", err)
		os.Exit(1)
	}
}

// startLimit is how long a program may take to answer.
const startLimit = 30 * time.Second

type bench struct {
	collector, agent, alertmanager string
	targets                        int
	every                          time.Duration

	mu       sync.Mutex
	accepted map[string]time.Time // by service
	changed  chan struct{}
}

func (b *bench) measure() (err error) {
	dir, err := os.MkdirTemp("", "faultalert")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	manager, stopManager, err := b.startAlertmanager(dir)
	if err != nil {
		return err
	}
	defer stopManager()
	proxy, err := serve(b.noting(manager))
	if err != nil {
		return err
	}
	targets := make([]net.Listener, b.targets)
	for i := range targets {
		if targets[i], err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return err
		}
		defer targets[i].Close()
		go accept(targets[i])
	}
	pages, stop, err := b.startAssay(dir, proxy, targets)
	if err != nil {
		return err
	}
	defer stop()
	if err := b.allUp(pages); err != nil {
		return err
	}
	took, err := b.endAll(targets)
	if err != nil {
		return err
	}
	slices.Sort(took)
	at := func(share float64) time.Duration {
		return took[min(len(took)-1, int(share*float64(len(took))))].Round(time.Millisecond)
	}
	fmt.Printf("%d faults, probes every %s: median %s, p90 %s, p99 %s, most %s; interval + 1 s is %s\n",
		len(took), b.every, at(0.5), at(0.9), at(0.99), at(1), b.every+time.Second)
	return nil
}

// endAll ends the targets one by one at random instants, and returns how long
// each alert took.
func (b *bench) endAll(targets []net.Listener) ([]time.Duration, error) {
	ended := make([]time.Time, len(targets))
	for i, t := range targets {
		time.Sleep(rand.N(2 * b.every / 10))
		if err := t.Close(); err != nil {
			return nil, err
		}
		ended[i] = time.Now()
	}
	var took []time.Duration
	deadline := time.After(3 * b.every)
	for len(took) < len(targets) {
		select {
		case <-b.changed:
		case <-deadline:
			return nil, fmt.Errorf("only %d of %d alerts came", len(took), len(targets))
		}
		took = took[:0]
		b.mu.Lock()
		for i := range targets {
			if at, ok := b.accepted[service(i)]; ok {
				took = append(took, at.Sub(ended[i]))
			}
		}
		b.mu.Unlock()
	}
	return took, nil
}

func service(i int) string { return fmt.Sprintf("s%d", i) }

// noting passes requests on, and notes the alerts of down services that were
// accepted.
func (b *bench) noting(to string) http.Handler {
	u := &url.URL{Scheme: "http", Host: to}
	p := httputil.NewSingleHostReverseProxy(u)
	p.ModifyResponse = func(r *http.Response) error {
		sent, _ := r.Request.Context().Value(bodyKey{}).([]byte)
		if r.StatusCode == http.StatusOK && len(sent) > 0 {
			b.note(sent)
		}
		return nil
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 16<<20))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		p.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), bodyKey{}, body)))
	})
}

type bodyKey struct{}

func (b *bench) note(body []byte) {
	now := time.Now()
	var alerts []struct {
		Labels map[string]string `json:"labels"`
	}
	if err := json.Unmarshal(body, &alerts); err != nil {
		return // Alertmanager took it; it is not about services
	}
	b.mu.Lock()
	for _, a := range alerts {
		if _, known := b.accepted[a.Labels["service"]]; a.Labels["alertname"] == "ServiceDown" && !known {
			b.accepted[a.Labels["service"]] = now
		}
	}
	b.mu.Unlock()
	select {
	case b.changed <- struct{}{}:
	default:
	}
}

func accept(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		c.Close()
	}
}

func serve(h http.Handler) (url string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	go func() { _ = s.Serve(l) }()
	return "http://" + l.Addr().String(), nil
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

func (b *bench) startAlertmanager(dir string) (addr string, stop func(), err error) {
	addr, err = freePort()
	if err != nil {
		return "", nil, err
	}
	config := filepath.Join(dir, "alertmanager.yml")
	if err := os.WriteFile(config, []byte("route: {receiver: none}\nreceivers: [{name: none}]\n"), 0o600); err != nil {
		return "", nil, err
	}
	stop, err = start(b.alertmanager, "--config.file="+config, "--storage.path="+filepath.Join(dir, "am"), "--web.listen-address="+addr, "--cluster.listen-address=")
	if err != nil {
		return "", nil, err
	}
	return addr, stop, answers("http://" + addr + "/-/ready")
}

// startAssay starts the collector, and the agent that probes the targets.
func (b *bench) startAssay(dir, alertmanager string, targets []net.Listener) (pages string, stop func(), err error) {
	pages, err = freePort()
	if err != nil {
		return "", nil, err
	}
	agents, err := freePort()
	if err != nil {
		return "", nil, err
	}
	var catalogue strings.Builder
	for i, t := range targets {
		fmt.Fprintf(&catalogue, "---\napiVersion: assay/v1\nkind: Probe\nmetadata: {name: p%d}\nspec: {every: %s, timeout: 1s, tcp: {address: '%s'}}\n", i, b.every, t.Addr())
		fmt.Fprintf(&catalogue, "---\napiVersion: assay/v1\nkind: Service\nmetadata: {name: %s}\nspec: {up: p%d}\n", service(i), i)
	}
	for name, text := range map[string]string{
		"catalogue/all.yaml": catalogue.String(),
		"collector.yaml":     fmt.Sprintf("catalogue: catalogue\ndata: data\nlisten: %s\nagents: {listen: '%s'}\nalerting: {alertmanagers: [{url: '%s'}]}\n", pages, agents, alertmanager),
		"agent.yaml":         fmt.Sprintf("collectors: http://%s\nname: bench\nlocation: here\ndata: agent\n", agents),
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return "", nil, err
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return "", nil, err
		}
	}
	stopCollector, err := start(b.collector, "serve", "--config", filepath.Join(dir, "collector.yaml"))
	if err != nil {
		return "", nil, err
	}
	stopAgent, err := start(b.agent, "run", "--config", filepath.Join(dir, "agent.yaml"))
	if err != nil {
		stopCollector()
		return "", nil, err
	}
	return "http://" + pages, func() { stopAgent(); stopCollector() }, answers("http://" + pages + "/-/ready")
}

// allUp waits until every target was probed.
func (b *bench) allUp(pages string) error {
	return eventually(startLimit+2*b.every, func() error {
		resp, err := http.Get(pages + "/api/v1/services")
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
		if n := bytes.Count(body, []byte(`"state": "up"`)); err == nil && n != b.targets {
			err = fmt.Errorf("%d of %d services are up", n, b.targets)
		}
		return err
	})
}

// start runs a program until stop, which waits for its end.
func start(program string, args ...string) (stop func(), err error) {
	cmd := exec.Command(program, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may be gone already
		_ = cmd.Wait()
	}, nil
}

func answers(url string) error {
	return eventually(startLimit, func() error {
		resp, err := http.Get(url)
		if err != nil {
			return err
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("%s answers %s", url, resp.Status)
		}
		return nil
	})
}

// eventually tries f until it has no error, for a while.
func eventually(most time.Duration, f func() error) error {
	end := time.Now().Add(most)
	for {
		err := f()
		if err == nil || time.Now().After(end) {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
}
