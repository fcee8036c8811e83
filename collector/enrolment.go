package collector

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"github.com/assay-sla/assay/collector/fleet"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/collector/web"
	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/slo"
)

// enrolment is the collector's authority over its agents, with what it has
// issued and revoked on record.
type enrolment struct {
	authority *fleet.Authority
	store     *sqlstore.Store
	audit     web.Audit
	names     []string // under which agents reach the collector
	refusals  *refusals
	renewals  renewals
	now       func() slo.Instant
	log       *slog.Logger

	mu      sync.Mutex
	revoked map[string]slo.Instant // by agent: what was issued up to then does not count
	// held is when the certificate ends that an agent has, by agent: the one
	// that it showed last, and before it did, the newest on record. What was
	// issued and never shown may not have arrived.
	held map[string]slo.Instant
}

// forgetCertificates is how long after their end certificates and invitations
// stay on record.
const forgetCertificates = 400 * 24 * time.Hour

// openEnrolment opens the authority; nil where the configuration wants none.
func (c *Collector) openEnrolment(ctx context.Context) (*enrolment, error) {
	if !c.config.Agents.Enroll {
		return nil, nil
	}
	authority, err := fleet.OpenAuthority(filepath.Join(c.config.Data, "authority", "authority.pem"), c.now().Time())
	if err != nil {
		return nil, err
	}
	list, err := c.store.Revocations(ctx)
	if err != nil {
		return nil, err
	}
	e := &enrolment{
		authority: authority, store: c.store, audit: auditTrail{c.store, c.ledger}, names: c.config.agentNames(), now: c.now, log: c.log, refusals: newRefusals(),
		revoked: map[string]slo.Instant{}, held: map[string]slo.Instant{},
	}
	for _, r := range list {
		e.revoked[r.Agent] = r.At
	}
	known, err := c.store.Certificates(ctx)
	if err != nil {
		return nil, err
	}
	for _, k := range known { // the newest of an agent is the last
		if k.Issued > e.revoked[k.Agent] {
			e.held[k.Agent] = k.Expires
		}
	}
	return e, nil
}

// serving is the TLS of the agents' listener: with a certificate of the
// configuration's or of the authority's own, and whatever certificate an agent
// shows must be the authority's. A new agent has none yet.
func (e *enrolment) serving(files TLSFiles) (*tls.Config, error) {
	cfg, err := files.config()
	if err != nil {
		return nil, err
	}
	if cfg == nil {
		cfg = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return e.authority.Server(e.names, e.now().Time())
		}}
	}
	cfg.ClientCAs, cfg.ClientAuth = e.authority.Pool(), tls.VerifyClientCertIfGiven
	return cfg, nil
}

// errNoCertificate is told to an agent that showed none.
var errNoCertificate = errors.New("an agent needs a certificate of this collector: assay agents invite makes an invitation, and assay-agent enroll takes it")

// certified is who showed a certificate that is good: by the authority, not
// past its end, not revoked.
func (e *enrolment) certified(r *http.Request) (push.Identity, error) {
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
		return push.Identity{}, errNoCertificate
	}
	leaf := r.TLS.VerifiedChains[0][0]
	who, err := push.IdentityOf(leaf)
	if err != nil {
		return push.Identity{}, err
	}
	if e.now().Time().After(leaf.NotAfter) { // the connection outlived it
		return push.Identity{}, errors.New("the certificate has expired")
	}
	if e.isRevoked(who.Agent, leaf) {
		return push.Identity{}, errors.New("the certificate is revoked; the agent must be enrolled anew")
	}
	e.holds(who.Agent, leaf)
	return who, nil
}

// holds notes the certificate that an agent has.
func (e *enrolment) holds(agent string, leaf *x509.Certificate) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.held[agent] = slo.At(leaf.NotAfter)
}

// ends is when the certificates of the agents end, by agent.
func (e *enrolment) ends() map[string]slo.Instant {
	e.mu.Lock()
	defer e.mu.Unlock()
	return maps.Clone(e.held)
}

// isRevoked reports whether an agent was revoked when its certificate was made,
// or after.
func (e *enrolment) isRevoked(agent string, leaf *x509.Certificate) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	at, ok := e.revoked[agent]
	return ok && issuedAt(leaf) <= at
}

// issuedAt is when a certificate was made: all live equally long.
func issuedAt(leaf *x509.Certificate) slo.Instant {
	return slo.At(leaf.NotAfter.Add(-fleet.AgentLife))
}

// Enroll is push.Enrolment's.
func (e *enrolment) Enroll(ctx context.Context, i push.Invitation, who push.Identity, key *ecdsa.PublicKey, remote string, at slo.Instant) (push.EnrollReply, error) {
	asked := fleet.Asked{Identity: who, Secret: i.Digest(), Key: digestOf(key), At: at}
	var cert *x509.Certificate
	err := e.store.Enroll(ctx, i.ID, who.Agent, func(kept sqlstore.Invitation, known []sqlstore.Certificate) (sqlstore.Certificate, sqlstore.Invitation, error) {
		if err := invited(kept).Admit(asked, e.good(known, at)); err != nil {
			return sqlstore.Certificate{}, kept, err
		}
		var err error
		if cert, err = e.authority.Issue(who, key, at.Time()); err != nil {
			return sqlstore.Certificate{}, kept, err
		}
		if e.isRevoked(who.Agent, cert) { // certificates tell seconds apart, and no less
			return sqlstore.Certificate{}, kept, push.EnrollRefused("the agent was revoked in this very second; try again")
		}
		kept.Used, kept.UsedBy, kept.Key = at, who.Agent, asked.Key[:]
		return issued(cert, who), kept, nil
	})
	if errors.Is(err, sqlstore.ErrNotFound) {
		err = push.EnrollRefused("there is no such invitation")
	}
	if err == nil {
		e.holds(who.Agent, cert)
	}
	return e.reply(ctx, "agent.enroll", who, remote, at, cert, err)
}

