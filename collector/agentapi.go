package collector

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/assay-sla/assay/collector/fleet"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/collector/web"
	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/slo"
)

// Paths of enrolment for people and tools.
const (
	invitationsPath  = "/api/v1/agent-invitations"
	certificatesPath = "/api/v1/agent-certificates"
	revocationsPath  = "/api/v1/agent-revocations"
)

// enrolmentPages serves invitations, certificates and revocations.
func (c *Collector) enrolmentPages() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+invitationsPath, c.inviteAgent)
	mux.HandleFunc("GET "+certificatesPath, c.listCertificates)
	mux.HandleFunc("POST "+revocationsPath, c.revokeAgent)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c.agents.enrolment == nil {
			answerError(w, http.StatusConflict, "no_enrolment", "this collector enrolls no agents: its file has no agents.enroll")
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func (c *Collector) inviteAgent(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Agent    string `json:"agent"`
		Location string `json:"location"`
		LifeMS   int64  `json:"life_ms"`
	}
	if err := web.ReadBody(r, &asked); err != nil {
		status, code, message := web.Refusal(err)
		answerError(w, status, code, message)
		return
	}
	life := time.Duration(asked.LifeMS) * time.Millisecond
	if asked.LifeMS == 0 {
		life = fleet.InvitationLife
	}
	names := push.Identity{Agent: asked.Agent, Location: asked.Location}
	if names.Agent == "" {
		names.Agent = "any"
	}
	err := names.Check()
	if err == nil && (asked.LifeMS < 0 || asked.LifeMS > fleet.MaxInvitationLife.Milliseconds()) {
		err = fmt.Errorf("life_ms: %d is not 1 to %d", asked.LifeMS, fleet.MaxInvitationLife.Milliseconds())
	}
	if err != nil {
		answerError(w, http.StatusBadRequest, "bad_request", err.Error())
		return
	}
	i, expires, err := c.agents.enrolment.invite(r.Context(), asked.Agent, asked.Location, web.ActorOf(r), life, c.now())
	if err != nil {
		c.answerFailure(w, "making an invitation", err)
		return
	}
	answer(w, map[string]any{
		"invitation": i.String(), "id": i.ID, "agent": asked.Agent, "location": asked.Location, "expires_at": expires, "collectors": c.agentURLs(),
	})
}

// namedAgent is whom an invitation or a revocation is about: an agent, a
// location, or both as in the names of certificates.
func namedAgent(body []byte) string {
	var names struct {
		Location string `json:"location"`
		Agent    string `json:"agent"`
	}
	_ = json.Unmarshal(body, &names) // the handler says what is wrong with it
	if names.Location != "" && names.Agent != "" {
		return names.Location + "/" + names.Agent
	}
	return names.Location + names.Agent
}

// agentURLs are where agents reach the collector.
func (c *Collector) agentURLs() []string {
	urls := []string{}
	_, port, err := net.SplitHostPort(c.agentsAt.Addr().String())
	if err != nil {
		return urls
	}
	for _, name := range c.config.agentNames() {
		urls = append(urls, "https://"+net.JoinHostPort(name, port))
	}
	return urls
}

func (c *Collector) revokeAgent(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Agent string `json:"agent"`
	}
	if err := web.ReadBody(r, &asked); err != nil {
		status, code, message := web.Refusal(err)
		answerError(w, status, code, message)
		return
	}
	if err := (push.Identity{Agent: asked.Agent, Location: "any"}).Check(); err != nil {
		answerError(w, http.StatusBadRequest, "bad_request", err.Error())
		return
	}
	list, err := c.store.Certificates(r.Context())
	if err != nil {
		c.answerFailure(w, "listing agents' certificates", err)
		return
	}
	known := slices.ContainsFunc(list, func(x sqlstore.Certificate) bool { return x.Agent == asked.Agent })
	at, err := c.agents.enrolment.revoke(r.Context(), asked.Agent, web.ActorOf(r))
	if err != nil {
		c.answerFailure(w, "revoking an agent's certificates", err)
		return
	}
	answer(w, map[string]any{"agent": asked.Agent, "revoked_at": at, "enrolled": known})
}

// certificateLine is a certificate as tools read it.
type certificateLine struct {
	Serial    string       `json:"serial"`
	Agent     string       `json:"agent"`
	Location  string       `json:"location"`
	IssuedAt  slo.Instant  `json:"issued_at"`
	ExpiresAt slo.Instant  `json:"expires_at"`
	RevokedAt *slo.Instant `json:"revoked_at"`
}

func (c *Collector) listCertificates(w http.ResponseWriter, r *http.Request) {
	list, err := c.store.Certificates(r.Context())
	if err != nil {
		c.answerFailure(w, "listing agents' certificates", err)
		return
	}
	revocations, err := c.store.Revocations(r.Context())
	if err != nil {
		c.answerFailure(w, "listing revocations", err)
		return
	}
	revoked := map[string]slo.Instant{}
	for _, x := range revocations {
		revoked[x.Agent] = x.At
	}
	lines := make([]certificateLine, len(list))
	for i, x := range list {
		lines[i] = certificateLine{Serial: x.Serial, Agent: x.Agent, Location: x.Location, IssuedAt: x.Issued, ExpiresAt: x.Expires}
		if at, ok := revoked[x.Agent]; ok && x.Issued <= at {
			lines[i].RevokedAt = &at
		}
	}
	answer(w, map[string]any{"certificates": lines})
}
