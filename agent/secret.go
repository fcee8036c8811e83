package agent

import (
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/assay-sla/assay/internal/settings"
)

// secret reads the value of a secret that the agent's own file names. Errors
// say what is missing, never a value.
func (c Config) secret(name string) (string, error) {
	for _, s := range c.Secrets {
		if s.Name != name {
			continue
		}
		v := os.Getenv(s.Env)
		if s.File != "" {
			b, err := settings.ReadBounded(s.File, maxSecretFile)
			if err != nil {
				return "", err
			}
			v = strings.TrimRight(string(b), "\r\n")
		}
		if v == "" {
			return "", errors.New("is empty")
		}
		return v, nil
	}
	return "", errors.New("is not in this agent's file, under secrets")
}

// probeSecret is a secret for a probe. Those of inputs are kept from them: what
// a probe sends, and where, an assignment says.
func (c Config) probeSecret(name string) (string, error) {
	if slices.ContainsFunc(c.Inputs, func(in Input) bool { return in.Password == name && name != "" }) {
		return "", errors.New("is for an input of this agent's alone")
	}
	return c.secret(name)
}
