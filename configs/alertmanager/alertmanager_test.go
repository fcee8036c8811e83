// Package alertmanager tests the example for Alertmanager.
package alertmanager

import (
	"bytes"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/collector/notify"
)

const file = "alertmanager.yml"

// example is the part of Alertmanager's format that the file uses.
type example struct {
	Global struct {
		Smarthost string `yaml:"smtp_smarthost"`
		From      string `yaml:"smtp_from"`
	}
	Route     route
	Inhibit   []inhibition `yaml:"inhibit_rules"`
	Receivers []struct {
		Name  string
		Email []struct {
			To           string
			SendResolved bool `yaml:"send_resolved"`
		} `yaml:"email_configs"`
	}
}

type route struct {
	Receiver       string
	Matchers       []string
	GroupBy        []string `yaml:"group_by"`
	GroupWait      string   `yaml:"group_wait"`
	GroupInterval  string   `yaml:"group_interval"`
	RepeatInterval string   `yaml:"repeat_interval"`
	Routes         []route
}

type inhibition struct {
	Source []string `yaml:"source_matchers"`
	Target []string `yaml:"target_matchers"`
	Equal  []string
}

func load(t *testing.T) example {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var e example
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(&e); err != nil {
		t.Fatal(err)
	}
	return e
}

// TestReceiversExist tells that every route ends at a receiver that says when
// an alert is over.
func TestReceiversExist(t *testing.T) {
	e := load(t)
	var names []string
	for _, r := range e.Receivers {
		names = append(names, r.Name)
		if len(r.Email) != 1 || r.Email[0].To == "" || !r.Email[0].SendResolved {
			t.Errorf("the receiver %s is %+v", r.Name, r.Email)
		}
	}
	for _, r := range append(e.Route.Routes, e.Route) {
		if !slices.Contains(names, r.Receiver) {
			t.Errorf("there is no receiver %q", r.Receiver)
		}
	}
}

// TestPagesAtOnce tells that nothing is added to the time between a fault and
// its page.
func TestPagesAtOnce(t *testing.T) {
	for _, r := range load(t).Route.Routes {
		if slices.Contains(r.Matchers, notify.LabelSeverity+" = "+notify.SeverityPage) {
			if r.GroupWait != "0s" {
				t.Errorf("a page waits %s", r.GroupWait)
			}
			return
		}
	}
	t.Error("no route is for pages")
}

// TestRoutes asks Debian's amtool, which also checks the whole file, who hears
// of which alert.
func TestRoutes(t *testing.T) {
	amtool, err := exec.LookPath("amtool")
	if err != nil {
		t.Skip("left out: prometheus-alertmanager is not installed")
	}
	for _, c := range []struct{ name, severity, want string }{
		{notify.ServiceDown, notify.SeverityPage, "on-call"},
		{notify.ErrorBudgetBurn, notify.SeverityPage, "on-call"},
		{notify.ErrorBudgetBurn, notify.SeverityTicket, "tickets"},
		{notify.AgreementBreached, notify.SeverityTicket, "tickets"},
		{notify.AgentSilent, notify.SeverityTicket, "tickets"},
		{notify.AgentClockOff, notify.SeverityTicket, "tickets"},
		{notify.AgentSaturated, notify.SeverityTicket, "tickets"},
		{notify.AgentCertificateNearExpiry, notify.SeverityTicket, "tickets"},
		{notify.CapacityExhausted, notify.SeverityPage, "on-call"},
		{notify.CapacityExhausting, notify.SeverityTicket, "tickets"},
		{notify.CapacityThreshold, notify.SeverityTicket, "tickets"},
		{notify.CertificateNearExpiry, notify.SeverityTicket, "tickets"},
		{notify.CertificateNearExpiry, notify.SeverityPage, "on-call"},
		{notify.JournalFull, notify.SeverityPage, "on-call"},
		{notify.RecordsSetAside, notify.SeverityTicket, "tickets"},
		{notify.SealingBehind, notify.SeverityTicket, "tickets"},
	} {
		out, err := exec.CommandContext(t.Context(), amtool, "config", "routes", "test", "--config.file="+file,
			notify.LabelAlertname+"="+c.name, notify.LabelSeverity+"="+c.severity).Output()
		if got := strings.TrimSpace(string(out)); err != nil || got != c.want {
			t.Errorf("%s, a %s, goes to %s (%v); want %s", c.name, c.severity, got, err, c.want)
		}
	}
	if out, err := exec.CommandContext(t.Context(), amtool, "check-config", file).CombinedOutput(); err != nil {
		t.Errorf("amtool refuses it: %v\n%s", err, out)
	}
}

// TestInhibition tells what keeps quiet beside what, and what does not.
func TestInhibition(t *testing.T) {
	alert := func(name, severity, service string) map[string]string {
		return map[string]string{notify.LabelAlertname: name, notify.LabelSeverity: severity, notify.LabelService: service}
	}
	down := alert(notify.ServiceDown, notify.SeverityPage, "shop")
	for _, c := range []struct {
		what           string
		source, target map[string]string
		want           bool
	}{
		{"the burn of a service that is down", down, alert(notify.ErrorBudgetBurn, notify.SeverityPage, "shop"), true},
		{"the burn of another service", down, alert(notify.ErrorBudgetBurn, notify.SeverityPage, "mail"), false},
		{
			"the ticket about a burn that pages",
			alert(notify.ErrorBudgetBurn, notify.SeverityPage, "shop"), alert(notify.ErrorBudgetBurn, notify.SeverityTicket, "shop"), true,
		},
		{"the breach by a service that is down", down, alert(notify.AgreementBreached, notify.SeverityTicket, "shop"), false},
		{"another service that is down", down, alert(notify.ServiceDown, notify.SeverityPage, "mail"), false},
	} {
		if got := inhibited(t, load(t).Inhibit, c.source, c.target); got != c.want {
			t.Errorf("%s is kept quiet: %v, want %v", c.what, got, c.want)
		}
	}
}

// inhibited applies the rules as Alertmanager does.
func inhibited(t *testing.T, rules []inhibition, source, target map[string]string) bool {
	t.Helper()
	return slices.ContainsFunc(rules, func(r inhibition) bool {
		return match(t, r.Source, source) && match(t, r.Target, target) &&
			!slices.ContainsFunc(r.Equal, func(l string) bool { return source[l] != target[l] })
	})
}

// match applies matchers of the form label = value.
func match(t *testing.T, matchers []string, labels map[string]string) bool {
	t.Helper()
	for _, m := range matchers {
		name, value, ok := strings.Cut(m, " = ")
		if !ok {
			t.Fatalf("%q is not a matcher that this test knows", m)
		}
		if labels[name] != value {
			return false
		}
	}
	return true
}
