package auth

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/bcrypt"
	"gopkg.in/yaml.v3"
)

// User signs in with a password.
type User struct {
	Name   string
	Bcrypt []byte
	Role   Role
}

// Token lets a machine in.
type Token struct {
	Name   string
	SHA256 [32]byte // of the secret as it is sent
	Role   Role
	// Location is the one that an agent's token speaks for; "" is any.
	Location string
}

const (
	maxFile = 1 << 20 // bytes of a users or tokens file
	maxName = 64      // bytes of a user's or token's name
	maxCost = 15      // of a bcrypt hash: 2^15 rounds take about two seconds
)

// ReadUsers reads a users file: a YAML list of {name, bcrypt, role}. name is
// for errors, which tell every problem with its line and never hold a hash.
func ReadUsers(r io.Reader, name string) ([]User, error) {
	var users []User
	err := readList(r, name, "bcrypt", func(e entry) error {
		cost, err := bcrypt.Cost([]byte(e.proof))
		switch {
		case err != nil || len(e.proof) != 60:
			return errors.New("bcrypt: not a bcrypt hash; make one with: assay users hash")
		case cost > maxCost:
			return fmt.Errorf("bcrypt: cost %d is more than %d", cost, maxCost)
		}
		users = append(users, User{e.name, []byte(e.proof), e.role})
		return nil
	})
	return users, err
}

// ReadTokens reads a tokens file: a YAML list of {name, sha256, role}, where
// sha256 is the hex digest of the token. name is for errors.
func ReadTokens(r io.Reader, name string) ([]Token, error) { return readTokens(r, name, false) }

// ReadAgentTokens reads a file of agents' tokens, whose items may have a
// location as well.
func ReadAgentTokens(r io.Reader, name string) ([]Token, error) { return readTokens(r, name, true) }

func readTokens(r io.Reader, name string, located bool) ([]Token, error) {
	var tokens []Token
	err := readList(r, name, "sha256", func(e entry) error {
		if e.location != "" && !located {
			return errors.New("location: only an agent's token has one")
		}
		sum, err := hex.DecodeString(e.proof)
		if err != nil || len(sum) != 32 {
			return errors.New("sha256: not 64 hexadecimal digits; make a token with: assay tokens new")
		}
		tokens = append(tokens, Token{e.name, [32]byte(sum), e.role, e.location})
		return nil
	})
	return tokens, err
}

// entry is one item of either file.
type entry struct {
	name, proof, location string
	role                  Role
}

// readList reads a YAML list of mappings with exactly the keys name, role and
// proof, and calls take for each good one. It returns every problem.
func readList(r io.Reader, file, proof string, take func(entry) error) error {
	b, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return fmt.Errorf("reading %s: %w", file, err)
	}
	if len(b) > maxFile {
		return fmt.Errorf("reading %s: longer than %d bytes", file, maxFile)
	}
	var doc yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(b))
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return nil
	} else if err != nil {
		return fmt.Errorf("reading %s: not YAML", file) // the library's message may quote a hash
	}
	list := doc.Content[0]
	if list.Kind != yaml.SequenceNode {
		return fmt.Errorf("%s:%d: not a list of {name, %s, role}", file, list.Line, proof)
	}
	var problems []error
	seen := map[string]bool{}
	for _, item := range list.Content {
		e, err := readEntry(item, proof)
		if err == nil && seen[e.name] {
			err = fmt.Errorf("name: %q appears twice", e.name)
		}
		if err == nil {
			err = take(e)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("%s:%d: %w", file, item.Line, err))
			continue
		}
		seen[e.name] = true
	}
	return errors.Join(problems...)
}

func readEntry(item *yaml.Node, proof string) (entry, error) {
	var e entry
	if item.Kind != yaml.MappingNode {
		return e, fmt.Errorf("not a mapping of name, %s, role", proof)
	}
	var role string
	have := map[string]bool{}
	for i := 0; i+1 < len(item.Content); i += 2 {
		k, v := item.Content[i].Value, item.Content[i+1]
		if v.Kind != yaml.ScalarNode {
			return e, fmt.Errorf("%s: not a plain value", printable(k))
		}
		if have[k] {
			return e, fmt.Errorf("%s: appears twice", printable(k))
		}
		have[k] = true
		switch k {
		case "name":
			e.name = v.Value
		case "role":
			role = v.Value
		case proof:
			e.proof = v.Value
		case "location":
			if proof == "bcrypt" || CheckName(v.Value) != nil {
				return e, fmt.Errorf("location: %s is not the name of a place, or this is a person", printable(v.Value))
			}
			e.location = v.Value
		default:
			return e, fmt.Errorf("unknown field %s; it has name, %s, role", printable(k), proof)
		}
	}
	if err := CheckName(e.name); err != nil {
		return e, fmt.Errorf("name: %w", err)
	}
	var err error
	if e.role, err = ParseRole(role); err != nil {
		return e, fmt.Errorf("role: %w", err)
	}
	return e, nil
}

func printable(s string) string { return fmt.Sprintf("%.40q", s) }

// CheckName says what is wrong with the name of a user or token: it has 1 to
// 64 letters, digits and . _ - @, and is not one that the collector itself
// signs with.
func CheckName(s string) error {
	if s == "" {
		return errors.New("is missing")
	}
	if len(s) > maxName {
		return fmt.Errorf("is longer than %d bytes", maxName)
	}
	for _, c := range []byte(s) {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && !('0' <= c && c <= '9') && c != '.' && c != '_' && c != '-' && c != '@' {
			return fmt.Errorf("%.40q has more than letters, digits and . _ - @", s)
		}
	}
	if s == "assay" || s == Local().Name {
		return fmt.Errorf("%q is what the collector calls itself", s)
	}
	return nil
}
