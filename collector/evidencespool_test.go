package collector

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// slowReader takes nothing of an answer until it is let go.
type slowReader struct {
	*httptest.ResponseRecorder
	began, goOn chan struct{}
}

func (s *slowReader) Write(b []byte) (int, error) {
	select {
	case <-s.began:
	default:
		close(s.began)
		<-s.goOn
	}
	return s.ResponseRecorder.Write(b)
}

// inSpool are the packs on disk.
func (w *world) inSpool() []string {
	w.t.Helper()
	names, err := filepath.Glob(filepath.Join(w.config.Data, "packs", "*"))
	if err != nil {
		w.t.Fatal(err)
	}
	return names
}

// Who fetches a pack slowly keeps nobody from another one, or from the readiness;
// only so many packs lie on the disk, and none once it was fetched.
func TestSlowReaderOfPack(t *testing.T) {
	w := evident(t)
	slow := &slowReader{httptest.NewRecorder(), make(chan struct{}), make(chan struct{})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.c.showEvidence(slow, httptest.NewRequest(http.MethodGet, evidencePath+"?from=2026-10&to=2026-11", nil))
	}()
	<-slow.began
	for _, path := range []string{evidencePath + "?from=2026-10&to=2026-11", "/api/v1/readiness?from=2026-10&to=2026-11"} {
		if code, body := w.fetch(path); code != http.StatusOK {
			t.Errorf("%s beside a slow reader: %d %.200s", path, code, body)
		}
	}
	if got := w.inSpool(); len(got) != 1 {
		t.Errorf("on disk while one is fetched: %v", got)
	}
	w.c.packs.held.Add(spooled - 1)
	if code, _ := w.fetch(evidencePath); code != http.StatusTooManyRequests {
		t.Errorf("beyond the packs that are fetched at a time: %d", code)
	}
	w.c.packs.held.Add(1 - spooled)
	close(slow.goOn)
	<-done
	if got := w.inSpool(); len(got) != 0 || w.c.packs.held.Load() != 0 || !bytes.HasPrefix(slow.Body.Bytes(), []byte("PK")) {
		t.Errorf("once it was fetched: %v, %d held, %.20q", got, w.c.packs.held.Load(), slow.Body)
	}
}

// What cannot be made leaves nothing on the disk and holds nothing.
func TestPackThatFails(t *testing.T) {
	w := evident(t)
	w.c.packs.most = 1000
	if code, body := w.fetch(evidencePath); code != http.StatusConflict || !bytes.Contains(body, []byte("large_pack")) {
		t.Errorf("a large pack: %d %.200s", code, body)
	}
	w.c.packs.most = maxSpooled
	_, err := w.c.packs.make(func(to io.Writer) error {
		_, err := to.Write([]byte("PK"))
		return errors.Join(err, fmt.Errorf("writing the pack: %w", syscall.ENOSPC))
	})
	told := httptest.NewRecorder()
	if w.c.answerPackError(told, err); told.Code != http.StatusServiceUnavailable || !strings.Contains(told.Body.String(), "disk_full") {
		t.Errorf("a full disk: %d %s", told.Code, told.Body)
	}
	if got := w.inSpool(); len(got) != 0 || w.c.packs.held.Load() != 0 {
		t.Errorf("left behind: %v, %d held", got, w.c.packs.held.Load())
	}
	if code, _ := w.fetch(evidencePath + "?from=2026-10&to=2026-11"); code != http.StatusOK {
		t.Errorf("after it: %d", code)
	}
}

// A start takes away what a process left that was killed while a pack was fetched.
func TestSpoolOfKilledProcess(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "packs")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "pack-1.zip"), []byte("PK"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openSpool(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it is there still: %v", err)
	}
}
