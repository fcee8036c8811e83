package influx_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	promtsdb "github.com/prometheus/prometheus/tsdb"

	"github.com/assay-sla/assay/collector/remote"
	"github.com/assay-sla/assay/collector/remote/influx"
	"github.com/assay-sla/assay/collector/tsdb"
	"github.com/assay-sla/assay/slo"
)

// failing are series that fail, at an append or at the commit.
type failing struct {
	append, commit error
	rolledBack     bool
}

func (f *failing) Appender(context.Context) storage.Appender { return transaction{of: f} }

type transaction struct {
	storage.Appender // nil; the methods below are all that is called
	of               *failing
}

func (t transaction) Append(storage.SeriesRef, labels.Labels, int64, float64) (storage.SeriesRef, error) {
	return 0, t.of.append
}
func (t transaction) Commit() error { return t.of.commit }
func (t transaction) Rollback() error {
	t.of.rolledBack = true
	return nil
}

// TestFailures: what fails on the collector's side is to be sent again, is not
// told to the sender, and is in the log unless the series still load.
func TestFailures(t *testing.T) {
	broken := errors.New("the disk is gone")
	for name, c := range map[string]struct {
		in     *failing
		logged bool
	}{
		"loading":         {&failing{append: promtsdb.ErrNotReady}, false},
		"broken append":   {&failing{append: broken}, true},
		"broken commit":   {&failing{commit: broken}, true},
		"fault and break": {&failing{commit: broken, append: storage.ErrTooOldSample}, true},
	} {
		var log bytes.Buffer
		api, err := influx.New(c.in, influx.Options{
			Now: func() slo.Instant { return now }, Logger: slog.New(slog.NewTextHandler(&log, nil)),
		})
		if err != nil {
			t.Fatal(err)
		}
		a := post(t, api, influx.V2Path, "", []byte("cpu x=1"))
		if a.status != http.StatusServiceUnavailable || a.retryAfter == "" || strings.Contains(a.Message, "disk") {
			t.Errorf("%s: %+v", name, a)
		}
		if logged := strings.Contains(log.String(), "the disk is gone"); logged != c.logged {
			t.Errorf("%s: the log has %q", name, log.String())
		}
		if c.in.append != nil && c.in.append != storage.ErrTooOldSample && !c.in.rolledBack {
			t.Errorf("%s: the transaction stays open", name)
		}
	}
}

// TestHealth says whether a write would be taken.
func TestHealth(t *testing.T) {
	_, api := receiver(t, influx.Options{})
	w := httptest.NewRecorder()
	api.Health.ServeHTTP(w, httptest.NewRequest(http.MethodGet, influx.HealthPath, nil))
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"status":"pass"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	closed := openStore(t, tsdb.Options{})
	api, err := influx.New(closed.Foreign(), influx.Options{Now: func() slo.Instant { return now }})
	if err != nil {
		t.Fatal(err)
	}
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	w = httptest.NewRecorder()
	api.Health.ServeHTTP(w, httptest.NewRequest(http.MethodGet, influx.HealthPath, nil))
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), `"status":"fail"`) {
		t.Errorf("closed: %d %s", w.Code, w.Body)
	}
}

// TestTooManyAtATime: a write that gets no turn is told to come again.
func TestTooManyAtATime(t *testing.T) {
	_, api := receiver(t, influx.Options{Bounds: remote.Bounds{Parallel: 1}})
	reading, release, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		r := httptest.NewRequest(http.MethodPost, influx.V2Path, blocking{reading, release})
		api.Write.ServeHTTP(httptest.NewRecorder(), r)
	}()
	<-reading
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := httptest.NewRequest(http.MethodPost, influx.V2Path, strings.NewReader("cpu x=1")).WithContext(ctx)
	if a := ask(t, api.Write, r); a.status != http.StatusServiceUnavailable || a.retryAfter == "" {
		t.Errorf("%+v", a)
	}
	close(release)
	<-ended
	if a := post(t, api, influx.V2Path, "", []byte("cpu x=1")); a.status != http.StatusNoContent {
		t.Errorf("afterwards: %+v", a)
	}
}

// blocking is a body that says when it is read, and waits.
type blocking struct{ reading, release chan struct{} }

func (b blocking) Read([]byte) (int, error) {
	close(b.reading)
	<-b.release
	return 0, errors.New("gone")
}
