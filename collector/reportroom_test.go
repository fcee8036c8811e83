package collector

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/assay-sla/assay/collector/report"
	"github.com/assay-sla/assay/collector/web"
)

// However many ask, no more work at a time than there are slots; whoever goes
// away leaves his place, and beyond the places nobody waits.
func TestReportQueue(t *testing.T) {
	q := newQueue(2, 3)
	var working, most atomic.Int32
	var all sync.WaitGroup
	for range 5 { // as many as have a place
		all.Go(func() {
			leave, err := q.enter(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			defer leave()
			for n := working.Add(1); n > most.Load(); {
				most.Store(n)
			}
			working.Add(-1)
		})
	}
	all.Wait()
	if most.Load() > 2 || len(q.places) != 0 || len(q.slots) != 0 {
		t.Errorf("%d at a time, %d places and %d slots left taken", most.Load(), len(q.places), len(q.slots))
	}
	for range 2 {
		if _, err := q.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := q.enter(gone); !errors.Is(err, context.Canceled) || len(q.places) != 2 {
		t.Errorf("who went away: %v, %d places taken", err, len(q.places))
	}
	for range 3 {
		q.places <- struct{}{}
	}
	if _, err := q.enter(t.Context()); !errors.Is(err, web.ErrReportsBusy) {
		t.Errorf("beyond the places: %v", err)
	}
}

// A queue that is full is told on every face, and keeps reports of the other
// kind from nobody.
func TestReportRoomIsShared(t *testing.T) {
	w := mailedWorld(t)
	made, err := w.c.report(t.Context(), "gold", "2026-10", w.clock.now())
	if err != nil {
		t.Fatal(err)
	}
	for range cap(w.c.making.one.places) {
		w.c.making.one.places <- struct{}{}
	}
	for _, path := range []string{
		"/api/v1/reports/gold/2026-10?format=pdf", "/api/v1/scoped-reports/agreement/2026-10?name=gold", "/reports/gold/2026-10", "/sendings/x/report",
	} {
		resp, err := http.Get("http://" + w.c.Addr() + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
			t.Errorf("%s: %s, %v", path, resp.Status, resp.Header)
		}
	}
	if got := w.do(http.MethodPost, "http://"+w.c.Addr()+"/api/v1/report-mails/gold/2026-10", "", "application/json", ""); got != http.StatusServiceUnavailable {
		t.Errorf("mailing: %d", got)
	}
	if got := w.do(http.MethodPost, "http://"+w.c.Addr()+"/api/v1/report-mails/everybody:x/2026-10", "", "application/json", ""); got != http.StatusBadRequest {
		t.Errorf("mailing about nothing that can be: %d", got)
	}
	for _, path := range []string{"/api/v1/scoped-reports/all/2026-10", "/reports/all:/2026-10"} {
		if code, body := w.fetch(path); code != http.StatusOK {
			t.Errorf("%s: %d %.200s", path, code, body)
		}
	}
	if _, err := w.c.sendings.report(t.Context(), report.Scope{Kind: report.AgreementScope, Name: made.Identity.Agreement}, "2026-10", w.clock.now()); err != nil {
		t.Errorf("a schedule waits for people: %v", err)
	}
}
