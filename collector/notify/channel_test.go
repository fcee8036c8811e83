package notify_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/notify/outboxtest"
	"github.com/assay-sla/assay/slo"
)

// send makes one attempt to tell a channel of an event.
func send(t *testing.T, ch *notify.Channel, e notify.Event, resent bool) (notify.Result, error) {
	t.Helper()
	return ch.Send(t.Context(), notify.Notice{Channel: "calls", Event: e}, notify.Attempt{Resent: resent})
}

// incident is an event about an incident; freeze is one about a budget.
func incident(kind notify.EventType) notify.Event {
	return outboxtest.Event(kind, "shop-20261015T120000.000Z", "8e4d3bb9bbbb4ea85b3aa9dd5cf5b2b1")
}

func freeze(kind notify.EventType) notify.Event {
	e := incident(kind)
	e.Severity, e.Incident = slo.Ticket, nil
	e.Budget = &notify.BudgetFacts{Agreement: "gold", Objective: "month", Step: "100", Action: notify.ActionFreeze, Since: outboxtest.At, Until: outboxtest.At + 1, BudgetMS: 5, UsedMS: 6}
	return e
}

// A webhook is the event, signed by every key, and what the page shows to
// receivers verifies it.
func TestWebhook(t *testing.T) {
	const older = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	r := newReceiver(t)
	ch := r.channel(t, notify.ChannelConfig{Kind: notify.KindWebhook, Secrets: []notify.Secret{older}})
	e := incident(notify.IncidentOpened)
	for _, resent := range []bool{false, true} {
		result, err := send(t, ch, e, resent)
		if err != nil || result.Response != `202 {"status": "success"}` {
			t.Fatalf("%+v, %v", result, err)
		}
		got := r.take()[0]
		h := got.header.Get
		if got.method != http.MethodPost || h("Content-Type") != "application/json" || h("User-Agent") != "Assay" ||
			h(notify.HeaderWebhookID) != e.ID || h(notify.HeaderResent) == "true" != resent {
			t.Errorf("%s %v", got.method, got.header)
		}
		for _, key := range []string{signingKey, older} {
			if err := verify(key, h(notify.HeaderWebhookID), h(notify.HeaderWebhookTimestamp), h(notify.HeaderWebhookSignature), got.body, time.Now()); err != nil {
				t.Errorf("signed by %s: %v", key, err)
			}
		}
		if err := verify("whsec_"+strings.Repeat("B", 32), h(notify.HeaderWebhookID), h(notify.HeaderWebhookTimestamp), h(notify.HeaderWebhookSignature), got.body, time.Now()); err == nil {
			t.Error("another key fits as well")
		}
		var back notify.Event
		if err := json.Unmarshal(got.body, &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(e, back); diff != "" {
			t.Error(diff)
		}
	}
}

// What PagerDuty is sent of each type.
func TestPagerDuty(t *testing.T) {
	r := newReceiver(t)
	ch := r.channel(t, notify.ChannelConfig{Kind: notify.KindPagerDuty})
	var text strings.Builder
	test := notify.TestEvent(ch.Config(), "anna", outboxtest.At)
	for _, e := range []notify.Event{
		incident(notify.IncidentOpened), incident(notify.IncidentAcknowledged), incident(notify.IncidentRestored),
		freeze(notify.FreezeBegun), freeze(notify.FreezeEnded), test,
	} {
		if _, err := send(t, ch, e, false); err != nil {
			t.Fatal(err)
		}
		var body any
		if err := json.Unmarshal(r.take()[0].body, &body); err != nil {
			t.Fatal(err)
		}
		b, err := json.MarshalIndent(body, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&text, "%s\n%s\n", e.Type, b)
	}
	golden(t, "pagerduty.golden", text.String())
}

// PagerDuty's bounds hold, and a type that it has no word for is not sent.
func TestPagerDutyBounds(t *testing.T) {
	r := newReceiver(t)
	ch := r.channel(t, notify.ChannelConfig{Kind: notify.KindPagerDuty})
	long := incident(notify.IncidentOpened)
	long.Incident.ID, long.Summary = strings.Repeat("i", 300), strings.Repeat("界", 1000)
	if _, err := send(t, ch, long, false); err != nil {
		t.Fatal(err)
	}
	var body struct {
		Key     string                   `json:"dedup_key"`
		Payload struct{ Summary string } `json:"payload"`
	}
	if err := json.Unmarshal(r.take()[0].body, &body); err != nil {
		t.Fatal(err)
	}
	if len(body.Key) > 255 || len(body.Payload.Summary) > 1024 {
		t.Errorf("%d and %d bytes", len(body.Key), len(body.Payload.Summary))
	}
	long.Incident.Comment = strings.Repeat("c", 600<<10)
	for _, e := range []notify.Event{long, incident(notify.IncidentCommented)} {
		_, err := send(t, ch, e, false)
		if failure, ok := errors.AsType[*notify.SendError](err); !ok || failure.Class != notify.Permanent || len(r.take()) != 0 {
			t.Errorf("%v", err)
		}
	}
}

const ticketTemplate = `{"short_description": {{json .Summary}}, "correlation_id": {{json .ID}},
"urgency": {{if eq .Severity "page"}}1{{else}}3{{end}}{{with .Incident}}, "caused_by": {{json .Causes}}{{end}}}`

func TestITSM(t *testing.T) {
	r := newReceiver(t)
	cfg := notify.ChannelConfig{Kind: notify.KindITSM, Method: http.MethodPut, Body: ticketTemplate}
	if err := yaml.Unmarshal([]byte("{basic_auth: {username: assay, password: secret}, http_headers: {X-Tenant: {secrets: [acme]}}}"), &cfg.HTTP); err != nil {
		t.Fatal(err)
	}
	ch := r.channel(t, cfg)
	var text strings.Builder
	e := incident(notify.IncidentOpened)
	e.Summary = "a \"quotation\"\nand </script>"
	for _, e := range []notify.Event{e, freeze(notify.FreezeBegun)} {
		if _, err := send(t, ch, e, false); err != nil {
			t.Fatal(err)
		}
		got := r.take()[0]
		if got.method != http.MethodPut || got.header.Get("X-Tenant") != "acme" || got.header.Get("Authorization") == "" || !json.Valid(got.body) {
			t.Errorf("%+v", got)
		}
		fmt.Fprintf(&text, "%s\n", got.body)
	}
	golden(t, "itsm.golden", text.String())
}

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if flag.Lookup("update").Value.String() == "true" { // of render_test.go
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Error(diff)
	}
}

