package collector

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/internal/push"
)

// TestRefusedEnrolments floods the collector with invitations that it never
// made. Each is refused, few of them are kept for ever, and a good one is taken.
func TestRefusedEnrolments(t *testing.T) {
	w := newWorld(t, worldCatalogue, func(c *Config) { c.Agents.Enroll = true })
	w.run()
	e := w.c.agents.enrolment
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	who := push.Identity{Agent: "eu-9", Location: "eu"}
	enroll := func(i push.Invitation) error {
		_, err := e.Enroll(t.Context(), i, who, &key.PublicKey, "192.0.2.7", w.clock.now())
		return err
	}
	forged := func() {
		t.Helper()
		var refused push.EnrollRefused
		if err := enroll(push.NewInvitation(e.authority.Digest())); !errors.As(err, &refused) || !strings.Contains(err.Error(), "no such invitation") {
			t.Fatalf("a forged invitation: %v", err)
		}
	}
	for range 200 {
		forged()
	}
	good, _, err := e.invite(t.Context(), "", "eu", "wei", time.Hour, w.clock.now())
	if err != nil {
		t.Fatal(err)
	}
	if err := enroll(good); err != nil {
		t.Errorf("a good invitation amid the flood: %v", err)
	}
	w.clock.advance(time.Minute)
	forged()
	trail, err := w.c.store.AuditTrail(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	var reasons []string
	for _, a := range trail { // the newest first
		if a.Action == "agent.enroll" && a.Outcome == "refused" {
			reasons = append(reasons, a.Reason)
		}
	}
	if len(reasons) != 6 || !strings.Contains(reasons[0], "(195 more before it") || strings.Contains(reasons[1], "more") {
		t.Errorf("%d recorded: %q", len(reasons), reasons)
	}
}
