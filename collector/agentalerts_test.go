package collector

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/collector/fleet"
	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/slo"
)

const oneDay = 24 * time.Hour

func TestNotRenewed(t *testing.T) {
	heard, missed := noon.Add(-time.Second), 9*oneDay-time.Millisecond // of a certificate's life, when its renewal is missed
	for _, c := range []struct {
		name  string
		seen  slo.Instant
		left  time.Duration // of the certificate; 0 where there is none
		words string        // "" where nothing is alerted
	}{
		{"no certificate", heard, 0, ""},
		{"a fresh one", heard, 30 * oneDay, ""},
		{"one that is due", heard, 10 * oneDay, ""},
		{"one that is due for as long as renewing may fail", heard, 9 * oneDay, ""},
		{"one that was not renewed", heard, missed, "was not renewed and ends at 2026-10-24T11:59:59.999Z"},
		{"of an agent that is silent", noon.Add(-7 * oneDay), missed, "was not renewed"},
		{"of an agent that is gone", noon.Add(-7*oneDay - time.Millisecond), missed, ""},
		{"one that ended", noon.Add(-oneDay - time.Second), -oneDay, "has ended at 2026-10-14T12:00:00Z"},
		{"one that ended, of an agent that shows another", heard, -oneDay, ""},
	} {
		certificates := map[string]slo.Instant{"us-1": noon.Add(missed)} // nobody heard of that one
		if c.left != 0 {
			certificates["eu-1"] = noon.Add(c.left)
		}
		list := notRenewed([]slo.AgentStatus{{Agent: "eu-1", Location: "eu", Seen: c.seen}}, certificates, noon)
		if c.words == "" {
			if len(list) > 0 {
				t.Errorf("%s: %+v", c.name, list)
			}
			continue
		}
		if len(list) != 1 {
			t.Errorf("%s: %d alerts", c.name, len(list))
			continue
		}
		a := list[0]
		if !strings.Contains(a.Words.Summary, c.words) || a.Since != noon.Add(c.left-10*oneDay) {
			t.Errorf("%s: %q since %s", c.name, a.Words.Summary, a.Since)
		}
	}
}

func TestSaturatedAlerts(t *testing.T) {
	full := func(l slo.Limit) *slo.Room { return &slo.Room{Limit: l} }
	since := noon.Add(-slo.SaturatedFor)
	for _, c := range []struct {
		name  string
		agent slo.AgentStatus
		words string // "" where nothing is alerted
	}{
		{"room", slo.AgentStatus{Room: &slo.Room{Probes: 1, Limit: slo.LimitCPU}}, ""},
		{"nothing said", slo.AgentStatus{}, ""},
		{"none for less than a while", slo.AgentStatus{Room: full(slo.LimitCPU), Saturated: since + 1}, ""},
		{"none, of an agent that is silent", slo.AgentStatus{Room: full(slo.LimitCPU), Saturated: since, Silent: true}, ""},
		{"concurrency", slo.AgentStatus{Room: full(slo.LimitConcurrency), Saturated: since}, "eu-1 in eu has room for no more probes since 2026-10-15T11:55:00Z: as many probes as its file allows"},
		{"cpu", slo.AgentStatus{Room: full(slo.LimitCPU), Saturated: since}, "its processors are busy"},
		{"queue", slo.AgentStatus{Room: full(slo.LimitQueue), Saturated: since}, "its disk takes records more slowly"},
		{"schedule", slo.AgentStatus{Room: full(slo.LimitSchedule), Saturated: since}, "its slots begin late"},
		{"what a newer agent names", slo.AgentStatus{Room: full("sockets"), Saturated: since}, ": sockets"},
	} {
		c.agent.Agent, c.agent.Location = "eu-1", "eu"
		list := saturated([]slo.AgentStatus{c.agent}, noon)
		if c.words == "" && len(list) == 0 {
			continue
		}
		if c.words == "" || len(list) != 1 || !strings.Contains(list[0].Words.Summary, c.words) || list[0].Since != c.agent.Saturated {
			t.Errorf("%s: %+v", c.name, list)
		}
	}
}

// TestAgentSaturated tells of an agent that says for minutes that it has no
// room, and stops when it has some.
func TestAgentSaturated(t *testing.T) {
	w, am := alertedWorld(t, worldCatalogue)
	w.run()
	say := func(probes int64) {
		w.beats(push.Heartbeat{Agent: "eu-1", Location: "eu", Room: &slo.Room{Probes: probes, Limit: slo.LimitCPU}})
		w.c.alerts.soon()
	}
	began := w.clock.now()
	say(0)
	w.clock.advance(slo.SaturatedFor)
	say(0)
	al := am.firing(w, notify.AgentSaturated, "eu-1")
	want := map[string]string{
		notify.LabelAlertname: notify.AgentSaturated, notify.LabelSeverity: notify.SeverityTicket,
		notify.LabelAgent: "eu-1", notify.LabelLocation: "eu",
	}
	if diff := gocmp.Diff(want, al.Labels); diff != "" || al.StartsAt != began {
		t.Errorf("since %s, labels:\n%s", al.StartsAt, diff)
	}
	say(1)
	am.resolved(w, notify.AgentSaturated, "eu-1")
}

