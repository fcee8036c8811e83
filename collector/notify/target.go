package notify

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/assay-sla/assay/slo"
)

const (
	// Waits between attempts while an Alertmanager is away. They are short,
	// so that one that returns has the set at once.
	minBackoff = 250 * time.Millisecond
	maxBackoff = 5 * time.Second
	// retryRefused is how long an alert that was refused on its own is left
	// out while it stays as it is.
	retryRefused = 10 * time.Minute
)

// AlertmanagerStatus is how sending to one Alertmanager goes. Counts are
// since the start.
type AlertmanagerStatus struct {
	URL         string
	Up          bool // the last request was answered
	Sent        int  // alerts accepted, repeats included
	Refused     int  // alerts answered with 4xx on their own
	Failures    int  // requests without a usable answer
	LastSuccess slo.Instant
	LastError   string // "" after a success
}

// target is the loop that keeps one Alertmanager told.
type target struct {
	poster  poster
	opts    AlertOptions
	current func() []Alert
	log     *slog.Logger
	wake    chan struct{}

	mu     sync.Mutex
	status AlertmanagerStatus

	// Of the loop alone:
	told     map[string]slo.Instant // EndsAt of each alert as last accepted
	refusals map[string]refusal
	backoff  time.Duration // 0 while all is well
	tried    time.Time     // when the last round ended
}

// refusal is an alert that was refused on its own, as it was then.
type refusal struct {
	alert Alert
	at    slo.Instant
}

func newTarget(name string, p poster, opts AlertOptions, current func() []Alert) *target {
	return &target{
		poster: p, opts: opts, current: current,
		log:      opts.Logger.With("alertmanager", name),
		wake:     make(chan struct{}, 1),
		status:   AlertmanagerStatus{URL: name},
		told:     map[string]slo.Instant{},
		refusals: map[string]refusal{},
	}
}

// wakeUp makes the loop look at the set now. It never blocks.
func (t *target) wakeUp() {
	select {
	case t.wake <- struct{}{}:
	default: // it is about to look anyway
	}
}

func (t *target) snapshot() AlertmanagerStatus {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.status
}

// run sends the set when it changes and every Resend, until ctx ends. While
// the Alertmanager is away it tries again with growing waits; a change makes
// it try at once, but not within minBackoff of the last attempt.
func (t *target) run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.wake:
			if pause := minBackoff - time.Since(t.tried); t.backoff > 0 && pause > 0 {
				timer.Reset(pause)
				continue
			}
		case <-timer.C:
		}
		ok := t.round(ctx)
		t.tried = time.Now()
		timer.Reset(t.wait(ok))
	}
}

// wait is how long to wait after a round: Resend, or after a failure a
// growing time with jitter, so that many collectors do not return as one.
func (t *target) wait(ok bool) time.Duration {
	if ok {
		t.backoff = 0
		return t.opts.Resend
	}
	t.backoff = min(max(2*t.backoff, minBackoff), maxBackoff, t.opts.Resend)
	return t.backoff/2 + rand.N(t.backoff/2+1)
}

// round sends the whole set in batches and reports whether the Alertmanager
// could be used. It stops at the first batch that could not be delivered.
func (t *target) round(ctx context.Context) bool {
	at := slo.At(time.Now())
	list := messages(t.current(), at, t.told)
	t.forget(list)
	list = t.withoutRefused(list, at)
	for len(list) > 0 {
		n := min(len(list), t.opts.Batch)
		if !t.deliver(ctx, list[:n]) {
			return false
		}
		list = list[n:]
	}
	return true
}

// deliver sends one batch. Where it is refused it is halved until the alerts
// that are to blame stand alone; the others are delivered.
func (t *target) deliver(ctx context.Context, batch []message) bool {
	at := slo.At(time.Now())
	v, err := t.send(ctx, batch, at)
	if ctx.Err() != nil {
		return false
	}
	switch v {
	case accepted:
		t.succeeded(batch, at)
		return true
	case refused:
		if len(batch) == 1 {
			t.refuse(batch[0], at, err)
			return true
		}
		half := len(batch) / 2
		return t.deliver(ctx, batch[:half]) && t.deliver(ctx, batch[half:])
	default:
		t.failed(err)
		return false
	}
}

func (t *target) send(ctx context.Context, batch []message, at slo.Instant) (verdict, error) {
	alerts := make([]Alert, 0, len(batch))
	for _, m := range batch {
		alerts = append(alerts, m.wire(at, t.opts.Resend))
	}
	body, err := json.Marshal(alerts)
	if err != nil { // an instant outside its range at worst
		return refused, err
	}
	ctx, cancel := context.WithTimeout(ctx, t.opts.Timeout)
	defer cancel()
	return judge(t.poster.post(ctx, body))
}

func (t *target) succeeded(batch []message, at slo.Instant) {
	for _, m := range batch {
		t.told[m.key] = m.EndsAt
		delete(t.refusals, m.key)
	}
	t.mu.Lock()
	back := !t.status.Up && t.status.LastError != ""
	t.status.Up, t.status.LastError = true, ""
	t.status.Sent += len(batch)
	t.status.LastSuccess = at
	t.mu.Unlock()
	if back {
		t.log.Info("Alertmanager takes alerts again")
	}
}

// failed notes a request that could not be delivered; a failure is logged
// when it begins, not at each attempt.
func (t *target) failed(err error) {
	t.mu.Lock()
	first := t.status.Up || t.status.LastError == ""
	t.status.Up, t.status.LastError = false, excerpt(err.Error())
	t.status.Failures++
	t.mu.Unlock()
	if first {
		t.log.Warn("sending alerts failed; trying until it works", "err", err)
	}
}

func (t *target) refuse(m message, at slo.Instant, err error) {
	t.refusals[m.key] = refusal{m.Alert, at}
	t.mu.Lock()
	t.status.Up, t.status.LastError = true, excerpt(err.Error())
	t.status.Refused++
	t.mu.Unlock()
	t.log.Error("Alertmanager refused an alert", "labels", m.Labels, "err", err)
}

// withoutRefused leaves out what was refused as it is, for retryRefused.
func (t *target) withoutRefused(list []message, at slo.Instant) []message {
	kept := list[:0]
	for _, m := range list {
		r, ok := t.refusals[m.key]
		if ok && at.Sub(r.at) < retryRefused && sameWords(r.alert, m.Alert) {
			continue
		}
		kept = append(kept, m)
	}
	return kept
}

func sameWords(a, b Alert) bool {
	return a.StartsAt == b.StartsAt && a.EndsAt == b.EndsAt && a.GeneratorURL == b.GeneratorURL &&
		maps.Equal(a.Annotations, b.Annotations)
}

// forget drops what is remembered of alerts that are no longer in the list.
func (t *target) forget(list []message) {
	keys := make(map[string]bool, len(list))
	for _, m := range list {
		keys[m.key] = true
	}
	maps.DeleteFunc(t.told, func(k string, _ slo.Instant) bool { return !keys[k] })
	maps.DeleteFunc(t.refusals, func(k string, _ refusal) bool { return !keys[k] })
}
