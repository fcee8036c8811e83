package collector

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/slo"
)

// toldCatalogue has one service and a budget of a minute in seven days.
const toldCatalogue = `
apiVersion: assay/v1
kind: Probe
metadata: {name: db}
spec: {every: 1m, hold: 10m, tcp: {address: 'db.example:5432'}}
---
apiVersion: assay/v1
kind: Service
metadata: {name: store}
spec: {up: db}
---
apiVersion: assay/v1
kind: Agreement
metadata: {name: gold}
spec:
  service: store
  objectives: [{name: week, target: 99.99, window: 7d}]
  alerts: []
  budgetPolicy: [{at: 50, action: notify}, {at: 100, action: freeze, severity: page}]
`

// hearer takes what channels send, and records it.
type hearer struct {
	url string

	mu     sync.Mutex
	events []notify.Event
	status int // answered instead of 200
}

func newHearer(t *testing.T) *hearer {
	h := &hearer{}
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	h.url = s.URL
	return h
}

func (h *hearer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var e notify.Event
	err := json.NewDecoder(r.Body).Decode(&e)
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case err != nil || r.Header.Get(notify.HeaderWebhookID) != e.ID || r.Header.Get(notify.HeaderWebhookSignature) == "":
		http.Error(w, "this is no webhook", http.StatusBadRequest)
	case h.status != 0:
		http.Error(w, "not now", h.status)
	default:
		h.events = append(h.events, e)
	}
}

// answer makes the hearer answer with a status from now on; 0 takes everything.
func (h *hearer) answer(status int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.status = status
}

// told are the types of the events that were taken, those about the budget
// behind those about incidents.
func (h *hearer) told() (out []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var budgets []string
	for _, e := range h.events {
		if e.Budget != nil && e.Type != notify.ChannelTest {
			budgets = append(budgets, string(e.Type)+" "+e.Budget.Step)
		} else {
			out = append(out, string(e.Type))
		}
	}
	slices.Sort(budgets)
	return append(out, budgets...)
}

// toldWorld is a world with a channel to a hearer. Its clock stays behind the
// machine's, at which an outbox looks: what is enqueued is due.
func toldWorld(t *testing.T, catalogue string, options ...func(*ChannelConfig)) (*world, *hearer) {
	t.Helper()
	h := newHearer(t)
	w := newWorld(t, catalogue)
	cfg := ChannelConfig{SecretFile: w.write("hook.secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")}
	cfg.Name, cfg.Kind, cfg.URL = "deploy", notify.KindWebhook, h.url
	for _, o := range options {
		o(&cfg)
	}
	w.config.Channels = []ChannelConfig{cfg}
	w.config.defaults()
	w.clock.set(slo.At(time.Now().Add(-5 * time.Minute)))
	return w, h
}

// hears waits until the hearer was told of exactly these.
func (w *world) hears(h *hearer, want ...string) {
	w.t.Helper()
	defer func() {
		if w.t.Failed() {
			w.t.Logf("told: %s", gocmp.Diff(want, h.told()))
		}
	}()
	w.until("the hook is told", func() bool { return slices.Equal(h.told(), want) })
}