// TestAgentCertificateNearExpiry has an agent that gets its next certificate
// and never shows it: that one may not have arrived.
func TestAgentCertificateNearExpiry(t *testing.T) {
	w, am := alertedWorld(t, worldCatalogue, func(c *Config) { c.Agents.Enroll = true })
	w.run()
	first := w.certify("eu-1", "eu", w.clock.now().Add(-22*oneDay))
	next := w.certify("eu-1", "eu", w.clock.now())
	w.shows(first)
	w.c.alerts.soon()
	al := am.firing(w, notify.AgentCertificateNearExpiry, "eu-1")
	want := map[string]string{
		notify.LabelAlertname: notify.AgentCertificateNearExpiry, notify.LabelSeverity: notify.SeverityTicket,
		notify.LabelAgent: "eu-1", notify.LabelLocation: "eu",
	}
	if diff := gocmp.Diff(want, al.Labels); diff != "" {
		t.Errorf("labels:\n%s", diff)
	}
	if due := slo.At(first.NotAfter).Add(-fleet.RenewLeft); al.StartsAt != due {
		t.Errorf("it starts at %s, want %s", al.StartsAt, due)
	}
	w.shows(next)
	w.c.alerts.soon()
	am.resolved(w, notify.AgentCertificateNearExpiry, "eu-1")

	w.shows(first)
	w.c.alerts.soon()
	am.firing(w, notify.AgentCertificateNearExpiry, "eu-1")
	if _, err := w.c.agents.enrolment.revoke(t.Context(), "eu-1", "wei"); err != nil {
		t.Fatal(err)
	}
	w.c.alerts.soon()
	am.resolved(w, notify.AgentCertificateNearExpiry, "eu-1")
}

// TestCertificatesOnRecord takes the newest certificate of each agent from the
// records where none was shown yet, but for what was revoked.
func TestCertificatesOnRecord(t *testing.T) {
	w := newWorld(t, worldCatalogue, func(c *Config) { c.Agents.Enroll = true })
	w.run()
	w.certify("eu-1", "eu", w.clock.now())
	w.certify("us-1", "us", w.clock.now())
	w.clock.advance(oneDay)
	next := w.certify("eu-1", "eu", w.clock.now())
	if _, err := w.c.agents.enrolment.revoke(t.Context(), "us-1", "wei"); err != nil {
		t.Fatal(err)
	}
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	w.run()
	if diff := gocmp.Diff(map[string]slo.Instant{"eu-1": slo.At(next.NotAfter)}, w.c.agentCertificates()); diff != "" {
		t.Error(diff)
	}
}

// certify issues the next certificate of an agent at an instant, as a renewal
// does.
func (w *world) certify(agent, location string, at slo.Instant) *x509.Certificate {
	w.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	reply, err := w.c.agents.enrolment.Renew(context.Background(), push.Identity{Agent: agent, Location: location}, &key.PublicKey, "192.0.2.1:1", at)
	if err != nil {
		w.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(reply.Certificate)
	if err != nil {
		w.t.Fatal(err)
	}
	return cert
}

// shows has an agent be heard of by its certificate.
func (w *world) shows(cert *x509.Certificate) {
	w.t.Helper()
	r := httptest.NewRequest("POST", push.HeartbeatPath, nil)
	r.TLS = &tls.ConnectionState{VerifiedChains: [][]*x509.Certificate{{cert}}}
	who, err := w.c.agents.enrolment.certified(r)
	if err != nil {
		w.t.Fatal(err)
	}
	b := push.Heartbeat{Agent: who.Agent, Location: who.Location, Epoch: "e1", Version: "test", Started: int64(noon)}
	if err := w.c.agents.heartbeat(b, w.clock.now()); err != nil {
		w.t.Fatal(err)
	}
}

// TestRevokedWhileRenewing has an agent whose renewal was let in, and that is
// revoked before its next certificate is made: it must not outlive that.
func TestRevokedWhileRenewing(t *testing.T) {
	w := newWorld(t, worldCatalogue, func(c *Config) { c.Agents.Enroll = true })
	w.run()
	w.certify("eu-1", "eu", w.clock.now())
	w.clock.advance(oneDay)
	at, err := w.c.agents.enrolment.revoke(t.Context(), "eu-1", "wei")
	if err != nil || at != w.clock.now() {
		t.Fatal(at, err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	renew := func(agent string, after time.Duration) error {
		_, err := w.c.agents.enrolment.Renew(t.Context(), push.Identity{Agent: agent, Location: "eu"}, &key.PublicKey, "192.0.2.1:1", at.Add(after))
		return err
	}
	var refused push.EnrollRefused
	if err := renew("eu-1", 2*time.Second); !errors.As(err, &refused) || !strings.Contains(err.Error(), "revoked") {
		t.Errorf("renewed: %v", err)
	}
	if err := renew("eu-2", 2*time.Second); err != nil {
		t.Errorf("another agent: %v", err)
	}
}