// What each answer means for the event.
func TestChannelAnswers(t *testing.T) {
	r := newReceiver(t)
	ch := r.channel(t, notify.ChannelConfig{Kind: notify.KindWebhook})
	type meaning struct {
		Class  notify.Class
		Server bool
		After  time.Duration
	}
	soon := func(h http.Header) { h.Set("Retry-After", "7") }
	for _, c := range []struct {
		status int
		header func(http.Header)
		want   *meaning // nil: taken
	}{
		{200, nil, nil}, {204, nil, nil},
		{301, func(h http.Header) { h.Set("Location", r.url) }, &meaning{Server: true}}, // not followed
		{307, func(h http.Header) { h.Set("Location", r.url) }, &meaning{Server: true}},
		{400, nil, &meaning{Class: notify.Permanent}},
		{401, nil, &meaning{Server: true}}, {403, nil, &meaning{Server: true}}, {404, nil, &meaning{Server: true}}, {405, nil, &meaning{Server: true}},
		{408, nil, &meaning{}}, {425, soon, &meaning{After: 7 * time.Second}},
		{409, nil, &meaning{Class: notify.Permanent}}, {410, nil, &meaning{Class: notify.Permanent}}, {413, nil, &meaning{Class: notify.Permanent}},
		{415, nil, &meaning{Class: notify.Permanent}}, {422, nil, &meaning{Class: notify.Permanent}},
		{429, soon, &meaning{Server: true, After: 7 * time.Second}},
		{429, func(h http.Header) { h.Set("Retry-After", "999999") }, &meaning{Server: true, After: time.Hour}},
		{429, func(h http.Header) { h.Set("Retry-After", "soon") }, &meaning{Server: true}},
		{500, nil, &meaning{}}, {501, nil, &meaning{}}, {502, nil, &meaning{Server: true}}, {503, soon, &meaning{Server: true, After: 7 * time.Second}}, {504, nil, &meaning{Server: true}},
	} {
		r.behave(func(w http.ResponseWriter, _ received, _ int) {
			if c.header != nil {
				c.header(w.Header())
			}
			w.WriteHeader(c.status)
		})
		_, err := send(t, ch, incident(notify.IncidentOpened), false)
		var got *meaning
		if failure, ok := errors.AsType[*notify.SendError](err); ok {
			got = &meaning{failure.Class, failure.Server, failure.After}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%d: %v\n%s", c.status, err, diff)
		}
		if n := len(r.take()); n != 1 {
			t.Errorf("%d: %d requests", c.status, n)
		}
	}
}

