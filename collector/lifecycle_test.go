package collector

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/internal/archive"
	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/slo"
)

// held is what a process holds of the machine.
type held struct{ goroutines, files int }

func holding(t *testing.T) held {
	t.Helper()
	http.DefaultClient.CloseIdleConnections()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("this system does not list a process's files")
	}
	return held{runtime.NumGoroutine(), len(fds)}
}

// releases fails the test unless what is held falls back to what it was.
func (w *world) releases(before held) {
	w.t.Helper()
	w.until("nothing is left open", func() bool {
		now := holding(w.t)
		return now.goroutines <= before.goroutines && now.files <= before.files
	})
}

// TestNewUndoes has each step of the start fail: nothing stays open, and the
// start succeeds when what was wrong is mended.
func TestNewUndoes(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	w.run()
	w.push(w.measure("eu-1", "eu", "db", noon-1000, slo.Up))
	w.followed()
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		spoil func(t *testing.T, w *world) (mend func()) // of a folder that was used before
		want  string                                     // in the error
	}{
		{"the catalogue has errors", func(t *testing.T, w *world) func() {
			w.write("catalogue/bad.yaml", "apiVersion: assay/v1\nkind: Probe\nmetadata: {name: x}\nspec: {every: soon}\n")
			return func() { w.remove("catalogue/bad.yaml") }
		}, "bad.yaml:4"},
		{"the folder is in use", func(t *testing.T, w *world) func() {
			c := w.open()
			return func() {
				if err := c.undo.unwind(); err != nil {
					t.Fatal(err)
				}
			}
		}, "another process"},
		{"the pages' port is in use", func(t *testing.T, w *world) func() { return occupy(t, &w.config.Listen) }, "in use"},
		{"the agents' port is in use", func(t *testing.T, w *world) func() { return occupy(t, &w.config.Agents.Listen) }, "in use"},
		{"the records are damaged", func(t *testing.T, w *world) func() { return w.damage("data/records.db") }, "records.db"},
		{"the archive's manifest is damaged", func(t *testing.T, w *world) func() { return w.damage("data/archive/manifest.json") }, "manifest"},
		{"the users cannot be read", func(t *testing.T, w *world) func() {
			w.config.Users = w.write("users.yaml", "- {name: x}\n")
			return func() { w.config.Users = "" }
		}, "users.yaml"},
		{"the agents' tokens cannot be read", func(t *testing.T, w *world) func() {
			w.config.Agents.Tokens = filepath.Join(w.dir, "missing.yaml")
			return func() { w.config.Agents.Tokens = "" }
		}, "missing.yaml"},
		{"the certificate cannot be read", func(t *testing.T, w *world) func() {
			w.config.TLS = TLSFiles{Cert: w.write("cert.pem", "none"), Key: w.write("key.pem", "none")}
			return func() { w.config.TLS = TLSFiles{} }
		}, "certificate"},
		{"the series' detail is unknown", func(t *testing.T, w *world) func() {
			w.config.Series.Detail = "some"
			return func() { w.config.Series.Detail = "" }
		}, "some"},
		{"the data folder is a file", func(t *testing.T, w *world) func() {
			data := w.config.Data
			w.config.Data = w.write("file", "")
			return func() { w.config.Data = data }
		}, "not a directory"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			mend := tt.spoil(t, w)
			before := holding(t)
			c, err := w.tryOpen()
			if err == nil {
				t.Fatal("it started")
			}
			if c != nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q, want one with %q, and no collector", err, tt.want)
			}
			w.releases(before)
			mend()
			if err := w.open().undo.unwind(); err != nil {
				t.Error(err)
			}
		})
	}
	w.run()
	w.same("when all is mended")
}

func (w *world) remove(name string) {
	w.t.Helper()
	if err := os.Remove(filepath.Join(w.dir, name)); err != nil {
		w.t.Fatal(err)
	}
}

// damage replaces a file by nonsense until it is mended.
func (w *world) damage(name string) (mend func()) {
	w.t.Helper()
	file := filepath.Join(w.dir, name)
	whole, err := os.ReadFile(file)
	if err != nil {
		w.t.Fatal(err)
	}
	w.write(name, strings.Repeat("nonsense", 1000))
	return func() { w.write(name, string(whole)) }
}