// TestChannelsAreTold has a service go down, somebody take it, a budget go and
// a freeze begin and end, over restarts and while the receiver is away.
func TestChannelsAreTold(t *testing.T) {
	w, h := toldWorld(t, toldCatalogue)
	w.run()
	now := w.clock.now()
	w.allSay("db", now-50_000, slo.Up)
	w.allSay("db", now-20_000, slo.Down)
	w.hears(h, "incident.opened")
	id := w.incidents()[0]["id"].(string)
	post := func(action, body string) {
		t.Helper()
		url := "http://" + w.c.Addr() + "/api/v1/incidents/" + id + "/" + action
		if code := w.do(http.MethodPost, url, "", "application/json", body); code/100 != 2 {
			t.Fatalf("%s: %d", action, code)
		}
	}
	post("acknowledge", "{}")
	post("acknowledge", "{}") // a second time is nothing new
	post("comment", `{"text": "the disk is full"}`)
	w.hears(h, "incident.opened", "incident.acknowledged", "incident.commented")

	w.clock.advance(15 * time.Second) // 35 of 60 seconds are gone
	w.c.alerts.soon()
	w.hears(h, "incident.opened", "incident.acknowledged", "incident.commented", "budget.reached 50")
	w.clock.advance(30 * time.Second)
	w.c.alerts.soon()
	begun := []string{"incident.opened", "incident.acknowledged", "incident.commented", "budget.reached 50", "freeze.begun 100"}
	w.hears(h, begun...)

	// A start tells nothing again, and what happens while the receiver is away
	// comes when it is back.
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	h.answer(http.StatusInternalServerError)
	w.run()
	w.allSay("db", w.clock.now()-1, slo.Up)
	w.followed()
	waiting := func() map[string]any {
		var got struct{ Channels []map[string]any }
		w.get("/api/v1/channels", &got)
		return got.Channels[0]
	}
	w.until("an attempt has failed", func() bool { return waiting()["retried"] != 0.0 })
	if c := waiting(); c["waiting"] != 1.0 || !strings.Contains(c["last_error"].(string), "500 not now") {
		t.Errorf("%v", c)
	}
	w.hears(h, begun...)
	h.answer(0)
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	w.run()
	w.c.channels.Wake()
	restored := slices.Insert(slices.Clone(begun), 3, "incident.restored")
	w.hears(h, restored...)

	if code := w.reload(strings.Replace(toldCatalogue, "budgetPolicy", "# budgetPolicy", 1)); code != http.StatusOK {
		t.Fatalf("reload: %d", code)
	}
	w.c.alerts.soon()
	w.hears(h, append(restored, "freeze.ended 100")...)
	w.until("all is recorded", func() bool { return waiting()["waiting"] == 0.0 })
	w.deliveries(h)
}

// deliveries holds what the API lists against what the hearer was told.
func (w *world) deliveries(h *hearer) {
	w.t.Helper()
	seen := map[string]bool{}
	for _, e := range h.events {
		if seen[e.ID] || e.Service != "store" || !strings.HasPrefix(e.Link, "http://") {
			w.t.Errorf("%+v", e)
		}
		seen[e.ID] = true
	}
	var got struct {
		Deliveries []struct {
			Event    notify.Event
			State    string
			Attempts int
			Response string
		}
	}
	w.get("/api/v1/channels/deploy/deliveries", &got)
	for _, d := range got.Deliveries {
		if d.State != "sent" || !seen[d.Event.ID] || d.Attempts < 1 || d.Response != "200" {
			w.t.Errorf("%+v", d)
		}
	}
	if len(got.Deliveries) != len(seen) {
		w.t.Errorf("%d deliveries, %d events", len(got.Deliveries), len(seen))
	}
}

// TestChannelThatRefuses sets aside what a receiver will never take, says so
// by an alert, and goes on.
func TestChannelThatRefuses(t *testing.T) {
	w, h := toldWorld(t, toldCatalogue)
	h.answer(http.StatusUnprocessableEntity)
	w.run()
	now := w.clock.now()
	w.allSay("db", now-20_000, slo.Up)
	w.allSay("db", now-10_000, slo.Down)
	w.until("it is given up", func() bool {
		standings, err := w.c.channelStandings(t.Context())
		return err == nil && standings[0].Failed == 1
	})
	h.answer(0)
	w.allSay("db", now-1000, slo.Up)
	w.hears(h, "incident.restored")
	w.until("the alert fires", func() bool {
		return slices.ContainsFunc(w.c.managers.Current(), func(a notify.Alert) bool {
			return a.Labels[notify.LabelAlertname] == notify.NotificationFailing && a.Labels[notify.LabelChannel] == "deploy" &&
				strings.Contains(a.Annotations[notify.AnnotationSummary], "given up")
		})
	})
	for _, want := range []string{`assay_notify_events_total{channel="deploy",outcome="failed"} 1`, `assay_notify_events_waiting{channel="deploy"} 0`} {
		w.until(want, func() bool {
			status, text := w.fetch("/metrics")
			return status == http.StatusOK && strings.Contains(string(text), want)
		})
	}
}

