package auth

import (
	"crypto/sha256"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Life bounds a session.
type Life struct {
	Idle     time.Duration // without a request by its user; default 8 h
	Absolute time.Duration // however busy; default 24 h
}

// maxSessions bounds the sessions at one time; beyond it the one longest idle
// ends.
const maxSessions = 10_000

// Sessions are the people signed in. They live in memory: a restart signs
// everybody out. Of the secret in the cookie only the SHA-256 is kept.
type Sessions struct {
	credentials atomic.Pointer[Credentials]
	life        Life

	mu   sync.Mutex
	open map[[32]byte]*session
}

type session struct {
	name   string
	stamp  [32]byte // of the password that opened it
	opened slo.Instant
	used   slo.Instant
}

// NewSessions begins with nobody signed in.
func NewSessions(c *Credentials, life Life) (*Sessions, error) {
	if c == nil {
		return nil, errors.New("opening sessions: no credentials")
	}
	if life.Idle <= 0 {
		life.Idle = 8 * time.Hour
	}
	if life.Absolute <= 0 {
		life.Absolute = 24 * time.Hour
	}
	s := &Sessions{life: life, open: map[[32]byte]*session{}}
	s.credentials.Store(c)
	return s, nil
}

// Credentials are those in force.
func (s *Sessions) Credentials() *Credentials { return s.credentials.Load() }

// SetCredentials puts others in force, at once for everybody: a session whose
// user is gone, or has another password, is over.
func (s *Sessions) SetCredentials(c *Credentials) { s.credentials.Store(c) }

// Absolute is how long a session may last at most.
func (s *Sessions) Absolute() time.Duration { return s.life.Absolute }

// Open signs a user in and returns the secret for the cookie. ok is false
// where the user is gone.
func (s *Sessions) Open(name string, at slo.Instant) (secret string, ok bool) {
	stamp, _, ok := s.Credentials().stamp(name)
	if !ok {
		return "", false
	}
	secret = randomText()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.open) >= maxSessions {
		s.makeRoom(at)
	}
	s.open[sha256.Sum256([]byte(secret))] = &session{name: name, stamp: stamp, opened: at, used: at}
	return secret, true
}

// makeRoom ends what is over, or else the session longest idle.
func (s *Sessions) makeRoom(at slo.Instant) {
	var idlest [32]byte
	first := slo.MaxInstant
	for k, v := range s.open {
		if s.over(v, at) {
			delete(s.open, k)
		} else if v.used < first {
			first, idlest = v.used, k
		}
	}
	if len(s.open) >= maxSessions {
		delete(s.open, idlest)
	}
}

func (s *Sessions) over(v *session, at slo.Instant) bool {
	return at.Sub(v.used) >= s.life.Idle || at.Sub(v.opened) >= s.life.Absolute
}

// Actor returns who the secret of a cookie belongs to, with the role that the
// user has now. use is false for requests that a page makes by itself, which
// must not keep a session from going idle.
func (s *Sessions) Actor(secret string, at slo.Instant, use bool) (Actor, bool) {
	key := sha256.Sum256([]byte(secret))
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.open[key]
	if v == nil {
		return Actor{}, false
	}
	stamp, role, known := s.Credentials().stamp(v.name)
	if !known || stamp != v.stamp || s.over(v, at) {
		delete(s.open, key)
		return Actor{}, false
	}
	if use {
		v.used = max(v.used, at)
	}
	return Actor{Name: v.name, Role: role, By: BySession}, true
}

// Close signs out.
func (s *Sessions) Close(secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, sha256.Sum256([]byte(secret)))
}
