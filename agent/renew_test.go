package agent

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/assay-sla/assay/internal/push"
)

// office is an authority of the test's own.
type office struct {
	t    *testing.T
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, key: newKey(t)}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(1000 * time.Hour), IsCA: true, BasicConstraintsValid: true}
	o.cert = o.sign(template, template, &o.key.PublicKey)
	return o
}

func (o *office) sign(template, parent *x509.Certificate, key any) *x509.Certificate {
	o.t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key, o.key)
	if err != nil {
		o.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		o.t.Fatal(err)
	}
	return cert
}

// issue answers for a key.
func (o *office) issue(who push.Identity, key any, life time.Duration) push.EnrollReply {
	leaf := o.sign(&x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(life), URIs: []*url.URL{who.URI()},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, o.cert, key)
	return push.EnrollReply{Certificate: leaf.Raw, Authority: o.cert.Raw}
}

// held puts an agent's certificate into a folder, as enrolment does.
func (o *office) held(dir string, who push.Identity, life time.Duration) *identity {
	key := newKey(o.t)
	i, err := saveIdentity(dir, o.issue(who, &key.PublicKey, life), key)
	if err != nil {
		o.t.Fatal(err)
	}
	return i
}

var eu1 = push.Identity{Agent: "eu-1", Location: "eu"}

// TestRenew renews a certificate when a third of its life is left, and again
// after attempts that failed; what is used is on the disk.
func TestRenew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, dir := newOffice(t), t.TempDir()
		first := o.held(dir, eu1, 30*time.Hour)
		var asked, renewed atomic.Int32 // the loop's goroutine counts, and the test looks meanwhile
		c := &credential{data: dir, log: quiet(), now: time.Now, renewed: func() { renewed.Add(1) }}
		c.renew = func(_ context.Context, request []byte) (push.EnrollReply, error) {
			if asked.Add(1) == 1 {
				return push.EnrollReply{}, errors.New("nobody answers")
			}
			csr, err := x509.ParseCertificateRequest(request)
			if err != nil {
				t.Fatal(err)
			}
			return o.issue(eu1, csr.PublicKey, 30*time.Hour), nil
		}
		c.held.Store(first)
		ctx, cancel := context.WithCancel(t.Context())
		go c.loop(ctx)
		time.Sleep(19 * time.Hour)
		synctest.Wait()
		if n := asked.Load(); n != 0 {
			t.Errorf("asked %d times too soon", n)
		}
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if asked.Load() != 2 || renewed.Load() != 1 || c.held.Load() == first {
			t.Errorf("asked %d times, renewed %d", asked.Load(), renewed.Load())
		}
		kept, err := loadIdentity(dir)
		if err != nil || kept.Identity != eu1 || !kept.pair.Leaf.Equal(c.held.Load().pair.Leaf) {
			t.Errorf("on the disk is %+v, %v", kept, err)
		}
		// Another enrolment puts its own in the place.
		again := o.held(dir, eu1, 30*time.Hour)
		time.Sleep(renewEvery)
		synctest.Wait()
		if renewed.Load() != 2 || !c.held.Load().pair.Leaf.Equal(again.pair.Leaf) {
			t.Errorf("renewed %d times, and the new enrolment is not in use", renewed.Load())
		}
		cancel()
		synctest.Wait()
	})
}

// TestRenewRefuses takes nothing but the next certificate of the same agent,
// by the same authority, for the key that was asked for.
func TestRenewRefuses(t *testing.T) {
	o, other, dir := newOffice(t), newOffice(t), t.TempDir()
	first := o.held(dir, eu1, time.Hour)
	for name, answer := range map[string]func(key any) push.EnrollReply{
		"another authority": func(key any) push.EnrollReply { return other.issue(eu1, key, time.Hour) },
		"another agent": func(key any) push.EnrollReply {
			return o.issue(push.Identity{Agent: "x", Location: "eu"}, key, time.Hour)
		},
		"another location": func(key any) push.EnrollReply {
			return o.issue(push.Identity{Agent: "eu-1", Location: "x"}, key, time.Hour)
		},
		"another key":  func(any) push.EnrollReply { return o.issue(eu1, &newKey(t).PublicKey, time.Hour) },
		"an ended one": func(key any) push.EnrollReply { return o.issue(eu1, key, -time.Second) },
		"nothing":      func(any) push.EnrollReply { return push.EnrollReply{} },
	} {
		c := &credential{data: dir, log: quiet(), now: time.Now, renewed: func() { t.Error("renewed") }}
		c.held.Store(first)
		c.renew = func(_ context.Context, request []byte) (push.EnrollReply, error) {
			csr, err := x509.ParseCertificateRequest(request)
			if err != nil {
				t.Fatal(err)
			}
			return answer(csr.PublicKey), nil
		}
		if err := c.next(t.Context()); err == nil || c.held.Load() != first {
			t.Errorf("%s: %v", name, err)
		}
	}
	if kept, err := loadIdentity(dir); err != nil || !kept.pair.Leaf.Equal(first.pair.Leaf) {
		t.Errorf("the one on the disk has changed: %v", err)
	}
}

// TestNothingToShow: an agent that its collector cannot know says so once, and
// not only that requests fail.
func TestNothingToShow(t *testing.T) {
	for _, c := range []struct {
		config Config
		said   bool
	}{
		{Config{Collectors: []string{"https://192.0.2.1:8421"}}, true},
		{Config{Collectors: []string{"http://127.0.0.1:8421"}}, false},
		{Config{Collectors: []string{"https://192.0.2.1:8421"}, TokenFile: "token"}, false},
		{Config{Collectors: []string{"https://192.0.2.1:8421"}, TLS: TLSFiles{Cert: "c", Key: "k"}}, false},
	} {
		var log strings.Builder
		c.config.Data = t.TempDir()
		a := &Agent{config: c.config, log: slog.New(slog.NewTextHandler(&log, nil))}
		if err := a.openCredential(&tls.Config{}); err != nil {
			t.Fatal(err)
		}
		if said := strings.Contains(log.String(), "enroll it with assay-agent enroll"); said != c.said {
			t.Errorf("%+v: it says %q", c.config, log.String())
		}
	}
}

// TestDamagedIdentity tells what to do, and an agent of another name does not
// start with it.
func TestDamagedIdentity(t *testing.T) {
	dir := t.TempDir()
	if i, err := loadIdentity(dir); i != nil || err != nil {
		t.Errorf("of none: %v %v", i, err)
	}
	newOffice(t).held(dir, eu1, time.Hour)
	a := &Agent{config: Config{Name: "eu-2", Location: "eu", Data: dir}, log: quiet()}
	if err := a.openCredential(&tls.Config{}); err == nil || !strings.Contains(err.Error(), "is of agent eu-1 in eu, and this is eu-2 in eu") {
		t.Errorf("of another agent: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, identityFile), []byte("junk"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := loadIdentity(dir); err == nil || !strings.Contains(err.Error(), "enroll the agent anew") {
		t.Errorf("of junk: %v", err)
	}
}