// What waits too long, and what was given up of late, is alerted on.
func TestFailingChannels(t *testing.T) {
	standing := func(waiting, failed int, oldest, last time.Duration) channelStanding {
		s := channelStanding{name: "deploy", lastError: "no"}
		s.Waiting, s.Failed, s.Oldest, s.Last = waiting, failed, noon.Add(-oldest), noon.Add(-last)
		return s
	}
	for _, c := range []struct {
		standing channelStanding
		want     string // the beginning of the summary; "" is no alert
	}{
		{standing(0, 0, 0, 0), ""},
		{standing(3, 0, 9*time.Minute, 0), ""},
		{standing(3, 0, 11*time.Minute, 0), "Channel deploy has not been told of 3 events"},
		{standing(0, 1, 0, 23*time.Hour), "Channel deploy was not told of an event"},
		{standing(0, 1, 0, 25*time.Hour), ""},
	} {
		got := failingChannels([]channelStanding{c.standing}, noon)
		if (len(got) == 1) != (c.want != "") || c.want != "" && !strings.HasPrefix(got[0].Words.Summary, c.want) {
			t.Errorf("%+v: %+v", c.standing, got)
		}
	}
}

// TestPlannedWorkIsATicket tells channels of an outage during maintenance
// without waking anybody.
func TestPlannedWorkIsATicket(t *testing.T) {
	from := slo.At(time.Now().Add(-time.Hour))
	doc := "\n---\napiVersion: assay/v1\nkind: Maintenance\nmetadata: {name: move}\n" +
		"spec: {services: [store], announced: 2026-01-01T00:00:00Z, from: " + from.String() + ", to: " + from.Add(4*time.Hour).String() + "}\n"
	w, h := toldWorld(t, toldCatalogue+doc)
	w.run()
	w.allSay("db", w.clock.now()-20_000, slo.Down)
	w.hears(h, "incident.opened")
	if e := h.events[0]; e.Severity != slo.Ticket {
		t.Errorf("%+v", e)
	}
}

// TestChannelAPI tries a channel, and answers for what is not there.
func TestChannelAPI(t *testing.T) {
	w, h := toldWorld(t, toldCatalogue, func(c *ChannelConfig) { c.Services = []string{"store"} })
	w.run()
	url := func(path string) string { return "http://" + w.c.Addr() + "/api/v1/channels" + path }
	for _, c := range []struct {
		method, path string
		answers      int // of the hearer
		want         int
	}{
		{http.MethodPost, "/deploy/test", 0, http.StatusOK},
		{http.MethodPost, "/deploy/test", http.StatusForbidden, http.StatusBadGateway},
		{http.MethodPost, "/none/test", 0, http.StatusNotFound},
		{http.MethodGet, "/none/deliveries", 0, http.StatusNotFound},
		{http.MethodGet, "/deploy/deliveries?limit=0", 0, http.StatusBadRequest},
		{http.MethodGet, "/deploy/deliveries?limit=10", 0, http.StatusOK},
	} {
		h.answer(c.answers)
		if got := w.do(c.method, url(c.path), "", "application/json", ""); got != c.want {
			t.Errorf("%s %s: %d, want %d", c.method, c.path, got, c.want)
		}
	}
	w.hears(h, "channel.test")
	if e := h.events[0]; !strings.Contains(e.Summary, "local tries the channel deploy") {
		t.Errorf("%+v", e)
	}
}

// A channel for a service that the catalogue lacks, and one whose secrets
// cannot be read, are refused at the start.
func TestChannelsOfTheConfiguration(t *testing.T) {
	w, _ := toldWorld(t, toldCatalogue, func(c *ChannelConfig) { c.Services = []string{"stoer"} })
	if _, err := w.tryOpen(); err == nil || !strings.Contains(err.Error(), `channels[0].services[0]: the catalogue has no service "stoer"`) {
		t.Errorf("%v", err)
	}
	file := writeConfig(t, "catalogue: c\ndata: d\nchannels:\n  - {name: a, kind: webhook, url: 'https://a.example', secretFile: s}\n"+
		"  - {name: b, kind: pagerduty, secretFile: s, http: {tls_config: {ca_file: none.pem}}}\n")
	w.write("unused", "")
	if _, problems := LoadConfig(file); !strings.Contains(fmt.Sprint(problems), "channels[0].secretFile: reading the secrets of channel a: open") {
		t.Errorf("%v", problems)
	}
}