// Renew is push.Enrolment's.
func (e *enrolment) Renew(ctx context.Context, who push.Identity, key *ecdsa.PublicKey, remote string, at slo.Instant) (push.EnrollReply, error) {
	if !e.renewals.take(who.Agent, at) {
		err := push.EnrollRefused(fmt.Sprintf("the agent renewed its certificate %d times within a day; it keeps the last", maxRenewals))
		return e.reply(ctx, "agent.renew", who, remote, at, nil, err)
	}
	cert, err := e.authority.Issue(who, key, at.Time())
	if err == nil && e.revokedOfLate(who.Agent, at) {
		err = push.EnrollRefused("the agent was revoked while it asked; it must be enrolled anew")
	}
	if err == nil {
		err = e.store.AddCertificate(ctx, issued(cert, who), at.Add(-forgetCertificates))
	}
	return e.reply(ctx, "agent.renew", who, remote, at, cert, err)
}

// reply records what was decided, and answers it. Of many refusals it records
// some.
func (e *enrolment) reply(ctx context.Context, action string, who push.Identity, remote string, at slo.Instant, cert *x509.Certificate, err error) (push.EnrollReply, error) {
	event := web.AuditEvent{At: at, Actor: who.Agent, By: auth.ByCertificate, Remote: remote, Action: action, Object: who.Location, Outcome: web.Allowed}
	var refused push.EnrollRefused
	switch {
	case errors.As(err, &refused):
		reason, ok := e.refusals.tell(string(refused), remote, at)
		if !ok {
			return push.EnrollReply{}, err
		}
		event.By, event.Outcome, event.Reason = auth.ByNothing, web.Refused, reason
	case err != nil:
		return push.EnrollReply{}, err
	}
	if rerr := e.audit.Record(context.WithoutCancel(ctx), event); rerr != nil {
		return push.EnrollReply{}, rerr
	}
	if err != nil {
		e.log.Warn("an enrolment was refused", "agent", who.Agent, "location", who.Location, "remote", remote, "reason", event.Reason)
		return push.EnrollReply{}, err
	}
	e.log.Info("a certificate was issued", "agent", who.Agent, "location", who.Location, "by", action, "expires", cert.NotAfter.UTC())
	return push.EnrollReply{Certificate: cert.Raw, Authority: e.authority.DER()}, nil
}

// good reports whether one of an agent's certificates counts.
func (e *enrolment) good(known []sqlstore.Certificate, at slo.Instant) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, c := range known {
		if c.Expires > at && c.Issued > e.revoked[c.Agent] {
			return true
		}
	}
	return false
}

// invite makes an invitation, which is returned this once.
func (e *enrolment) invite(ctx context.Context, agent, location, actor string, life time.Duration, at slo.Instant) (push.Invitation, slo.Instant, error) {
	i := push.NewInvitation(e.authority.Digest())
	digest := i.Digest()
	kept := sqlstore.Invitation{
		ID: i.ID, Digest: digest[:], Agent: agent, Location: location, Created: at, CreatedBy: actor, Expires: at.Add(life),
	}
	return i, kept.Expires, e.store.AddInvitation(ctx, kept, at.Add(-forgetCertificates))
}

// revoke takes every certificate of an agent back, for good, from the instant
// that it returns on. They count no more before that is on record, so that
// nothing is renewed meanwhile; where it cannot be recorded they do not count
// until the collector is started again.
func (e *enrolment) revoke(ctx context.Context, agent, actor string) (at slo.Instant, err error) {
	e.mu.Lock()
	at = e.now()
	e.revoked[agent] = at
	delete(e.held, agent)
	e.mu.Unlock()
	return at, e.store.Revoke(ctx, sqlstore.Revocation{Agent: agent, At: at, Actor: actor})
}

// renewalTakes is longer than a renewal is on its way between the look at the
// certificate that asks for it and the one that is made.
const renewalTakes = time.Minute

// revokedOfLate reports whether an agent was revoked so short a time before a
// certificate is issued to it that the one it showed counted still.
func (e *enrolment) revokedOfLate(agent string, at slo.Instant) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	revoked, ok := e.revoked[agent]
	return ok && at.Sub(revoked) < renewalTakes
}

func invited(k sqlstore.Invitation) fleet.Invited {
	i := fleet.Invited{Agent: k.Agent, Location: k.Location, Expires: k.Expires, Used: k.Used, UsedBy: k.UsedBy}
	copy(i.Digest[:], k.Digest)
	copy(i.Key[:], k.Key)
	return i
}

func issued(c *x509.Certificate, who push.Identity) sqlstore.Certificate {
	return sqlstore.Certificate{
		Serial: fmt.Sprintf("%x", c.SerialNumber), Agent: who.Agent, Location: who.Location, Issued: issuedAt(c), Expires: slo.At(c.NotAfter),
	}
}

func digestOf(key *ecdsa.PublicKey) [32]byte {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return [32]byte{} // a key that was parsed can be written
	}
	return sha256.Sum256(der)
}
