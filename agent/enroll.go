package agent

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/internal/settings"
	"github.com/assay-sla/assay/internal/wal"
)

const (
	enrollTimeout  = 30 * time.Second
	maxEnrollReply = 64 << 10 // bytes
)

// Enrolled is what an enrolment gave an agent.
type Enrolled struct {
	push.Identity
	Expires time.Time // of the certificate, which the agent renews by itself
}

// Enroll turns an invitation into a certificate, kept in the agent's data
// folder. A collector is believed that shows a certificate by the authority
// that the invitation names, or one that is good by the agent's own file.
// An enrolment that broke off may be tried again with the same invitation.
func Enroll(ctx context.Context, c Config, invitation string) (Enrolled, error) {
	done, err := enroll(ctx, c, invitation)
	if err != nil {
		return done, fmt.Errorf("enrolling agent %s: %w", c.Name, err)
	}
	return done, nil
}

func enroll(ctx context.Context, c Config, invitation string) (Enrolled, error) {
	i, err := push.ParseInvitation(invitation)
	if err != nil {
		return Enrolled{}, err
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return Enrolled{}, fmt.Errorf("making the data folder: %w", err)
	}
	asked := filepath.Join(c.Data, askedFile)
	key, err := askedKey(asked)
	if err != nil {
		return Enrolled{}, err
	}
	request, err := certificateRequest(key)
	if err != nil {
		return Enrolled{}, err
	}
	who := push.Identity{Agent: c.Name, Location: c.Location}
	body, err := json.Marshal(push.EnrollRequest{Invitation: i.String(), Identity: who, Request: request})
	if err != nil {
		return Enrolled{}, err
	}
	reply, err := askAll(ctx, c, i.Authority, body)
	if err != nil {
		return Enrolled{}, err
	}
	authority, err := x509.ParseCertificate(reply.Authority)
	if err != nil || sha256.Sum256(reply.Authority) != i.Authority {
		return Enrolled{}, errors.New("the collector answered with another authority than the invitation's")
	}
	if err := checkReply(reply, authority, who, key); err != nil {
		return Enrolled{}, err
	}
	kept, err := saveIdentity(c.Data, reply, key)
	if err != nil {
		return Enrolled{}, fmt.Errorf("keeping the certificate: %w", err)
	}
	return Enrolled{who, kept.pair.Leaf.NotAfter}, os.Remove(asked)
}

// askedKey is the key to enroll with. It is on the disk before anybody is
// asked: an invitation serves one key, and the answer may be lost.
func askedKey(file string) (*ecdsa.PrivateKey, error) {
	b, err := settings.ReadBounded(file, maxIdentityFile)
	switch {
	case err == nil:
		block, _ := pem.Decode(b)
		if block == nil {
			return nil, fmt.Errorf("%s holds no key; remove it", file)
		}
		parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		key, ok := parsed.(*ecdsa.PrivateKey)
		if err != nil || !ok {
			return nil, fmt.Errorf("%s holds no key; remove it", file)
		}
		return key, nil
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("reading the key: %w", err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}
	text, err := pemKey(key)
	if err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}
	return key, wal.ReplaceFile(file, text)
}

// askAll asks the collectors in turn until one answers.
func askAll(ctx context.Context, c Config, authority [32]byte, body []byte) (push.EnrollReply, error) {
	cfg, err := c.TLS.client()
	if err != nil {
		return push.EnrollReply{}, err
	}
	verifyBy(cfg, authority)
	client := &http.Client{
		Timeout: enrollTimeout, Transport: &http.Transport{TLSClientConfig: cfg, ForceAttemptHTTP2: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer client.CloseIdleConnections()
	var problems []error
	for _, base := range c.Collectors {
		if !strings.HasPrefix(base, "https://") {
			problems = append(problems, fmt.Errorf("%s is not https: an invitation goes over nothing else", base))
			continue
		}
		reply, err := ask(ctx, client, base, body)
		if err == nil {
			return reply, nil
		}
		problems = append(problems, err)
	}
	return push.EnrollReply{}, errors.Join(problems...)
}

func ask(ctx context.Context, client *http.Client, base string, body []byte) (push.EnrollReply, error) {
	var reply push.EnrollReply
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimRight(base, "/")+push.EnrollPath, bytes.NewReader(body))
	if err != nil {
		return reply, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return reply, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxEnrollReply))
	if err != nil {
		return reply, fmt.Errorf("reading the answer of %s: %w", base, err)
	}
	if resp.StatusCode != http.StatusOK {
		var said struct {
			Error string `json:"error"`
		}
		if json.Unmarshal(b, &said) != nil || said.Error == "" {
			said.Error = http.StatusText(resp.StatusCode)
		}
		return reply, fmt.Errorf("%s answered %d: %.200q", base, resp.StatusCode, said.Error)
	}
	if err := json.Unmarshal(b, &reply); err != nil {
		return reply, fmt.Errorf("reading the answer of %s: it is no collector's", base)
	}
	return reply, nil
}

// verifyBy lets a collector be believed that shows the authority which has
// this digest and a certificate by it, or else one that the roots vouch for.
func verifyBy(cfg *tls.Config, authority [32]byte) {
	roots := cfg.RootCAs
	cfg.InsecureSkipVerify = true // what follows verifies in its place
	cfg.VerifyConnection = func(s tls.ConnectionState) error {
		o := x509.VerifyOptions{Roots: roots, DNSName: s.ServerName, Intermediates: x509.NewCertPool()}
		for _, c := range s.PeerCertificates[1:] {
			if sha256.Sum256(c.Raw) == authority {
				o.Roots = x509.NewCertPool()
				o.Roots.AddCert(c)
			}
			o.Intermediates.AddCert(c)
		}
		_, err := s.PeerCertificates[0].Verify(o)
		return err
	}
}
