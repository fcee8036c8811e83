package probe

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// Bounds of a trace, so that nothing a target sends can make it grow.
const (
	maxSteps    = 400
	maxStepText = 4096
)

// Trace is everything that one run saw, in order, for a person who asks. Its
// texts are cleaned like evidence. A nil trace takes nothing. It is used by
// one run at a time.
type Trace struct {
	Steps []Step

	mu     sync.Mutex // a browser probe notes from several goroutines
	start  time.Time
	hidden secrets
}

// Step is one thing seen.
type Step struct {
	At   time.Duration // since the run began
	Name string        // such as "address", "certificate", "header"
	Text string        // one line
}

// begin binds the trace to a run.
func (t *Trace) begin(start time.Time, hidden secrets) {
	if t != nil {
		t.start, t.hidden = start, hidden
	}
}

// add notes one thing. Callers on a hot path ask for t != nil first.
func (t *Trace) add(name, format string, args ...any) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.Steps) > maxSteps {
		return
	}
	if len(t.Steps) == maxSteps {
		name, format, args = "trace", "the rest is not shown", nil
	}
	text := format
	if args != nil {
		text = fmt.Sprintf(format, args...)
	}
	t.Steps = append(t.Steps, Step{time.Since(t.start), name, t.hidden.clean(text, maxStepText)})
}

// WriteTo writes one line a step: milliseconds since the start, what, and the
// text.
func (t *Trace) WriteTo(w io.Writer) (int64, error) {
	var b strings.Builder
	for _, s := range t.Steps {
		fmt.Fprintf(&b, "%9.3f ms  %-12s %s\n", float64(s.At.Microseconds())/1000, s.Name, s.Text)
	}
	n, err := io.WriteString(w, b.String())
	return int64(n), err
}
