package collector

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/slo"
)

// alertmanager takes alerts as Alertmanager does and keeps the last word on
// each.
type alertmanager struct {
	url string

	mu     sync.Mutex
	alerts map[string]notify.Alert // by the labels, as JSON
}

// alertedWorld is a world whose alerts go to an Alertmanager. Its clock begins
// at the present, because what is sent speaks to other clocks; firing alerts
// end forty minutes ahead of it. The catalogue's planned work, during which
// nobody is woken, is put half a day away from the present.
func alertedWorld(t *testing.T, catalogue string, options ...func(*Config)) (*world, *alertmanager) {
	t.Helper()
	am := newAlertmanager(t)
	away := fmt.Sprintf("'30 %d * * *'", (time.Now().UTC().Hour()+12)%24)
	w := newWorld(t, strings.Replace(catalogue, "'30 9 * * *'", away, 1), append(options, func(c *Config) {
		c.Alerting.Alertmanagers = []notify.Alertmanager{{URL: am.url}}
		c.Alerting.Resend = 10 * time.Minute
	})...)
	w.clock.set(slo.At(time.Now()))
	return w, am
}

func newAlertmanager(t *testing.T) *alertmanager {
	a := &alertmanager{alerts: map[string]notify.Alert{}}
	s := httptest.NewServer(a)
	t.Cleanup(s.Close)
	a.url = s.URL
	return a
}

func (a *alertmanager) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.URL.Path != "/api/v2/alerts" {
		http.NotFound(w, r)
		return
	}
	var list []notify.Alert
	if err := json.NewDecoder(r.Body).Decode(&list); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, al := range list {
		key, err := json.Marshal(al.Labels) // sorted by name
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		a.alerts[string(key)] = al
	}
}

// forget forgets what was told until now.
func (a *alertmanager) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	clear(a.alerts)
}

// all are the alerts told, by their labels.
func (a *alertmanager) all() map[string]notify.Alert {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.alerts)
}

// find is the last word on the alert of a name about something, false where
// there is none.
func (a *alertmanager) find(name, about string) (notify.Alert, bool) {
	for _, al := range a.all() {
		if al.Labels[notify.LabelAlertname] != name {
			continue
		}
		for _, v := range al.Labels {
			if about == "" || v == about {
				return al, true
			}
		}
	}
	return notify.Alert{}, false
}

// firing waits until an alert fires, and returns it.
func (a *alertmanager) firing(w *world, name, about string) notify.Alert {
	w.t.Helper()
	return a.await(w, "fires", name, about, func(al notify.Alert) bool { return al.EndsAt > w.clock.now() })
}

// resolved waits until an alert has ended, and returns it.
func (a *alertmanager) resolved(w *world, name, about string) notify.Alert {
	w.t.Helper()
	return a.await(w, "is resolved", name, about, func(al notify.Alert) bool { return al.EndsAt <= w.clock.now() })
}

func (a *alertmanager) await(w *world, what, name, about string, ok func(notify.Alert) bool) (al notify.Alert) {
	w.t.Helper()
	w.until(name+" "+about+" "+what, func() bool {
		var found bool
		al, found = a.find(name, about)
		return found && ok(al)
	})
	return al
}
