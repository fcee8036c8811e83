package auth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"

	"golang.org/x/crypto/bcrypt"
)

// Credentials are the users and tokens in force. They are never changed after
// NewCredentials.
type Credentials struct {
	users  map[string]User
	tokens map[[32]byte]Token
	dummy  []byte        // compared against where the name is unknown
	turns  chan struct{} // bounds the password checks at one time
}

// concurrentChecks bounds how many passwords are compared at one time: each
// takes a core for tens of milliseconds.
const concurrentChecks = 2

// NewCredentials puts users and tokens in force. Names must be unique over
// both, for the audit names nobody else.
func NewCredentials(users []User, tokens []Token) (*Credentials, error) {
	c := &Credentials{
		users: map[string]User{}, tokens: map[[32]byte]Token{},
		turns: make(chan struct{}, concurrentChecks),
	}
	names := map[string]bool{}
	cost := bcrypt.MinCost
	for _, u := range users {
		if names[u.Name] {
			return nil, fmt.Errorf("taking users: %q appears twice", u.Name)
		}
		n, err := bcrypt.Cost(u.Bcrypt)
		if err != nil {
			return nil, fmt.Errorf("taking users: the hash of %q is not bcrypt", u.Name)
		}
		names[u.Name], c.users[u.Name], cost = true, u, max(cost, n)
	}
	for _, t := range tokens {
		if names[t.Name] {
			return nil, fmt.Errorf("taking tokens: %q appears twice", t.Name)
		}
		if _, ok := c.tokens[t.SHA256]; ok {
			return nil, fmt.Errorf("taking tokens: %q has the same secret as another", t.Name)
		}
		names[t.Name], c.tokens[t.SHA256] = true, t
	}
	if len(names) == 0 {
		return nil, errors.New("taking credentials: there are neither users nor tokens")
	}
	if len(users) == 0 {
		cost = bcrypt.DefaultCost
	}
	dummy, err := bcrypt.GenerateFromPassword([]byte("nobody has this password"), cost)
	if err != nil {
		return nil, fmt.Errorf("taking credentials: %w", err)
	}
	c.dummy = dummy
	return c, nil
}

// Bearer returns whose token it is.
func (c *Credentials) Bearer(token string) (Actor, bool) {
	// The lookup is by digest, so its time tells nothing of the secret.
	t, ok := c.tokens[sha256.Sum256([]byte(token))]
	if !ok {
		return Actor{}, false
	}
	return Actor{Name: t.Name, Role: t.Role, By: ByToken}, true
}

// Password reports whether the password is the user's. A name that nobody has
// costs the same work as one that somebody has. The error is the context's,
// where no turn to compare came in time.
func (c *Credentials) Password(ctx context.Context, name, password string) (bool, error) {
	select {
	case c.turns <- struct{}{}:
		defer func() { <-c.turns }()
	case <-ctx.Done():
		return false, fmt.Errorf("waiting to check a password: %w", ctx.Err())
	}
	hash := c.dummy
	u, known := c.users[name]
	if known {
		hash = u.Bcrypt
	}
	fits := len(password) <= maxPassword // bcrypt would look at no more of it
	if !fits {
		password = password[:maxPassword]
	}
	same := bcrypt.CompareHashAndPassword(hash, []byte(password)) == nil
	return known && fits && same, nil
}

// User is who signs in under a name; nobody where there is no such user.
func (c *Credentials) User(name string) Actor {
	u, ok := c.users[name]
	if !ok {
		return Actor{}
	}
	return Actor{Name: u.Name, Role: u.Role, By: BySession}
}

// stamp identifies a user's present password, without telling it: a session
// lasts no longer than the password that it was opened with.
func (c *Credentials) stamp(name string) ([32]byte, Role, bool) {
	u, ok := c.users[name]
	return sha256.Sum256(u.Bcrypt), u.Role, ok
}

func equal(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }
