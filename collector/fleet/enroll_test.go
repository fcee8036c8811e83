package fleet

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/internal/push"
)

func TestAdmit(t *testing.T) {
	secret, key := [32]byte{1}, [32]byte{2}
	good := Invited{Digest: secret, Location: "eu", Expires: 1000}
	asked := Asked{Identity: push.Identity{Agent: "eu-1", Location: "eu"}, Secret: secret, Key: key, At: 500}
	for _, c := range []struct {
		name     string
		change   func(*Invited, *Asked)
		enrolled bool
		want     string // "" where it is admitted
	}{
		{"a new agent", func(*Invited, *Asked) {}, false, ""},
		{"an agent that is named", func(i *Invited, _ *Asked) { i.Agent = "eu-1" }, false, ""},
		{"an agent that is named and enrolled", func(i *Invited, _ *Asked) { i.Agent = "eu-1" }, true, ""},
		{"an agent that is enrolled", func(*Invited, *Asked) {}, true, "is enrolled already"},
		{"another secret", func(_ *Invited, a *Asked) { a.Secret[31] = 1 }, false, "no such invitation"},
		{"too late", func(_ *Invited, a *Asked) { a.At = 1000 }, false, "expired"},
		{"another location", func(_ *Invited, a *Asked) { a.Location = "us" }, false, "for location eu"},
		{"another agent", func(i *Invited, _ *Asked) { i.Agent = "eu-2" }, false, "for agent eu-2"},
		{"used by another", func(i *Invited, _ *Asked) { i.Used, i.UsedBy, i.Key = 400, "eu-2", key }, false, "has been used"},
		{"used with another key", func(i *Invited, _ *Asked) { i.Used, i.UsedBy = 400, "eu-1" }, false, "has been used"},
		{"the same again", func(i *Invited, _ *Asked) { i.Used, i.UsedBy, i.Key = 400, "eu-1", key }, true, ""},
	} {
		i, a := good, asked
		c.change(&i, &a)
		err := i.Admit(a, c.enrolled)
		var refused push.EnrollRefused
		if c.want == "" && err != nil || c.want != "" && (!errors.As(err, &refused) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestAuthority(t *testing.T) {
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	file := filepath.Join(t.TempDir(), "authority", "authority.pem")
	a, err := OpenAuthority(file, now)
	if err != nil {
		t.Fatal(err)
	}
	again, err := OpenAuthority(file, now.Add(time.Hour))
	if err != nil || again.Digest() != a.Digest() {
		t.Fatalf("a second start has another authority: %v", err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's file: %v %v", info.Mode(), err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	who := push.Identity{Agent: "eu-1", Location: "eu"}
	cert, err := again.Issue(who, &key.PublicKey, now)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := push.IdentityOf(cert); err != nil || got != who {
		t.Errorf("the certificate is of %+v, %v", got, err)
	}
	verify := func(c *x509.Certificate, usage x509.ExtKeyUsage, at time.Time, name string) error {
		_, err := c.Verify(x509.VerifyOptions{Roots: a.Pool(), CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{usage}, DNSName: name})
		return err
	}
	if err := verify(cert, x509.ExtKeyUsageClientAuth, now, ""); err != nil {
		t.Error(err)
	}
	if err := verify(cert, x509.ExtKeyUsageServerAuth, now, ""); err == nil {
		t.Error("an agent's certificate serves")
	}
	if err := verify(cert, x509.ExtKeyUsageClientAuth, now.Add(AgentLife+time.Second), ""); err == nil {
		t.Error("an agent's certificate is good for ever")
	}
	if _, err := a.Issue(push.Identity{Agent: "eu/1", Location: "eu"}, &key.PublicKey, now); err == nil {
		t.Error("a name with a slash was taken")
	}
	served, err := a.Server([]string{"collector.example", "192.0.2.1"}, now)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"collector.example", "192.0.2.1"} {
		if err := verify(served.Leaf, x509.ExtKeyUsageServerAuth, now, name); err != nil {
			t.Error(err)
		}
	}
	if err := verify(served.Leaf, x509.ExtKeyUsageClientAuth, now, ""); err == nil {
		t.Error("the collector's certificate is an agent's")
	}
	if same, err := a.Server(nil, now.Add(59*24*time.Hour)); err != nil || same != served {
		t.Errorf("made anew too soon: %v", err)
	}
	if next, err := a.Server([]string{"x"}, now.Add(61*24*time.Hour)); err != nil || next == served {
		t.Errorf("not renewed: %v", err)
	}
	if err := os.WriteFile(file, []byte("junk"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenAuthority(file, now); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("of junk: %v", err)
	}
}
