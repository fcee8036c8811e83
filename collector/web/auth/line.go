package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"

	"golang.org/x/crypto/bcrypt"
)

const (
	minPassword = 10 // characters, after NIST SP 800-63B's advice against short ones
	maxPassword = 72 // bytes that bcrypt looks at
	lineCost    = 12 // bcrypt, about 0.2 s
)

// UserLine is the line of a users file for somebody with a password.
func UserLine(name, password string, role Role) (string, error) {
	return userLine(name, password, role, lineCost)
}

func userLine(name, password string, role Role, cost int) (string, error) {
	if err := check(name, role); err != nil {
		return "", fmt.Errorf("making a user: %w", err)
	}
	if n := len([]rune(password)); n < minPassword {
		return "", fmt.Errorf("making a user: a password of %d characters is too short, take %d or more", n, minPassword)
	}
	if len(password) > maxPassword {
		return "", fmt.Errorf("making a user: a password of more than %d bytes is too long", maxPassword)
	}
	hash, err := bcrypt.GenerateFromPassword([]byte(password), cost)
	if err != nil {
		return "", fmt.Errorf("making a user: %w", err)
	}
	return fmt.Sprintf("- {name: %q, bcrypt: %q, role: %s}\n", name, hash, role), nil
}

// TokenLine makes a new token: its secret, to be given to the machine and
// shown once, and the line of a tokens file. location binds an agent's token to
// one place; "" does not.
func TokenLine(name string, role Role, location string) (line, secret string, err error) {
	if err := check(name, role); err != nil {
		return "", "", fmt.Errorf("making a token: %w", err)
	}
	bound := ""
	if location != "" {
		if err := CheckName(location); err != nil {
			return "", "", fmt.Errorf("making a token: the location %w", err)
		}
		bound = fmt.Sprintf(", location: %q", location)
	}
	secret = "assay_" + randomText()
	sum := sha256.Sum256([]byte(secret))
	return fmt.Sprintf("- {name: %q, sha256: %s, role: %s%s}\n", name, hex.EncodeToString(sum[:]), role, bound), secret, nil
}

func check(name string, role Role) error {
	if err := CheckName(name); err != nil {
		return fmt.Errorf("the name %w", err)
	}
	_, err := ParseRole(role.String())
	return err
}

// randomText is 256 random bits, safe in a URL, a header and a cookie.
func randomText() string {
	var b [32]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}
