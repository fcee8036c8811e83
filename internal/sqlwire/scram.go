package sqlwire

import (
	"bytes"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/text/secure/precis"
)

const (
	scramSHA256 = "SCRAM-SHA-256"
	// maxIterations bounds what a server may have the agent compute: about
	// half a second. PostgreSQL wants 4096 unless it is told otherwise.
	maxIterations = 1_000_000
)

// scram is the client's side of SCRAM-SHA-256 without channel binding (RFC
// 5802, 7677): the server never sees the password, and proves that it knows
// it.
type scram struct {
	password  string
	nonce     string
	bare      string // of the first message, without its header
	signature []byte // that the server must show
}

// newSCRAM begins a login. PostgreSQL knows the user already.
func newSCRAM(password string) *scram {
	if prepared, err := precis.OpaqueString.String(password); err == nil {
		password = prepared
	}
	return (&scram{password: password}).with("", rand.Text())
}

func (s *scram) with(user, nonce string) *scram {
	s.nonce, s.bare = nonce, "n="+user+",r="+nonce
	return s
}

// first is the client's first message.
func (s *scram) first() []byte { return []byte("n,," + s.bare) }

// final is the client's final message, which answers the server's first.
func (s *scram) final(serverFirst []byte) ([]byte, error) {
	nonce, salt, iterations, err := s.challenge(string(serverFirst))
	if err != nil {
		return nil, err
	}
	salted, err := pbkdf2.Key(sha256.New, s.password, salt, iterations, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("deriving a key: %w", err)
	}
	unproved := "c=biws,r=" + nonce // biws is the header of the first message in base64
	messages := s.bare + "," + string(serverFirst) + "," + unproved
	clientKey := mac(salted, "Client Key")
	stored := sha256.Sum256(clientKey)
	proof := mac(stored[:], messages)
	for i := range proof {
		proof[i] ^= clientKey[i]
	}
	s.signature = mac(mac(salted, "Server Key"), messages)
	return []byte(unproved + ",p=" + base64.StdEncoding.EncodeToString(proof)), nil
}

// challenge reads the server's first message: r=NONCE,s=SALT,i=ITERATIONS.
func (s *scram) challenge(text string) (nonce string, salt []byte, iterations int, err error) {
	parts := strings.Split(text, ",")
	if len(parts) < 3 || !strings.HasPrefix(parts[0], "r=") || !strings.HasPrefix(parts[1], "s=") || !strings.HasPrefix(parts[2], "i=") {
		return "", nil, 0, errors.New("a challenge that is not SCRAM's")
	}
	if nonce = parts[0][2:]; len(nonce) <= len(s.nonce) || !strings.HasPrefix(nonce, s.nonce) {
		return "", nil, 0, errors.New("a challenge to somebody else")
	}
	if salt, err = base64.StdEncoding.DecodeString(parts[1][2:]); err != nil || len(salt) == 0 {
		return "", nil, 0, errors.New("a challenge without a salt")
	}
	iterations, err = strconv.Atoi(parts[2][2:])
	if err != nil || iterations <= 0 || iterations > maxIterations {
		return "", nil, 0, fmt.Errorf("a challenge of iterations that are not 1 to %d", maxIterations)
	}
	return nonce, salt, iterations, nil
}

// proved checks the server's final message: v=SIGNATURE.
func (s *scram) proved(serverFinal []byte) error {
	text, ok := bytes.CutPrefix(serverFinal, []byte("v="))
	signature, err := base64.StdEncoding.DecodeString(string(text))
	if !ok || err != nil || s.signature == nil || !hmac.Equal(signature, s.signature) {
		return errors.New("no proof that the server knows the password")
	}
	return nil
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}
