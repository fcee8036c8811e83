package notify

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// notice is one alert as a webhook receiver of Alertmanager gets it.
type notice struct {
	Status      string            `json:"status"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	StartsAt    time.Time         `json:"startsAt"`
	EndsAt      time.Time         `json:"endsAt"`
	Link        string            `json:"generatorURL"`
}

// receiver is a webhook receiver.
func receiver(t *testing.T) (url string, notices <-chan notice) {
	ch := make(chan notice, 1000)
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var body struct{ Alerts []notice }
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		for _, n := range body.Alerts {
			ch <- n
		}
	}))
	t.Cleanup(srv.Close)
	return srv.URL, ch
}

// await returns the next notice about a service with a status.
func await(t *testing.T, notices <-chan notice, service, status string) notice {
	t.Helper()
	timeout := time.After(20 * time.Second)
	for {
		select {
		case n := <-notices:
			if n.Labels[LabelService] == service && n.Status == status {
				return n
			}
		case <-timeout:
			t.Fatalf("no notice that %s is %s", service, status)
		}
	}
}

// logSignal is a log that a test can wait for, line by line.
type logSignal chan string

func (c logSignal) Write(p []byte) (int, error) {
	c <- string(p)
	return len(p), nil
}

// server is a real Alertmanager on a port of its own.
type server struct {
	binary, config, addr string
	stop                 func()
}

func newServer(t *testing.T, webhook string) *server {
	binary, err := exec.LookPath("prometheus-alertmanager")
	if err != nil {
		t.Skip("left out: prometheus-alertmanager is not installed")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	config := filepath.Join(t.TempDir(), "alertmanager.yml")
	text := fmt.Sprintf(`
route: {receiver: test, group_by: ['...'], group_wait: 1ms, group_interval: 500ms, repeat_interval: 1h}
receivers: [{name: test, webhook_configs: [{url: %s, send_resolved: true}]}]
`, webhook)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return &server{binary: binary, config: config, addr: l.Addr().String()}
}

// start runs it with an empty data folder and returns when it listens. stop
// kills it.
func (s *server) start(t *testing.T) {
	t.Helper()
	cmd := exec.Command(s.binary, "--config.file="+s.config, "--storage.path="+t.TempDir(),
		"--web.listen-address="+s.addr, "--cluster.listen-address=")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	listening := make(chan bool, 1)
	var seen strings.Builder
	go func() {
		defer close(done)
		r := bufio.NewScanner(stderr)
		for r.Scan() {
			fmt.Fprintln(&seen, r.Text())
			if strings.Contains(r.Text(), "Listening") {
				listening <- true
				break
			}
		}
		_, _ = io.Copy(io.Discard, stderr)
	}()
	stopped := false
	s.stop = func() {
		if !stopped {
			stopped = true
			_ = cmd.Process.Kill()
			<-done
			_ = cmd.Wait()
		}
	}
	t.Cleanup(s.stop)
	select {
	case <-listening:
	case <-done:
		t.Fatalf("Alertmanager did not start:\n%s", seen.String())
	case <-time.After(30 * time.Second):
		t.Fatal("Alertmanager did not start within 30 s")
	}
}

func TestRealAlertmanager(t *testing.T) {
	webhook, notices := receiver(t)
	srv := newServer(t, webhook)
	srv.start(t)
	away := make(logSignal, 100)
	a, err := NewAlertmanagers([]Alertmanager{{URL: "http://" + srv.addr}},
		AlertOptions{Resend: time.Second, Logger: slog.New(slog.NewTextHandler(away, nil))})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- a.Run(ctx) }()
	defer func() {
		cancel()
		<-done
	}()

	since := slo.At(time.Now().Add(-time.Minute))
	shop := named("shop").from(since)
	shop.Annotations = map[string]string{AnnotationSummary: "商店 is down: 3 of 3 locations say so"}
	shop.GeneratorURL = "http://127.0.0.1:8420/services/shop"
	set := time.Now()
	a.Set(slo.At(set), []Alert{shop})
	n := await(t, notices, "shop", "firing")
	t.Logf("from Set to the webhook behind Alertmanager: %s", time.Since(set))
	if n.Annotations[AnnotationSummary] != shop.Annotations[AnnotationSummary] || n.Link != shop.GeneratorURL || !n.StartsAt.Equal(since.Time()) {
		t.Errorf("the webhook got %+v", n)
	}

	// It is killed and comes back knowing nothing.
	srv.stop()
	for line := range away {
		if strings.Contains(line, "sending alerts failed") {
			break
		}
	}
	srv.start(t)
	back := time.Now()
	await(t, notices, "shop", "firing")
	t.Logf("from its return to the webhook: %s", time.Since(back))

	// One alert that it refuses (the label's name is not one) in the batch.
	broken := Alert{Labels: map[string]string{"not a name": "x"}}
	a.replace(func(previous []Alert) []Alert {
		return plan([]Alert{shop, broken, named("mail")}, previous, slo.At(time.Now()))
	})
	await(t, notices, "mail", "firing")

	ended := slo.At(time.Now())
	a.Set(ended, []Alert{named("mail")})
	n = await(t, notices, "shop", "resolved")
	if !n.EndsAt.Equal(ended.Time()) {
		t.Errorf("it ended at %s, want %s", n.EndsAt, ended)
	}
	if s := a.Status()[0]; !s.Up || s.Refused == 0 || s.Failures == 0 {
		t.Errorf("status %+v", s)
	}
}

// TestRealAlertmanagerForgetsADeadCollector stops sending and waits for the
// end that the last message carried.
func TestRealAlertmanagerForgetsADeadCollector(t *testing.T) {
	webhook, notices := receiver(t)
	srv := newServer(t, webhook)
	srv.start(t)
	a, err := NewAlertmanagers([]Alertmanager{{URL: "http://" + srv.addr}}, AlertOptions{Resend: 250 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- a.Run(ctx) }()
	a.Set(slo.At(time.Now()), []Alert{named("shop")})
	await(t, notices, "shop", "firing")
	cancel()
	<-done
	await(t, notices, "shop", "resolved")
}
