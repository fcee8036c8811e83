package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// Guard makes and checks tokens against cross-site request forgery. A token is
// bound to the secret of a cookie, and worthless with another.
type Guard struct{ key [32]byte }

// NewGuard returns a guard with a key of its own.
func NewGuard() *Guard {
	g := &Guard{}
	rand.Read(g.key[:])
	return g
}

// NewSecret is a fresh secret for the cookie of somebody not signed in.
func (g *Guard) NewSecret() string { return randomText() }

// Token is what a form of the page shown to the holder of the secret carries.
func (g *Guard) Token(secret string) string {
	m := hmac.New(sha256.New, g.key[:])
	m.Write([]byte(secret))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

// Holds reports whether the token goes with the secret.
func (g *Guard) Holds(secret, token string) bool {
	return secret != "" && equal([]byte(g.Token(secret)), []byte(token))
}