// A date is as good as seconds, and one that is past is no wait.
func TestRetryAfterDate(t *testing.T) {
	r := newReceiver(t)
	ch := r.channel(t, notify.ChannelConfig{Kind: notify.KindWebhook})
	for wait, good := range map[time.Duration]func(time.Duration) bool{
		30 * time.Minute:  func(d time.Duration) bool { return d > 29*time.Minute && d <= 30*time.Minute },
		-30 * time.Minute: func(d time.Duration) bool { return d == 0 },
	} {
		r.behave(func(w http.ResponseWriter, _ received, _ int) {
			w.Header().Set("Retry-After", time.Now().Add(wait).UTC().Format(http.TimeFormat))
			w.WriteHeader(http.StatusServiceUnavailable)
		})
		_, err := send(t, ch, incident(notify.IncidentOpened), false)
		if failure, ok := errors.AsType[*notify.SendError](err); !ok || !good(failure.After) {
			t.Errorf("%s: %v", wait, err)
		}
	}
}

// Where no answer came it matters whether the receiver may have got it.
func TestChannelWithoutAnswer(t *testing.T) {
	r := newReceiver(t)
	ch := r.channel(t, notify.ChannelConfig{Kind: notify.KindWebhook})
	r.behave(func(w http.ResponseWriter, _ received, _ int) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			conn.Close()
		}
	})
	_, err := send(t, ch, incident(notify.IncidentOpened), false)
	if failure, ok := errors.AsType[*notify.SendError](err); !ok || failure.Class != notify.Uncertain || !failure.Server {
		t.Errorf("cut off: %v", err)
	}
	away, err := notify.NewChannel(notify.ChannelConfig{Name: "away", Kind: notify.KindITSM, URL: "http://127.0.0.1:1/hook?token=hunter2", Body: "{{json .}}"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = send(t, away, incident(notify.IncidentOpened), false)
	failure, ok := errors.AsType[*notify.SendError](err)
	if !ok || failure.Class != notify.Temporary || failure.Stage != "connect" || !failure.Server {
		t.Errorf("away: %v", err)
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the URL is in the error: %v", err)
	}
}

// What a receiver says is bounded and clean, and holds none of our secrets.
func TestChannelRepeatsNoSecret(t *testing.T) {
	r := newReceiver(t)
	r.behave(func(w http.ResponseWriter, got received, _ int) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, "bad\x1b[31m key %s, %s, %s%s", routingKey, signingKey, got.body, strings.Repeat("x", 1<<20))
	})
	for kind, secret := range map[string]string{notify.KindPagerDuty: routingKey, notify.KindWebhook: signingKey} {
		ch := r.channel(t, notify.ChannelConfig{Kind: kind})
		_, err := send(t, ch, incident(notify.IncidentOpened), false)
		if err == nil || strings.Contains(err.Error(), secret) || len(err.Error()) > 1000 || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%s: %.2000v", kind, err)
		}
		if text := fmt.Sprintf("%v %+v", ch.Config(), ch.Config()); strings.Contains(text, secret) {
			t.Errorf("%s: the configuration shows its secret", kind)
		}
	}
}
