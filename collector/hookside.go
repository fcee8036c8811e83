package collector

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/assay-sla/assay/collector/hook"
	"github.com/assay-sla/assay/collector/incident"
	"github.com/assay-sla/assay/slo"
)

// alertsHookPath is where Alertmanagers send their alerts.
const alertsHookPath = "/api/v1/hooks/alertmanager"

// hookWait is how long a notification may take to be on record.
const hookWait = 20 * time.Second

// takeAlerts answers Alertmanager's webhook once what it tells is on record.
// Whatever is not its fault is answered so that it tries again.
func (c *Collector) takeAlerts(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		answerError(w, http.StatusMethodNotAllowed, "method_not_allowed", "this address takes POST")
		return
	}
	n, err := hook.Decode(r.Body)
	switch {
	case errors.Is(err, hook.ErrTooLarge):
		answerError(w, http.StatusRequestEntityTooLarge, "too_large", err.Error())
		return
	case err != nil:
		answerError(w, http.StatusBadRequest, "bad_request", err.Error())
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), hookWait)
	defer cancel()
	switch err := c.conditions.take(ctx, n, c.now()); {
	case errors.Is(err, hook.ErrFull):
		answerError(w, http.StatusServiceUnavailable, "full", err.Error())
	case err != nil:
		c.log.Warn("alerts of another system are not on record; they are asked for again", "error", err)
		answerError(w, http.StatusServiceUnavailable, "not_recorded", "the alerts could not be put on record; send them again")
	default:
		answer(w, map[string]int{"alerts": len(n.Alerts)})
	}
}

// take takes a notification and waits until a round has followed it.
func (f *conditions) take(ctx context.Context, n hook.Notification, at slo.Instant) error {
	done := make(chan error, 1)
	f.mu.Lock()
	err := f.foreign.Take(n, f.own, at)
	if err == nil {
		f.waiting = append(f.waiting, done)
	}
	f.mu.Unlock()
	if err != nil {
		return err
	}
	f.soon()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// own reports whether an alert is one that this collector sent itself.
func (f *conditions) own(a hook.Alert) bool { return strings.HasPrefix(a.Source, f.base()+"/") }

// foreignPrefix begins the key of a foreign alert, before its fingerprint.
const foreignPrefix = string(slo.ForeignAlert) + "/"

// conditionOf is a foreign alert as a condition. A service that the catalogue
// lacks is none.
func (f *conditions) conditionOf(a hook.Alert) incident.Condition {
	c := incident.Condition{Key: foreignPrefix + a.Fingerprint, Trigger: slo.ForeignAlert, Summary: a.Summary, Since: a.StartsAt}
	if f.has(a.Service) {
		c.Service = a.Service
	}
	return c
}

// restore puts back the foreign alerts that hold by what is on record.
func (f *conditions) restore(at slo.Instant) {
	for _, i := range f.known {
		if fingerprint, ok := strings.CutPrefix(i.Key, foreignPrefix); ok && incident.Lasts(&i) {
			f.foreign.Restore(hook.Alert{Fingerprint: fingerprint, StartsAt: i.Began, Firing: true, Service: i.Service, Summary: i.Summary}, at)
		}
	}
}

// hasService reports whether the catalogue in force has a service.
func (c *Collector) hasService(name string) bool {
	_, ok := slices.BinarySearchFunc(c.catalog.current().Services, name, func(s *slo.Service, name string) int { return strings.Compare(s.Name, name) })
	return ok
}
