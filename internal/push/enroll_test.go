package push

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/assay-sla/assay/slo"
)

func TestInvitation(t *testing.T) {
	i := NewInvitation([32]byte{1, 2, 3})
	got, err := ParseInvitation(" " + i.String() + "\n")
	if err != nil || got != i {
		t.Errorf("%+v, %v", got, err)
	}
	if strings.ContainsAny(i.String(), " '\"$&|;<>()\\") {
		t.Errorf("%s is not one word in a shell", i)
	}
	if other := NewInvitation(i.Authority); other.Digest() == i.Digest() {
		t.Error("two invitations have one secret")
	}
	text := i.String()
	for _, bad := range []string{"", "assay_x", text[:len(text)-1], text + "A", strings.Replace(text, ".", ".0", 1), strings.ReplaceAll(text, ".", ":"), text + "." + text, strings.Repeat("x", 1000)} {
		_, err := ParseInvitation(bad)
		if err == nil {
			t.Errorf("%q was taken", bad)
		} else if parts := strings.Split(bad, "."); len(parts) > 2 && strings.Contains(err.Error(), parts[2]) {
			t.Errorf("the error holds the secret: %v", err)
		}
	}
}

func FuzzParseInvitation(f *testing.F) {
	f.Add(NewInvitation([32]byte{}).String())
	f.Add("assay-invite...")
	f.Fuzz(func(t *testing.T, s string) {
		if i, err := ParseInvitation(s); err == nil && i.String() != strings.ToLower(strings.TrimSpace(s)[:29])+strings.TrimSpace(s)[29:] {
			t.Errorf("%q gave %s", s, i)
		}
	})
}

func TestIdentity(t *testing.T) {
	for _, raw := range []string{"assay://eu/eu-1"} {
		u, _ := url.Parse(raw)
		if who, err := IdentityOf(&x509.Certificate{URIs: []*url.URL{u}}); err != nil || who != (Identity{"eu-1", "eu"}) || who.URI().String() != raw {
			t.Errorf("%s: %+v, %v", raw, who, err)
		}
	}
	for _, raw := range []string{"", "https://eu/eu-1", "assay://eu/", "assay:///eu-1", "assay://eu/eu-1/x", "assay://eu/eu-1?x=y", "assay://u@eu/eu-1", "assay://eu:1/eu-1", "assay://eu/eu-1#x", "assay:eu/eu-1"} {
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		if who, err := IdentityOf(&x509.Certificate{URIs: []*url.URL{u}}); err == nil {
			t.Errorf("%q is of %+v", raw, who)
		}
	}
	u, _ := url.Parse("assay://eu/eu-1")
	if _, err := IdentityOf(&x509.Certificate{URIs: []*url.URL{u, u}}); err == nil {
		t.Error("two names were taken")
	}
}

// clerk is an authority of the test's own.
type clerk struct {
	err  error
	seen []string
}

func (c *clerk) Enroll(_ context.Context, i Invitation, who Identity, _ *ecdsa.PublicKey, remote string, _ slo.Instant) (EnrollReply, error) {
	c.seen = append(c.seen, "enroll "+who.Agent+" in "+who.Location+" from "+remote)
	return EnrollReply{Certificate: []byte("c"), Authority: i.Authority[:]}, c.err
}

func (c *clerk) Renew(_ context.Context, who Identity, _ *ecdsa.PublicKey, _ string, _ slo.Instant) (EnrollReply, error) {
	c.seen = append(c.seen, "renew "+who.Agent)
	return EnrollReply{Certificate: []byte("c")}, c.err
}

func requestBy(t *testing.T, key crypto.Signer) []byte {
	t.Helper()
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestEnroll(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := requestBy(t, key)
	forged := bytes.Clone(good)
	forged[len(forged)-1] ^= 1
	invitation := NewInvitation([32]byte{9}).String()
	for _, c := range []struct {
		name string
		path string
		body any
		err  error
		want int
	}{
		{"a good one", EnrollPath, EnrollRequest{invitation, Identity{"eu-1", "eu"}, good}, nil, http.StatusOK},
		{"the authority refuses", EnrollPath, EnrollRequest{invitation, Identity{"eu-1", "eu"}, good}, EnrollRefused("used"), http.StatusForbidden},
		{"the authority fails", EnrollPath, EnrollRequest{invitation, Identity{"eu-1", "eu"}, good}, errors.New("disk"), http.StatusInternalServerError},
		{"no invitation", EnrollPath, EnrollRequest{"", Identity{"eu-1", "eu"}, good}, nil, http.StatusForbidden},
		{"no name", EnrollPath, EnrollRequest{invitation, Identity{"", "eu"}, good}, nil, http.StatusBadRequest},
		{"a hostile name", EnrollPath, EnrollRequest{invitation, Identity{"../x", "eu"}, good}, nil, http.StatusBadRequest},
		{"a forged request", EnrollPath, EnrollRequest{invitation, Identity{"eu-1", "eu"}, forged}, nil, http.StatusBadRequest},
		{"another curve", EnrollPath, EnrollRequest{invitation, Identity{"eu-1", "eu"}, requestBy(t, p384)}, nil, http.StatusBadRequest},
		{"another kind of key", EnrollPath, EnrollRequest{invitation, Identity{"eu-1", "eu"}, requestBy(t, edwards)}, nil, http.StatusBadRequest},
		{"no request", EnrollPath, EnrollRequest{invitation, Identity{"eu-1", "eu"}, nil}, nil, http.StatusBadRequest},
		{"no JSON", EnrollPath, "x", nil, http.StatusBadRequest},
		{"too much", EnrollPath, strings.Repeat("x", maxEnroll), nil, http.StatusRequestEntityTooLarge},
		{"a renewal", RenewPath, RenewRequest{good}, nil, http.StatusOK},
		{"a renewal by nobody", RenewPath + "?nobody", RenewRequest{good}, nil, http.StatusForbidden},
		{"a renewal of nothing", RenewPath, RenewRequest{}, nil, http.StatusBadRequest},
	} {
		by := &clerk{err: c.err}
		h := newCollectorSide(t, func(o *HandlerOptions) {
			o.Enrolment = by
			o.Certified = func(r *http.Request) (Identity, error) {
				if r.URL.RawQuery == "nobody" {
					return Identity{}, errors.New("no certificate")
				}
				return Identity{"eu-1", "eu"}, nil
			}
		})
		body, err := json.Marshal(c.body)
		if err != nil {
			t.Fatal(err)
		}
		w := h.do(httptest.NewRequest(http.MethodPost, c.path, bytes.NewReader(body)))
		if w.Code != c.want || w.Code == http.StatusOK && len(by.seen) != 1 || strings.Contains(w.Body.String(), "disk") {
			t.Errorf("%s: %d %s, asked %q", c.name, w.Code, w.Body, by.seen)
		}
		if c.want >= 400 && c.err == nil && len(by.seen) > 0 {
			t.Errorf("%s: the authority was asked: %q", c.name, by.seen)
		}
	}
	w := newCollectorSide(t, nil).do(httptest.NewRequest(http.MethodPost, EnrollPath, strings.NewReader("{}")))
	if w.Code != http.StatusNotFound {
		t.Errorf("of a collector that enrolls nobody: %d", w.Code)
	}
}
