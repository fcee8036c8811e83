package agent

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/assay-sla/assay/internal/push"
)

// renewEvery is how often an agent looks whether its certificate is due, and
// how long it waits after an attempt that failed.
const renewEvery = 10 * time.Minute

// credential is an agent's certificate in use, renewed while the agent runs.
type credential struct {
	data    string
	log     *slog.Logger
	now     func() time.Time
	renew   func(ctx context.Context, request []byte) (push.EnrollReply, error)
	renewed func() // is told after each renewal
	held    atomic.Pointer[identity]
}

// due reports whether a certificate is to be renewed: a third of its life is
// left.
func due(leaf *x509.Certificate, now time.Time) bool {
	life := leaf.NotAfter.Sub(leaf.NotBefore)
	return leaf.NotAfter.Sub(now) < life/3
}

// loop renews the certificate when it is due, until ctx ends.
func (c *credential) loop(ctx context.Context) {
	tick := time.NewTicker(renewEvery)
	defer tick.Stop()
	for {
		c.reload()
		if leaf := c.held.Load().pair.Leaf; due(leaf, c.now()) {
			if err := c.next(ctx); err != nil && ctx.Err() == nil {
				c.log.Error("renewing the agent's certificate failed; it is tried again", "expires", leaf.NotAfter.UTC(), "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// reload takes up a certificate that an enrolment put in the place of the one
// in use, such as after a revocation.
func (c *credential) reload() {
	held := c.held.Load()
	kept, err := loadIdentity(c.data)
	switch {
	case err != nil:
		c.log.Error("the certificate in use stays", "error", err)
	case kept != nil && kept.Identity == held.Identity && !kept.pair.Leaf.Equal(held.pair.Leaf):
		c.held.Store(kept)
		c.renewed()
		c.log.Info("another certificate is in use", "expires", kept.pair.Leaf.NotAfter.UTC())
	}
}

// next gets the next certificate, with a key of its own, and keeps it before
// it is used.
func (c *credential) next(ctx context.Context) error {
	held := c.held.Load()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("making a key: %w", err)
	}
	request, err := certificateRequest(key)
	if err != nil {
		return fmt.Errorf("making a request: %w", err)
	}
	reply, err := c.renew(ctx, request)
	if err != nil {
		return err
	}
	reply.Authority = held.authority.Raw
	if err := checkReply(reply, held.authority, held.Identity, key); err != nil {
		return err
	}
	fresh, err := saveIdentity(c.data, reply, key)
	if err != nil {
		return fmt.Errorf("keeping the certificate: %w", err)
	}
	c.held.Store(fresh)
	c.renewed()
	c.log.Info("the agent's certificate was renewed", "expires", fresh.pair.Leaf.NotAfter.UTC())
	return nil
}

// use lets connections show the certificate in use, and believe its authority
// besides the roots.
func (c *credential) use(cfg *tls.Config) error {
	if cfg.RootCAs == nil {
		roots, err := x509.SystemCertPool()
		if err != nil {
			return fmt.Errorf("reading the system's root certificates: %w", err)
		}
		cfg.RootCAs = roots
	}
	cfg.RootCAs.AddCert(c.held.Load().authority)
	cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		return &c.held.Load().pair, nil
	}
	return nil
}
