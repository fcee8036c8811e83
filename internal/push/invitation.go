package push

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Invitation is what an agent is enrolled with, once. It names the authority
// as well, so that the agent knows its collector before it says a word.
type Invitation struct {
	ID        string   // 16 hexadecimal digits; names it, and is no secret
	Secret    [32]byte // random
	Authority [32]byte // SHA-256 of the authority's certificate, DER
}

const (
	invitationPrefix = "assay-invite"
	invitationBytes  = 8
)

// NewInvitation is a fresh invitation by an authority.
func NewInvitation(authority [32]byte) Invitation {
	var id [invitationBytes]byte
	i := Invitation{Authority: authority}
	rand.Read(id[:])       // never fails: crypto/rand ends the process instead
	rand.Read(i.Secret[:]) // likewise
	i.ID = hex.EncodeToString(id[:])
	return i
}

// String is the invitation as it is handed over: one word, safe in a shell.
func (i Invitation) String() string {
	b64 := base64.RawURLEncoding
	return strings.Join([]string{invitationPrefix, i.ID, b64.EncodeToString(i.Secret[:]), b64.EncodeToString(i.Authority[:])}, ".")
}

// Digest is what the collector keeps of the secret.
func (i Invitation) Digest() [32]byte { return sha256.Sum256(i.Secret[:]) }

// ParseInvitation reads what String wrote. Its errors hold nothing of it.
func ParseInvitation(s string) (Invitation, error) {
	parts := strings.Split(strings.TrimSpace(s), ".")
	if len(s) > 256 || len(parts) != 4 || parts[0] != invitationPrefix {
		return Invitation{}, fmt.Errorf("it is not an invitation: that begins with %s", invitationPrefix)
	}
	id, err := hex.DecodeString(parts[1])
	secret, errSecret := base64.RawURLEncoding.Strict().DecodeString(parts[2])
	authority, errAuthority := base64.RawURLEncoding.Strict().DecodeString(parts[3])
	if err := errors.Join(err, errSecret, errAuthority); err != nil || len(id) != invitationBytes || len(secret) != 32 || len(authority) != 32 {
		return Invitation{}, errors.New("the invitation is damaged: it was not copied whole")
	}
	return Invitation{ID: strings.ToLower(parts[1]), Secret: [32]byte(secret), Authority: [32]byte(authority)}, nil
}
