package notify_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/slo"
)

func TestChannelMistakes(t *testing.T) {
	webhook := notify.ChannelConfig{Name: "a", Kind: notify.KindWebhook, URL: "https://a.example/x?y=z"}
	itsm := notify.ChannelConfig{Name: "a", Kind: notify.KindITSM, URL: "https://a.example", Body: "{{json .}}"}
	pagerDuty := notify.ChannelConfig{Name: "a", Kind: notify.KindPagerDuty}
	with := func(c notify.ChannelConfig, f func(*notify.ChannelConfig)) notify.ChannelConfig {
		f(&c)
		return c
	}
	body := func(text string) notify.ChannelConfig {
		return with(itsm, func(c *notify.ChannelConfig) { c.Body = text })
	}
	for _, c := range []struct {
		name string
		cfg  notify.ChannelConfig
		want string // field and a part of the message; "" is fine
	}{
		{"a webhook", webhook, ""}, {"an itsm", itsm, ""}, {"a pagerduty", pagerDuty, ""},
		{"no name", with(webhook, func(c *notify.ChannelConfig) { c.Name = "" }), "name: "},
		{"a name with @", with(webhook, func(c *notify.ChannelConfig) { c.Name = "a@b" }), "name: "},
		{"no kind", notify.ChannelConfig{Name: "a"}, "kind: "},
		{"no URL", with(webhook, func(c *notify.ChannelConfig) { c.URL = "" }), "url: is missing"},
		{"credentials", with(webhook, func(c *notify.ChannelConfig) { c.URL = "https://a:hunter2@b" }), "url: it holds credentials"},
		{"a file", with(webhook, func(c *notify.ChannelConfig) { c.URL = "file:///etc/passwd" }), "url: it is not an http"},
		{"a fragment", with(webhook, func(c *notify.ChannelConfig) { c.URL = "https://a#b" }), "url: it has a fragment"},
		{"the routing key in the clear", with(pagerDuty, func(c *notify.ChannelConfig) { c.URL = "http://pd.example" }), "url: the routing key"},
		{"on this machine it may", with(pagerDuty, func(c *notify.ChannelConfig) { c.URL = "http://127.0.0.1:1" }), ""},
		{"an unknown event", with(webhook, func(c *notify.ChannelConfig) { c.Events = []string{"incident", "incident.closd"} }), `events[1]: "incident.closd"`},
		{"no event that there is", with(itsm, func(c *notify.ChannelConfig) { c.Events = []string{"none"} }), "events[0]: "},
		{"one that PagerDuty has no word for", with(pagerDuty, func(c *notify.ChannelConfig) { c.Events = []string{"budget"} }), "events[0]: "},
		{"a severity", with(webhook, func(c *notify.ChannelConfig) { c.Severities = []string{"critical"} }), "severities[0]: "},
		{"a timeout", with(webhook, func(c *notify.ChannelConfig) { c.Timeout = time.Hour }), "timeout: "},
		{"a body of a webhook", with(webhook, func(c *notify.ChannelConfig) { c.Body = "x" }), "body: goes with kind itsm"},
		{"a method", with(itsm, func(c *notify.ChannelConfig) { c.Method = "GET" }), "method: "},
		{"a content type", with(itsm, func(c *notify.ChannelConfig) { c.ContentType = "json" + "\n" }), "contentType: "},
		{"no body", body(" "), "body: is missing"},
		{"a template that ends early", body("{\n{{json .Summary}"), "body: line 2: "},
		{"a field that is not there", body("{\"a\": {{json .Sumary}}}"), "body: tried on an event incident.opened: line 1:"},
		{"a field that only incidents have", body("{{json .Incident.ID}}"), "body: tried on an event freeze.begun: "},
		{"no JSON", body("{\"a\": \"{{.Summary}}\"}"), "body: tried on an event incident.opened: the body is not JSON"},
		{"a target as it is", body("{\"a\": \"{{with .Incident}}{{range .Causes}}{{.Target}}{{end}}{{end}}\"}"), "body: tried on an event incident.opened: the body is not JSON"},
		{"JavaScript for JSON", body("{\"a\": \"{{with .Incident}}{{js .Comment}}{{end}}\"}"), "body: tried on an event incident.opened: the body is not JSON"},
		{"two values", body("{{json .ID}} {{json .ID}}"), "the body is not JSON"},
		{"too much", body("{{range 100000}}{{json $}}{{end}}"), "the body has more than"},
		{"text may be text", with(body("{{.Summary}}"), func(c *notify.ChannelConfig) { c.ContentType = "text/plain; charset=utf-8" }), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var text []string
			for _, m := range c.cfg.WithDefaults().Check() {
				text = append(text, m.Error())
			}
			got := strings.Join(text, "\n")
			if c.want == "" && got != "" || !strings.Contains(got, c.want) || strings.Contains(got, "hunter2") {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		})
	}
}

