package agent

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"

	"github.com/assay-sla/assay/agent/probe"
	"github.com/assay-sla/assay/internal/settings"
	"github.com/assay-sla/assay/internal/wal"
	"github.com/assay-sla/assay/slo"
)

const (
	heartbeatsFile    = "heartbeats.json"
	maxHeartbeatsFile = 64 << 20
	maxHeartbeatWords = 1024 // bytes of what a job says
	maxHeartbeatsJobs = 10_000
)

// heartbeats are what jobs said, on the disk before they are told that it was
// heard. A job that no probe waits for is not heard.
type heartbeats struct {
	file string
	now  func() slo.Instant

	mu   sync.Mutex
	jobs map[string]probe.Heartbeat
}

// openHeartbeats reads what was heard before.
func openHeartbeats(data string, now func() slo.Instant) (*heartbeats, error) {
	h := &heartbeats{file: filepath.Join(data, heartbeatsFile), now: now, jobs: map[string]probe.Heartbeat{}}
	b, err := settings.ReadBounded(h.file, maxHeartbeatsFile)
	if errors.Is(err, fs.ErrNotExist) {
		return h, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &h.jobs)
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w; move the file away to begin anew", h.file, err)
	}
	return h, nil
}

// await says which jobs probes wait for: new ones from now on, and others no
// more.
func (h *heartbeats) await(probes []*slo.Probe) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	jobs, changed := map[string]probe.Heartbeat{}, false
	for _, p := range probes {
		s, ok := p.Spec.(*slo.Push)
		if !ok || len(jobs) >= maxHeartbeatsJobs {
			continue
		}
		known, ok := h.jobs[s.Job]
		if !ok {
			known, changed = probe.Heartbeat{Awaited: h.now()}, true
		}
		jobs[s.Job] = known
	}
	if changed = changed || len(jobs) != len(h.jobs); !changed {
		return nil
	}
	return h.keep(jobs)
}

// errNoJob is a heartbeat of a job that no probe waits for.
var errNoJob = errors.New("no probe of this agent waits for this job")

// hear takes a heartbeat.
func (h *heartbeats) hear(job string, failed bool, text string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	known, ok := h.jobs[job]
	if !ok {
		return errNoJob
	}
	known.At, known.Failed, known.Text = h.now(), failed, plain(text, maxHeartbeatWords)
	jobs := make(map[string]probe.Heartbeat, len(h.jobs))
	for name, b := range h.jobs {
		jobs[name] = b
	}
	jobs[job] = known
	return h.keep(jobs)
}

// keep puts jobs in the place of what is known, on the disk first. The lock is
// held.
func (h *heartbeats) keep(jobs map[string]probe.Heartbeat) error {
	b, err := json.Marshal(jobs)
	if err == nil {
		err = wal.ReplaceFile(h.file, b)
	}
	if err != nil {
		return fmt.Errorf("keeping heartbeats: %w", err)
	}
	h.jobs = jobs
	return nil
}

// last is what is known of a job; false where no probe waits for it.
func (h *heartbeats) last(job string) (probe.Heartbeat, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	b, ok := h.jobs[job]
	return b, ok
}
