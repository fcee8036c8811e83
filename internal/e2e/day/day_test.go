// Package day plays a day of operations to a whole collector on a simulated
// clock, and keeps what came of it as one timeline: docs/day.md.
package day

import (
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/collector"
	"github.com/assay-sla/assay/slo"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// midnight is when the day begins.
var midnight = time.Date(2026, 11, 12, 0, 0, 0, 0, time.UTC)

// TestDay plays testdata/script.txt: a database fails under three services,
// mail flaps, a load balancer dies, a disk fills, and the vault is drilled. The
// collector is the one that users run, with its files, its listeners and its
// tickers; time alone is not. What it makes of the day is testdata/day.txt.
func TestDay(t *testing.T) {
	told := newReceivers(t)
	config := configured(t, told)
	script, err := readScript(read(t, "script.txt"), slo.At(midnight))
	if err != nil {
		t.Fatal(err)
	}
	var got string
	synctest.Test(t, func(t *testing.T) {
		got = play(t, config, told, script)
	})
	golden := filepath.Join("testdata", "day.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(strings.Split(read(t, "day.txt"), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("the day went otherwise (- golden, + now); see it with -update:\n%s", diff)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// configured writes the collector's files into a folder and reads them as the
// command does.
func configured(t *testing.T, told *receivers) collector.Config {
	t.Helper()
	dir := t.TempDir()
	var tokens strings.Builder
	for _, name := range people {
		fmt.Fprintf(&tokens, "- {name: %s, role: admin, sha256: %x}\n", name, sha256.Sum256([]byte(name)))
	}
	_, port, err := net.SplitHostPort(told.smtp.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	here := strings.NewReplacer("ALERTMANAGER", told.alertmanager.URL, "WEBHOOK", told.webhook.URL, "PAGERDUTY", told.pagerDuty.URL, "SMTP", port, "FOLDER", dir)
	for name, content := range map[string]string{
		"catalogue/catalogue.yaml": read(t, "catalogue.yaml"),
		"assay.yaml":               here.Replace(read(t, "assay.yaml")),
		"tokens.yaml":              tokens.String(),
		"chat.secret":              "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n",
		"on-call.key":              "0123456789abcdef0123456789abcdef\n",
		"ca.pem":                   string(told.certificate()),
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	config, problems := collector.LoadConfig(filepath.Join(dir, "assay.yaml"))
	if problems.Err() != nil {
		t.Fatal(problems.Err())
	}
	return config
}

// play runs a collector through the day, in a bubble. It begins half a second
// before midnight, so that its tickers never fall on an instant at which
// something happens.
func play(t *testing.T, config collector.Config, told *receivers, script []act) string {
	time.Sleep(time.Until(midnight.Add(-500 * time.Millisecond)))
	wires := newNetwork()
	stop := run(t, config, wires)
	line := &timeline{firing: map[string]bool{}}
	w := newWorld(wires.http(), line, slo.At(midnight))
	for at := slo.At(midnight); at < slo.At(midnight.AddDate(0, 0, 1)); at = at.Add(time.Second) {
		time.Sleep(time.Until(at.Time()))
		for ; len(script) > 0 && script[0].at <= at; script = script[1:] {
			if err := w.play(script[0]); err != nil {
				t.Fatalf("%s: %v", script[0].at, err)
			}
			synctest.Wait()
		}
		if err := w.step(at); err != nil {
			t.Fatal(err)
		}
		told.take(line, at)
		for _, later := range []time.Duration{500, 200} { // when the collector's tickers tick, and what follows
			time.Sleep(later * time.Millisecond)
			synctest.Wait()
			told.take(line, slo.At(time.Now()))
		}
	}
	if err := errors.Join(w.recordIncidents(), w.recordDrills(), w.recordChanges(), w.recordFigures(slo.At(time.Now()))); err != nil {
		t.Error(err)
	}
	w.http.CloseIdleConnections()
	stop()
	return line.String()
}

// run runs a collector until stop is called.
func run(t *testing.T, config collector.Config, wires *network) (stop func()) {
	log := slog.New(faultless{slog.NewTextHandler(t.Output(), nil), t})
	c, err := collector.New(t.Context(), config, collector.Options{Version: "test", Log: log, Listen: wires.listen})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	}
}

// faultless is a log that holds no error.
type faultless struct {
	slog.Handler
	t *testing.T
}

// Handle is slog.Handler's.
func (f faultless) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelError {
		f.t.Errorf("the collector logs an error: %s", r.Message)
	}
	return f.Handler.Handle(ctx, r)
}
