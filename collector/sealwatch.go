package collector

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/assay-sla/assay/slo"
)

// sealPatience is how long sealing may fail, or leave behind what is final,
// before that is alerted on: ten of its ticks.
const sealPatience = 10 * sealEvery

// sealWatch knows how the sealer gets on. Its methods may be called at the same
// time.
type sealWatch struct {
	mu       sync.Mutex
	runs     slo.Instant // when the tick that runs began, 0 where none does
	since    slo.Instant // since when no tick was whole, 0 where the last one was
	err      error       // of the last tick
	unsealed slo.Instant // end of the oldest window that is final and not sealed, 0 where none is
	failures int         // ticks that failed, since the start
}

// begin notes that a tick begins.
func (w *sealWatch) begin(at slo.Instant) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.runs = at
}

// end notes what became of the tick that began at an instant.
func (w *sealWatch) end(at slo.Instant, err error, unsealed slo.Instant) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.runs, w.err, w.unsealed = 0, err, unsealed
	if err != nil {
		w.failures++
	}
	switch {
	case err == nil && unsealed == 0:
		w.since = 0
	case w.since == 0:
		w.since = at
	}
}

// behind is since when sealing fails, hangs or leaves windows behind, where
// that is longer than sealPatience; else 0.
func (w *sealWatch) behind(at slo.Instant) slo.Instant {
	w.mu.Lock()
	defer w.mu.Unlock()
	since := w.since
	if since == 0 {
		since = w.runs
	}
	if since == 0 || at.Sub(since) < sealPatience {
		return 0
	}
	return since
}

// words say what is behind, for people.
func (w *sealWatch) words(at slo.Instant) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := []string{"Sealing or restating figures fails or is behind, and is tried again every 30 seconds."}
	if w.unsealed != 0 {
		out = append(out, fmt.Sprintf("The oldest window that is final and not sealed ended at %s.", w.unsealed))
	}
	switch {
	case w.runs != 0 && at.Sub(w.runs) >= sealPatience:
		out = append(out, fmt.Sprintf("An attempt has run since %s.", w.runs))
	case w.err != nil:
		out = append(out, fmt.Sprintf("It failed last by: %s.", firstOf(w.err)))
	}
	return strings.Join(out, " ")
}

// age is how long ago the oldest window ended that is final and not sealed.
func (w *sealWatch) age(at slo.Instant) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.unsealed == 0 {
		return 0
	}
	return at.Sub(w.unsealed)
}

// failed is how many ticks failed since the start.
func (w *sealWatch) failed() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.failures
}

// firstOf is the first of errors that were joined, with how many more there are.
func firstOf(err error) string {
	first, rest, more := strings.Cut(err.Error(), "\n")
	if more {
		first += fmt.Sprintf(" (and %d more)", 1+strings.Count(rest, "\n"))
	}
	return first
}
