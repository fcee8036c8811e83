package collector

import (
	"net/http"
	"strings"
	"testing"
)

// TestAuditNamesAgents: who looks for an agent in the audit trail finds who
// invited it and who revoked it.
func TestAuditNamesAgents(t *testing.T) {
	w := newWorld(t, worldCatalogue, func(c *Config) { c.Agents.Enroll = true })
	w.run()
	base := "http://" + w.c.Addr()
	for _, x := range []struct{ path, body string }{
		{invitationsPath, `{"location":"eu"}`},
		{invitationsPath, `{"location":"eu","agent":"eu-1"}`},
		{revocationsPath, `{"agent":"eu-1"}`},
	} {
		if code := w.do(http.MethodPost, base+x.path, "", "application/json", x.body); code != http.StatusOK {
			t.Fatalf("%s %s: %d", x.path, x.body, code)
		}
	}
	trail, err := w.c.store.AuditTrail(t.Context(), 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range trail {
		got = append(got, e.Action+" "+e.Object)
	}
	if want := "agent.revoke eu-1, agent.invite eu/eu-1, agent.invite eu"; strings.Join(got, ", ") != want {
		t.Errorf("the audit trail has %q, want %q", got, want)
	}
}
