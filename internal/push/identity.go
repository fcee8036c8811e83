package push

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Identity is who an agent is: its name, and the one location that it speaks
// for.
type Identity struct {
	Agent    string `json:"agent"`
	Location string `json:"location"`
}

// identityScheme begins the URI by which a certificate names an agent:
// assay://LOCATION/AGENT.
const identityScheme = "assay"

// Check says whether both names can be what they are.
func (i Identity) Check() error {
	return errors.Join(checkName("agent", i.Agent), checkName("location", i.Location))
}

// URI is the identity as a certificate has it, a subject alternative name.
func (i Identity) URI() *url.URL {
	return &url.URL{Scheme: identityScheme, Host: i.Location, Path: "/" + i.Agent}
}

// IdentityOf reads the identity of a certificate, which must name one agent
// and nothing else. That the certificate is to be believed is the caller's to
// know.
func IdentityOf(cert *x509.Certificate) (Identity, error) {
	if len(cert.URIs) != 1 || cert.URIs[0].Scheme != identityScheme {
		return Identity{}, errors.New("the certificate names no agent")
	}
	u := cert.URIs[0]
	i := Identity{Agent: strings.TrimPrefix(u.Path, "/"), Location: u.Host}
	if err := i.Check(); err != nil {
		return Identity{}, fmt.Errorf("the certificate's agent: %w", err)
	}
	if u.String() != i.URI().String() {
		return Identity{}, errors.New("the certificate names more than an agent")
	}
	return i, nil
}