// occupy takes a port and puts it into a setting.
func occupy(t *testing.T, setting *string) (mend func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	*setting = l.Addr().String()
	return func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestStop ends a collector while agents wait for an assignment and a body is
// half sent: it is bounded, leaves nothing open, and can be undone again.
func TestStop(t *testing.T) {
	before := holding(t)
	w := newWorld(t, worldCatalogue)
	w.c = w.open()
	w.c.grace = 100 * time.Millisecond // the body never ends
	w.start()
	w.push(w.measure("eu-1", "eu", "db", noon-1000, slo.Up))
	first := w.assignment("")
	answered := make(chan int, 3)
	for range 3 {
		go func() {
			resp, err := http.Get("http://" + w.c.AgentsAddr() + push.AssignmentPath + "?agent=eu-1&location=eu&revision=" + first.Revision)
			if err != nil {
				answered <- 0
				return
			}
			resp.Body.Close()
			answered <- resp.StatusCode
		}()
	}
	half, err := net.Dial("tcp", w.c.AgentsAddr())
	if err != nil {
		t.Fatal(err)
	}
	defer half.Close()
	_, err = io.WriteString(half, "POST "+push.PushPath+"?agent=eu-1 HTTP/1.1\r\nHost: x\r\nContent-Type: "+push.ContentType+"\r\nContent-Length: 1000\r\n\r\nhalf")
	if err != nil {
		t.Fatal(err)
	}
	w.push(w.measure("eu-1", "eu", "db", noon-500, slo.Up)) // by now the requests above are under way, or come too late
	if err := w.stop(); err == nil || !strings.Contains(err.Error(), "stopping at") {
		t.Errorf("Run returned %v; the body that never ended was cut off", err)
	}
	for range 3 {
		<-answered
	}
	half.Close()
	if err := w.c.undo.unwind(); err != nil {
		t.Errorf("a second time: %v", err)
	}
	w.releases(before)
}

// TestRunFails ends Run with an error when a part of it fails for good.
func TestRunFails(t *testing.T) {
	for _, tt := range []struct {
		name string
		fail func(w *world) error
		want string
	}{
		{"the pages' listener", func(w *world) error { return w.c.pagesAt.Close() }, "serving at"},
		{"the agents' listener", func(w *world) error { return w.c.agentsAt.Close() }, "serving at"},
		{"the journal", func(w *world) error { return w.c.journal.Close() }, "reading the journal"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, worldCatalogue)
			c := w.open()
			w.c = c
			ended := make(chan error, 1)
			go func() { ended <- c.Run(t.Context()) }()
			w.until("the collector is ready", c.ready.Load)
			if err := tt.fail(w); err != nil {
				t.Fatal(err)
			}
			if err := <-ended; err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Run returned %v, want an error with %q", err, tt.want)
			}
		})
	}
}

// TestSeriesAhead does not run over a journal that lost what the series have.
func TestSeriesAhead(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	w.write("data/series/cursor.json", `{"version":1,"next":999}`)
	c := w.open()
	if err := c.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "is the data folder whole?") {
		t.Errorf("Run returned %v", err)
	}
}

// TestJournalLost starts over a data folder whose journal is gone: what the
// archive and the checkpoint have stays, positions are not given again, and
// the rest of the collector goes on.
func TestJournalLost(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	w.run()
	first := w.measure("eu-1", "eu", "db", noon-120_000, slo.Up)
	w.push(first, w.measure("eu-1", "eu", "db", noon-60_000, slo.Down))
	w.followed()
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(w.config.Data, "journal")); err != nil {
		t.Fatal(err)
	}
	w.run()
	w.push(first) // a repeat, by the received sets of the checkpoint
	w.push(w.measure("eu-1", "eu", "db", noon-1, slo.Up))
	if next := w.c.journal.Next(); next != 4 {
		t.Errorf("the journal goes on at %d, want 4", next)
	}
	w.followed()
	w.same("without the old journal")
	w.archived()
	w.incidentsAreOutages()
}

// TestErrorsAreTold tells a locked folder and a catalogue with errors apart.
func TestErrorsAreTold(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	c := w.open()
	defer func() {
		if err := c.undo.unwind(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := w.tryOpen(); !errors.Is(err, archive.ErrLocked) {
		t.Errorf("a locked folder is %v", err)
	}
	w.write("catalogue/catalogue.yaml", "kind: Nothing\n")
	_, err := New(context.Background(), w.config, Options{Log: c.log})
	if ce := (*CatalogueError)(nil); !errors.As(err, &ce) || ce.Problems.Err() == nil {
		t.Errorf("a catalogue with errors is %v", err)
	}
	if _, err := New(context.Background(), w.config, Options{}); err == nil {
		t.Error("a collector without a logger")
	}
}