func TestReadSecrets(t *testing.T) {
	key := func(n int) string { return "whsec_" + strings.Repeat("AAAA", n/3) } // of n bytes
	for _, c := range []struct {
		kind, text string
		fine       bool
	}{
		{notify.KindWebhook, key(24) + "\n", true}, {notify.KindWebhook, key(24) + "\n\n" + key(63) + "\r\n", true},
		{notify.KindWebhook, "", false}, {notify.KindWebhook, key(21), false}, {notify.KindWebhook, key(66), false},
		{notify.KindWebhook, strings.Repeat(key(24)+"\n", 5), false}, {notify.KindWebhook, "hunter2hunter2hunter2hunter2", false},
		{notify.KindPagerDuty, routingKey + "\n", true}, {notify.KindPagerDuty, "", false}, {notify.KindPagerDuty, "hunter2 hunter2 hunter2", false},
		{notify.KindPagerDuty, routingKey + "\n" + routingKey, false}, {notify.KindITSM, "x", false}, {notify.KindITSM, "", true},
	} {
		got, err := notify.ReadSecrets(c.kind, c.text)
		if (err == nil) != c.fine || err != nil && strings.Contains(err.Error(), "hunter2") || strings.Contains(fmt.Sprint(got), "A") {
			t.Errorf("%s %q: %v, %v", c.kind, c.text, got, err)
		}
	}
	_, err := notify.NewChannel(notify.ChannelConfig{Name: "a", Kind: notify.KindWebhook, URL: "https://a.example"})
	if m, ok := errors.AsType[notify.ChannelMistake](err); !ok || m.Field != "secretFile" {
		t.Errorf("without a key: %v", err)
	}
}

// Who wants what.
func TestChannelWants(t *testing.T) {
	opened, restored := incident(notify.IncidentOpened), incident(notify.IncidentRestored)
	planned, over := opened, restored
	planned.Severity, over.Severity = slo.Ticket, slo.Ticket
	begun, ended := freeze(notify.FreezeBegun), freeze(notify.FreezeEnded)
	events := map[string]notify.Event{"opened": opened, "restored": restored, "planned": planned, "over": over, "begun": begun, "ended": ended,
		"recorded": incident(notify.IncidentRecorded), "test": notify.TestEvent(notify.ChannelConfig{}, "b", 0)}
	names := []string{"opened", "restored", "planned", "over", "recorded", "begun", "ended", "test"}
	for _, c := range []struct {
		cfg  notify.ChannelConfig
		want string
	}{
		{notify.ChannelConfig{Kind: notify.KindWebhook}, "opened restored planned over recorded begun ended"},
		{notify.ChannelConfig{Kind: notify.KindPagerDuty}, "opened restored planned over begun ended"},
		{notify.ChannelConfig{Kind: notify.KindPagerDuty, Severities: []string{"page"}}, "opened restored over ended"},
		{notify.ChannelConfig{Kind: notify.KindWebhook, Events: []string{"freeze"}}, "begun ended"},
		{notify.ChannelConfig{Kind: notify.KindWebhook, Events: []string{"incident.opened", "freeze.ended"}}, "opened planned ended"},
		{notify.ChannelConfig{Kind: notify.KindWebhook, Services: []string{"store"}}, ""},
		{notify.ChannelConfig{Kind: notify.KindWebhook, Services: []string{"store", "shop"}, Events: []string{"incident.opened"}}, "opened planned"},
	} {
		var got []string
		for _, name := range names {
			if c.cfg.Wants(events[name]) {
				got = append(got, name)
			}
		}
		if diff := cmp.Diff(c.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%+v: %s", c.cfg, diff)
		}
	}
}
